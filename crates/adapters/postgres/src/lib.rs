//! The event log, the leases and the contact directory in PostgreSQL: a database for each tenant and one that they
//! share, which knows where the others are.
//!
//! **Writing.** One task per tenant and host commits the appends of many calls together. The tenant's one row of `log`
//! is held from the first look to the commit, so that all hosts write one after the other and positions have no holes;
//! a claim goes the same way, which is what makes a stale owner's append fail for certain. Calls' rows are updated in
//! the transaction of the events that they project. A transcript is folded from its call's events when it is read:
//! nearly all of them are its utterances, and a table of them would only be written twice.
//!
//! **Time.** Leases begin and run out by the server's clock alone.
//!
//! **What goes.** Words that a later revision hides are replaced in the transaction of that revision, and a call is removed
//! in one. The server keeps dead rows until it vacuums them – the events' table is vacuumed after a hundred of them, and a
//! scrub does it at once –, their bytes in the free space of a page until it writes over them, and what was written in its
//! write-ahead log until that is recycled. Archives of that log and backups are the operator's to age.
//!
//! **When the server is away** every call fails with an error that may be tried again, after a stated time at the most,
//! and the next one connects anew. A connection on which anything went wrong is closed.
//!
//! **Needs.** PostgreSQL 13 or newer; a user that may create databases, unless an operator makes them and the rows of
//! `tenants` that name them; a pooler in between must keep sessions.
//!
//! It must not show a statement's values or the address's password in an error, and must not know another adapter.

mod audit;
mod batch;
mod config;
mod connections;
mod directory;
mod erase;
mod error;
mod health;
mod leases;
mod log;
mod maintenance;
mod masking;
mod name;
mod projections;
mod read;
mod schema;
mod store;
mod tenant;
mod tls;
mod writer;

pub use config::{PostgresConfig, PostgresUrl};
pub use error::{PostgresError, ServerError};
pub use health::Health;
pub use maintenance::Purged;
pub use read::CallCheck;
pub use store::{Migrated, PostgresStore};
