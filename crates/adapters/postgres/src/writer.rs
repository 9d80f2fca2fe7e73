//! The one task that writes a tenant's log on this host.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter, mem,
    sync::Arc,
};

use events::Envelope;
use futures_util::future::{try_join, try_join3, try_join5};
use model::{CallId, Epoch};
use projection::{is_same_event, replace_words};
use tokio::sync::mpsc;
use tokio_postgres::Row;

use crate::{
    PostgresError,
    batch::{Answer, Job, Outcome, Request, Standing, settle},
    connections::{Client, Database, Param},
    masking::{MASK_EVENTS, Masked, MaskedRows, masked_rows},
    projections::{CallRows, KeptCalls, UPSERT_CALLS},
    read::{EventRow, column, events_at, signed, unsigned},
};

/// How many appends wait for a tenant's writer. When so many wait, the next appender waits to get in line.
const MAX_QUEUED_JOBS: usize = 1_024;
/// How many jobs one transaction takes, and after how many rows it takes no more. Longer ones gain nothing.
const MAX_BATCH_JOBS: usize = 256;
const MAX_BATCH_ROWS: usize = 200;
/// How often a batch is tried that got into another host's way.
const MAX_TRIES: u32 = 3;

/// Held to the commit: tenants' writers go one after the other.
const LOCK_LOG: &str = "SELECT position FROM log FOR UPDATE";
const READ_STANDINGS: &str = "SELECT call_id, epoch, last_seq FROM fences WHERE call_id = ANY($1)";
const MOVE_POSITION: &str = "UPDATE log SET position = $1";
const RAISE_FENCES: &str = "INSERT INTO fences (call_id, epoch, last_seq) \
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) \
     ON CONFLICT (call_id) DO UPDATE SET epoch = excluded.epoch, last_seq = excluded.last_seq";
const INSERT_EVENTS: &str = "INSERT INTO events (call_id, seq, position, epoch, at_us, type, json) \
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])";

/// Starts the task, which ends when every sender is gone.
pub(crate) fn start(database: Arc<Database>) -> mpsc::Sender<Job> {
    let (sender, mut jobs) = mpsc::channel(MAX_QUEUED_JOBS);
    let mut writer = Writer { database, kept: KeptCalls::default() };
    tokio::spawn(async move {
        while let Some(job) = jobs.recv().await {
            let batch = gather(job, &mut jobs);
            writer.commit(batch, &mut jobs).await;
        }
    });
    sender
}

/// A job, and what waits behind it.
fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let rows = |job: &Job| match &job.request {
        Request::Claim | Request::ClaimNext => 0,
        Request::Append { envelopes, .. } => envelopes.len(),
    };
    let mut count = rows(&first);
    let mut batch = vec![first];
    while batch.len() < MAX_BATCH_JOBS && count < MAX_BATCH_ROWS {
        let Ok(job) = jobs.try_recv() else { break };
        count += rows(&job);
        batch.push(job);
    }
    batch
}

struct Writer {
    database: Arc<Database>,
    kept: KeptCalls,
}

/// What a batch writes.
#[derive(Default)]
struct Rows {
    call_ids: Vec<String>,
    seqs: Vec<i64>,
    positions: Vec<i64>,
    epochs: Vec<i64>,
    at: Vec<i64>,
    types: Vec<&'static str>,
    json: Vec<String>,
    calls: CallRows,
    masked: MaskedRows,
}

