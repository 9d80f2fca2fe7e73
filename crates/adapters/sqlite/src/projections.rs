//! The tables that are projected from the events.

use std::path::Path;

use events::{Gap, TranscriptUtterance};
use model::{CallId, ContactId, Timestamp, UtteranceId};
use projection::{CallProjection, CallState, CallSummary, Change, TranscriptView};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde_json::{from_str, to_string};

use crate::SqliteError;

/// The columns of [`summary_of`], in its order.
pub(crate) const CALL_COLUMNS: &str = "call_id, contact_id, customer, queue, agent, started_at_us, ended, \
     end_reason, duration_ms, on_hold, utterances, masks, gaps, has_recording, transcription, last_utterance, \
     seq, position";

/// Writes what one event changed, all but the call's row.
pub(crate) fn write_change(
    connection: &Connection,
    call: &CallId,
    projection: &CallProjection,
    change: Change,
) -> rusqlite::Result<()> {
    match change {
        Change::Nothing | Change::Summary => Ok(()),
        Change::Utterance(id) => write_utterance(connection, call, id, projection.utterance(id)),
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
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let json = |text: Result<String, serde_json::Error>| text.map_err(unwritable);
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
        row.last_utterance.map(|said| json(to_string(&said))).transpose()?,
        signed(row.seq),
        signed(row.position),
    ])?;
    Ok(())
}

/// Writes everything of one call, whose tables hold nothing yet.
pub(crate) fn write_whole(
    connection: &Connection,
    call: &CallId,
    projection: &CallProjection,
) -> rusqlite::Result<()> {
    let view = projection.transcript();
    for said in &view.utterances {
        write_utterance(connection, call, said.id, Some(said))?;
    }
    for (n, gap) in view.gaps.iter().enumerate() {
        write_gap(connection, call, n, gap)?;
    }
    for (n, hold) in view.holds.iter().enumerate() {
        write_hold(connection, call, n, *hold)?;
    }
    write_summary(connection, projection)
}

/// Empties the tables.
pub(crate) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .execute_batch("DELETE FROM calls; DELETE FROM utterances; DELETE FROM gaps; DELETE FROM holds;")
}

/// The stored row of a call.
pub(crate) fn read_summary(connection: &Connection, call: &CallId) -> rusqlite::Result<Option<CallSummary>> {
    let sql = format!("SELECT {CALL_COLUMNS} FROM calls WHERE call_id = ?1");
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
    let unreadable = |_| SqliteError::Projection { path: path.to_owned() };
    let texts = |sql| -> rusqlite::Result<Vec<String>> {
        connection.prepare_cached(sql)?.query_map([call.as_str()], |row| row.get(0))?.collect()
    };
    let utterances =
        texts("SELECT json FROM utterances WHERE call_id = ?1 ORDER BY start_ms, channel").map_err(of)?;
    let gaps = texts("SELECT json FROM gaps WHERE call_id = ?1 ORDER BY n").map_err(of)?;
    let hold = |row: &Row<'_>| Ok((unsigned(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(unsigned)));
    let holds = || -> rusqlite::Result<Vec<_>> {
        let sql = "SELECT from_ms, to_ms FROM holds WHERE call_id = ?1 ORDER BY n";
        connection.prepare_cached(sql)?.query_map([call.as_str()], hold)?.collect()
    };
    let parsed: Result<Vec<TranscriptUtterance>, _> = utterances.iter().map(|text| from_str(text)).collect();
    let parsed_gaps: Result<Vec<Gap>, _> = gaps.iter().map(|text| from_str(text)).collect();
    Ok(TranscriptView {
        utterances: parsed.map_err(unreadable)?,
        gaps: parsed_gaps.map_err(unreadable)?,
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
        last_utterance: parse(15, json(15)?)?,
        seq: unsigned(row.get(16)?),
        position: unsigned(row.get(17)?),
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

fn write_utterance(
    connection: &Connection,
    call: &CallId,
    id: UtteranceId,
    said: Option<&TranscriptUtterance>,
) -> rusqlite::Result<()> {
    let key = (call.as_str(), signed(id.start().as_millis()), id.channel().index());
    match said {
        Some(said) => {
            let sql = "INSERT OR REPLACE INTO utterances VALUES (?1, ?2, ?3, ?4)";
            let json = to_string(said).map_err(unwritable)?;
            connection.prepare_cached(sql)?.execute(params![key.0, key.1, index(key.2), json])?;
        }
        None => {
            let sql = "DELETE FROM utterances WHERE call_id = ?1 AND start_ms = ?2 AND channel = ?3";
            connection.prepare_cached(sql)?.execute(params![key.0, key.1, index(key.2)])?;
        }
    }
    Ok(())
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

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
