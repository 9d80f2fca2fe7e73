//! What is said of a call after its end.

use std::time::Duration;

use assist::{Output, Session};
use engine::{Epilogue, is_overtaken};
use events::{Act, DoneBy, Envelope, Event, SummarySource};
use model::CallKey;
use ports::{EventLogError, NewEvent};
use tokio::time;

use crate::{acts::ActRefused, call, guide::Parts};

/// How often adding to an ended call is begun again because somebody else added to it meanwhile, or the log was away.
const MAX_TRIES: u32 = 8;
/// The first wait before that; it doubles.
const RETRY_FIRST: Duration = Duration::from_millis(50);
/// How many events are read at once.
const PAGE: u32 = 500;

/// What came of adding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is in the log, or a person's word is there that counts more.
    Logged,
    /// The call was erased.
    NoMore,
    /// The log failed.
    Failed,
}

/// Adds to an ended call what its session says, which has taken in the log up to `seen`. Where a person has corrected the
/// summary since, none is written over it.
pub(crate) async fn add(parts: &Parts, key: &CallKey, seen: u64, events: Vec<NewEvent>) -> Added {
    let mut wait = RETRY_FIRST;
    for _ in 0..MAX_TRIES {
        match try_to_add(parts, key, seen, events.clone()).await {
            Ok(()) => return Added::Logged,
            Err(EventLogError::NoSuchCall(_)) => return Added::NoMore,
            Err(error) if is_overtaken(&error) || error.is_retryable() => {
                time::sleep(wait).await;
                wait *= 2;
            }
            Err(error) => {
                tracing::warn!(call.id = %key.call, error = &error as &dyn std::error::Error, "nothing more can be said of a call");
                return Added::Failed;
            }
        }
    }
    tracing::warn!(call.id = %key.call, "others keep adding to the log of a call");
    Added::Failed
}

async fn try_to_add(
    parts: &Parts,
    key: &CallKey,
    seen: u64,
    mut events: Vec<NewEvent>,
) -> Result<(), EventLogError> {
    let log = parts.log.as_ref();
    let mut epilogue = match Epilogue::take(log, key).await {
        // Only what was erased cannot be taken.
        Err(EventLogError::Fenced(call)) => return Err(EventLogError::NoSuchCall(call)),
        other => other?,
    };
    let since = log.read_call(&key.tenant, &key.call, seen, PAGE).await?;
    if since.iter().any(|envelope| is_by_person(&envelope.event)) {
        events.retain(|new| is_by_person(&new.event) || !matches!(new.event, Event::SummaryWritten(_)));
    }
    let appended = epilogue.append(log, parts.engine.now(), events).await?;
    appended.into_iter().for_each(|envelope| parts.engine.publish(envelope));
    Ok(())
}

fn is_by_person(event: &Event) -> bool {
    matches!(event, Event::SummaryWritten(summary) if summary.source == SummarySource::Person)
}

/// Does an act at the desk of a call that is over. The session is restored from the log for it, so that any host can, and
/// the same act is done once.
pub(crate) async fn act(parts: &Parts, key: &CallKey, done: &DoneBy) -> Result<(), ActRefused> {
    if !matches!(done.act, Act::Summary { .. } | Act::Hint { .. }) {
        return Err(ActRefused::CallEnded);
    }
    let mut wait = RETRY_FIRST;
    let mut tries = 0;
    loop {
        match try_to_act(parts, key, done).await {
            Ok(()) => return Ok(()),
            Err(error) if tries < MAX_TRIES && (is_overtaken(&error) || error.is_retryable()) => {
                tries += 1;
                time::sleep(wait).await;
                wait *= 2;
            }
            Err(EventLogError::NoSuchCall(_)) => return Err(ActRefused::NoSuchCall(key.clone())),
            Err(error) if is_overtaken(&error) => return Err(ActRefused::Busy),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn try_to_act(parts: &Parts, key: &CallKey, done: &DoneBy) -> Result<(), EventLogError> {
    let log = parts.log.as_ref();
    let logged = read(parts, key).await?;
    let now = parts.engine.now();
    let mut session = Session::new(call::config_of(parts, &key.tenant).await);
    logged.iter().for_each(|envelope| session.handle_event(envelope));
    session.handle_caught_up(now);
    session.handle_act(now, done);
    let events = said(&mut session);
    if events.is_empty() {
        return Ok(());
    }
    let seen = logged.last().map_or(0, |last| last.seq);
    let taken = Epilogue::take_at(log, key, seen).await;
    let mut epilogue = match taken {
        Err(EventLogError::Fenced(call)) => return Err(EventLogError::NoSuchCall(call)),
        other => other?,
    };
    let appended = epilogue.append(log, now, events).await?;
    appended.into_iter().for_each(|envelope| parts.engine.publish(envelope));
    Ok(())
}

/// What a session says now. What it asks is not answered here.
fn said(session: &mut Session) -> Vec<NewEvent> {
    let mut events = Vec::new();
    loop {
        match session.poll_output() {
            Output::Event(said) => events.push(NewEvent { stages: said.stages, event: said.event }),
            Output::Command(_) => {}
            Output::Timeout(_) => return events,
        }
    }
}

async fn read(parts: &Parts, key: &CallKey) -> Result<Vec<Envelope>, EventLogError> {
    let mut all: Vec<Envelope> = Vec::new();
    loop {
        let after = all.last().map_or(0, |last| last.seq);
        let page = parts.log.read_call(&key.tenant, &key.call, after, PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}
