//! The one thread that writes a tenant's log.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    mem,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::Instant,
};

use events::Envelope;
use model::{CallId, Epoch, TenantId, Timestamp};
use projection::CallProjection;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use crate::{
    SqliteError,
    fence::{Standing, raise_fence, read_fence, standing},
    masking::{mask_earlier, written},
    projections::{remove_call, signed, write_change, write_summary},
    read::{fold_call, newest_position},
    schema::open_writer,
    scrub::Scrubber,
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
    Append(Pending),
    /// Something else, alone in its transaction or without one.
    Run(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// Events of one call that want their places.
pub(crate) struct Pending {
    /// The call.
    pub call: CallId,
    /// Its owner's epoch.
    pub epoch: Epoch,
    /// The seq that the events go on from.
    pub after: u64,
    /// Envelopes whose places and append times are not filled in yet; at least one, all of the call.
    pub envelopes: Vec<Envelope>,
    /// The appender's time when it called.
    pub now: Timestamp,
    /// When it called, so that the time in line counts.
    pub called: Instant,
    /// Why its events are not in the log, though the transaction is.
    pub refused: Option<SqliteError>,
    /// Where the answer goes. An appender that went away gets none; its events are in the log nevertheless.
    pub reply: oneshot::Sender<Result<Vec<Envelope>, SqliteError>>,
}

/// The writer's connection and what it knows by heart.
pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) connection: Connection,
    known: Known,
    scrubber: Scrubber,
}

/// What the file says, kept at hand.
#[derive(Default)]
struct Known {
    calls: HashMap<CallId, KeptCall>,
    last_position: u64,
    /// SQLite's mark of the file's state, which only other connections change; none before the first look.
    data_version: Option<i64>,
}

struct KeptCall {
    projection: CallProjection,
    /// May be ahead of the projection's: events of unknown types have places too.
    last_seq: u64,
    /// The epoch that the call was last claimed with.
    fence: Epoch,
}

/// Opens the tenant's file and starts its thread, which ends when every sender is gone.
pub(crate) fn start(
    path: PathBuf,
    tenant: &TenantId,
) -> Result<(mpsc::Sender<Job>, JoinHandle<()>), SqliteError> {
    let connection = open_writer(&path, tenant)?;
    let mut writer = Writer {
        path: path.clone(),
        connection,
        known: Known::default(),
        scrubber: Scrubber::new(path.clone()),
    };
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

    /// Makes the call the owner's with this epoch, unless a later one has it; gives the seq of its last event.
    pub(crate) fn claim(&mut self, call: &CallId, epoch: Epoch) -> Result<u64, SqliteError> {
        let Self { path, connection, known, .. } = self;
        let of = |error| SqliteError::of(path, error);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
        known.refresh(&transaction).map_err(of)?;
        let kept = known.call(&transaction, path, call)?;
        if epoch < kept.fence {
            return Err(SqliteError::Fenced(call.clone()));
        }
        if epoch > kept.fence {
            raise_fence(&transaction, call, epoch).map_err(of)?;
            transaction.commit().map_err(of)?;
            kept.fence = epoch;
        }
        Ok(kept.last_seq)
    }

    /// Makes the call the next one's who adds to its log after its end; gives the epoch and the seq of its last event.
    pub(crate) fn claim_next(&mut self, call: &CallId) -> Result<(Epoch, u64), SqliteError> {
        let Self { path, connection, known, .. } = self;
        let of = |error| SqliteError::of(path, error);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
        known.refresh(&transaction).map_err(of)?;
        let kept = known.call(&transaction, path, call)?;
        let epoch = kept.fence.next_after_end().ok_or_else(|| SqliteError::Fenced(call.clone()))?;
        raise_fence(&transaction, call, epoch).map_err(of)?;
        transaction.commit().map_err(of)?;
        kept.fence = epoch;
        Ok((epoch, kept.last_seq))
    }

    /// Removes a call and makes it nobody's; says how many events it had.
    pub(crate) fn erase(&mut self, call: &CallId) -> Result<u64, SqliteError> {
        let Self { path, connection, known, scrubber } = self;
        let of = |error| SqliteError::of(path, error);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
        known.refresh(&transaction).map_err(of)?;
        known.calls.remove(call);
        let erase = || -> rusqlite::Result<usize> {
            raise_fence(&transaction, call, Epoch::ERASED)?;
            let given = signed(newest_position(&transaction)?);
            transaction.execute("UPDATE given SET position = ?1", [given])?;
            remove_call(&transaction, call)?;
            transaction.execute("DELETE FROM events WHERE call_id = ?1", [call.as_str()])
        };
        let events = erase().map_err(of)?;
        transaction.commit().map_err(of)?;
        scrubber.poke();
        Ok(u64::try_from(events).unwrap_or(u64::MAX))
    }

    /// Commits a batch and answers. When it fails, each append is tried alone, so that one bad append fails
    /// nobody else's.
    fn commit(&mut self, mut batch: Vec<Pending>) {
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
            let answer = match (result.take(), append.refused) {
                (Some(Err(error)), _) | (_, Some(error)) => Err(error),
                _ => Ok(append.envelopes),
            };
            // An appender that no longer waits does not need the answer.
            drop(append.reply.send(answer));
        }
    }

    /// Writes a batch in one transaction: all of it is in the log afterwards, or nothing, but for appends that
    /// were refused by what the log says.
    fn write(&mut self, batch: &mut [Pending]) -> Result<(), SqliteError> {
        let written = self.write_transaction(batch);
        if written.is_err() {
            // What is kept may be ahead of the log now.
            for append in batch {
                self.known.calls.remove(&append.call);
            }
        }
        written
    }

    fn write_transaction(&mut self, batch: &mut [Pending]) -> Result<(), SqliteError> {
        let Self { path, connection, known, scrubber } = self;
        let of = |error| SqliteError::of(path, error);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
        known.refresh(&transaction).map_err(of)?;
        let mut position = known.last_position;
        let mut has_masked = false;
        let mut touched = BTreeSet::new();
        for append in batch.iter_mut() {
            let call = known.call(&transaction, path, &append.call)?;
            append.refused = match write_append(&transaction, path, call, append, &mut position) {
                Ok(masked) => {
                    has_masked |= masked;
                    None
                }
                Err(error @ (SqliteError::Fenced(_) | SqliteError::OutOfStep { .. })) => Some(error),
                Err(error) => return Err(error),
            };
            touched.insert(append.call.clone());
        }
        for call in touched.iter().filter_map(|call| known.calls.get(call)) {
            write_summary(&transaction, &call.projection).map_err(of)?;
        }
        transaction.commit().map_err(of)?;
        known.last_position = position;
        if has_masked {
            scrubber.poke();
        }
        Ok(())
    }

    /// Forgets the projections that are kept, so that they are folded again.
    pub(crate) fn forget(&mut self) {
        self.known.calls.clear();
    }
}

