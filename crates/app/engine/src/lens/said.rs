//! What was said in a call of segments: segments in, redacted events out.

use std::{collections::VecDeque, time::Duration};

use contacts::{LensEvent, LensKind, LensSegment, LensSpeaker};
use events::{
    CallEndReason, CallEnded, CallStarted, Event, Stages, TranscriptionState, TranscriptionStatus,
    UtteranceRevised,
};
use metrics::counter;
use model::{Channel, MediaTime, Participant, Pii, SpokenWord, Timestamp, UtteranceId, UtteranceText};
use ports::{NewEvent, SpeechResult};
use redaction::{Redactor, TenantPolicy};
use transcript::{Assembled, TranscriptAssembler};

use crate::{names, speech::shown_words};

/// Utterances that wait for the transcript that replaces them; beyond it the oldest is forgotten, and stays as it is
/// until its call is loaded anew.
const MAX_SHOWN: usize = 64;
/// The recogniser's name.
const NAME: &str = "Contact Lens";

/// What is to be logged, then what is only to be shown.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) logged: Vec<NewEvent>,
    pub(super) partials: Vec<NewEvent>,
}

/// What was said in one call.
pub(super) struct Said {
    /// Wall time of position zero, once it is logged.
    started_at: Option<Timestamp>,
    ended: bool,
    failed: bool,
    /// The end of the last final.
    end: MediaTime,
    assembler: TranscriptAssembler,
    redactor: Redactor,
    /// The shown utterances by the id of the transcript that will replace them.
    shown: VecDeque<(String, UtteranceId)>,
}

impl Said {
    /// What a log holds.
    pub(super) fn of(logged: &[Event], policy: &TenantPolicy) -> Self {
        // Digits are remembered under a key that dies with this.
        let echo_key = *uuid::Uuid::new_v4().as_bytes();
        let mut this = Self {
            started_at: None,
            ended: false,
            failed: false,
            end: MediaTime::ZERO,
            assembler: TranscriptAssembler::new(),
            redactor: Redactor::new(policy.for_call(echo_key)),
            shown: VecDeque::new(),
        };
        for event in logged {
            this.recall(event);
        }
        this
    }

    fn recall(&mut self, event: &Event) {
        if let Event::UtteranceCompleted(said)
        | Event::UtteranceRevised(UtteranceRevised { utterance: said, .. }) = event
        {
            self.assembler.remember_final(said.id);
            self.redactor.recall(&shown_words(said));
            self.end = self.end.max(MediaTime::from_millis(said.end_ms));
        } else if let Event::CallStarted(started) = event {
            self.started_at = Some(Timestamp::from_millis(started.started_at_ms));
        } else if let Event::TranscriptionStatus(status) = event {
            self.failed = status.state == TranscriptionState::Failed;
        }
        self.ended |= matches!(event, Event::CallEnded(_));
    }

    /// Takes an event in.
    pub(super) fn take(
        &mut self,
        event: &LensEvent,
        about: &CallStarted,
        now: &dyn Fn() -> Timestamp,
    ) -> Told {
        let mut told = Told::default();
        if self.ended {
            let late = if let LensKind::Segments(segments) = &event.kind { segments.as_slice() } else { &[] };
            let finals = late.iter().filter(|segment| segment.is_final).count();
            counter!(names::LENS_PASSED_OVER, "reason" => "call_over").increment(finals as u64);
            return told;
        }
        let started_at = self.start(about, &mut told);
        match &event.kind {
            LensKind::Started | LensKind::Completed => {}
            LensKind::Failed if self.failed => {}
            LensKind::Failed => {
                self.failed = true;
                let detail = Some("Contact Lens says that its analysis of the contact failed".to_owned());
                let state = TranscriptionState::Failed;
                told.logged.push(status(TranscriptionStatus { state, detail, ..running(about) }));
            }
            LensKind::Segments(segments) => {
                for segment in segments {
                    self.segment(segment, started_at, now, &mut told);
                }
            }
        }
        told
    }

    /// The call is over.
    pub(super) fn end(&mut self, about: &CallStarted, reason: CallEndReason) -> Told {
        let mut told = Told::default();
        if !std::mem::replace(&mut self.ended, true) {
            self.start(about, &mut told);
            let ended = CallEnded { reason, duration_ms: self.end.as_millis() };
            told.logged.push(untimed(Event::CallEnded(ended)));
        }
        told
    }

    /// Begins the call in the log, unless it has begun; gives the wall time of position zero.
    fn start(&mut self, about: &CallStarted, told: &mut Told) -> Timestamp {
        *self.started_at.get_or_insert_with(|| {
            told.logged.push(untimed(Event::CallStarted(about.clone())));
            told.logged.push(status(running(about)));
            Timestamp::from_millis(about.started_at_ms)
        })
    }

