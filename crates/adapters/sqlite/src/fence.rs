//! Whether an append may be written: who owns the call, and where it stands.

use std::path::Path;

use events::Envelope;
use model::{CallId, Epoch};
use projection::is_same_event;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    SqliteError,
    projections::{signed, unsigned},
    read::stored_events,
};

/// What becomes of an append.
pub(crate) enum Standing {
    /// Its events are the call's next.
    Next,
    /// Its events are in the log already, with these places: its answer was lost, and it was tried again.
    There(Vec<Envelope>),
}

/// The epoch that the call was claimed with; zero when it never was.
pub(crate) fn read_fence(connection: &Connection, call: &CallId) -> rusqlite::Result<Epoch> {
    let sql = "SELECT epoch FROM fences WHERE call_id = ?1";
    let read = connection.prepare_cached(sql)?.query_row([call.as_str()], |row| row.get(0)).optional()?;
    Ok(read.map(|epoch| Epoch::new(unsigned(epoch))).unwrap_or_default())
}

/// Gives the call to the owner with this epoch, which is higher than the one that is stored.
pub(crate) fn raise_fence(connection: &Connection, call: &CallId, epoch: Epoch) -> rusqlite::Result<()> {
    let sql = "INSERT INTO fences (call_id, epoch) VALUES (?1, ?2) \
         ON CONFLICT (call_id) DO UPDATE SET epoch = excluded.epoch WHERE excluded.epoch > fences.epoch";
    connection.prepare_cached(sql)?.execute(params![call.as_str(), signed(epoch.get())])?;
    Ok(())
}

/// Says where events that go on from seq `after` stand in a call whose last event has seq `last`.
pub(crate) fn standing(
    connection: &Connection,
    path: &Path,
    call: &CallId,
    (after, last): (u64, u64),
    events: &[Envelope],
) -> Result<Standing, SqliteError> {
    if after == last {
        return Ok(Standing::Next);
    }
    let out_of_step = || SqliteError::OutOfStep { call: call.clone(), last };
    let wanted = u64::try_from(events.len()).unwrap_or(u64::MAX);
    if last.saturating_sub(after) < wanted {
        return Err(out_of_step());
    }
    // An event of a type that this version does not know is none of ours.
    let there = stored_events(connection, path, call, after, wanted)?.ok_or_else(out_of_step)?;
    let same = there.len() == events.len()
        && there.iter().zip(events).all(|(stored, wanted)| is_same_event(&stored.event, &wanted.event));
    if same { Ok(Standing::There(there)) } else { Err(out_of_step()) }
}
