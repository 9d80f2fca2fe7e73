//! Calls without audio, whose words come as Contact Lens segments.
//!
//! A segment may reach any host, more than once, and out of order. The host that gets it redacts it and appends it, and
//! answers only then: what is not in the log for sure comes again. So that no host must be asked first, these calls are
//! appended to under one epoch for ever, and the log itself keeps hosts apart: an append goes on from the last event
//! that its host knows, and one that does not is refused, read up, and tried again. A final is named by its channel and
//! its beginning, so the same one is logged once.
//!
//! The call's lease is there for its end alone: its owner appends the end when the contact is over, or when nothing
//! came for long, so that every call has one whatever is lost and whoever dies.
//!
//! What a host remembers of a call – digits that were given, the last utterances – is lost when the next segment
//! reaches another one: it then knows what was asked for, as the next owner of any call does. Whoever spreads one
//! contact's segments over hosts loses some of what masks a number that is split over them; one shard of a stream,
//! and with it one contact, should be read by one reader that keeps its connection.

mod said;
mod watch;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use contacts::{ContactRecord, ContactSignal, LensEvent, LensKind, SignalKind};
use events::{CallEndReason, CallStarted, Envelope};
use metrics::counter;
use model::{
    CallId, CallKey, ContactId, Epoch, FragmentNumber, MediaOrigin, StreamAddress, StreamName, TenantId,
    Timestamp,
};
use ports::{Append, DirectoryError, EventLogError, NewEvent};
use thiserror::Error;

use self::said::{Said, Told};
pub(crate) use self::watch::watch;
use crate::{
    engine::Shared,
    intake::{Intake, IntakeError},
    journal::{Logged, publish},
    keys, names,
    plan::CallPlan,
};

/// Calls whose state is remembered; of one more, the state of another is read from the log again.
const MAX_CALLS: usize = 4_096;
/// How often an append is tried that other hosts' appends come before.
const MAX_TRIES: usize = 8;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LensTaken {
    /// It is in the log of this call.
    Call(CallId),
    /// The contact's call has audio, from which its words come.
    HasAudio,
}

/// Why an event could not be taken: it is to come again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LensError {
    /// The contact cannot be written down.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The log cannot be written.
    #[error(transparent)]
    Log(#[from] EventLogError),
}

impl From<DirectoryError> for LensError {
    fn from(error: DirectoryError) -> Self {
        Self::Intake(error.into())
    }
}

type Slot = Arc<tokio::sync::Mutex<Option<Box<LensCall>>>>;

/// The calls that this host has heard of. One event of a call at a time is taken.
#[derive(Default)]
pub(crate) struct Lens(Mutex<BTreeMap<CallKey, Slot>>);

impl Lens {
    fn slot(&self, key: &CallKey) -> Slot {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() >= MAX_CALLS && !calls.contains_key(key) {
            let idle =
                calls.iter().find(|(_, slot)| Arc::strong_count(slot) == 1).map(|(key, _)| key.clone());
            idle.and_then(|key| calls.remove(&key));
        }
        Arc::clone(calls.entry(key.clone()).or_default())
    }