impl Writer {
    /// Commits a batch and answers. When a statement fails by what it holds, each job is tried alone, so that one bad
    /// append fails nobody else's. When the server is at fault, what waits fails with it: each would wait as long again.
    async fn commit(&mut self, mut batch: Vec<Job>, jobs: &mut mpsc::Receiver<Job>) {
        let error = match self.write(&mut batch).await {
            Ok(outcomes) => return answer(batch, outcomes),
            Err(error) => error,
        };
        if error.is_of_the_statement() && batch.len() > 1 {
            for job in batch {
                let mut alone = [job];
                let written = self.write(&mut alone).await;
                let [job] = alone;
                match written {
                    Ok(outcomes) => answer(vec![job], outcomes),
                    Err(error) => drop(job.reply.send(Err(error))),
                }
            }
            return;
        }
        let error = Arc::new(error);
        let waiting = iter::from_fn(|| jobs.try_recv().ok()).take(MAX_QUEUED_JOBS);
        for job in batch.into_iter().chain(waiting) {
            // Who no longer waits does not need the answer.
            drop(job.reply.send(Err(PostgresError::Batch(Arc::clone(&error)))));
        }
    }

    /// Writes a batch in one transaction: all of it is in the log afterwards, or nothing, but for jobs that are
    /// refused by what the log says.
    async fn write(&mut self, batch: &mut [Job]) -> Result<Vec<Outcome>, PostgresError> {
        for tries in 1.. {
            let written = self.try_write(batch).await;
            let Err(error) = &written else { return written };
            // What is kept may be ahead of the log now.
            batch.iter().for_each(|job| self.kept.forget(&job.call));
            if !error.is_conflict() || tries == MAX_TRIES {
                return written;
            }
        }
        Err(PostgresError::Timeout(self.database.name().to_owned()))
    }

    async fn try_write(&mut self, batch: &mut [Job]) -> Result<Vec<Outcome>, PostgresError> {
        let client = self.database.client().await?;
        let calls: BTreeSet<CallId> = batch.iter().map(|job| job.call.clone()).collect();
        self.kept.make_room();
        // Outside of the transaction, so that nobody waits for it.
        let unknown = self.kept.unknown(goes_on(batch));
        self.kept.load(&client, &self.database, &unknown).await?;

        client.begin();
        let (position, mut standings) = self.open(&client, &calls).await?;
        let before = standings.clone();
        let mut next = position;
        let mut outcomes = settle(batch, &mut standings, &mut next);
        if standings.values().any(|standing| standing.is_changed) {
            let behind = self.behind(batch, &outcomes, &before);
            self.kept.load(&client, &self.database, &behind).await?;
            let (mut rows, masked) = self.project(batch, &outcomes, &standings)?;
            rows.masked = masked_rows(&client, &self.database, masked).await?;
            self.close(&client, rows, &standings, next).await?;
        } else {
            client.watch(client.raw()?.batch_execute("ROLLBACK")).await?;
        }
        client.end();

        for (job, outcome) in batch.iter_mut().zip(&mut outcomes) {
            if let Outcome::Refused(PostgresError::Fenced(call)) = outcome {
                // Another has it, or it was erased: its words are not kept here.
                self.kept.forget(call);
            }
            if let Outcome::MaybeThere { last } = *outcome {
                *outcome = find(&client, &self.database, job, last).await?;
            }
        }
        Ok(outcomes)
    }

