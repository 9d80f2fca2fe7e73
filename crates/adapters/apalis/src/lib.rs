//! Durable jobs on SQLite and on PostgreSQL: the tables, the fetching, the heartbeats and the takeover are apalis's.
//!
//! What is ours: a job is named by its key, so that it is enqueued once; attempts are spaced by rows that are due
//! later, not by workers that wait; and a worker that lost its store begins again when the store is back. Times are
//! whole seconds, rounded so that no job runs before its time.
//!
//! **PostgreSQL.** The tables are in the schema `apalis` of the control database. They need the extension `hstore`,
//! which comes with PostgreSQL's contrib package and which the owner of the database may create.

mod error;
mod postgres;
mod row;
mod service;
mod sqlite;
mod worker;

pub use error::JobStoreError;
pub use postgres::PostgresJobs;
pub use sqlite::SqliteJobs;
