//! Reading events and calls.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use events::{Envelope, Event, VERSION};
use futures_util::future::try_join4;
use model::{CallId, ContactId, Timestamp};
use ports::{CallFilter, CallPage, ReviewFilter, TranscriptView};
use projection::{CallState, CallSummary};
use tokio_postgres::{Row, types::FromSql};

use crate::{
    PostgresError,
    connections::{Client, Database, Param},
    projections::{KeptCall, SELECT_CALLS, fold, summary_of},
};

/// The most calls on one page.
const MAX_PAGE: u32 = 500;
/// How many events are read at once; more are read in turn.
const MAX_CHUNK: u32 = 1_000;
const EVENT_COLUMNS: &str = "SELECT call_id, seq, position, type, json FROM events";

/// Whether a call's stored row is what its events add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallCheck {
    /// How many events were folded.
    pub events: u64,
    /// How many events have types that this version does not know; they project nothing.
    pub unknown_events: u64,
    /// The call's row is what the events say.
    pub summary_identical: bool,
    /// The call's seqs run from 1 without holes.
    pub seqs_whole: bool,
}

impl CallCheck {
    /// Whether everything is as the events say.
    #[must_use]
    pub const fn is_identical(&self) -> bool {
        self.summary_identical && self.seqs_whole
    }
}

/// A stored event.
pub(crate) struct EventRow {
    call: String,
    pub(crate) seq: i64,
    position: i64,
    kind: String,
    json: String,
}

impl EventRow {
    pub(crate) fn of(database: &Database, row: &Row) -> Result<Self, PostgresError> {
        Ok(Self {
            call: column(database, "events", row, 0)?,
            seq: column(database, "events", row, 1)?,
            position: column(database, "events", row, 2)?,
            kind: column(database, "events", row, 3)?,
            json: column(database, "events", row, 4)?,
        })
    }

    /// The event; `None` when a newer version wrote a type that this one does not know.
    pub(crate) fn envelope(&self, database: &Database) -> Result<Option<Envelope>, PostgresError> {
        match serde_json::from_str(&self.json) {
            Ok(envelope) => Ok(Some(envelope)),
            Err(_) if !Event::TYPES.contains(&self.kind.as_str()) || self.is_newer() => Ok(None),
            Err(error) => Err(PostgresError::Event {
                database: database.name().to_owned(),
                call: self.call.clone(),
                seq: self.seq,
                column: error.column(),
            }),
        }
    }

    fn is_newer(&self) -> bool {
        let json: Result<serde_json::Value, _> = serde_json::from_str(&self.json);
        let version = json.ok().and_then(|json| json.get("v")?.as_u64());
        version.is_some_and(|version| version > u64::from(VERSION))
    }
}

/// A column's value.
pub(crate) fn column<'r, T: FromSql<'r>>(
    database: &Database,
    table: &'static str,
    row: &'r Row,
    n: usize,
) -> Result<T, PostgresError> {
    row.try_get(n).map_err(|_| PostgresError::Row { database: database.name().to_owned(), table })
}

/// PostgreSQL's integers have a sign; no count of ours comes near their end.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that was stored by [`signed`].
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The next events of a call, as many as are read at once.
pub(crate) async fn events_after(
    client: &Client,
    call: &CallId,
    after: u64,
) -> Result<Vec<Row>, PostgresError> {
    call_rows(client, call, after, MAX_CHUNK).await
}

/// Whether there may be more than these.
pub(crate) fn may_go_on(rows: &[Row]) -> bool {
    rows.len() >= usize::try_from(MAX_CHUNK).unwrap_or(usize::MAX)
}

/// The events of a call that stand after a seq, this many.
pub(crate) async fn events_at(
    client: &Client,
    call: &CallId,
    after: u64,
    count: usize,
) -> Result<Vec<Row>, PostgresError> {
    call_rows(client, call, after, u32::try_from(count).unwrap_or(u32::MAX)).await
}