    /// Begins the transaction, and reads how the log and the calls stand: one round trip.
    async fn open(
        &self,
        client: &Client,
        calls: &BTreeSet<CallId>,
    ) -> Result<(u64, BTreeMap<CallId, Standing>), PostgresError> {
        let lock = client.prepared(LOCK_LOG).await?;
        let read = client.prepared(READ_STANDINGS).await?;
        let names: Vec<&str> = calls.iter().map(CallId::as_str).collect();
        let raw = client.raw()?;
        // Read committed: the second statement sees what was committed while the first waited.
        let begin = raw.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED");
        let of_read: [Param<'_>; 1] = [&names];
        let (lock, read) = (raw.query_one(&lock, &[]), raw.query(&read, &of_read));
        let ((), log, rows) = client.watch(Box::pin(try_join3(begin, lock, read))).await?;
        let position = column::<i64>(&self.database, "log", &log, 0)?;
        let standings = rows.iter().map(|row| self.standing(row)).collect::<Result<_, _>>()?;
        Ok((unsigned(position), standings))
    }

    fn standing(&self, row: &Row) -> Result<(CallId, Standing), PostgresError> {
        let number = |n| column::<i64>(&self.database, "fences", row, n).map(unsigned);
        let unreadable =
            |_| PostgresError::Row { database: self.database.name().to_owned(), table: "fences" };
        let call = CallId::new(column::<String>(&self.database, "fences", row, 0)?).map_err(unreadable)?;
        Ok((call, Standing { epoch: Epoch::new(number(1)?), last_seq: number(2)?, is_changed: false }))
    }

    /// Calls that go on, and of which this host does not know all events.
    fn behind(
        &self,
        batch: &[Job],
        outcomes: &[Outcome],
        before: &BTreeMap<CallId, Standing>,
    ) -> BTreeSet<CallId> {
        let placed = batch.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Placed));
        let last_seq = |call| before.get(call).map_or(0, |standing| standing.last_seq);
        let calls = placed.map(|(job, _)| &job.call);
        calls.filter(|call| self.kept.last_seq(call) != last_seq(call)).cloned().collect()
    }

    /// Projects the events that were placed, and makes the rows of it all; gives the words that earlier events get.
    fn project(
        &mut self,
        batch: &mut [Job],
        outcomes: &[Outcome],
        standings: &BTreeMap<CallId, Standing>,
    ) -> Result<(Rows, Masked), PostgresError> {
        let (mut rows, mut masked) = (Rows::default(), Masked::default());
        let mut touched = BTreeSet::new();
        for envelope in placed(batch, outcomes) {
            self.kept.mask(envelope, &mut masked);
            self.kept.apply(envelope);
            touched.insert(envelope.call_id.clone());
        }
        for envelope in placed(batch, outcomes) {
            if let Some(words) = masked.remove(&(envelope.call_id.clone(), envelope.seq)) {
                replace_words(&mut envelope.event, &words);
            }
            let epoch = standings.get(&envelope.call_id).map_or(Epoch::FIRST, |standing| standing.epoch);
            rows.push(envelope, epoch)?;
        }
        for call in &touched {
            self.kept.add_row(call, &mut rows.calls)?;
        }
        Ok((rows, masked))
    }

    /// Writes everything and commits: one round trip.
    async fn close(
        &self,
        client: &Client,
        rows: Rows,
        standings: &BTreeMap<CallId, Standing>,
        position: u64,
    ) -> Result<(), PostgresError> {
        let changed: Vec<_> = standings.iter().filter(|(_, standing)| standing.is_changed).collect();
        let calls: Vec<&str> = changed.iter().map(|(call, _)| call.as_str()).collect();
        let epochs: Vec<i64> = changed.iter().map(|(_, standing)| signed(standing.epoch.get())).collect();
        let seqs: Vec<i64> = changed.iter().map(|(_, standing)| signed(standing.last_seq)).collect();
        let fences = client.prepared(RAISE_FENCES).await?;
        let raw = client.raw()?;
        if rows.json.is_empty() {
            let params: [Param<'_>; 3] = [&calls, &epochs, &seqs];
            let fences = raw.execute(&fences, &params);
            let written = try_join(fences, raw.batch_execute("COMMIT"));
            return client.watch(Box::pin(written)).await.map(drop);
        }
        let events = client.prepared(INSERT_EVENTS).await?;
        let upsert = client.prepared(UPSERT_CALLS).await?;
        let log = client.prepared(MOVE_POSITION).await?;
        if !rows.masked.is_empty() {
            client.execute(MASK_EVENTS, &rows.masked.params()).await?;
        }
        let raw = client.raw()?;
        let position = signed(position);
        let of_fences: [Param<'_>; 3] = [&calls, &epochs, &seqs];
        let of_events = rows.params();
        let of_calls = rows.calls.params();
        let of_log: [Param<'_>; 1] = [&position];
        let written = try_join5(
            raw.execute(&events, &of_events),
            raw.execute(&fences, &of_fences),
            raw.execute(&upsert, &of_calls),
            raw.execute(&log, &of_log),
            raw.batch_execute("COMMIT"),
        );
        client.watch(Box::pin(written)).await.map(drop)
    }
}

impl Rows {
    fn push(&mut self, envelope: &Envelope, epoch: Epoch) -> Result<(), PostgresError> {
        self.call_ids.push(envelope.call_id.to_string());
        self.seqs.push(signed(envelope.seq));
        self.positions.push(signed(envelope.position));
        self.epochs.push(signed(epoch.get()));
        self.at.push(envelope.stages.appended_us.map_or(0, model::Timestamp::as_micros));
        self.types.push(envelope.event.type_name());
        // The writer's words could hold the event's.
        self.json.push(serde_json::to_string(envelope).map_err(|_| PostgresError::Unwritable)?);
        Ok(())
    }

    fn params(&self) -> [Param<'_>; 7] {
        [&self.call_ids, &self.seqs, &self.positions, &self.epochs, &self.at, &self.types, &self.json]
    }
}

/// The events that were placed.
fn placed<'a>(batch: &'a mut [Job], outcomes: &'a [Outcome]) -> impl Iterator<Item = &'a mut Envelope> {
    batch.iter_mut().zip(outcomes).flat_map(|(job, outcome)| match (outcome, &mut job.request) {
        (Outcome::Placed, Request::Append { envelopes, .. }) => envelopes.as_mut_slice(),
        _ => &mut [],
    })
}

/// Calls of which there are events already.
fn goes_on(batch: &[Job]) -> BTreeSet<CallId> {
    let is_later = |job: &&Job| matches!(job.request, Request::Append { after, .. } if after > 0);
    batch.iter().filter(is_later).map(|job| job.call.clone()).collect()
}

/// Looks whether an append's events are in the log where it wants them: then its answer was lost.
async fn find(
    client: &Client,
    database: &Database,
    job: &mut Job,
    last: u64,
) -> Result<Outcome, PostgresError> {
    let Request::Append { after, envelopes, .. } = &mut job.request else {
        return Ok(Outcome::Claimed(last));
    };
    let there = events_at(client, &job.call, *after, envelopes.len()).await?;
    let there = there.iter().map(|row| EventRow::of(database, row)?.envelope(database));
    let there: Vec<Option<Envelope>> = there.collect::<Result<_, PostgresError>>()?;
    let are_these = there.len() == envelopes.len()
        && there.iter().zip(&*envelopes).all(|(found, wanted)| {
            found.as_ref().is_some_and(|found| is_same_event(&found.event, &wanted.event))
        });
    if !are_these {
        return Ok(Outcome::Refused(PostgresError::OutOfStep { call: job.call.clone(), last }));
    }
    *envelopes = there.into_iter().flatten().collect();
    Ok(Outcome::Placed)
}

fn answer(batch: Vec<Job>, outcomes: Vec<Outcome>) {
    for (job, outcome) in batch.into_iter().zip(outcomes) {
        let answer = match (outcome, job.request) {
            (Outcome::Refused(error), _) => Err(error),
            (Outcome::ClaimedNext(epoch, last), _) => Ok(Answer::ClaimedNext(epoch, last)),
            (Outcome::Claimed(last) | Outcome::MaybeThere { last }, Request::Claim | Request::ClaimNext) => {
                Ok(Answer::Claimed(last))
            }
            (_, Request::Append { mut envelopes, .. }) => Ok(Answer::Appended(mem::take(&mut envelopes))),
            (Outcome::Placed, Request::Claim | Request::ClaimNext) => Ok(Answer::Claimed(0)),
        };
        drop(job.reply.send(answer));
    }
}
