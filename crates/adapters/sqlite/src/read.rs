//! Reading events, and folding them again to check what was projected.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use events::{Envelope, Event, VERSION};
use model::{CallId, ContactId, Timestamp};
use ports::{CallFilter, CallPage, ReviewFilter};
use projection::{CallProjection, CallState, CallSummary, Change};
use rusqlite::{Connection, Row, Rows, ToSql, params};

use crate::{
    SqliteError,
    projections::{
        SELECT_CALLS, clear, read_summary, read_transcript, signed, summary_of, unsigned, write_change,
        write_summary,
    },
};

/// The most calls on one page.
const MAX_PAGE: u32 = 500;
const EVENT_COLUMNS: &str = "call_id, seq, type, json";

/// Whether a call's stored projections are what its events add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallCheck {
    /// How many events were folded.
    pub events: u64,
    /// How many events have types that this version does not know; they project nothing.
    pub unknown_events: u64,
    /// The call's row is what the events say.
    pub summary_identical: bool,
    /// The call's transcript is what the events say.
    pub transcript_identical: bool,
    /// The call's seqs run from 1 without holes.
    pub seqs_whole: bool,
}

impl CallCheck {
    /// Whether everything is as the events say.
    #[must_use]
    pub const fn is_identical(&self) -> bool {
        self.summary_identical && self.transcript_identical && self.seqs_whole
    }
}

/// A call's events, folded.
#[derive(Default)]
pub(crate) struct Folded {
    pub(crate) projection: CallProjection,
    pub(crate) events: u64,
    pub(crate) unknown: u64,
    pub(crate) last_seq: u64,
}

impl Folded {
    /// Takes the next event; says what it changed, and its position.
    fn take(&mut self, row: &StoredEvent, path: &Path) -> Result<(Change, u64), SqliteError> {
        self.last_seq = unsigned(row.seq);
        self.events += 1;
        let Some(envelope) = row.envelope(path)? else {
            self.unknown += 1;
            return Ok((Change::Nothing, 0));
        };
        Ok((self.projection.apply(&envelope), envelope.position))
    }
}

struct StoredEvent {
    call: String,
    seq: i64,
    kind: String,
    json: String,
}

impl StoredEvent {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { call: row.get(0)?, seq: row.get(1)?, kind: row.get(2)?, json: row.get(3)? })
    }

    /// The event; `None` when a newer version wrote a type that this one does not know.
    fn envelope(&self, path: &Path) -> Result<Option<Envelope>, SqliteError> {
        match serde_json::from_str(&self.json) {
            Ok(envelope) => Ok(Some(envelope)),
            Err(error) => {
                if !Event::TYPES.contains(&self.kind.as_str()) || self.is_newer() {
                    return Ok(None);
                }
                Err(SqliteError::Event {
                    path: path.to_owned(),
                    call: self.call.clone(),
                    seq: self.seq,
                    column: error.column(),
                })
            }
        }
    }

    fn is_newer(&self) -> bool {
        let json: Result<serde_json::Value, _> = serde_json::from_str(&self.json);
        let version = json.ok().and_then(|json| json.get("v")?.as_u64());
        version.is_some_and(|version| version > u64::from(VERSION))
    }
}

/// Events of a call after a seq. `None` when the call has no event at all.
pub(crate) fn call_events(
    connection: &Connection,
    path: &Path,
    call: &CallId,
    after: u64,
    limit: u32,
    skipped: &AtomicU64,
) -> Result<Option<Vec<Envelope>>, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE call_id = ?1 AND seq > ?2 ORDER BY seq");
    let mut statement = connection.prepare_cached(&sql).map_err(of)?;
    let rows = statement.query(params![call.as_str(), signed(after)]).map_err(of)?;
    let read = known_events(rows, path, limit, skipped)?;
    if read.is_empty() && last_seq(connection, path, call)? == 0 {
        return Ok(None);
    }
    Ok(Some(read))
}

