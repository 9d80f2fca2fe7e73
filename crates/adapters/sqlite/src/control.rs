//! The file that workers share: leases and contacts.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::{sync::Mutex, task::spawn_blocking};

use crate::{
    SqliteError,
    directory::{self, SqliteContacts},
    leases::{self, SqliteLeases},
    schema::{Migration, make_folder, open_database},
    scrub::empty_wal,
};

/// The file's name. No tenant's file is named so.
const FILE: &str = "control.sqlite";
/// How often rows are looked for that nobody needs any more.
const PURGE_EVERY: Duration = Duration::from_secs(60 * 60);
/// Steps are never changed, only added.
const MIGRATIONS: [Migration; 1] = [("leases and contacts", V1)];

/// A lease waits since, or is held until, `free_at_us`; when the call is over, it is over since then.
const V1: &str = "
CREATE TABLE leases (
    tenant TEXT NOT NULL,
    call_id TEXT NOT NULL,
    plan TEXT NOT NULL,
    checkpoint TEXT,
    owner TEXT,
    epoch INTEGER NOT NULL,
    free_at_us INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (tenant, call_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_leases ON leases (free_at_us, owner) WHERE done = 0;
CREATE INDEX done_leases ON leases (free_at_us) WHERE done = 1;

CREATE TABLE contacts (
    tenant TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    stream TEXT,
    started_at_us INTEGER,
    start_fragment TEXT,
    waits INTEGER NOT NULL,
    heard_at_us INTEGER NOT NULL,
    touched_at_us INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (tenant, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_by_stream ON contacts (tenant, stream, started_at_us) WHERE stream IS NOT NULL;
CREATE INDEX waiting_contacts ON contacts (heard_at_us) WHERE waits = 1;
CREATE INDEX contacts_by_touch ON contacts (touched_at_us);
";

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The control file of a folder, with the leases and the contact directory in it.
///
/// Several handles and several processes of one host may have the file open; SQLite lets one write at a time, and the
/// host's clock is the store's. Needs a tokio runtime: all work is done on its blocking threads.
#[derive(Clone)]
pub struct SqliteControl {
    path: PathBuf,
    clock: Clock,
    /// One connection, in the order in which it was asked for.
    open: Arc<Mutex<Open>>,
}

struct Open {
    connection: Connection,
    purged_at: Option<Timestamp>,
}

impl SqliteControl {
    /// Opens the control file of a folder, and makes both if need be. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be used, or its file is damaged or of a newer version.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, SqliteError> {
        Self::open_with_clock(folder, || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Timestamp::default() + since
        })
    }

    /// The same by another clock than the host's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_clock(
        folder: impl AsRef<Path>,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, SqliteError> {
        make_folder(folder.as_ref())?;
        let path = folder.as_ref().join(FILE);
        let connection = open_database(&path, &MIGRATIONS, |_| Ok(()))?;
        let open = Arc::new(Mutex::new(Open { connection, purged_at: None }));
        Ok(Self { path, clock: Arc::new(clock), open })
    }

    /// The leases.
    #[must_use]
    pub fn leases(&self) -> SqliteLeases {
        SqliteLeases::new(self.clone())
    }

    /// The contact directory.
    #[must_use]
    pub fn contacts(&self) -> SqliteContacts {
        SqliteContacts::new(self.clone())
    }

    /// Changes rows, all or none. The time that `change` is given is read when no other can change them any more.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>, Timestamp) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SqliteError> {
        self.work(TransactionBehavior::Immediate, move |transaction, now, purged_at| {
            let is_due = purged_at.is_none_or(|purged_at| now.since(purged_at) >= PURGE_EVERY);
            if is_due {
                leases::purge(transaction, now)?;
                directory::purge(transaction, now)?;
                *purged_at = Some(now);
            }
            change(transaction, now)
        })
        .await
    }

    /// Reads rows as they are at one moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Transaction<'_>, Timestamp) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SqliteError> {
        self.work(TransactionBehavior::Deferred, move |transaction, now, _| read(transaction, now)).await
    }

    /// Leaves nothing of what was removed in the write-ahead log, unless another process reads it just now: then it goes
    /// with the next time.
    pub(crate) async fn empty_wal(&self) -> Result<(), SqliteError> {
        let open = Arc::clone(&self.open).lock_owned().await;
        let path = self.path.clone();
        let emptied = spawn_blocking(move || empty_wal(&open.connection, &path));
        emptied.await.map_err(|_| SqliteError::ShuttingDown)?.map(drop)
    }

    async fn work<T: Send + 'static>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>, Timestamp, &mut Option<Timestamp>) -> rusqlite::Result<T>
        + Send
        + 'static,
    ) -> Result<T, SqliteError> {
        let mut open = Arc::clone(&self.open).lock_owned().await;
        let clock = Arc::clone(&self.clock);
        // Work that nobody waits for any more is done all the same.
        let done = spawn_blocking(move || {
            let Open { connection, purged_at } = &mut *open;
            let mut purged = *purged_at;
            let transaction = connection.transaction_with_behavior(behavior)?;
            let result = work(&transaction, clock(), &mut purged)?;
            transaction.commit()?;
            *purged_at = purged;
            Ok(result)
        });
        let done = done.await.map_err(|_| SqliteError::ShuttingDown)?;
        done.map_err(|error| SqliteError::of(&self.path, error))
    }
}

impl fmt::Debug for SqliteControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteControl").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Removes the rows that `sql` names by a time, and says how many.
pub(crate) fn remove_before(
    transaction: &Transaction<'_>,
    sql: &str,
    before: Timestamp,
) -> rusqlite::Result<usize> {
    transaction.prepare_cached(sql)?.execute(params![before.as_micros()])
}
