//! One call's events, folded.

use std::collections::BTreeMap;

use events::{
    AgentRef, CallEnded, CallStarted, Envelope, Event, Gap, MediaState, MediaStatus, TranscriptUtterance,
    TranscriptWord, TranscriptionStatus,
};
use model::{CallId, Timestamp, UtteranceId};

use crate::{CallState, CallSummary, TranscriptView, need::Needs, review::Review};

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
    agent: Option<AgentRef>,
    ended: Option<CallEnded>,
    transcription: Option<TranscriptionStatus>,
    media: Option<MediaStatus>,
    has_recording: bool,
    review: Review,
    needs: Needs,
    /// Ordered by start, then channel, as the id is. An utterance without words stays here, so that an older
    /// revision cannot bring it back, but is not shown.
    utterances: BTreeMap<UtteranceId, Said>,
    last: Option<UtteranceId>,
    shown: u32,
    masks: u32,
    gaps: Vec<Gap>,
    holds: Vec<(u64, Option<u64>)>,
    seq: u64,
    position: u64,
}

/// An utterance in its newest revision.
#[derive(Clone, Debug)]
struct Said {
    utterance: TranscriptUtterance,
    /// The events that carried it, in any revision; at least one.
    seqs: Vec<u64>,
}

impl Said {
    /// Where it stands among the others. Its words have no part in that, as later ones may replace them in the log.
    fn first_seq(&self) -> u64 {
        self.seqs.first().copied().unwrap_or_default()
    }
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
            Event::AgentConnected(agent) => {
                self.needs.connect(&agent.id);
                self.agent = Some(agent.clone());
            }
            Event::HoldStarted(hold) => return self.hold(hold.at_ms),
            Event::HoldEnded(hold) => return self.end_hold(hold.at_ms),
            Event::UtteranceCompleted(utterance) => return self.take(utterance, envelope.seq),
            Event::UtteranceRevised(revised) => return self.take(&revised.utterance, envelope.seq),
            Event::MediaGap(gap) => return self.gap(gap),
            Event::RecordingCompleted(_) => self.has_recording = true,
            Event::RecordingRemoved(_) => self.has_recording = false,
            Event::CallVerified(verified) => self.review.verified(verified),
            Event::FindingDecided(decided) => self.review.decided(decided),
            Event::QuarantineLifted(_) => self.review.lifted(),
            Event::LegalHoldPlaced(hold) => self.review.held(&hold.matter),
            Event::LegalHoldReleased(hold) => self.review.released(&hold.matter),
            Event::CallEnded(ended) => return self.end(ended),
            Event::GuidanceStarted(_)
            | Event::ChecklistChanged(_)
            | Event::AlertRaised(_)
            | Event::AlertCleared(_)
            | Event::MetricsSampled(_) => self.needs.apply(&envelope.event),
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
            customer_keys: started.customer_keys.clone(),
            queue: started.queue.clone(),
            agent: self.agent.as_ref().map(shown_name),
            agent_id: self.agent.as_ref().map(|agent| agent.id.clone()),
            profile: started.profile.clone(),
            started_at: Timestamp::from_millis(started.started_at_ms),
            state: if self.ended.is_some() { CallState::Ended } else { CallState::Live },
            end_reason: self.ended.as_ref().map(|ended| ended.reason),
            duration_ms: self.ended.as_ref().map(|ended| ended.duration_ms),
            on_hold: self.open_hold().is_some(),
            hold_since_ms: self.open_hold().and_then(|index| self.hold_at(index)).map(|(from, _)| from),
            utterances: self.shown,
            masks: self.masks,
            gaps: count(self.gaps.len()),
            has_recording: self.has_recording,
            verdict: self.review.verdict(),
            quarantined: self.review.is_quarantined(),
            open_findings: self.review.open_findings(),
            legal_hold: self.review.is_held(),
            transcription: self.transcription.clone(),
            media: self.media.clone(),
            last_utterance: self.last.and_then(|id| self.newest(id)).cloned(),
            need: self.needs.need(),
            seq: self.seq,
            position: self.position,
        })
    }

    /// The call's transcript.
    #[must_use]
    pub fn transcript(&self) -> TranscriptView {
        TranscriptView {
            utterances: self.shown().cloned().collect(),
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
        self.newest(id).filter(|said| has_words(said))
    }

    /// An utterance in its newest revision, with or without words.
    #[must_use]
    pub fn newest(&self, id: UtteranceId) -> Option<&TranscriptUtterance> {
        self.utterances.get(&id).map(|said| &said.utterance)
    }

    /// The seqs of the events that carried an utterance, in any revision. When a newer one comes, its words replace
    /// theirs in the log: see [`CallProjection::mask`].
    #[must_use]
    pub fn events_of(&self, id: UtteranceId) -> &[u64] {
        self.utterances.get(&id).map_or(&[], |said| &said.seqs)
    }

    /// Before an event goes into the log: gives it the words of the utterance's newest revision, when it is an older
    /// one, so that a late repetition does not bring back what was hidden. Says which events of the log are to get its
    /// words, when it is the newest: those that carried the utterance before it with other words.
    #[must_use]
    pub fn mask(&self, event: &mut Event) -> Option<&[u64]> {
        let said = event.utterance_mut()?;
        let known = self.utterances.get(&said.id)?;
        if known.utterance.revision >= said.revision {
            said.words.clone_from(&known.utterance.words);
            return None;
        }
        (known.utterance.words != said.words).then_some(&*known.seqs)
    }

    fn shown(&self) -> impl Iterator<Item = &TranscriptUtterance> {
        self.utterances.values().map(|said| &said.utterance).filter(|said| has_words(said))
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
                for key in &started.customer_keys {
                    if !known.customer_keys.contains(key) {
                        known.customer_keys.push(key.clone());
                    }
                }
                if known.provisional {
                    known.started_at_ms = started.started_at_ms;
                    known.provisional = started.provisional;
                }
                known.queue = started.queue.clone().or_else(|| known.queue.take());
                known.profile = started.profile.clone().or_else(|| known.profile.take());
            }
        }
    }

    /// The higher revision wins; of two equal ones the first, as the second is a repetition.
    fn take(&mut self, utterance: &TranscriptUtterance, seq: u64) -> Change {
        let id = utterance.id;
        let said = self
            .utterances
            .entry(id)
            .or_insert_with(|| Said { utterance: unsaid(utterance), seqs: Vec::new() });
        said.seqs.push(seq);
        if said.utterance.revision >= utterance.revision && said.seqs.len() > 1 {
            return Change::Summary;
        }
        self.shown = self.shown.saturating_sub(u32::from(has_words(&said.utterance)));
        self.masks = self.masks.saturating_sub(masked(&said.utterance));
        self.shown = self.shown.saturating_add(u32::from(has_words(utterance)));
        self.masks = self.masks.saturating_add(masked(utterance));
        said.utterance = utterance.clone();
        self.move_last(id);
        Change::Utterance(id)
    }

    /// The last is the one of those with words that was finished last.
    fn move_last(&mut self, changed: UtteranceId) {
        let place = |id: UtteranceId| self.utterances.get(&id).map_or(0, Said::first_seq);
        if self.utterance(changed).is_some() {
            if self.last.is_none_or(|last| place(last) < place(changed)) {
                self.last = Some(changed);
            }
        } else if self.last == Some(changed) {
            let with_words = self.utterances.iter().filter(|(_, said)| has_words(&said.utterance));
            self.last = with_words.max_by_key(|(_, said)| said.first_seq()).map(|(id, _)| *id);
        }
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
        self.needs.end();
        self.end_hold(ended.duration_ms)
    }

    fn open_hold(&self) -> Option<usize> {
        let (index, (_, to)) = self.holds.iter().enumerate().next_back()?;
        to.is_none().then_some(index)
    }
}

/// The utterance before it had words.
fn unsaid(utterance: &TranscriptUtterance) -> TranscriptUtterance {
    TranscriptUtterance { words: Vec::new(), ..utterance.clone() }
}

/// Gives an event that is in the log the words of its utterance's newest revision; its own revision stays.
pub fn replace_words(event: &mut Event, words: &[TranscriptWord]) {
    if let Some(said) = event.utterance_mut() {
        said.words = words.to_vec();
    }
}

/// Whether an event of the log is the one that somebody wants to append: it is, but for the words of an utterance, which
/// later ones may have replaced meanwhile.
#[must_use]
pub fn is_same_event(stored: &Event, wanted: &Event) -> bool {
    let (Some(_), Some(said)) = (stored.utterance(), wanted.utterance()) else { return stored == wanted };
    let mut stored = stored.clone();
    replace_words(&mut stored, &said.words);
    stored == *wanted
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

pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
