//! Words that a later revision hides.

use std::path::Path;

use events::Envelope;
use model::CallId;
use projection::{CallProjection, replace_words};
use rusqlite::{Connection, params};

use crate::{
    SqliteError,
    projections::{signed, unwritable},
    read::stored_events,
};

/// Room that an utterance's text gets beyond its own length. A mask is mostly shorter than the words that it hides, but
/// the mask of a short word is longer.
const SPARE_BYTES: usize = 64;

/// An event as it is written. Blanks at the end of an utterance's leave room for its masked form: a row that keeps its
/// length is overwritten where it lies, while one that grows is put elsewhere on its page, and its neighbours with it,
/// of which a copy stays in the page's free space.
pub(crate) fn written(envelope: &Envelope) -> rusqlite::Result<String> {
    let mut json = serde_json::to_string(envelope).map_err(unwritable)?;
    if envelope.event.utterance().is_some() {
        pad(&mut json, SPARE_BYTES);
    }
    Ok(json)
}

/// Before an event is written: gives it the words of its utterance's newest revision, or, when it is the newest itself,
/// gives its words to the events that carried the utterance before. Says whether it did the latter.
pub(crate) fn mask_earlier(
    connection: &Connection,
    path: &Path,
    projection: &CallProjection,
    envelope: &mut Envelope,
) -> Result<bool, SqliteError> {
    let Some(earlier) = projection.mask(&mut envelope.event) else { return Ok(false) };
    let Some(said) = envelope.event.utterance() else { return Ok(false) };
    for &seq in earlier {
        let found = stored_events(connection, path, &envelope.call_id, seq.saturating_sub(1), 1)?;
        let Some(mut stored) = found.and_then(|mut found| found.pop()) else { continue };
        replace_words(&mut stored.event, &said.words);
        overwrite(connection, &envelope.call_id, &stored).map_err(|error| SqliteError::of(path, error))?;
    }
    Ok(!earlier.is_empty())
}

fn overwrite(connection: &Connection, call: &CallId, stored: &Envelope) -> rusqlite::Result<()> {
    let place = params![call.as_str(), signed(stored.seq)];
    let sql = "SELECT length(CAST(json AS BLOB)) FROM events WHERE call_id = ?1 AND seq = ?2";
    let room: i64 = connection.prepare_cached(sql)?.query_row(place, |row| row.get(0))?;
    let mut json = serde_json::to_string(stored).map_err(unwritable)?;
    let lacking = usize::try_from(room).unwrap_or_default().saturating_sub(json.len());
    pad(&mut json, lacking);
    let sql = "UPDATE events SET json = ?3 WHERE call_id = ?1 AND seq = ?2";
    connection.prepare_cached(sql)?.execute(params![call.as_str(), signed(stored.seq), json])?;
    Ok(())
}

fn pad(json: &mut String, blanks: usize) {
    json.extend(std::iter::repeat_n(' ', blanks));
}
