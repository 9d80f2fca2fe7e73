//! Who spoke when: talk, pace, interruptions, both at once.

use std::collections::{BTreeMap, VecDeque};

use model::UtteranceId;
use playbook::Speaker;

/// As many stretches of speech are remembered for each speaker: hours of talk.
const MAX_STRETCHES: usize = 1_024;
/// As many interruptions and stretches of both at once are remembered.
const MAX_MOMENTS: usize = 256;
/// As many utterances in the making are known at once.
const MAX_OPEN: usize = 16;
/// Speech that overlaps shorter than this is the usual handing over of the word.
const MIN_OVERLAP_MS: u64 = 500;
/// Fewer words than these in the other's speech are listening, such as "uh-huh, right".
const MIN_INTERRUPTING_WORDS: u32 = 3;
/// Speech of fewer words has no pace.
const MIN_PACED_WORDS: u32 = 20;

/// A stretch of one speaker's speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    pub(crate) words: u32,
}

/// One speaker's part.
#[derive(Clone, Debug, Default)]
struct Part {
    stretches: VecDeque<Stretch>,
    talk_ms: u64,
    words: u32,
    interruptions: u32,
    interrupted_at: VecDeque<u64>,
}

/// Measures a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    customer: Part,
    agent: Part,
    talk_over_ms: u64,
    /// Stretches of both at once, from and to.
    both: VecDeque<(u64, u64)>,
    open: BTreeMap<UtteranceId, (u64, u64)>,
    last_speech_ms: u64,
}

impl Meter {
    /// Somebody is speaking: an utterance in the making.
    pub(crate) fn speaking(&mut self, id: UtteranceId, start_ms: u64, end_ms: u64) {
        self.open.insert(id, (start_ms, end_ms.max(start_ms)));
        if self.open.len() > MAX_OPEN {
            self.open.pop_first();
        }
        self.last_speech_ms = self.last_speech_ms.max(end_ms);
    }

    /// An utterance in the making turned out to be none.
    pub(crate) fn taken_back(&mut self, id: UtteranceId) {
        self.open.remove(&id);
    }

    /// Somebody spoke.
    pub(crate) fn spoke(&mut self, id: UtteranceId, who: Speaker, said: Stretch) {
        // A final closes what came before it on its channel.
        self.open.retain(|open, _| open.channel() != id.channel() || *open > id);
        let (own, other) = match who {
            Speaker::Customer => (&mut self.customer, &mut self.agent),
            Speaker::Agent => (&mut self.agent, &mut self.customer),
            Speaker::Anyone => return,
        };
        for theirs in other.stretches.iter().rev().take_while(|theirs| theirs.end_ms + 60_000 > said.start_ms)
        {
            let (from, to) = (said.start_ms.max(theirs.start_ms), said.end_ms.min(theirs.end_ms));
            if from >= to {
                continue;
            }
            self.talk_over_ms += to - from;
            remember(&mut self.both, (from, to), MAX_MOMENTS);
            if to - from < MIN_OVERLAP_MS {
                continue;
            }
            if said.start_ms > theirs.start_ms && said.words >= MIN_INTERRUPTING_WORDS {
                own.interruptions += 1;
                remember(&mut own.interrupted_at, from, MAX_MOMENTS);
            } else if theirs.start_ms > said.start_ms && theirs.words >= MIN_INTERRUPTING_WORDS {
                other.interruptions += 1;
                remember(&mut other.interrupted_at, from, MAX_MOMENTS);
            }
        }
        own.talk_ms += said.end_ms - said.start_ms;
        own.words += said.words;
        remember(&mut own.stretches, said, MAX_STRETCHES);
        self.last_speech_ms = self.last_speech_ms.max(said.end_ms);
    }

    fn part(&self, who: Speaker) -> Option<&Part> {
        match who {
            Speaker::Customer => Some(&self.customer),
            Speaker::Agent => Some(&self.agent),
            Speaker::Anyone => None,
        }
    }

    /// When anybody was last heard.
    pub(crate) const fn last_speech_ms(&self) -> u64 {
        self.last_speech_ms
    }

    /// How long a speaker spoke since a moment.
    pub(crate) fn talk_ms(&self, who: Speaker, from_ms: u64) -> u64 {
        self.part(who).map_or(0, |part| {
            if from_ms == 0 {
                part.talk_ms
            } else {
                part.stretches.iter().map(|one| overlap(one.start_ms, one.end_ms, from_ms)).sum()
            }
        })
    }

