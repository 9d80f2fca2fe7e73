//! Keeping what was masked or erased out of the write-ahead log's bytes.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use crate::{SqliteError, schema::open};

/// How long after a change the write-ahead log is emptied: changes that come meanwhile go with it.
const SCRUB_AFTER: Duration = Duration::from_millis(250);
/// How long emptying it waits for readers, and the writer with it. When they read longer, it is tried again.
const MAX_WAIT: Duration = Duration::from_millis(100);

/// A thread that empties the write-ahead log soon after words were masked or a call was erased: the file has the pages as
/// they are now, the write-ahead log has them as they were, too. Begins with the first change.
pub(crate) struct Scrubber {
    path: PathBuf,
    running: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Scrubber {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path, running: None }
    }

    /// Says that something was changed that must not stay.
    pub(crate) fn poke(&mut self) {
        if self.running.as_ref().is_none_or(|(_, thread)| thread.is_finished()) {
            self.running = None;
            let (sender, pokes) = sync_channel(1);
            let path = self.path.clone();
            let thread = thread::Builder::new().name("event-log-scrub".to_owned());
            match thread.spawn(move || run(&path, &pokes)) {
                Ok(handle) => self.running = Some((sender, handle)),
                // SQLite empties it by itself when it is long, or when the file is closed.
                Err(error) => tracing::warn!(%error, "masked words stay longer in the write-ahead log"),
            }
        }
        if let Some((sender, _)) = &self.running {
            // When one waits already, it says the same.
            let _says_the_same = sender.try_send(());
        }
    }
}

impl Drop for Scrubber {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            drop(thread.join());
        }
    }
}

fn run(path: &Path, pokes: &Receiver<()>) {
    let mut connection = None;
    while pokes.recv().is_ok() {
        loop {
            match pokes.recv_timeout(SCRUB_AFTER) {
                Ok(()) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            match attempt(path, &mut connection) {
                Ok(true) => break,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the write-ahead log is not emptied"
                    );
                    connection = None;
                    break;
                }
            }
        }
    }
}

fn attempt(path: &Path, connection: &mut Option<Connection>) -> Result<bool, SqliteError> {
    if connection.is_none() {
        let opened = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        opened.busy_timeout(MAX_WAIT).map_err(|error| SqliteError::of(path, error))?;
        *connection = Some(opened);
    }
    connection.as_ref().map_or(Ok(false), |connection| empty_wal(connection, path))
}

/// Moves all of the write-ahead log into the file and cuts it to nothing; false when somebody reads it.
pub(crate) fn empty_wal(connection: &Connection, path: &Path) -> Result<bool, SqliteError> {
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    busy.map(|busy| !busy).map_err(|error| SqliteError::of(path, error))
}

/// Writes the file anew, without the free space in which copies of rows may lie that were removed since.
pub(crate) fn write_anew(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    // What is erased is in the file only then, should the disk be too full for the rest.
    empty_wal(connection, path)?;
    // All of the file goes through the cache now.
    let written = connection.pragma_update(None, "cache_spill", true);
    let written = written.and_then(|()| connection.execute_batch("VACUUM"));
    let back = connection.pragma_update(None, "cache_spill", false);
    written.and(back).map_err(|error| SqliteError::of(path, error))?;
    if empty_wal(connection, path)? { Ok(()) } else { Err(SqliteError::InUse { path: path.to_owned() }) }
}
