//! What the server says, in words that tell what to do and show nothing of anybody's data.

use std::{error::Error, fmt, io};

use model::{CallId, TenantId};
use ports::{DirectoryError, EventLogError, LeaseError};
use thiserror::Error;
use tokio_postgres::error::SqlState;

/// Why PostgreSQL cannot be used. Never holds a statement's values or a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The address cannot be read.
    #[error("the address of the database is not of the form postgres://user:password@host:port/database")]
    Url,
    /// The certificates to trust cannot be read.
    #[error("the certificates to trust for the database cannot be read")]
    Certificates(#[source] io::Error),
    /// The server is not there, or does not let us in.
    #[error("the database {database} cannot be reached")]
    Connect {
        /// The database.
        database: String,
        /// What the server or the system said.
        #[source]
        source: ServerError,
    },
    /// No answer came in time. Whether the change happened is not known.
    #[error("the database {0} did not answer in time")]
    Timeout(String),
    /// The disk has no room.
    #[error("the disk of the database {0} is full")]
    DiskFull(String),
    /// The server failed, or the connection broke.
    #[error("the database {database} failed")]
    Failed {
        /// The database.
        database: String,
        /// What the server or the system said.
        #[source]
        source: ServerError,
    },
    /// A newer version of Trunkline made the tables.
    #[error(
        "the database {database} has schema {found}, and this version knows up to {known}: use a newer Trunkline"
    )]
    Newer {
        /// The database.
        database: String,
        /// Its schema.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// The database is another tenant's.
    #[error("the database {database} belongs to tenant {found}")]
    OtherTenant {
        /// The database.
        database: String,
        /// Whose it is.
        found: String,
    },
    /// An event of a known type has a form that cannot be read.
    #[error("event {seq} of call {call} in {database} cannot be read (column {column} of its text)")]
    Event {
        /// The database.
        database: String,
        /// The event's call.
        call: String,
        /// The event's place in the call.
        seq: i64,
        /// Where its text goes wrong. The text itself stays out of errors.
        column: usize,
    },
    /// A row cannot be read.
    #[error("a row of {table} in {database} cannot be read")]
    Row {
        /// The database.
        database: String,
        /// The table.
        table: &'static str,
    },
    /// What is to be stored cannot be written as JSON.
    #[error("a value cannot be written")]
    Unwritable,
    /// The call has no event in the log.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// A later owner has claimed the call.
    #[error("another worker owns the call {0} now")]
    Fenced(CallId),
    /// The append does not go on from the call's last event.
    #[error("the call {call} is at seq {last}, not where the append goes on from")]
    OutOfStep {
        /// The call.
        call: CallId,
        /// Its last event's seq.
        last: u64,
    },
    /// The batch that an append was in failed; the log holds nothing of it, or all.
    #[error("the append was not committed")]
    Batch(#[source] std::sync::Arc<Self>),
    /// The task that writes the tenant's log is gone.
    #[error("the writer of tenant {0} stopped")]
    WriterStopped(TenantId),
    /// More tenants are in use at once than this process opens.
    #[error("too many tenants are in use at once")]
    TooManyTenants,
    /// Others changed the contact at the same time, again and again.
    #[error("the contact is being changed by too many at once")]
    Contended,
}

/// What the server or the system said, without anything that could be a value of ours.
#[derive(Clone, Debug)]
pub struct ServerError {
    code: Option<SqlState>,
    text: String,
}

impl ServerError {
    pub(crate) fn of(error: &tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            // The system's or the protocol's words; they hold no values.
            let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            return Self { code: None, text: format!("{error}{source}") };
        };
        let code = said.code().clone();
        let text =
            if says_no_values(&code) { said.message().to_owned() } else { "the statement failed".to_owned() };
        Self { code: Some(code), text }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({})", self.text, code.code()),
            None => f.write_str(&self.text),
        }
    }
}

impl Error for ServerError {}

/// Classes of errors whose messages name connections, rights, resources and tables only.
fn says_no_values(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    ["08", "25", "28", "3D", "40", "42", "53", "55", "57", "58"].contains(&class)
}

impl PostgresError {
    /// Sorts what happened to a statement.
    pub(crate) fn of(database: &str, error: &tokio_postgres::Error) -> Self {
        let database = database.to_owned();
        match error.code() {
            Some(&SqlState::DISK_FULL) => Self::DiskFull(database),
            Some(&SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE) => Self::Timeout(database),
            _ => Self::Failed { database, source: ServerError::of(error) },
        }
    }

    /// Whether the statement itself is at fault, so that the same for other calls may well succeed.
    pub(crate) fn is_of_the_statement(&self) -> bool {
        let Self::Failed { source: ServerError { code: Some(code), .. }, .. } = self else { return false };
        ["21", "22", "23", "54"].contains(&code.code().get(..2).unwrap_or_default())
    }

    /// Whether two transactions got into each other's way, so that the same may succeed at once.
    pub(crate) fn is_conflict(&self) -> bool {
        let Self::Failed { source: ServerError { code: Some(code), .. }, .. } = self else { return false };
        [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE].contains(code)
    }
}

impl From<PostgresError> for EventLogError {
    fn from(error: PostgresError) -> Self {
        match error {
            PostgresError::DiskFull(_) => Self::DiskFull,
            PostgresError::NoSuchCall(call) => Self::NoSuchCall(call),
            PostgresError::Fenced(call) => Self::Fenced(call),
            PostgresError::OutOfStep { call, last } => Self::OutOfStep { call, last },
            PostgresError::Batch(ref source) if matches!(**source, PostgresError::DiskFull(_)) => {
                Self::DiskFull
            }
            PostgresError::Url
            | PostgresError::Certificates(_)
            | PostgresError::Connect { .. }
            | PostgresError::Timeout(_)
            | PostgresError::Failed { .. }
            | PostgresError::Newer { .. }
            | PostgresError::OtherTenant { .. }
            | PostgresError::Event { .. }
            | PostgresError::Row { .. }
            | PostgresError::Unwritable
            | PostgresError::Batch(_)
            | PostgresError::WriterStopped(_)
            | PostgresError::TooManyTenants
            | PostgresError::Contended => Self::Store(Box::new(error)),
        }
    }
}

impl From<PostgresError> for LeaseError {
    fn from(error: PostgresError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<PostgresError> for DirectoryError {
    fn from(error: PostgresError) -> Self {
        if matches!(error, PostgresError::Contended) { Self::Contended } else { Self::Store(Box::new(error)) }
    }
}
