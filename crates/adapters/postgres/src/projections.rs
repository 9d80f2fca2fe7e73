//! Calls' rows, and what is kept at hand of live calls to write them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use events::{
    CallEndReason, Envelope, Event, MediaStatus, TranscriptUtterance, TranscriptionStatus, UtteranceRevised,
    Verdict,
};
use model::{CallId, ContactId, Timestamp, UtteranceId};
use projection::{CallProjection, CallState, CallSummary, Change, Need};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::{
    PostgresError,
    connections::{Client, Database, Param},
    masking::Masked,
    read::{EventRow, column, events_after, signed, unsigned},
};

/// How many calls' projections a tenant's writer keeps. Beyond it they are forgotten, and folded again from the log when
/// a call goes on.
const MAX_KEPT_CALLS: usize = 8_192;
/// A call of which nothing was written for so long is carried by another host, or is over.
const MAX_UNUSED: Duration = Duration::from_secs(600);

/// Writes calls' rows.
pub(crate) const UPSERT_CALLS: &str = "INSERT INTO calls (call_id, started_at_us, ended, seq, position, last_utterance, \
     json, contact_id, customer_keys, ended_at_us, verified, quarantined, open_findings, legal_hold) \
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bool[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], \
     $8::text[], $9::text[], $10::bigint[], $11::bool[], $12::bool[], $13::bigint[], $14::bool[]) \
     ON CONFLICT (call_id) DO UPDATE SET started_at_us = excluded.started_at_us, ended = excluded.ended, \
     seq = excluded.seq, position = excluded.position, last_utterance = excluded.last_utterance, json = excluded.json, \
     contact_id = excluded.contact_id, customer_keys = excluded.customer_keys, ended_at_us = excluded.ended_at_us, \
     verified = excluded.verified, quarantined = excluded.quarantined, open_findings = excluded.open_findings, \
     legal_hold = excluded.legal_hold";
/// Selects what [`summary_of`] reads; the rows are `c`.
pub(crate) const SELECT_CALLS: &str = "SELECT c.call_id, c.started_at_us, c.ended, c.seq, c.position, c.json, e.json \
     FROM calls AS c LEFT JOIN events AS e ON e.position = c.last_utterance";

/// Calls as the log has them, as far as this host knows.
#[derive(Default)]
pub(crate) struct KeptCalls {
    calls: HashMap<CallId, KeptCall>,
    looked_through: Option<Instant>,
}

/// One call's events, folded.
pub(crate) struct KeptCall {
    pub(crate) projection: CallProjection,
    /// May be ahead of the projection's: events of unknown types have places too.
    pub(crate) last_seq: u64,
    pub(crate) unknown: u64,
    /// Where the event is that holds an utterance as it is shown.
    places: BTreeMap<UtteranceId, u64>,
    used: Instant,
}

/// Rows of calls, by column.
#[derive(Default)]
pub(crate) struct CallRows {
    call_ids: Vec<String>,
    started_at: Vec<i64>,
    ended: Vec<bool>,
    seqs: Vec<i64>,
    positions: Vec<i64>,
    last_utterances: Vec<Option<i64>>,
    json: Vec<String>,
    contacts: Vec<String>,
    customer_keys: Vec<String>,
    ended_at: Vec<Option<i64>>,
    verified: Vec<bool>,
    quarantined: Vec<bool>,
    open_findings: Vec<i64>,
    held: Vec<bool>,
}

/// What a call's row holds beside its columns.
#[derive(Serialize, Deserialize)]
struct CallJson {
    contact_id: ContactId,
    customer: Option<String>,
    queue: Option<String>,
    agent: Option<String>,
    end_reason: Option<CallEndReason>,
    duration_ms: Option<u64>,
    on_hold: bool,
    utterances: u32,
    masks: u32,
    gaps: u32,
    has_recording: bool,
    transcription: Option<TranscriptionStatus>,
    #[serde(default)]
    media: Option<MediaStatus>,
    #[serde(default)]
    customer_keys: Vec<String>,
    #[serde(default)]
    verdict: Option<Verdict>,
    #[serde(default)]
    quarantined: bool,
    #[serde(default)]
    open_findings: u32,
    #[serde(default)]
    legal_hold: bool,
    #[serde(default)]
    agent_id: Option<String>,
    #[serde(default)]
    profile: Option<String>,
    #[serde(default)]
    hold_since_ms: Option<u64>,
    #[serde(default)]
    need: Need,
}