    /// How long anybody spoke, words in the making included.
    pub(crate) fn spoken_ms(&self) -> u64 {
        let open: u64 = self.open.values().map(|(start, end)| end - start).sum();
        (self.customer.talk_ms + self.agent.talk_ms + open).saturating_sub(self.talk_over_ms)
    }

    /// How long both spoke at once, since a moment.
    pub(crate) fn talk_over_ms(&self, from_ms: u64) -> u64 {
        if from_ms == 0 {
            return self.talk_over_ms;
        }
        self.both.iter().map(|(start, end)| overlap(*start, *end, from_ms)).sum()
    }

    /// How often a speaker began while the other spoke, since a moment.
    pub(crate) fn interruptions(&self, who: Speaker, from_ms: u64) -> u32 {
        let of = |part: &Part| {
            if from_ms == 0 {
                part.interruptions
            } else {
                count(part.interrupted_at.iter().filter(|at| **at >= from_ms).count())
            }
        };
        self.part(who).map_or_else(|| of(&self.customer) + of(&self.agent), of)
    }

    /// Words per minute of a speaker's speech since a moment; none of too little.
    pub(crate) fn words_per_minute(&self, who: Speaker, from_ms: u64) -> Option<u32> {
        let part = self.part(who)?;
        let (words, talk_ms) = if from_ms == 0 {
            (part.words, part.talk_ms)
        } else {
            let recent = || part.stretches.iter().filter(|one| one.start_ms >= from_ms);
            (recent().map(|one| one.words).sum(), recent().map(|one| one.end_ms - one.start_ms).sum())
        };
        let pace = (u64::from(words) * 60_000).checked_div(talk_ms)?;
        (words >= MIN_PACED_WORDS).then(|| u32::try_from(pace).unwrap_or(u32::MAX))
    }
}

fn remember<T>(of: &mut VecDeque<T>, one: T, most: usize) {
    of.push_back(one);
    if of.len() > most {
        of.pop_front();
    }
}

fn overlap(start_ms: u64, end_ms: u64, from_ms: u64) -> u64 {
    end_ms.saturating_sub(start_ms.max(from_ms))
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use model::{Channel, MediaTime};

    use super::*;

    fn say(meter: &mut Meter, who: Speaker, start_ms: u64, end_ms: u64, words: u32) {
        let channel = if who == Speaker::Agent { Channel::ToCustomer } else { Channel::Customer };
        let id = UtteranceId::new(channel, MediaTime::from_millis(start_ms));
        meter.spoke(id, who, Stretch { start_ms, end_ms, words });
    }

    #[test]
    fn whoever_begins_while_the_other_speaks_on_interrupts() {
        for order in [[0, 1], [1, 0]] {
            let said = [(Speaker::Agent, 0, 5_000, 15), (Speaker::Customer, 3_000, 6_000, 8)];
            let mut meter = Meter::default();
            for index in order {
                let (who, start, end, words) = said[index];
                say(&mut meter, who, start, end, words);
            }
            assert_eq!(meter.talk_over_ms(0), 2_000);
            assert_eq!(meter.interruptions(Speaker::Customer, 0), 1, "in whichever order words come");
            assert_eq!(meter.interruptions(Speaker::Agent, 0), 0);
            assert_eq!(meter.spoken_ms(), 6_000);
        }
    }

    #[test]
    fn listening_aloud_interrupts_nobody() {
        let mut meter = Meter::default();
        say(&mut meter, Speaker::Agent, 0, 9_000, 25);
        say(&mut meter, Speaker::Customer, 3_000, 3_600, 1);
        say(&mut meter, Speaker::Customer, 8_800, 12_000, 9);
        assert_eq!(meter.interruptions(Speaker::Anyone, 0), 0);
        assert_eq!(meter.talk_over_ms(0), 800);
        assert_eq!(meter.talk_over_ms(8_900), 100, "of a window only what lies in it");
    }

    #[test]
    fn pace_is_told_when_enough_was_said() {
        let mut meter = Meter::default();
        say(&mut meter, Speaker::Agent, 0, 5_000, 12);
        assert_eq!(meter.words_per_minute(Speaker::Agent, 0), None);
        say(&mut meter, Speaker::Agent, 10_000, 15_000, 13);
        assert_eq!(meter.words_per_minute(Speaker::Agent, 0), Some(150));
        assert_eq!(meter.words_per_minute(Speaker::Customer, 0), None);
    }
}
