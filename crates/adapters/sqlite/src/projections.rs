//! The tables that are projected from the events.

use std::path::Path;

use events::{Envelope, Event, Gap, TranscriptUtterance, UtteranceRevised};
use model::{CallId, ContactId, Timestamp, UtteranceId};
use projection::{CallProjection, CallState, CallSummary, Change, Need, TranscriptView};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde_json::{from_str, to_string};

use crate::SqliteError;

/// Selects what [`summary_of`] reads; the rows are `c`.
pub(crate) const SELECT_CALLS: &str = "SELECT c.call_id, contact_id, customer, queue, agent, started_at_us, \
     ended, end_reason, duration_ms, on_hold, utterances, masks, gaps, has_recording, transcription, e.json, \
     c.seq, c.position, c.media, c.customer_keys, c.verdict, c.quarantined, c.open_findings, c.legal_hold, \
     c.agent_id, c.profile, c.hold_since_ms, c.need FROM calls AS c LEFT JOIN events AS e ON e.position = c.last_utterance";

/// Writes what the event at `position` changed, all but the call's row.
pub(crate) fn write_change(
    connection: &Connection,
    call: &CallId,
    projection: &CallProjection,
    change: Change,
    position: u64,
) -> rusqlite::Result<()> {
    match change {
        Change::Nothing | Change::Summary => Ok(()),
        Change::Utterance(id) => {
            let position = projection.utterance(id).map(|_| position);
            write_utterance(connection, call, id, position)
        }
        Change::Gap(n) => match projection.gap_at(n) {
            Some(gap) => write_gap(connection, call, n, gap),
            None => Ok(()),
        },
        Change::Hold(n) => match projection.hold_at(n) {
            Some(hold) => write_hold(connection, call, n, hold),
            None => Ok(()),
        },
    }
}

/// Writes the call's row, once its start is known.
pub(crate) fn write_summary(connection: &Connection, projection: &CallProjection) -> rusqlite::Result<()> {
    let Some(row) = projection.summary() else { return Ok(()) };
    let sql = "INSERT OR REPLACE INTO calls VALUES \
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, \
         (SELECT position FROM utterances WHERE call_id = ?1 AND start_ms = ?16 AND channel = ?17), ?18, ?19, ?20, \
         ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)";
    let (start_ms, channel) = projection.last_utterance().map(place).unzip();
    let json = |text: Result<String, serde_json::Error>| text.map_err(unwritable);
    let ended_at = row.ended_at().map(Timestamp::as_micros);
    write_customers(connection, &row)?;
    connection.prepare_cached(sql)?.execute(params![
        row.call_id.as_str(),
        row.contact_id.as_str(),
        row.customer,
        row.queue,
        row.agent,
        row.started_at.as_micros(),
        row.state == CallState::Ended,
        row.end_reason.map(|reason| json(to_string(&reason))).transpose()?,
        row.duration_ms.map(signed),
        row.on_hold,
        row.utterances,
        row.masks,
        row.gaps,
        row.has_recording,
        row.transcription.map(|status| json(to_string(&status))).transpose()?,
        start_ms,
        channel,
        signed(row.seq),
        signed(row.position),
        row.media.map(|status| json(to_string(&status))).transpose()?,
        row.customer_keys.join(" "),
        ended_at,
        row.verdict.map(|verdict| json(to_string(&verdict))).transpose()?,
        row.quarantined,
        row.open_findings,
        row.legal_hold,
        row.agent_id,
        row.profile,
        row.hold_since_ms.map(signed),
        Some(row.need)
            .filter(|need| *need != Need::default())
            .map(|need| json(to_string(&need)))
            .transpose()?,
    ])?;
    Ok(())
}

/// By which names the call is found. They are only ever added.
fn write_customers(connection: &Connection, row: &CallSummary) -> rusqlite::Result<()> {
    for key in &row.customer_keys {
        let sql = "INSERT OR IGNORE INTO customers VALUES (?1, ?2)";
        connection.prepare_cached(sql)?.execute(params![key, row.call_id.as_str()])?;
    }
    Ok(())
}

/// Removes a call from the tables.
pub(crate) fn remove_call(connection: &Connection, call: &CallId) -> rusqlite::Result<()> {
    for table in ["calls", "utterances", "gaps", "holds", "customers"] {
        connection.execute(&format!("DELETE FROM {table} WHERE call_id = ?1"), [call.as_str()])?;
    }
    Ok(())
}

/// Empties the tables.
pub(crate) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .execute_batch("DELETE FROM calls; DELETE FROM utterances; DELETE FROM gaps; DELETE FROM holds; DELETE FROM customers;")
}

/// The stored row of a call.
pub(crate) fn read_summary(connection: &Connection, call: &CallId) -> rusqlite::Result<Option<CallSummary>> {
    let sql = format!("{SELECT_CALLS} WHERE c.call_id = ?1");
    connection.prepare_cached(&sql)?.query_row([call.as_str()], summary_of).optional()
}

