//! A rehearsal as the events of a stored call.

use events::{
    AgentRef, CallEndReason, CallEnded, CallStarted, EntityKind, Envelope, Event, Hold, Stages,
    TranscriptUtterance, TranscriptWord, VERSION,
};
use model::{CallId, Channel, ContactId, MediaTime, Participant, TenantId, Timestamp, UtteranceId};

use super::read::mask_of;
use super::{Line, Moment, Rehearsal};
use crate::Span;

/// When every written call begins: 2025-01-01, noon.
const STARTED_AT_MS: i64 = 1_735_732_800_000;
/// Who is connected from the beginning when the script names nobody.
const AGENT: &str = "agent";
/// How long a call goes on after its last word.
const AFTERWARDS: Span = Span::secs(1);

impl Rehearsal {
    /// The written call as its log would have it, in order. What is said stands at its end, as words do that are final.
    #[must_use]
    pub fn events(&self) -> Vec<Envelope> {
        let mut timed = vec![(Span::default(), self.started())];
        if !self.script.iter().any(|line| matches!(line.what, Moment::AgentConnected(_))) {
            timed.push((Span::default(), Event::AgentConnected(agent(AGENT, Span::default()))));
        }
        timed.extend(self.script.iter().filter_map(Line::event));
        // Stable: what happens at one time stays in the order of the script.
        timed.sort_by_key(|(at, _)| *at);
        let last = timed.last().map(|(at, _)| *at).unwrap_or_default();
        let end = match self.script.last() {
            Some(Line { at, what: Moment::Ended }) => last.max(*at),
            _ => Span(last.0 + AFTERWARDS.0),
        };
        let ended = CallEnded { reason: CallEndReason::Disconnected, duration_ms: end.as_millis() };
        timed.push((end, Event::CallEnded(ended)));
        timed.into_iter().zip(1..).map(|((at, event), seq)| envelope(at, seq, event)).collect()
    }

    /// How long after the call's first sample a moment is.
    #[must_use]
    pub fn place(&self, at: Timestamp) -> Span {
        Span(at.since(Timestamp::from_millis(STARTED_AT_MS)))
    }

    fn started(&self) -> Event {
        Event::CallStarted(CallStarted {
            contact_id: ContactId::new("rehearsal").expect("the name is well formed"),
            initial_contact_id: None,
            stream: "rehearsal".to_owned(),
            customer: None,
            customer_keys: Vec::new(),
            queue: self.call.queue.clone(),
            started_at_ms: STARTED_AT_MS,
            sample_rate_hz: 8_000,
            profile: self.call.profile.clone(),
            session: None,
            language: self.call.language.clone(),
            attributes: self.call.attributes.clone(),
            provisional: false,
        })
    }
}

impl Line {
    /// The event, and when it is in the log. The end is not one of the script's.
    fn event(&self) -> Option<(Span, Event)> {
        let at_ms = self.at.as_millis();
        let event = match &self.what {
            Moment::Said { who, text, until } => {
                return Some((*until, Event::UtteranceCompleted(utterance(*who, text, self.at, *until))));
            }
            Moment::AgentConnected(id) => Event::AgentConnected(agent(id, self.at)),
            Moment::AgentDisconnected(id) => Event::AgentDisconnected(agent(id, self.at)),
            Moment::OnHold(true) => Event::HoldStarted(Hold { at_ms }),
            Moment::OnHold(false) => Event::HoldEnded(Hold { at_ms }),
            Moment::Ended => return None,
        };
        Some((self.at, event))
    }
}

fn agent(id: &str, at: Span) -> AgentRef {
    AgentRef { id: id.to_owned(), name: None, at_ms: at.as_millis() }
}

fn utterance(participant: Participant, text: &str, at: Span, until: Span) -> TranscriptUtterance {
    let channel = if participant == Participant::Customer { Channel::Customer } else { Channel::ToCustomer };
    let (start_ms, end_ms) = (at.as_millis(), until.as_millis());
    let texts: Vec<&str> = text.split_whitespace().collect();
    let count = u64::try_from(texts.len()).unwrap_or(u64::MAX).max(1);
    let edge = |index: u64| start_ms + end_ms.saturating_sub(start_ms).saturating_mul(index) / count;
    let words = texts.into_iter().zip(0..).map(|(word, index)| {
        let masked =
            mask_of(word).and_then(|name| EntityKind::ALL.iter().copied().find(|kind| kind.as_str() == name));
        TranscriptWord {
            text: masked.map_or_else(|| word.to_owned(), |kind| format!("[{}]", kind.as_str())),
            start_ms: edge(index),
            end_ms: edge(index + 1),
            confidence: 1.0,
            masked,
        }
    });
    let id = UtteranceId::new(channel, MediaTime::from_millis(start_ms));
    TranscriptUtterance { id, revision: 1, channel, participant, start_ms, end_ms, words: words.collect() }
}

fn envelope(at: Span, seq: u64, event: Event) -> Envelope {
    let at = Timestamp::from_millis(STARTED_AT_MS) + at.0;
    Envelope {
        v: VERSION,
        tenant: TenantId::new("rehearsal").expect("the name is well formed"),
        call_id: CallId::new("rehearsal").expect("the name is well formed"),
        seq,
        position: seq,
        stages: Stages {
            captured_us: Some(at),
            appended_us: Some(at),
            published_us: Some(at),
            ..Stages::default()
        },
        event,
    }
}
