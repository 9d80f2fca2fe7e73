//! One call's events, folded.

use std::collections::BTreeMap;

use events::{
    AgentRef, CallEnded, CallStarted, Envelope, Event, Gap, MediaState, MediaStatus, TranscriptUtterance,
    TranscriptionStatus,
};
use model::{CallId, Timestamp, UtteranceId};

use crate::{CallState, CallSummary, TranscriptView};

/// What an event changed, so that a store writes no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: the event was applied before, or has no place in the log.
    Nothing,
    /// The call's row.
    Summary,
    /// The row and one utterance.
    Utterance(UtteranceId),
    /// The row and the gap of this index.
    Gap(usize),
    /// The row and the hold of this index.
    Hold(usize),
}

/// One call's events, folded. Grows with what the call's log holds, and only with that.
#[derive(Clone, Debug, Default)]
pub struct CallProjection {
    started: Option<(CallId, CallStarted)>,
    agent: Option<String>,
    ended: Option<CallEnded>,
    transcription: Option<TranscriptionStatus>,
    media: Option<MediaStatus>,
    has_recording: bool,
    /// Ordered by start, then channel, as the id is. An utterance without words stays here, so that an older
    /// revision cannot bring it back, but is not shown.
    utterances: BTreeMap<UtteranceId, TranscriptUtterance>,
    last: Option<UtteranceId>,
    shown: u32,
    masks: u32,
    gaps: Vec<Gap>,
    holds: Vec<(u64, Option<u64>)>,
    seq: u64,
    position: u64,
}

impl CallProjection {
    /// The projection of no events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the call's next event in. One that was taken in before, and a partial, change nothing.
    pub fn apply(&mut self, envelope: &Envelope) -> Change {
        if envelope.seq <= self.seq {
            return Change::Nothing;
        }
        self.seq = envelope.seq;
        self.position = self.position.max(envelope.position);
        match &envelope.event {
            Event::CallStarted(started) => self.start(&envelope.call_id, started),
            Event::TranscriptionStatus(status) => self.transcription = Some(status.clone()),
            Event::MediaStatus(status) => {
                self.media = Some(status.clone()).filter(|status| status.state != MediaState::Live);
            }
            Event::AgentConnected(agent) => self.agent = Some(shown_name(agent)),
            Event::HoldStarted(hold) => return self.hold(hold.at_ms),
            Event::HoldEnded(hold) => return self.end_hold(hold.at_ms),
            Event::UtteranceCompleted(utterance) => return self.take(utterance),
            Event::UtteranceRevised(revised) => return self.take(&revised.utterance),
            Event::MediaGap(gap) => return self.gap(gap),
            Event::RecordingCompleted(_) => self.has_recording = true,
            Event::CallEnded(ended) => return self.end(ended),
            // The last agent stays named, and the rest tells nothing that a row or a transcript shows.
            Event::AgentDisconnected(_)
            | Event::UtteranceUpdated(_)
            | Event::AttributesMissing(_)
            | Event::FragmentQuarantined(_)
            | Event::RecordingFailed(_)
            | _ => {}
        }
        Change::Summary
    }

    /// The call's last seq that was taken in.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether the call's end was taken in.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The call's row; `None` before its start is known.
    #[must_use]
    pub fn summary(&self) -> Option<CallSummary> {
        let (call_id, started) = self.started.as_ref()?;
        Some(CallSummary {
            call_id: call_id.clone(),
            contact_id: started.contact_id.clone(),
            customer: started.customer.clone(),
            queue: started.queue.clone(),
            agent: self.agent.clone(),
            started_at: Timestamp::from_millis(started.started_at_ms),
            state: if self.ended.is_some() { CallState::Ended } else { CallState::Live },
            end_reason: self.ended.as_ref().map(|ended| ended.reason),
            duration_ms: self.ended.as_ref().map(|ended| ended.duration_ms),
            on_hold: self.open_hold().is_some(),
            utterances: self.shown,
            masks: self.masks,
            gaps: count(self.gaps.len()),
            has_recording: self.has_recording,
            transcription: self.transcription.clone(),
            media: self.media.clone(),
            last_utterance: self.last.and_then(|id| self.utterances.get(&id)).cloned(),
            seq: self.seq,
            position: self.position,
        })
    }