impl Default for KeptCall {
    fn default() -> Self {
        Self {
            projection: CallProjection::new(),
            last_seq: 0,
            unknown: 0,
            places: BTreeMap::new(),
            used: Instant::now(),
        }
    }
}

impl KeptCall {
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        self.last_seq = envelope.seq;
        if let Change::Utterance(id) = self.projection.apply(envelope) {
            self.places.insert(id, envelope.position);
        }
    }

    fn take(&mut self, database: &Database, row: &Row) -> Result<(), PostgresError> {
        let row = EventRow::of(database, row)?;
        if let Some(envelope) = row.envelope(database)? {
            self.apply(&envelope);
        } else {
            self.unknown += 1;
        }
        self.last_seq = unsigned(row.seq);
        Ok(())
    }
}

impl KeptCalls {
    /// The last seq that is known of a call.
    pub(crate) fn last_seq(&self, call: &CallId) -> u64 {
        self.calls.get(call).map_or(0, |kept| kept.last_seq)
    }

    /// Those of which nothing is known.
    pub(crate) fn unknown(&self, mut calls: BTreeSet<CallId>) -> BTreeSet<CallId> {
        calls.retain(|call| !self.calls.contains_key(call));
        calls
    }

    pub(crate) fn forget(&mut self, call: &CallId) {
        self.calls.remove(call);
    }

    /// Forgets calls that went elsewhere, and all when there are too many.
    pub(crate) fn make_room(&mut self) {
        if self.looked_through.is_none_or(|at| at.elapsed() > MAX_UNUSED / 10) {
            self.calls.retain(|_, kept| !kept.projection.is_ended() && kept.used.elapsed() < MAX_UNUSED);
            self.looked_through = Some(Instant::now());
        }
        if self.calls.len() > MAX_KEPT_CALLS {
            self.calls.clear();
        }
    }

    /// Takes in events that are in the log and that this host has not seen.
    pub(crate) async fn load(
        &mut self,
        client: &Client,
        database: &Database,
        calls: &BTreeSet<CallId>,
    ) -> Result<(), PostgresError> {
        for call in calls {
            let kept = self.calls.entry(call.clone()).or_default();
            fold(client, database, call, kept).await?;
        }
        Ok(())
    }

    /// Before an event is written: gives it the words of its utterance's newest revision, or, when it is the newest
    /// itself, notes its words for the events that carried the utterance before.
    pub(crate) fn mask(&self, envelope: &mut Envelope, masked: &mut Masked) {
        let Some(kept) = self.calls.get(&envelope.call_id) else { return };
        let Some(earlier) = kept.projection.mask(&mut envelope.event) else { return };
        let Some(said) = envelope.event.utterance() else { return };
        masked.extend(earlier.iter().map(|&seq| ((envelope.call_id.clone(), seq), said.words.clone())));
    }

    /// Takes in an event that is being written.
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        let kept = self.calls.entry(envelope.call_id.clone()).or_default();
        kept.used = Instant::now();
        kept.apply(envelope);
    }

    /// Adds a call's row, once its start is known.
    pub(crate) fn add_row(&self, call: &CallId, rows: &mut CallRows) -> Result<(), PostgresError> {
        self.calls.get(call).map_or(Ok(()), |kept| rows.push(kept))
    }
}

/// Takes in a call's events that are not taken in yet.
pub(crate) async fn fold(
    client: &Client,
    database: &Database,
    call: &CallId,
    kept: &mut KeptCall,
) -> Result<(), PostgresError> {
    loop {
        let rows = events_after(client, call, kept.last_seq).await?;
        for row in &rows {
            kept.take(database, row)?;
        }
        if !crate::read::may_go_on(&rows) {
            return Ok(());
        }
    }
}