/// The `count` events of a call that follow a seq. `None` when one of them is of a type that this version does not know.
pub(crate) fn stored_events(
    connection: &Connection,
    path: &Path,
    call: &CallId,
    after: u64,
    count: u64,
) -> Result<Option<Vec<Envelope>>, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let sql =
        format!("SELECT {EVENT_COLUMNS} FROM events WHERE call_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
    let mut statement = connection.prepare_cached(&sql).map_err(of)?;
    let mut rows = statement.query(params![call.as_str(), signed(after), signed(count)]).map_err(of)?;
    let mut read = Vec::new();
    while let Some(row) = rows.next().map_err(of)? {
        let Some(envelope) = StoredEvent::of(row).map_err(of)?.envelope(path)? else { return Ok(None) };
        read.push(envelope);
    }
    Ok(Some(read))
}

/// Events of all calls after a position.
pub(crate) fn tenant_events(
    connection: &Connection,
    path: &Path,
    after: u64,
    limit: u32,
    skipped: &AtomicU64,
) -> Result<Vec<Envelope>, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE position > ?1 ORDER BY position");
    let mut statement = connection.prepare_cached(&sql).map_err(of)?;
    let rows = statement.query([signed(after)]).map_err(of)?;
    known_events(rows, path, limit, skipped)
}

/// Reads on past events of unknown types, so that a short answer always means the end of the log.
fn known_events(
    mut rows: Rows<'_>,
    path: &Path,
    limit: u32,
    skipped: &AtomicU64,
) -> Result<Vec<Envelope>, SqliteError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut read = Vec::new();
    while read.len() < limit {
        let Some(row) = rows.next().map_err(|error| SqliteError::of(path, error))? else { break };
        let stored = StoredEvent::of(row).map_err(|error| SqliteError::of(path, error))?;
        match stored.envelope(path)? {
            Some(envelope) => read.push(envelope),
            None => {
                skipped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(read)
}

/// Folds a call's events.
pub(crate) fn fold_call(connection: &Connection, path: &Path, call: &CallId) -> Result<Folded, SqliteError> {
    fold_each(connection, path, call, |_, _, _| Ok(()))
}

/// Folds a call's events, and shows each change with the position of its event.
fn fold_each(
    connection: &Connection,
    path: &Path,
    call: &CallId,
    mut changed: impl FnMut(&CallProjection, Change, u64) -> rusqlite::Result<()>,
) -> Result<Folded, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE call_id = ?1 ORDER BY seq");
    let mut statement = connection.prepare_cached(&sql).map_err(of)?;
    let mut rows = statement.query([call.as_str()]).map_err(of)?;
    let mut folded = Folded::default();
    while let Some(row) = rows.next().map_err(of)? {
        let (change, position) = folded.take(&StoredEvent::of(row).map_err(of)?, path)?;
        changed(&folded.projection, change, position).map_err(of)?;
    }
    Ok(folded)
}

/// The newest seq of a call; 0 when it has no event.
pub(crate) fn last_seq(connection: &Connection, path: &Path, call: &CallId) -> Result<u64, SqliteError> {
    let sql = "SELECT coalesce(max(seq), 0) FROM events WHERE call_id = ?1";
    let read = || connection.prepare_cached(sql)?.query_row([call.as_str()], |row| row.get(0));
    read().map(unsigned).map_err(|error| SqliteError::of(path, error))
}

/// Compares a call's stored projections with its events. `None` when the call has no event.
pub(crate) fn check_call(
    connection: &Connection,
    path: &Path,
    call: &CallId,
) -> Result<Option<CallCheck>, SqliteError> {
    let folded = fold_call(connection, path, call)?;
    if folded.events == 0 {
        return Ok(None);
    }
    let expected = folded.projection.transcript();
    let summary = read_summary(connection, call).map_err(|error| SqliteError::of(path, error))?;
    let transcript = read_transcript(connection, path, call, expected.seq)?;
    Ok(Some(CallCheck {
        events: folded.events,
        unknown_events: folded.unknown,
        summary_identical: summary == folded.projection.summary(),
        transcript_identical: transcript == expected,
        seqs_whole: folded.last_seq == folded.events,
    }))
}

/// Makes all projections anew from the events, one call at a time.
pub(crate) fn rebuild(connection: &Connection, path: &Path) -> Result<u64, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    clear(connection).map_err(of)?;
    let mut calls = 0;
    let mut last = String::new();
    let sql = "SELECT min(call_id) FROM events WHERE call_id > ?1";
    loop {
        let next: Option<String> = connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([&last], |row| row.get(0)))
            .map_err(of)?;
        let Some(next) = next else { return Ok(calls) };
        let call =
            CallId::new(next.as_str()).map_err(|_| SqliteError::Projection { path: path.to_owned() })?;
        let folded = fold_each(connection, path, &call, |projection, change, position| {
            write_change(connection, &call, projection, change, position)
        })?;
        write_summary(connection, &folded.projection).map_err(of)?;
        calls += 1;
        last = next;
    }
}