    /// The call's transcript.
    #[must_use]
    pub fn transcript(&self) -> TranscriptView {
        TranscriptView {
            utterances: self.utterances.values().filter(|said| has_words(said)).cloned().collect(),
            gaps: self.gaps.clone(),
            holds: self.holds.clone(),
            seq: self.seq,
        }
    }

    /// The last finished utterance.
    #[must_use]
    pub const fn last_utterance(&self) -> Option<UtteranceId> {
        self.last
    }

    /// An utterance as it is shown; `None` when it has no words.
    #[must_use]
    pub fn utterance(&self, id: UtteranceId) -> Option<&TranscriptUtterance> {
        self.utterances.get(&id).filter(|said| has_words(said))
    }

    /// The gap of an index.
    #[must_use]
    pub fn gap_at(&self, index: usize) -> Option<&Gap> {
        self.gaps.get(index)
    }

    /// The hold of an index.
    #[must_use]
    pub fn hold_at(&self, index: usize) -> Option<(u64, Option<u64>)> {
        self.holds.get(index).copied()
    }

    /// A later start may know more, but the timeline began when it began; only a provisional start gives way.
    fn start(&mut self, call: &CallId, started: &CallStarted) {
        match &mut self.started {
            None => self.started = Some((call.clone(), started.clone())),
            Some((_, known)) => {
                known.customer = started.customer.clone().or_else(|| known.customer.take());
                if known.provisional {
                    known.started_at_ms = started.started_at_ms;
                    known.provisional = started.provisional;
                }
                known.queue = started.queue.clone().or_else(|| known.queue.take());
            }
        }
    }

    /// The higher revision wins; of two equal ones the first, as the second is a repetition.
    fn take(&mut self, utterance: &TranscriptUtterance) -> Change {
        let id = utterance.id;
        if let Some(known) = self.utterances.get(&id) {
            if known.revision >= utterance.revision {
                return Change::Summary;
            }
            self.shown = self.shown.saturating_sub(u32::from(has_words(known)));
            self.masks = self.masks.saturating_sub(masked(known));
        }
        let newly_finished = !self.utterances.contains_key(&id);
        self.shown = self.shown.saturating_add(u32::from(has_words(utterance)));
        self.masks = self.masks.saturating_add(masked(utterance));
        self.utterances.insert(id, utterance.clone());
        if has_words(utterance) {
            if newly_finished || self.last.is_none() {
                self.last = Some(id);
            }
        } else if self.last == Some(id) {
            self.last = self.utterances.iter().rev().find(|(_, said)| has_words(said)).map(|(id, _)| *id);
        }
        Change::Utterance(id)
    }

    /// A gap that is reported twice, as after a takeover, is one gap.
    fn gap(&mut self, gap: &Gap) -> Change {
        if self.gaps.contains(gap) {
            return Change::Summary;
        }
        self.gaps.push(gap.clone());
        Change::Gap(self.gaps.len() - 1)
    }

    fn hold(&mut self, at_ms: u64) -> Change {
        if self.open_hold().is_some() || self.ended.is_some() {
            return Change::Summary;
        }
        self.holds.push((at_ms, None));
        Change::Hold(self.holds.len() - 1)
    }

    fn end_hold(&mut self, at_ms: u64) -> Change {
        let Some(index) = self.open_hold() else { return Change::Summary };
        let Some((from, to)) = self.holds.get_mut(index) else { return Change::Summary };
        *to = Some(at_ms.max(*from));
        Change::Hold(index)
    }

    /// The first end counts. A call that ends on hold ends the hold.
    fn end(&mut self, ended: &CallEnded) -> Change {
        if self.ended.is_some() {
            return Change::Summary;
        }
        self.ended = Some(ended.clone());
        self.media = None;
        self.end_hold(ended.duration_ms)
    }

    fn open_hold(&self) -> Option<usize> {
        let (index, (_, to)) = self.holds.iter().enumerate().next_back()?;
        to.is_none().then_some(index)
    }
}

fn shown_name(agent: &AgentRef) -> String {
    agent.name.clone().unwrap_or_else(|| agent.id.clone())
}

const fn has_words(utterance: &TranscriptUtterance) -> bool {
    !utterance.words.is_empty()
}

fn masked(utterance: &TranscriptUtterance) -> u32 {
    count(utterance.words.iter().filter(|word| word.masked.is_some()).count())
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