    fn segment(
        &mut self,
        segment: &LensSegment,
        started_at: Timestamp,
        now: &dyn Fn() -> Timestamp,
        told: &mut Told,
    ) {
        let (channel, participant) = match segment.speaker {
            LensSpeaker::Customer => (Channel::Customer, Participant::Customer),
            LensSpeaker::Agent => (Channel::ToCustomer, Participant::Agent),
            LensSpeaker::Other => (Channel::ToCustomer, Participant::System),
        };
        let id = UtteranceId::new(channel, MediaTime::from_millis(segment.begin_ms));
        let end = MediaTime::from_millis(segment.end_ms);
        let words = words(&segment.text, id.start(), end);
        if segment.is_final {
            counter!(names::LENS_FINALS).increment(1);
            self.take_back(segment, id, participant, started_at, now, told);
            let result = SpeechResult::Final { channel, start: id.start(), end, words, late: false };
            self.hear(result, participant, started_at, now, told);
            self.end = self.end.max(end);
        } else {
            self.show(segment, id);
            let result = SpeechResult::Partial { channel, start: id.start(), end, words, late: false };
            self.hear(result, participant, started_at, now, told);
        }
    }

    /// An utterance that is replaced by a transcript with another beginning is shown no longer.
    fn take_back(
        &mut self,
        segment: &LensSegment,
        id: UtteranceId,
        participant: Participant,
        started_at: Timestamp,
        now: &dyn Fn() -> Timestamp,
        told: &mut Told,
    ) {
        let replaced: Vec<UtteranceId> = self
            .shown
            .iter()
            .filter(|(transcript, shown)| *transcript == segment.transcript_id && *shown != id)
            .map(|(_, shown)| *shown)
            .collect();
        self.shown.retain(|(transcript, _)| *transcript != segment.transcript_id);
        for shown in replaced {
            let (channel, start) = (shown.channel(), shown.start());
            let nothing = SpeechResult::Final { channel, start, end: start, words: Vec::new(), late: false };
            self.hear(nothing, participant, started_at, now, told);
        }
    }

    fn show(&mut self, segment: &LensSegment, id: UtteranceId) {
        let entry = (segment.transcript_id.clone(), id);
        if !self.shown.contains(&entry) {
            self.shown.push_back(entry);
        }
        if self.shown.len() > MAX_SHOWN {
            self.shown.pop_front();
        }
    }

    fn hear(
        &mut self,
        result: SpeechResult,
        participant: Participant,
        started_at: Timestamp,
        now: &dyn Fn() -> Timestamp,
        told: &mut Told,
    ) {
        let recognised = now();
        let Some(Assembled { utterance, .. }) = self.assembler.push(result) else { return };
        let redacted = self.redactor.redact(&utterance, participant);
        let stages = Stages {
            captured_us: Some(started_at + utterance.end.since(MediaTime::ZERO)),
            received_us: Some(recognised),
            recognised_us: Some(recognised),
            redacted_us: Some(now()),
            ..Stages::default()
        };
        match utterance.text {
            UtteranceText::Partial => {
                told.partials.push(NewEvent { stages, event: Event::UtteranceUpdated(redacted.utterance) });
            }
            UtteranceText::Final => {
                told.logged.push(NewEvent { stages, event: Event::UtteranceCompleted(redacted.utterance) });
                let revised = redacted.revised.into_iter().map(Event::UtteranceRevised);
                // A revision's own times would say nothing of how fast we are.
                let untimed = Stages { captured_us: None, received_us: None, ..stages };
                told.logged.extend(revised.map(|event| NewEvent { stages: untimed, event }));
            }
        }
    }
}

/// The words of a text, their times by their length: Contact Lens tells when the first begins and the last ends.
fn words(text: &Pii<String>, from: MediaTime, to: MediaTime) -> Vec<SpokenWord> {
    let texts: Vec<&str> = text.expose().split_whitespace().collect();
    let lengths: Vec<u64> = texts.iter().map(|text| text.chars().count() as u64).collect();
    let all: u64 = lengths.iter().sum();
    let time = to.since(from);
    let at = |chars: u64| {
        let us = time.as_micros() * u128::from(chars) / u128::from(all.max(1));
        from + Duration::from_micros(u64::try_from(us).unwrap_or(u64::MAX))
    };
    let mut before = 0;
    let words = texts.iter().zip(lengths).map(|(text, length)| {
        let (start, end) = (at(before), at(before + length));
        before += length;
        SpokenWord { text: Pii::new((*text).to_owned()), start, end, confidence: 1.0 }
    });
    words.collect()
}

fn running(about: &CallStarted) -> TranscriptionStatus {
    TranscriptionStatus {
        state: TranscriptionState::Running,
        recogniser: Some(NAME.to_owned()),
        language: about.language.clone(),
        detail: None,
    }
}

fn status(status: TranscriptionStatus) -> NewEvent {
    untimed(Event::TranscriptionStatus(status))
}

fn untimed(event: Event) -> NewEvent {
    NewEvent { stages: Stages::default(), event }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_share_their_time_by_length() {
        let at = MediaTime::from_millis;
        let words = words(&Pii::new(" My  card\u{e9} ok ".to_owned()), at(1_000), at(1_900));
        let times: Vec<_> = words.iter().map(|word| (word.start.as_millis(), word.end.as_millis())).collect();
        assert_eq!(times, [(1_000, 1_200), (1_200, 1_700), (1_700, 1_900)]);
        assert_eq!(super::words(&Pii::new("  ".to_owned()), at(1), at(1)), []);
    }
}
