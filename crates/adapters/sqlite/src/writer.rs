//! The one thread that writes a tenant's log.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    mem,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::Instant,
};

use events::Envelope;
use model::{CallId, TenantId, Timestamp};
use projection::CallProjection;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use crate::{
    SqliteError,
    projections::{signed, unsigned, write_change, write_summary},
    read::fold_call,
    schema::open_writer,
};

/// How many appends wait for a tenant's writer. When so many wait, the next appender waits to get in line.
const MAX_QUEUED_APPENDS: usize = 1_024;
/// How many appends one transaction takes. The others stay in line.
const MAX_BATCH_APPENDS: usize = 256;
/// How many calls' projections are kept at hand. Beyond it they are forgotten, ended calls first, and folded
/// again from the log when the call goes on.
const MAX_KEPT_CALLS: usize = 16_384;

/// Work for the writer.
pub(crate) enum Job {
    /// Events of one call.
    Append(Append),
    /// Something else, alone in its transaction or without one.
    Run(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// Events of one call that want their places.
pub(crate) struct Append {
    /// Envelopes whose places and append times are not filled in yet; at least one, all of one call.
    pub envelopes: Vec<Envelope>,
    /// The appender's time when it called.
    pub now: Timestamp,
    /// When it called, so that the time in line counts.
    pub called: Instant,
    /// Where the answer goes. An appender that went away gets none; its events are in the log nevertheless.
    pub reply: oneshot::Sender<Result<Vec<Envelope>, SqliteError>>,
}

/// The writer's connection and what it knows by heart.
pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) connection: Connection,
    calls: HashMap<CallId, KeptCall>,
    last_position: u64,
}

struct KeptCall {
    projection: CallProjection,
    /// May be ahead of the projection's: events of unknown types have places too.
    last_seq: u64,
}

/// Opens the tenant's file and starts its thread, which ends when every sender is gone.
pub(crate) fn start(
    path: PathBuf,
    tenant: &TenantId,
) -> Result<(mpsc::Sender<Job>, JoinHandle<()>), SqliteError> {
    let connection = open_writer(&path, tenant)?;
    let mut writer = Writer { path: path.clone(), connection, calls: HashMap::new(), last_position: 0 };
    let (sender, mut jobs) = mpsc::channel(MAX_QUEUED_APPENDS);
    let thread = thread::Builder::new().name("event-log".to_owned());
    let spawned = thread.spawn(move || {
        while let Some(job) = jobs.blocking_recv() {
            writer.work(job, &mut jobs);
        }
    });
    match spawned {
        Ok(handle) => Ok((sender, handle)),
        Err(source) => Err(SqliteError::Folder { path, source }),
    }
}

impl Writer {
    /// Does one job, and with an append all appends that wait behind it.
    fn work(&mut self, job: Job, jobs: &mut mpsc::Receiver<Job>) {
        let mut batch = Vec::new();
        let mut next = Some(job);
        while let Some(job) = next.take() {
            match job {
                Job::Append(append) => batch.push(append),
                Job::Run(run) => {
                    self.commit(mem::take(&mut batch));
                    run(self);
                }
            }
            if batch.len() < MAX_BATCH_APPENDS {
                next = jobs.try_recv().ok();
            }
        }
        self.commit(batch);
    }

    /// Commits a batch and answers. When it fails, each append is tried alone, so that one bad append fails
    /// nobody else's.
    fn commit(&mut self, mut batch: Vec<Append>) {
        if batch.is_empty() {
            return;
        }
        let result = self.write(&mut batch);
        if result.is_err() && batch.len() > 1 {
            for append in batch {
                self.commit(vec![append]);
            }
            return;
        }
        let mut result = Some(result);
        for append in batch {
            let answer = match result.take() {
                Some(Err(error)) => Err(error),
                _ => Ok(append.envelopes),
            };
            // An appender that no longer waits does not need the answer.
            drop(append.reply.send(answer));
        }
    }

    /// Writes a batch in one transaction: all of it is in the log afterwards, or nothing.
    fn write(&mut self, batch: &mut [Append]) -> Result<(), SqliteError> {
        let written = self.write_transaction(batch);
        if written.is_err() {
            // What is kept may be ahead of the log now.
            for append in batch {
                if let Some(first) = append.envelopes.first() {
                    self.calls.remove(&first.call_id);
                }
            }
        }
        written
    }

    fn write_transaction(&mut self, batch: &mut [Append]) -> Result<(), SqliteError> {
        let Self { path, connection, calls, last_position } = self;
        let of = |error| SqliteError::of(path, error);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
        let mut position = newest_position(&transaction).map_err(of)?;
        if position != *last_position {
            // Another process wrote, or this one has just begun.
            calls.clear();
        }
        make_room(calls);
        let mut touched = BTreeSet::new();
        for append in batch.iter_mut() {
            let Some(first) = append.envelopes.first() else { continue };
            let call_id = first.call_id.clone();
            let call = match calls.entry(call_id.clone()) {
                Entry::Occupied(kept) => kept.into_mut(),
                Entry::Vacant(place) => place.insert(load(&transaction, path, &call_id)?),
            };
            let at = append.now + append.called.elapsed();
            for envelope in &mut append.envelopes {
                position += 1;
                call.last_seq += 1;
                envelope.seq = call.last_seq;
                envelope.position = position;
                envelope.stages.appended_us = Some(at);
                insert(&transaction, envelope).map_err(of)?;
                let change = call.projection.apply(envelope);
                write_change(&transaction, &call_id, &call.projection, change, position).map_err(of)?;
            }
            touched.insert(call_id);
        }
        for call in touched.iter().filter_map(|call| calls.get(call)) {
            write_summary(&transaction, &call.projection).map_err(of)?;
        }
        transaction.commit().map_err(of)?;
        *last_position = position;
        Ok(())
    }

    /// Forgets the projections that are kept, so that they are folded again.
    pub(crate) fn forget(&mut self) {
        self.calls.clear();
    }
}

/// Forgets calls when too many are kept.
fn make_room(calls: &mut HashMap<CallId, KeptCall>) {
    if calls.len() > MAX_KEPT_CALLS {
        calls.retain(|_, kept| !kept.projection.is_ended());
    }
    if calls.len() > MAX_KEPT_CALLS {
        calls.clear();
    }
}

fn newest_position(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(position), 0) FROM events";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).map(unsigned)
}

fn load(transaction: &Transaction<'_>, path: &Path, call: &CallId) -> Result<KeptCall, SqliteError> {
    let folded = fold_call(transaction, path, call)?;
    Ok(KeptCall { projection: folded.projection, last_seq: folded.last_seq })
}

fn insert(connection: &Connection, envelope: &Envelope) -> rusqlite::Result<()> {
    let json = serde_json::to_string(envelope)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let sql =
        "INSERT INTO events (position, call_id, seq, at_us, type, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        signed(envelope.position),
        envelope.call_id.as_str(),
        signed(envelope.seq),
        envelope.stages.appended_us.map(Timestamp::as_micros),
        envelope.event.type_name(),
        json,
    ])?;
    Ok(())
}
