//! The course of a call: what was said, by whom, and what is known of it.

use std::collections::VecDeque;

use events::{CallMetrics, EntityKind, SpeakerMetrics, Stages, TranscriptUtterance};
use model::{Participant, Timestamp, UtteranceId};
use playbook::{MetricName, MetricTest, Speaker, Words};

use crate::{
    cues::Cues,
    facts::Facts,
    line::Line,
    meter::{Meter, Stretch},
    sentiment::Mood,
    transcript::{Kept, Transcript},
};

/// As many words of an utterance are looked at.
pub(crate) const MAX_WORDS: usize = 400;
/// No call is longer: a later moment is taken for this one, so that sums of times stay far from where numbers end.
pub(crate) const MAX_CALL_MS: u64 = 30 * 24 * 3_600_000;
/// Of as many utterances the stage times are remembered.
const MAX_STAGES: usize = 32;

/// The course of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    /// Wall time of the call's first sample.
    pub(crate) started: Option<Timestamp>,
    /// Where the call is now.
    pub(crate) now_ms: u64,
    pub(crate) facts: Facts,
    pub(crate) line: Line,
    pub(crate) transcript: Transcript,
    /// How late the latest words came here.
    pub(crate) late_ms: u64,
    meter: Meter,
    customer: Mood,
    agent: Mood,
    stages: VecDeque<(UtteranceId, Stages)>,
    /// Whether anything that is measured changed since the last sample.
    pub(crate) is_unsampled: bool,
}

/// An utterance that counts, as it was taken in.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) id: UtteranceId,
    pub(crate) who: Speaker,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    pub(crate) words: Words,
    pub(crate) text: String,
    pub(crate) masked: Vec<EntityKind>,
}

impl Taken {
    /// Reads an utterance. None when nobody's words that count are in it: those of prompts, music and bots do not.
    pub(crate) fn of(said: &TranscriptUtterance) -> Option<Self> {
        let who = match said.participant {
            Participant::Customer => Speaker::Customer,
            Participant::Agent => Speaker::Agent,
            Participant::System | Participant::Bot => return None,
        };
        let words = said.words.iter().take(MAX_WORDS);
        let text = words.clone().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let mut masked: Vec<EntityKind> = words.filter_map(|word| word.masked).collect();
        masked.dedup();
        Some(Self {
            id: said.id,
            who,
            start_ms: within_call(said.start_ms),
            end_ms: within_call(said.end_ms.max(said.start_ms)),
            words: Words::of(&text),
            text,
            masked,
        })
    }
}

impl Course {
    /// Notes that somebody is speaking.
    pub(crate) fn hear_partial(&mut self, taken: &Taken) {
        if taken.words.is_empty() {
            self.meter.taken_back(taken.id);
        } else if self.line.agent_since_ms().is_some() {
            self.meter.speaking(taken.id, taken.start_ms, taken.end_ms);
        }
    }

    /// Takes an utterance into the transcript and the measures, or another revision of it into the transcript alone.
    pub(crate) fn hear(&mut self, taken: &Taken) {
        let known = self.transcript.keep(
            taken.id,
            Kept {
                who: taken.who,
                end_ms: taken.end_ms,
                text: taken.text.clone(),
                cues: Cues::of(&taken.words),
            },
        );
        if known || taken.words.is_empty() {
            self.meter.taken_back(taken.id);
            return;
        }
        let mood = if taken.who == Speaker::Agent { &mut self.agent } else { &mut self.customer };
        mood.hear(&taken.words);
        // Before an agent is there, the customer speaks to a bot or to nobody.
        if self.line.had_agent() {
            let words = u32::try_from(taken.words.len()).unwrap_or(u32::MAX);
            let stretch = Stretch { start_ms: taken.start_ms, end_ms: taken.end_ms, words };
            self.meter.spoke(taken.id, taken.who, stretch);
        }
        self.is_unsampled = true;
    }

