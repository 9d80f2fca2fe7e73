//! Partial and final results of both channels to ordered utterances.

use std::collections::{BTreeMap, VecDeque};

use model::{Channel, MediaTime, Participant, SpokenWord, Utterance, UtteranceId, UtteranceText};
use ports::SpeechResult;

use crate::Attribution;

/// The most utterances that may be open at once. Beyond it the oldest open one is forgotten: its next
/// result starts again at revision 1, which clients ignore until the final comes.
pub const MAX_OPEN_UTTERANCES: usize = 64;

/// The most finished utterances whose ids are remembered, to drop what comes late for them. Beyond it the
/// oldest are forgotten; results from before the newest forgotten one are dropped by their time.
pub const MAX_REMEMBERED_FINALS: usize = 256;

/// One new version of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Assembled {
    /// The utterance in clear: for the redactor alone.
    pub utterance: Utterance,
    /// Who spoke, as far as is known now.
    pub participant: Participant,
    /// The recogniser took this up later than its deadline.
    pub late: bool,
}

/// Gives each utterance one id, rising revisions and exactly one final, whatever order results come in.
#[derive(Debug, Default)]
pub struct TranscriptAssembler {
    attribution: Attribution,
    channels: [ChannelState; 2],
}

/// What is remembered of one channel: ids and counters, no words.
#[derive(Debug, Default)]
struct ChannelState {
    /// Last revision and end of each open utterance.
    open: BTreeMap<UtteranceId, (u32, MediaTime)>,
    finals: VecDeque<UtteranceId>,
    /// Results of utterances that start before this are dropped: their finals are forgotten.
    forgotten_before: MediaTime,
    settled: MediaTime,
}

/// A partial or final result, without the distinction that `late` makes.
struct Heard {
    id: UtteranceId,
    text: UtteranceText,
    end: MediaTime,
    words: Vec<SpokenWord>,
    late: bool,
}

impl TranscriptAssembler {
    /// An assembler for one call.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one result. `None` when it says nothing new: a partial of a finished utterance, a repeated
    /// final, a partial that rests on less audio than the last one, or noise that was never shown.
    pub fn push(&mut self, result: SpeechResult) -> Option<Assembled> {
        match result {
            SpeechResult::Partial { channel, start, end, words, late } => {
                self.heard(Heard::new(channel, start, end, UtteranceText::Partial, words, late))
            }
            SpeechResult::Final { channel, start, end, words, late } => {
                self.heard(Heard::new(channel, start, end, UtteranceText::Final, words, late))
            }
            SpeechResult::Settled { channel, through } => {
                self.settle(channel, through);
                None
            }
            // Says nothing of words.
            SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => None,
        }
    }

    /// Remembers an utterance as finished: for the next owner of a call, who reads from the log which finals
    /// exist and drops them when the same audio is recognised again.
    pub fn remember_final(&mut self, id: UtteranceId) {
        self.channels[id.channel().index()].finish(id);
    }

    /// An agent is heard on `to_customer` from `at` on. May be told late; see [`Self::participant_at`].
    pub fn agent_connected(&mut self, at: MediaTime) {
        self.attribution.agent_connected(at);
    }

    /// No agent is heard on `to_customer` from `at` on. May be told late.
    pub fn agent_disconnected(&mut self, at: MediaTime) {
        self.attribution.agent_disconnected(at);
    }

    /// Who is heard on `channel` at `at`, as far as is known now.
    #[must_use]
    pub fn participant_at(&self, channel: Channel, at: MediaTime) -> Participant {
        self.attribution.participant_at(channel, at)
    }

    /// Up to where every word of `channel` has been given as a final.
    #[must_use]
    pub fn settled(&self, channel: Channel) -> MediaTime {
        self.channels[channel.index()].settled
    }

    /// The start of the oldest unfinished utterance of `channel`: where a new owner of the call has to begin.
    #[must_use]
    pub fn oldest_open(&self, channel: Channel) -> Option<MediaTime> {
        self.channels[channel.index()].open.keys().next().map(|id| id.start())
    }

    fn heard(&mut self, heard: Heard) -> Option<Assembled> {
        let Heard { id, text, end, words, late } = heard;
        let state = &mut self.channels[id.channel().index()];
        if state.is_finished(id) {
            return None;
        }
        let revision = match text {
            UtteranceText::Partial => state.next_partial(id, end, words.is_empty())?,
            UtteranceText::Final => {
                let shown = state.open.get(&id).map(|(revision, _)| *revision);
                state.finish(id);
                if words.is_empty() {
                    // Nothing was shown, so there is nothing to take back.
                    shown?;
                }
                shown.unwrap_or(0).saturating_add(1)
            }
        };
        let participant = self.attribution.participant_at(id.channel(), id.start());
        Some(Assembled { utterance: Utterance { id, revision, text, end, words }, participant, late })
    }

    fn settle(&mut self, channel: Channel, through: MediaTime) {
        let state = &mut self.channels[channel.index()];
        state.settled = state.settled.max(through);
    }
}

impl Heard {
    fn new(
        channel: Channel,
        start: MediaTime,
        end: MediaTime,
        text: UtteranceText,
        words: Vec<SpokenWord>,
        late: bool,
    ) -> Self {
        Self { id: UtteranceId::new(channel, start), text, end, words, late }
    }
}

impl ChannelState {
    fn is_finished(&self, id: UtteranceId) -> bool {
        id.start() < self.forgotten_before || self.finals.contains(&id)
    }

    /// The revision of a partial, or `None` when it is older than what was shown or shows nothing.
    fn next_partial(&mut self, id: UtteranceId, end: MediaTime, empty: bool) -> Option<u32> {
        let revision = match self.open.get(&id) {
            Some((_, shown_end)) if end < *shown_end => return None,
            Some((revision, _)) => revision.saturating_add(1),
            None if empty => return None,
            None => 1,
        };
        self.open.insert(id, (revision, end));
        if self.open.len() > MAX_OPEN_UTTERANCES {
            self.open.pop_first();
        }
        Some(revision)
    }

    fn finish(&mut self, id: UtteranceId) {
        self.open.remove(&id);
        if self.finals.contains(&id) {
            return;
        }
        self.finals.push_back(id);
        if self.finals.len() > MAX_REMEMBERED_FINALS
            && let Some(forgotten) = self.finals.pop_front()
        {
            let past = forgotten.start() + std::time::Duration::from_millis(1);
            self.forgotten_before = self.forgotten_before.max(past);
        }
    }
}

#[cfg(test)]
mod tests;
