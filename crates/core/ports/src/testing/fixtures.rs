//! Small events that suites and tests share.

use events::{
    CallEndReason, CallEnded, CallStarted, EntityKind, Event, Stages, TranscriptUtterance, TranscriptWord,
    UtteranceRevised,
};
use model::{
    CallId, CallKey, Channel, ContactId, Epoch, MediaTime, Participant, TenantId, Timestamp, UtteranceId,
};

use crate::{Append, Appended, EventLog, EventLogError, NewEvent};

/// A tenant and a call by name.
///
/// # Panics
/// When a name cannot be an id.
#[must_use]
pub fn ids(tenant: &str, call: &str) -> (TenantId, CallId) {
    (TenantId::new(tenant).expect("a tenant's name"), CallId::new(call).expect("a call's name"))
}

/// Appends at the end of a call's log, as its first owner.
///
/// # Errors
/// When the log refuses it.
pub async fn append_as_owner(
    log: &dyn EventLog,
    tenant: &TenantId,
    call: &CallId,
    now: Timestamp,
    events: Vec<NewEvent>,
) -> Result<Appended, EventLogError> {
    let key = CallKey::new(tenant.clone(), call.clone());
    let after = log.claim(&key, Epoch::FIRST).await?;
    log.append(Append { key, epoch: Epoch::FIRST, after, now, events }).await
}

/// The start of a call at a wall time.
///
/// # Panics
/// Never: its names are ids.
#[must_use]
pub fn call_started(started_at_ms: i64) -> NewEvent {
    new(Event::CallStarted(CallStarted {
        contact_id: ContactId::new("contact-1").expect("a name of letters"),
        initial_contact_id: None,
        stream: "connect-stream-1".to_owned(),
        customer: Some("•••0134".to_owned()),
        customer_keys: Vec::new(),
        queue: Some("billing".to_owned()),
        started_at_ms,
        sample_rate_hz: 8_000,
        profile: None,
        session: None,
        language: None,
        attributes: std::collections::BTreeMap::new(),
        provisional: false,
    }))
}

/// A finished utterance of one second. A word in brackets, such as `[card]`, is masked; no text, no words.
#[must_use]
pub fn utterance(channel: Channel, start_ms: u64, text: &str) -> NewEvent {
    new(Event::UtteranceCompleted(spoken(channel, start_ms, 1, text)))
}

/// The end of a call.
#[must_use]
pub fn call_ended(duration_ms: u64) -> NewEvent {
    new(Event::CallEnded(CallEnded { reason: CallEndReason::Disconnected, duration_ms }))
}

/// Later evidence masked words of an utterance; see [`utterance`].
#[must_use]
pub fn revised(channel: Channel, start_ms: u64, revision: u32, text: &str) -> NewEvent {
    let reason = "card_split_over_turns".to_owned();
    new(Event::UtteranceRevised(UtteranceRevised {
        utterance: spoken(channel, start_ms, revision, text),
        reason,
    }))
}

pub(super) fn new(event: Event) -> NewEvent {
    NewEvent { stages: Stages::default(), event }
}

pub(super) fn spoken(channel: Channel, start_ms: u64, revision: u32, text: &str) -> TranscriptUtterance {
    let words = text.split_whitespace().enumerate().map(|(n, text)| {
        let start_ms = start_ms + 100 * u64::try_from(n).unwrap_or(0);
        let masked = text.starts_with('[').then_some(EntityKind::Card);
        TranscriptWord { text: text.to_owned(), start_ms, end_ms: start_ms + 80, confidence: 1.0, masked }
    });
    TranscriptUtterance {
        id: UtteranceId::new(channel, MediaTime::from_millis(start_ms)),
        revision,
        channel,
        participant: match channel {
            Channel::Customer => Participant::Customer,
            Channel::ToCustomer => Participant::Agent,
        },
        start_ms,
        end_ms: start_ms + 1_000,
        words: words.collect(),
    }
}
