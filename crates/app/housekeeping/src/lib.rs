//! Erasure, legal holds and retention over the stores: the tokio shell of `lifecycle`'s rules.
//!
//! A call's blobs go first and its log last, so that what was cut short is found again and done again. Every act is in the
//! audit log; an erasure is certified by a signed document that says what was removed, what was kept and why, and what may
//! be left where Trunkline cannot reach it.
//!
//! It must not know an adapter, and must not write a number, a name or a word of a caller anywhere.

mod call;
mod certify;
mod erase;
mod error;
mod hold;
mod keys;
mod names;
mod periodic;
mod streams;
mod sweep;

use std::{fmt, sync::Arc};

use contacts::BlindIndex;
use lifecycle::Remaining;
use model::Timestamp;
use ports::{AuditLog, BlobStore, ContactDirectory, EventLog};
use signing::SigningKey;

pub use certify::{SignedCertificate, UnreadableCertificate, check_certificate};
pub use erase::{Erasure, Wanted};
pub use error::HousekeepingError;
pub use periodic::{TenantRetention, run_periodically};
pub use streams::StreamRetention;
pub use sweep::{SweepBudget, Swept};

/// The time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where everything is kept.
#[derive(Clone)]
pub struct Kept {
    /// The event log.
    pub log: Arc<dyn EventLog>,
    /// Recordings, reports and certificates.
    pub blobs: Arc<dyn BlobStore>,
    /// What is known of contacts.
    pub contacts: Arc<dyn ContactDirectory>,
    /// Who did what.
    pub audit: Arc<dyn AuditLog>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

/// Erases, holds and forgets. Clones do the same.
#[derive(Clone)]
pub struct Housekeeper {
    kept: Kept,
    clock: Clock,
    signing: Option<Arc<SigningKey>>,
    customers: Option<Arc<BlindIndex>>,
    streams: Option<Arc<dyn StreamRetention>>,
    elsewhere: Vec<Remaining>,
}

impl Housekeeper {
    /// Over these stores.
    #[must_use]
    pub const fn new(kept: Kept, clock: Clock) -> Self {
        Self { kept, clock, signing: None, customers: None, streams: None, elsewhere: Vec::new() }
    }

    /// Signs certificates. Without it they are not signed, and say so.
    #[must_use]
    pub fn signing_with(mut self, key: Arc<SigningKey>) -> Self {
        self.signing = Some(key);
        self
    }

    /// Finds customers by their numbers.
    #[must_use]
    pub fn finding_customers_by(mut self, index: Arc<BlindIndex>) -> Self {
        self.customers = Some(index);
        self
    }

    /// Asks how long streams keep raw audio.
    #[must_use]
    pub fn asking_streams(mut self, streams: Arc<dyn StreamRetention>) -> Self {
        self.streams = Some(streams);
        self
    }

    /// Names what else may be left elsewhere, in this installation.
    #[must_use]
    pub fn noting(mut self, elsewhere: Vec<Remaining>) -> Self {
        self.elsewhere = elsewhere;
        self
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

impl fmt::Debug for Housekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Housekeeper")
    }
}

#[cfg(test)]
mod tests;