/// A page of calls. `None` when the call to go on after is not there.
pub(crate) fn page(
    connection: &Connection,
    path: &Path,
    filter: &CallFilter,
) -> Result<Option<CallPage>, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let after = match &filter.after {
        Some(call) => match read_summary(connection, call).map_err(of)? {
            Some(row) => Some((row.started_at.as_micros(), row.call_id)),
            None => return Ok(None),
        },
        None => None,
    };
    let limit = filter.limit.clamp(1, MAX_PAGE);
    let mut calls = page_rows(connection, filter, after, limit + 1).map_err(of)?;
    let more = calls.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        calls.pop();
    }
    let next = if more { calls.last().map(|row| row.call_id.clone()) } else { None };
    let position = newest_position(connection).map_err(of)?;
    Ok(Some(CallPage { calls, next, position }))
}

/// The last position that was given, though its event be erased.
pub(crate) fn newest_position(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT max(coalesce((SELECT max(position) FROM events), 0), (SELECT position FROM given))";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).map(unsigned)
}

fn page_rows(
    connection: &Connection,
    filter: &CallFilter,
    after: Option<(i64, CallId)>,
    limit: u32,
) -> rusqlite::Result<Vec<CallSummary>> {
    let mut wanted = vec![
        match filter.state {
            None => "1",
            Some(CallState::Live) => "ended = 0",
            Some(CallState::Ended) => "ended = 1",
        },
        match filter.review {
            None => "1",
            Some(ReviewFilter::Unverified) => "ended = 1 AND verdict IS NULL",
            Some(ReviewFilter::Quarantined) => "quarantined = 1",
            Some(ReviewFilter::OpenFindings) => "open_findings > 0",
            Some(ReviewFilter::Held) => "legal_hold = 1",
        },
    ];
    let mut values: Vec<(&str, &dyn ToSql)> = vec![(":limit", &limit)];
    let after = after.map(|(at, call)| (at, call.to_string()));
    if let Some((at, call)) = &after {
        wanted.push("(started_at_us, c.call_id) < (:after_at, :after_call)");
        values.extend([(":after_at", at as &dyn ToSql), (":after_call", call)]);
    }
    let ended_before = filter.ended_before.map(Timestamp::as_micros);
    if ended_before.is_some() {
        wanted.push("ended = 1 AND ended_at_us < :ended_before");
        values.push((":ended_before", &ended_before));
    }
    let contact = filter.contact.as_ref().map(ContactId::as_str);
    if contact.is_some() {
        wanted.push("contact_id = :contact");
        values.push((":contact", &contact));
    }
    if filter.customer_key.is_some() {
        wanted.push("c.call_id IN (SELECT call_id FROM customers WHERE customer_key = :customer)");
        values.push((":customer", &filter.customer_key));
    }
    let wanted = wanted.join(" AND ");
    let sql =
        format!("{SELECT_CALLS} WHERE {wanted} ORDER BY started_at_us DESC, c.call_id DESC LIMIT :limit");
    connection.prepare_cached(&sql)?.query_map(&*values, summary_of)?.collect()
}

/// A page of a tenant without a log. `None` as in [`page`].
pub(crate) fn empty_page(filter: &CallFilter) -> Option<CallPage> {
    filter.after.is_none().then(|| CallPage { calls: Vec::new(), next: None, position: 0 })
}
