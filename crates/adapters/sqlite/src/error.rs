//! What SQLite says, in words that tell what to do.

use std::{
    io,
    path::{Path, PathBuf},
};

use model::{CallId, TenantId};
use ports::EventLogError;
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a store cannot be opened, read or written. Never holds a caller's words.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// The folder or a file in it cannot be made or used.
    #[error("{} cannot be used", path.display())]
    Folder {
        /// The folder, or the file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is no database, or is damaged.
    #[error("{} is damaged or is no store of Trunkline: move it away or restore a copy", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A newer version of Trunkline wrote the file.
    #[error(
        "{} has schema {found}, and this version knows up to {known}: use a newer Trunkline",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's schema.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// The file is another tenant's.
    #[error("{} belongs to tenant {found}", path.display())]
    OtherTenant {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: String,
    },
    /// An event of a known type has a form that cannot be read.
    #[error("event {seq} of call {call} in {} cannot be read (column {column} of its text)", path.display())]
    Event {
        /// The file.
        path: PathBuf,
        /// The event's call.
        call: String,
        /// The event's place in the call.
        seq: i64,
        /// Where its text goes wrong. The text itself stays out of errors.
        column: usize,
    },
    /// A value of a projection cannot be read: rebuild the projections.
    #[error("a projection in {} cannot be read and has to be rebuilt", path.display())]
    Projection {
        /// The file.
        path: PathBuf,
    },
    /// The disk has no room.
    #[error("the disk of {} is full", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Somebody reads the file for so long that what was erased cannot be removed from its write-ahead log now.
    #[error("{} is being read: what was erased is still in its write-ahead log", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// SQLite failed otherwise.
    #[error("the store {} failed", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The call has no event in the log.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// A later owner has claimed the call.
    #[error("another worker owns the call {0} now")]
    Fenced(CallId),
    /// The append does not go on from the call's last event, and its events are not there yet.
    #[error("the call {call} is at seq {last}, not where the append goes on from")]
    OutOfStep {
        /// The call.
        call: CallId,
        /// Its last event's seq.
        last: u64,
    },
    /// The thread that writes the tenant's log is gone.
    #[error("the writer of tenant {0} stopped")]
    WriterStopped(TenantId),
    /// More tenants are in use at once than this process opens.
    #[error("too many tenants are in use at once")]
    TooManyTenants,
    /// The runtime that carries blocking work is shutting down.
    #[error("the store is shutting down")]
    ShuttingDown,
}

impl SqliteError {
    /// Sorts what SQLite said about a file.
    pub(crate) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let Some(failure) = source.sqlite_error() else { return Self::Failed { path, source } };
        // A full disk shows as a shared memory file that cannot grow, too.
        let cannot_grow = failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
        if failure.code == ErrorCode::DiskFull || cannot_grow {
            Self::DiskFull { path }
        } else if matches!(failure.code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) {
            Self::Damaged { path, source }
        } else {
            Self::Failed { path, source }
        }
    }
}

impl From<SqliteError> for EventLogError {
    fn from(error: SqliteError) -> Self {
        match error {
            SqliteError::DiskFull { .. } => Self::DiskFull,
            SqliteError::NoSuchCall(call) => Self::NoSuchCall(call),
            SqliteError::Fenced(call) => Self::Fenced(call),
            SqliteError::OutOfStep { call, last } => Self::OutOfStep { call, last },
            SqliteError::Folder { ref source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Self::DiskFull
            }
            SqliteError::Folder { .. }
            | SqliteError::Damaged { .. }
            | SqliteError::Newer { .. }
            | SqliteError::OtherTenant { .. }
            | SqliteError::Event { .. }
            | SqliteError::Projection { .. }
            | SqliteError::InUse { .. }
            | SqliteError::Failed { .. }
            | SqliteError::WriterStopped(_)
            | SqliteError::TooManyTenants
            | SqliteError::ShuttingDown => Self::Store(Box::new(error)),
        }
    }
}