impl Known {
    /// Forgets what others changed since the last transaction, and what is too much.
    fn refresh(&mut self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        let version =
            transaction.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0)).map(Some)?;
        if version != self.data_version {
            self.calls.clear();
            self.last_position = newest_position(transaction)?;
            self.data_version = version;
        }
        if self.calls.len() > MAX_KEPT_CALLS {
            self.calls.retain(|_, kept| !kept.projection.is_ended());
        }
        if self.calls.len() > MAX_KEPT_CALLS {
            self.calls.clear();
        }
        Ok(())
    }

    fn call(
        &mut self,
        transaction: &Transaction<'_>,
        path: &Path,
        call: &CallId,
    ) -> Result<&mut KeptCall, SqliteError> {
        Ok(match self.calls.entry(call.clone()) {
            Entry::Occupied(kept) => kept.into_mut(),
            Entry::Vacant(place) => place.insert(load(transaction, path, call)?),
        })
    }
}

/// Gives an append's events their places, new ones or those that they have. Says whether words of earlier ones were
/// masked.
fn write_append(
    transaction: &Transaction<'_>,
    path: &Path,
    call: &mut KeptCall,
    append: &mut Pending,
    position: &mut u64,
) -> Result<bool, SqliteError> {
    let of = |error| SqliteError::of(path, error);
    if append.epoch < call.fence {
        return Err(SqliteError::Fenced(append.call.clone()));
    }
    let places = (append.after, call.last_seq);
    let standing = standing(transaction, path, &append.call, places, &append.envelopes)?;
    if append.epoch > call.fence {
        raise_fence(transaction, &append.call, append.epoch).map_err(of)?;
        call.fence = append.epoch;
    }
    if let Standing::There(envelopes) = standing {
        append.envelopes = envelopes;
        return Ok(false);
    }
    let at = append.now + append.called.elapsed();
    let mut has_masked = false;
    for envelope in &mut append.envelopes {
        *position += 1;
        call.last_seq += 1;
        envelope.seq = call.last_seq;
        envelope.position = *position;
        envelope.stages.appended_us = Some(at);
        has_masked |= mask_earlier(transaction, path, &call.projection, envelope)?;
        insert(transaction, envelope).map_err(of)?;
        let change = call.projection.apply(envelope);
        write_change(transaction, &append.call, &call.projection, change, *position).map_err(of)?;
    }
    for envelope in &mut append.envelopes {
        // What a later event of the same append masked is masked in the answer, too; the newest stays as it is.
        let _newest = call.projection.mask(&mut envelope.event);
    }
    Ok(has_masked)
}

fn load(transaction: &Transaction<'_>, path: &Path, call: &CallId) -> Result<KeptCall, SqliteError> {
    let folded = fold_call(transaction, path, call)?;
    let fence = read_fence(transaction, call).map_err(|error| SqliteError::of(path, error))?;
    Ok(KeptCall { projection: folded.projection, last_seq: folded.last_seq, fence })
}

fn insert(connection: &Connection, envelope: &Envelope) -> rusqlite::Result<()> {
    let json = written(envelope)?;
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
