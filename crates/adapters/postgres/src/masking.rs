//! Words that a later revision hides.

use std::collections::BTreeMap;

use events::TranscriptWord;
use model::CallId;
use projection::replace_words;

use crate::{
    PostgresError,
    connections::{Client, Database, Param},
    read::{EventRow, signed, unsigned},
};

/// Gives events other words. No index has them, so that the row's place in none changes.
pub(crate) const MASK_EVENTS: &str = "UPDATE events SET json = masked.json \
     FROM unnest($1::text[], $2::bigint[], $3::text[]) AS masked (call_id, seq, json) \
     WHERE events.call_id = masked.call_id AND events.seq = masked.seq";
const READ_EVENTS: &str = "SELECT e.call_id, e.seq, e.position, e.type, e.json FROM events AS e \
     JOIN unnest($1::text[], $2::bigint[]) AS wanted (call_id, seq) \
     ON e.call_id = wanted.call_id AND e.seq = wanted.seq";

/// The words that events of the log get, by call and seq.
pub(crate) type Masked = BTreeMap<(CallId, u64), Vec<TranscriptWord>>;

/// Events that get other words, by column.
#[derive(Default)]
pub(crate) struct MaskedRows {
    call_ids: Vec<String>,
    seqs: Vec<i64>,
    json: Vec<String>,
}

impl MaskedRows {
    pub(crate) fn is_empty(&self) -> bool {
        self.seqs.is_empty()
    }

    pub(crate) fn params(&self) -> [Param<'_>; 3] {
        [&self.call_ids, &self.seqs, &self.json]
    }
}

/// Reads events that are to get other words, and gives them those.
pub(crate) async fn masked_rows(
    client: &Client,
    database: &Database,
    masked: Masked,
) -> Result<MaskedRows, PostgresError> {
    let mut rows = MaskedRows::default();
    if masked.is_empty() {
        return Ok(rows);
    }
    let (calls, seqs): (Vec<&str>, Vec<i64>) =
        masked.keys().map(|(call, seq)| (call.as_str(), signed(*seq))).unzip();
    let params: [Param<'_>; 2] = [&calls, &seqs];
    for row in &client.rows(READ_EVENTS, &params).await? {
        let row = EventRow::of(database, row)?;
        let Some(mut envelope) = row.envelope(database)? else { continue };
        let Some(words) = masked.get(&(envelope.call_id.clone(), unsigned(row.seq))) else { continue };
        replace_words(&mut envelope.event, words);
        rows.call_ids.push(envelope.call_id.to_string());
        rows.seqs.push(row.seq);
        rows.json.push(serde_json::to_string(&envelope).map_err(|_| PostgresError::Unwritable)?);
    }
    Ok(rows)
}