async fn call_rows(
    client: &Client,
    call: &CallId,
    after: u64,
    limit: u32,
) -> Result<Vec<Row>, PostgresError> {
    let sql = format!("{EVENT_COLUMNS} WHERE call_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    client.rows(&sql, &[&call.as_str(), &signed(after), &i64::from(limit)]).await
}

async fn tenant_rows(client: &Client, after: u64, limit: u32) -> Result<Vec<Row>, PostgresError> {
    let sql = format!("{EVENT_COLUMNS} WHERE position > $1 ORDER BY position LIMIT $2");
    client.rows(&sql, &[&signed(after), &i64::from(limit)]).await
}

/// Events of a call, or of all calls, after a place. Reads on past events of unknown types, so that a short answer
/// always means the end of the log. `None` when the call has no event at all.
pub(crate) async fn events(
    database: &Arc<Database>,
    call: Option<&CallId>,
    after: u64,
    limit: u32,
    skipped: &AtomicU64,
) -> Result<Option<Vec<Envelope>>, PostgresError> {
    let client = database.client().await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut read = Vec::new();
    let mut after = after;
    while read.len() < wanted {
        let chunk = limit.saturating_sub(u32::try_from(read.len()).unwrap_or(u32::MAX)).min(MAX_CHUNK);
        let rows = match call {
            Some(call) => call_rows(&client, call, after, chunk).await?,
            None => tenant_rows(&client, after, chunk).await?,
        };
        for row in &rows {
            let row = EventRow::of(database, row)?;
            after = unsigned(if call.is_some() { row.seq } else { row.position });
            match row.envelope(database)? {
                Some(envelope) => read.push(envelope),
                None => drop(skipped.fetch_add(1, Ordering::Relaxed)),
            }
        }
        if rows.len() < usize::try_from(chunk).unwrap_or(usize::MAX) {
            break;
        }
    }
    match call {
        Some(call) if read.is_empty() && !has_events(&client, call).await? => Ok(None),
        _ => Ok(Some(read)),
    }
}

async fn has_events(client: &Client, call: &CallId) -> Result<bool, PostgresError> {
    Ok(client.row("SELECT 1 FROM events WHERE call_id = $1 LIMIT 1", &[&call.as_str()]).await?.is_some())
}

/// The stored row of a call.
pub(crate) async fn summary(
    client: &Client,
    database: &Database,
    call: &CallId,
) -> Result<Option<CallSummary>, PostgresError> {
    let row = client.row(&format!("{SELECT_CALLS} WHERE c.call_id = $1"), &[&call.as_str()]).await?;
    row.map(|row| summary_of(database, &row)).transpose()
}

/// A call's transcript. `None` when the call has no event.
pub(crate) async fn transcript(
    database: &Arc<Database>,
    call: &CallId,
) -> Result<Option<TranscriptView>, PostgresError> {
    let client = database.client().await?;
    let mut kept = KeptCall::default();
    fold(&client, database, call, &mut kept).await?;
    Ok((kept.last_seq > 0).then(|| TranscriptView { seq: kept.last_seq, ..kept.projection.transcript() }))
}

/// Compares a call's stored row with its events. `None` when the call has no event.
pub(crate) async fn check_call(
    database: &Arc<Database>,
    call: &CallId,
) -> Result<Option<CallCheck>, PostgresError> {
    let client = database.client().await?;
    let mut kept = KeptCall::default();
    client.begin();
    client.watch(client.raw()?.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await?;
    let stored = summary(&client, database, call).await?;
    fold(&client, database, call, &mut kept).await?;
    let count = client.row("SELECT count(*) FROM events WHERE call_id = $1", &[&call.as_str()]).await?;
    client.watch(client.raw()?.batch_execute("COMMIT")).await?;
    client.end();
    let count = count.map(|row| column::<i64>(database, "events", &row, 0)).transpose()?.map_or(0, unsigned);
    if count == 0 {
        return Ok(None);
    }
    Ok(Some(CallCheck {
        events: count,
        unknown_events: kept.unknown,
        summary_identical: stored == kept.projection.summary(),
        seqs_whole: kept.last_seq == count,
    }))
}

/// A page of calls. `None` when the call to go on after is not there.
pub(crate) async fn page(
    database: &Arc<Database>,
    filter: &CallFilter,
) -> Result<Option<CallPage>, PostgresError> {
    let client = database.client().await?;
    let after = match &filter.after {
        Some(call) => match summary(&client, database, call).await? {
            Some(row) => Some((row.started_at.as_micros(), row.call_id.to_string())),
            None => return Ok(None),
        },
        None => None,
    };
    let limit = filter.limit.clamp(1, MAX_PAGE);
    let (position, rows) = page_rows(&client, filter, after.as_ref(), i64::from(limit) + 1).await?;
    let position = unsigned(column(database, "log", &position, 0)?);
    let mut calls: Vec<CallSummary> =
        rows.iter().map(|row| summary_of(database, row)).collect::<Result<_, _>>()?;
    let more = calls.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        calls.pop();
    }
    let next = if more { calls.last().map(|row| row.call_id.clone()) } else { None };
    Ok(Some(CallPage { calls, next, position }))
}

/// The log's position and a page's rows, of one moment.
async fn page_rows(
    client: &Client,
    filter: &CallFilter,
    after: Option<&(i64, String)>,
    limit: i64,
) -> Result<(Row, Vec<Row>), PostgresError> {
    let ended_before = filter.ended_before.map(Timestamp::as_micros);
    let contact = filter.contact.as_ref().map(ContactId::as_str);
    let mut wanted = vec![state_of(filter).to_owned(), review_of(filter).to_owned()];
    let mut params: Vec<Param<'_>> = vec![&limit];
    if let Some((at, call)) = after {
        params.extend([at as Param<'_>, call]);
        wanted.push("(c.started_at_us, c.call_id) < ($2, $3)".to_owned());
    }
    if let Some(time) = &ended_before {
        params.push(time);
        wanted.push(format!("ended AND ended_at_us < ${}", params.len()));
    }
    if let Some(contact) = &contact {
        params.push(contact);
        wanted.push(format!("contact_id = ${}", params.len()));
    }
    if let Some(key) = &filter.customer_key {
        params.push(key);
        wanted.push(format!("string_to_array(customer_keys, ' ') @> ARRAY[${}::text]", params.len()));
    }
    let sql = format!(
        "{SELECT_CALLS} WHERE {} ORDER BY c.started_at_us DESC, c.call_id DESC LIMIT $1",
        wanted.join(" AND ")
    );
    let position = client.prepared("SELECT position FROM log").await?;
    let page = client.prepared(&sql).await?;
    let raw = client.raw()?;
    client.begin();
    let read = try_join4(
        raw.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        raw.query_one(&position, &[]),
        raw.query(&page, &params),
        raw.batch_execute("COMMIT"),
    );
    let ((), position, rows, ()) = client.watch(Box::pin(read)).await?;
    client.end();
    Ok((position, rows))
}

/// Whether a call goes on, as SQL asks it.
const fn state_of(filter: &CallFilter) -> &'static str {
    match filter.state {
        None => "true",
        Some(CallState::Live) => "NOT ended",
        Some(CallState::Ended) => "ended",
    }
}

/// How a call stands with its review, as SQL asks it.
const fn review_of(filter: &CallFilter) -> &'static str {
    match filter.review {
        None => "true",
        Some(ReviewFilter::Unverified) => "ended AND NOT verified",
        Some(ReviewFilter::Quarantined) => "quarantined",
        Some(ReviewFilter::OpenFindings) => "open_findings > 0",
        Some(ReviewFilter::Held) => "legal_hold",
    }
}