/// The stored transcript of a call, which takes in its events up to `seq`.
pub(crate) fn read_transcript(
    connection: &Connection,
    path: &Path,
    call: &CallId,
    seq: u64,
) -> Result<TranscriptView, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    let unreadable = || SqliteError::Projection { path: path.to_owned() };
    let texts = |sql| -> rusqlite::Result<Vec<String>> {
        connection.prepare_cached(sql)?.query_map([call.as_str()], |row| row.get(0))?.collect()
    };
    let utterances = texts(
        "SELECT e.json FROM utterances AS u JOIN events AS e ON e.position = u.position \
         WHERE u.call_id = ?1 ORDER BY u.start_ms, u.channel",
    );
    let utterances = utterances.map_err(of)?;
    let gaps = texts("SELECT json FROM gaps WHERE call_id = ?1 ORDER BY n").map_err(of)?;
    let hold = |row: &Row<'_>| Ok((unsigned(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(unsigned)));
    let holds = || -> rusqlite::Result<Vec<_>> {
        let sql = "SELECT from_ms, to_ms FROM holds WHERE call_id = ?1 ORDER BY n";
        connection.prepare_cached(sql)?.query_map([call.as_str()], hold)?.collect()
    };
    let said: Option<Vec<TranscriptUtterance>> = utterances.iter().map(|text| utterance_of(text)).collect();
    let parsed_gaps: Result<Vec<Gap>, _> = gaps.iter().map(|text| from_str(text)).collect();
    Ok(TranscriptView {
        utterances: said.ok_or_else(unreadable)?,
        gaps: parsed_gaps.map_err(|_| unreadable())?,
        holds: holds().map_err(of)?,
        seq,
    })
}

/// A row of [`CALL_COLUMNS`].
pub(crate) fn summary_of(row: &Row<'_>) -> rusqlite::Result<CallSummary> {
    let json = |n: usize| row.get::<_, Option<String>>(n);
    Ok(CallSummary {
        call_id: CallId::new(row.get::<_, String>(0)?).map_err(|error| unreadable(0, error))?,
        contact_id: ContactId::new(row.get::<_, String>(1)?).map_err(|error| unreadable(1, error))?,
        customer: row.get(2)?,
        customer_keys: row.get::<_, String>(19)?.split_whitespace().map(str::to_owned).collect(),
        queue: row.get(3)?,
        agent: row.get(4)?,
        started_at: Timestamp::from_micros(row.get(5)?),
        state: if row.get(6)? { CallState::Ended } else { CallState::Live },
        end_reason: parse(7, json(7)?)?,
        duration_ms: row.get::<_, Option<i64>>(8)?.map(unsigned),
        on_hold: row.get(9)?,
        utterances: row.get(10)?,
        masks: row.get(11)?,
        gaps: row.get(12)?,
        has_recording: row.get(13)?,
        transcription: parse(14, json(14)?)?,
        last_utterance: match json(15)? {
            Some(json) => Some(utterance_of(&json).ok_or_else(|| unreadable(15, std::fmt::Error))?),
            None => None,
        },
        seq: unsigned(row.get(16)?),
        position: unsigned(row.get(17)?),
        media: parse(18, json(18)?)?,
        verdict: parse(20, json(20)?)?,
        quarantined: row.get(21)?,
        open_findings: row.get(22)?,
        legal_hold: row.get(23)?,
        agent_id: row.get(24)?,
        profile: row.get(25)?,
        hold_since_ms: row.get::<_, Option<i64>>(26)?.map(unsigned),
        need: parse(27, json(27)?)?.unwrap_or_default(),
    })
}

/// SQLite's integers have a sign; no count of ours comes near their end.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that was stored by [`signed`].
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Points at the event that holds the utterance as it is shown, if it is.
fn write_utterance(
    connection: &Connection,
    call: &CallId,
    id: UtteranceId,
    position: Option<u64>,
) -> rusqlite::Result<()> {
    let (start_ms, channel) = place(id);
    if let Some(position) = position {
        let sql = "INSERT OR REPLACE INTO utterances VALUES (?1, ?2, ?3, ?4)";
        let values = params![call.as_str(), start_ms, channel, signed(position)];
        connection.prepare_cached(sql)?.execute(values)?;
    } else {
        let sql = "DELETE FROM utterances WHERE call_id = ?1 AND start_ms = ?2 AND channel = ?3";
        connection.prepare_cached(sql)?.execute(params![call.as_str(), start_ms, channel])?;
    }
    Ok(())
}

/// An utterance's key within its call.
fn place(id: UtteranceId) -> (i64, i64) {
    (signed(id.start().as_millis()), index(id.channel().index()))
}

/// The utterance that an event finished or revised.
fn utterance_of(json: &str) -> Option<TranscriptUtterance> {
    let envelope: Envelope = from_str(json).ok()?;
    if let Event::UtteranceCompleted(said)
    | Event::UtteranceRevised(UtteranceRevised { utterance: said, .. }) = envelope.event
    {
        Some(said)
    } else {
        None
    }
}

fn write_gap(connection: &Connection, call: &CallId, n: usize, gap: &Gap) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO gaps VALUES (?1, ?2, ?3)";
    let json = to_string(gap).map_err(unwritable)?;
    connection.prepare_cached(sql)?.execute(params![call.as_str(), index(n), json])?;
    Ok(())
}

fn write_hold(
    connection: &Connection,
    call: &CallId,
    n: usize,
    (from_ms, to_ms): (u64, Option<u64>),
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO holds VALUES (?1, ?2, ?3, ?4)";
    let values = params![call.as_str(), index(n), signed(from_ms), to_ms.map(signed)];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn index(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn parse<T: serde::de::DeserializeOwned>(column: usize, json: Option<String>) -> rusqlite::Result<Option<T>> {
    let Some(json) = json else { return Ok(None) };
    // The parser's own words could hold the caller's.
    from_str(&json).map(Some).map_err(|_| unreadable(column, std::fmt::Error))
}

pub(crate) fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

pub(crate) fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