    fn forget(&self, key: &CallKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// A call as this host knows it.
struct LensCall {
    key: CallKey,
    about: CallStarted,
    /// The seq of its last event.
    last: u64,
    said: Said,
}

/// Takes an event of a contact.
pub(crate) async fn take(
    shared: &Arc<Shared>,
    tenant: &TenantId,
    event: LensEvent,
) -> Result<LensTaken, LensError> {
    let contact = event.contact_id.clone();
    let start = first_fragment();
    let key = CallKey::new(tenant.clone(), keys::call_id(tenant, &contact, Some(&start)));
    let slot = shared.lens.slot(&key);
    let mut slot = slot.lock().await;
    let mut call = match slot.take() {
        Some(call) => call,
        None => match begin(shared, &key, record(shared, &event, start)).await? {
            Some(call) => Box::new(call),
            None => {
                counter!(names::LENS_PASSED_OVER, "reason" => "has_audio").increment(1);
                shared.lens.forget(&key);
                return Ok(LensTaken::HasAudio);
            }
        },
    };
    let completed = event.kind == LensKind::Completed;
    append(shared, &mut call, |said, about, now| said.take(&event, about, now)).await?;
    // Only what is in the log is remembered: after a failure it is read from there again.
    *slot = Some(call);
    drop(slot);
    if completed {
        let at = shared.now();
        let over = ContactSignal { contact_id: contact, at, kind: SignalKind::Disconnected };
        Intake(Arc::clone(shared)).signal(tenant, over).await?;
    }
    Ok(LensTaken::Call(key.call))
}

/// Makes the contact's call known, and reads what is logged of it; none when the contact has audio.
async fn begin(
    shared: &Arc<Shared>,
    key: &CallKey,
    record: ContactRecord,
) -> Result<Option<LensCall>, LensError> {
    let known = shared.parts.contacts.put(&key.tenant, record).await?.record;
    if known.stream.as_ref().is_none_or(|stream| stream.origin != MediaOrigin::Segments) {
        return Ok(None);
    }
    let Some((_, plan)) = CallPlan::of(&key.tenant, &known, shared.now()) else { return Ok(None) };
    Intake(Arc::clone(shared)).offer(&key.tenant, known).await?;
    load(shared, key, plan.about).await.map(Some).map_err(LensError::from)
}

async fn load(shared: &Shared, key: &CallKey, about: CallStarted) -> Result<LensCall, EventLogError> {
    let log = shared.parts.log.as_ref();
    let last = log.claim(key, Epoch::FIRST).await?;
    let logged = Logged::read(log, key, last).await?;
    let said = Said::of(&logged.events, &shared.options.tenants.redaction(&key.tenant));
    Ok(LensCall { key: key.clone(), about, last: logged.last, said })
}

/// Appends what `tell` makes of the call, and hands it out. Where another host's append came first, the call is read
/// again, and so is what is told.
async fn append(
    shared: &Shared,
    call: &mut LensCall,
    mut tell: impl FnMut(&mut Said, &CallStarted, &dyn Fn() -> Timestamp) -> Told,
) -> Result<(), EventLogError> {
    let mut tries = 0;
    loop {
        let told = tell(&mut call.said, &call.about, &|| shared.now());
        match log(shared, call, told.logged).await {
            Ok(()) => {
                for partial in told.partials {
                    let CallKey { tenant, call } = call.key.clone();
                    let NewEvent { stages, event } = partial;
                    let v = events::VERSION;
                    publish(
                        shared,
                        Envelope { v, tenant, call_id: call, seq: 0, position: 0, stages, event },
                    );
                }
                return Ok(());
            }
            Err(error @ EventLogError::OutOfStep { .. }) => {
                tries += 1;
                if tries == MAX_TRIES {
                    return Err(error);
                }
                *call = load(shared, &call.key, call.about.clone()).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn log(shared: &Shared, call: &mut LensCall, events: Vec<NewEvent>) -> Result<(), EventLogError> {
    if events.is_empty() {
        return Ok(());
    }
    let append =
        Append { key: call.key.clone(), epoch: Epoch::FIRST, after: call.last, now: shared.now(), events };
    for envelope in shared.parts.log.append(append).await? {
        call.last = call.last.max(envelope.seq);
        publish(shared, envelope);
    }
    Ok(())
}

/// Appends the call's end, unless it has one.
async fn end(
    shared: &Shared,
    key: &CallKey,
    about: &CallStarted,
    reason: CallEndReason,
) -> Result<(), EventLogError> {
    let slot = shared.lens.slot(key);
    let mut slot = slot.lock().await;
    let mut call = match slot.take() {
        Some(call) => call,
        None => Box::new(load(shared, key, about.clone()).await?),
    };
    append(shared, &mut call, |said, about, _| said.end(about, reason)).await?;
    drop(slot);
    shared.lens.forget(key);
    Ok(())
}

/// What an event says of its contact. Its beginning is guessed from the first words that come, and kept by whoever was
/// first.
fn record(shared: &Shared, event: &LensEvent, start: FragmentNumber) -> ContactRecord {
    let now = shared.now();
    let heard_ms = match &event.kind {
        LensKind::Segments(segments) => segments.iter().map(|said| said.end_ms).max().unwrap_or(0),
        LensKind::Started | LensKind::Completed | LensKind::Failed => 0,
    };
    ContactRecord {
        stream: Some(StreamAddress {
            origin: MediaOrigin::Segments,
            name: stream_name(&event.contact_id),
            region: None,
            account: None,
        }),
        started_at: Some(now - Duration::from_millis(heard_ms)),
        start_fragment: Some(start),
        language: event.language.clone(),
        ..ContactRecord::new(event.contact_id.clone(), now)
    }
}

/// Each contact is a stream of its own: a transfer goes on as another call, whose times begin anew.
fn stream_name(contact: &ContactId) -> StreamName {
    StreamName::new(format!("contact-lens-{contact}"))
        .or_else(|_| StreamName::new(contact.as_str()))
        .expect("a contact's id has the characters of a stream's name")
}

/// Below every fragment's number: audio that comes later for the contact begins a call of its own.
fn first_fragment() -> FragmentNumber {
    FragmentNumber::new("0").expect("a digit is a number")
}