    /// Remembers when an utterance's words passed the stages before us.
    pub(crate) fn remember_stages(&mut self, id: UtteranceId, stages: Stages) {
        self.stages.retain(|(known, _)| *known != id);
        self.stages.push_back((id, Stages { appended_us: None, published_us: None, ..stages }));
        if self.stages.len() > MAX_STAGES {
            self.stages.pop_front();
        }
    }

    /// The stage times of the words that called for something, as long as they are remembered.
    pub(crate) fn stages(&self, cause: Option<UtteranceId>) -> Stages {
        let known = cause.and_then(|id| self.stages.iter().find(|(known, _)| *known == id));
        known.map(|(_, stages)| *stages).unwrap_or_default()
    }

    /// How long nobody has spoken now, while they could.
    pub(crate) fn silence_ms(&self) -> Option<u64> {
        let since = self.line.talking_since_ms()?.max(self.meter.last_speech_ms());
        Some(self.now_ms.saturating_sub(since))
    }

    /// A number that a rule asks for; none where there is none yet.
    pub(crate) fn metric(&self, test: &MetricTest) -> Option<f64> {
        let from_ms = test.over.map_or(0, |over| self.now_ms.saturating_sub(crate::compiled::ms(over)));
        match test.name {
            MetricName::Silence => self.silence_ms().map(seconds),
            MetricName::TalkOver => Some(seconds(self.meter.talk_over_ms(from_ms))),
            MetricName::TalkRatio => self.talk_ratio(test.who, from_ms),
            MetricName::WordsPerMinute => self.meter.words_per_minute(test.who, from_ms).map(f64::from),
            MetricName::Interruptions => Some(f64::from(self.meter.interruptions(test.who, from_ms))),
            MetricName::Hold => Some(seconds(self.line.hold_ms(self.now_ms))),
            MetricName::HoldTotal => Some(seconds(self.line.all_holds_ms(self.now_ms))),
            MetricName::Sentiment => self.sentiment(test.who).map(f64::from),
        }
    }

    fn talk_ratio(&self, who: Speaker, from_ms: u64) -> Option<f64> {
        let both =
            self.meter.talk_ms(Speaker::Customer, from_ms) + self.meter.talk_ms(Speaker::Agent, from_ms);
        let own = self.meter.talk_ms(who, from_ms);
        (both > 0 && who != Speaker::Anyone).then(|| seconds(own) / seconds(both))
    }

    /// The lower of the two, where it is not one speaker's.
    fn sentiment(&self, who: Speaker) -> Option<f32> {
        match who {
            Speaker::Customer => self.customer.value(),
            Speaker::Agent => self.agent.value(),
            Speaker::Anyone => {
                [self.customer.value(), self.agent.value()].into_iter().flatten().min_by(f32::total_cmp)
            }
        }
    }

    /// How the call goes so far.
    pub(crate) fn metrics(&self) -> CallMetrics {
        let part = |who| SpeakerMetrics {
            talk_ms: self.meter.talk_ms(who, 0),
            words_per_minute: self.meter.words_per_minute(who, 0),
            interruptions: self.meter.interruptions(who, 0),
            sentiment: self.sentiment(who),
        };
        CallMetrics {
            at_ms: self.now_ms,
            agent: part(Speaker::Agent),
            customer: part(Speaker::Customer),
            talk_over_ms: self.meter.talk_over_ms(0),
            silence_ms: self.line.talked_ms(self.now_ms).saturating_sub(self.meter.spoken_ms()),
            current_silence_ms: self.silence_ms().unwrap_or_default(),
            hold_ms: self.line.all_holds_ms(self.now_ms),
            longest_hold_ms: self.line.longest_hold_ms(self.now_ms),
        }
    }
}

/// A moment of the call, within bounds.
pub(crate) fn within_call(at_ms: u64) -> u64 {
    at_ms.min(MAX_CALL_MS)
}

/// Milliseconds as seconds. Times of calls are far below where a float has gaps.
#[expect(clippy::cast_precision_loss, reason = "a call lasts less than 2^53 ms")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
