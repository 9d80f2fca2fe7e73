//! Why the tables of jobs cannot be used.

use std::{io, path::PathBuf};

use ports::JobsError;
use thiserror::Error;

/// Why jobs cannot be opened, kept or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JobStoreError {
    /// The file cannot be made or used.
    #[error("{} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The address is none of a PostgreSQL.
    #[error(
        "the address of the jobs' database is not of the form postgres://user:password@host:port/database"
    )]
    Url,
    /// The tables cannot be made or brought up to date.
    #[error("the tables of jobs cannot be brought up to date")]
    Schema(#[source] sqlx::migrate::MigrateError),
    /// The database failed, or was not reached.
    #[error("the database of jobs failed")]
    Database(#[source] sqlx::Error),
    /// A job that is stored cannot be read.
    #[error("a stored job cannot be read")]
    Row,
    /// The library refused a job.
    #[error("a job cannot be stored")]
    Push(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for JobStoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<JobStoreError> for JobsError {
    fn from(error: JobStoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