impl CallRows {
    pub(crate) fn push(&mut self, kept: &KeptCall) -> Result<(), PostgresError> {
        let Some(row) = kept.projection.summary() else { return Ok(()) };
        let last = kept.projection.last_utterance().and_then(|id| kept.places.get(&id));
        self.call_ids.push(row.call_id.to_string());
        self.started_at.push(row.started_at.as_micros());
        self.ended.push(row.state == CallState::Ended);
        self.seqs.push(signed(row.seq));
        self.positions.push(signed(row.position));
        self.last_utterances.push(last.copied().map(signed));
        self.contacts.push(row.contact_id.to_string());
        self.customer_keys.push(row.customer_keys.join(" "));
        self.ended_at.push(row.ended_at().map(Timestamp::as_micros));
        self.verified.push(row.verdict.is_some());
        self.quarantined.push(row.quarantined);
        self.open_findings.push(i64::from(row.open_findings));
        self.held.push(row.legal_hold);
        let json = CallJson {
            contact_id: row.contact_id,
            customer: row.customer,
            queue: row.queue,
            agent: row.agent,
            end_reason: row.end_reason,
            duration_ms: row.duration_ms,
            on_hold: row.on_hold,
            utterances: row.utterances,
            masks: row.masks,
            gaps: row.gaps,
            has_recording: row.has_recording,
            transcription: row.transcription,
            media: row.media,
            customer_keys: row.customer_keys,
            verdict: row.verdict,
            quarantined: row.quarantined,
            open_findings: row.open_findings,
            legal_hold: row.legal_hold,
            agent_id: row.agent_id,
            profile: row.profile,
            hold_since_ms: row.hold_since_ms,
            need: row.need,
        };
        self.json.push(serde_json::to_string(&json).map_err(|_| PostgresError::Unwritable)?);
        Ok(())
    }

    pub(crate) fn params(&self) -> [Param<'_>; 14] {
        [
            &self.call_ids,
            &self.started_at,
            &self.ended,
            &self.seqs,
            &self.positions,
            &self.last_utterances,
            &self.json,
            &self.contacts,
            &self.customer_keys,
            &self.ended_at,
            &self.verified,
            &self.quarantined,
            &self.open_findings,
            &self.held,
        ]
    }
}

/// A row of [`SELECT_CALLS`].
pub(crate) fn summary_of(database: &Database, row: &Row) -> Result<CallSummary, PostgresError> {
    let unreadable = || PostgresError::Row { database: database.name().to_owned(), table: "calls" };
    let number = |n| column::<i64>(database, "calls", row, n);
    let json: String = column(database, "calls", row, 5)?;
    let json: CallJson = serde_json::from_str(&json).map_err(|_| unreadable())?;
    let last: Option<String> = column(database, "calls", row, 6)?;
    let last_utterance = last.map(|json| utterance_of(&json).ok_or_else(unreadable)).transpose()?;
    Ok(CallSummary {
        call_id: CallId::new(column::<String>(database, "calls", row, 0)?).map_err(|_| unreadable())?,
        contact_id: json.contact_id,
        customer: json.customer,
        customer_keys: json.customer_keys,
        queue: json.queue,
        agent: json.agent,
        started_at: Timestamp::from_micros(number(1)?),
        state: if column(database, "calls", row, 2)? { CallState::Ended } else { CallState::Live },
        end_reason: json.end_reason,
        duration_ms: json.duration_ms,
        on_hold: json.on_hold,
        utterances: json.utterances,
        masks: json.masks,
        gaps: json.gaps,
        has_recording: json.has_recording,
        transcription: json.transcription,
        media: json.media,
        verdict: json.verdict,
        quarantined: json.quarantined,
        open_findings: json.open_findings,
        legal_hold: json.legal_hold,
        agent_id: json.agent_id,
        profile: json.profile,
        hold_since_ms: json.hold_since_ms,
        need: json.need,
        last_utterance,
        seq: unsigned(number(3)?),
        position: unsigned(number(4)?),
    })
}

/// The utterance that an event finished or revised.
fn utterance_of(json: &str) -> Option<TranscriptUtterance> {
    let envelope: Envelope = serde_json::from_str(json).ok()?;
    if let Event::UtteranceCompleted(said)
    | Event::UtteranceRevised(UtteranceRevised { utterance: said, .. }) = envelope.event
    {
        Some(said)
    } else {
        None
    }
}
