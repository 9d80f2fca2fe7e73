//! The event log in SQLite, one file per tenant; and leases and the contact directory, one file for all.
//!
//! One thread per tenant writes; appends that wait for it are committed together, which is what makes many
//! calls cheap. The projections are updated in the transaction of the events that they project. Readers have
//! their own connections and see whole transactions only.
//!
//! **What survives.** The journal is a write-ahead log with `synchronous=NORMAL`: an append that was
//! acknowledged survives the death of the process (kill -9), as the system has the pages. A power loss or a
//! kernel crash may take the last commits since the last checkpoint, always the newest ones first, and never
//! damages what is older: the log then simply ends earlier.
//!
//! The leases and the contact directory share a control file, which all workers of one host may have open.
//!
//! **What goes.** What is overwritten or removed is zeros in the file at once (`secure_delete`). The write-ahead log has
//! pages as they were, so it is emptied soon after words were masked or a call was erased; a page's free space may have
//! copies of rows that were moved on it, which [`scrub`](ports::EventLog::scrub) leaves behind by writing the file anew.
//!
//! A tenant's file must not hold anything that is not in an event, but for the fences that say who may append, and the
//! audit log: every other table can be rebuilt from `events`.

mod audit;
mod control;
mod directory;
mod error;
mod fence;
mod leases;
mod log;
mod masking;
mod name;
mod projections;
mod read;
mod readers;
mod schema;
mod scrub;
mod tenant;
mod writer;

pub use control::SqliteControl;
pub use directory::SqliteContacts;
pub use error::SqliteError;
pub use leases::SqliteLeases;
pub use log::SqliteEventLog;
pub use read::CallCheck;
