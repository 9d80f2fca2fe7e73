//! Who looked at what, and who decided what.

use std::fmt::Write;

use async_trait::async_trait;
use model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// How many entries are read at once while the chain is checked.
const CHECKED_AT_ONCE: u32 = 500;
/// What the first entry's `previous` is.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What can be done that is written down. Others may be added.
pub mod act {
    /// Somebody looked at a call that is hidden.
    pub const LOOKED: &str = "looked";
    /// Somebody decided on a finding.
    pub const DECIDED: &str = "decided";
    /// A call, a contact or a customer was erased.
    pub const ERASED: &str = "erased";
    /// Something was removed because it was kept long enough.
    pub const EXPIRED: &str = "expired";
    /// A legal hold was placed.
    pub const HOLD_PLACED: &str = "hold_placed";
    /// A legal hold was released.
    pub const HOLD_RELEASED: &str = "hold_released";
    /// A tenant's policy was changed.
    pub const POLICY_CHANGED: &str = "policy_changed";
}

/// Why the audit log could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// A field is empty or too long.
    #[error("the {0} of the audit entry is empty or too long")]
    Field(&'static str),
    /// The store failed.
    #[error("the audit log failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AuditError {
    /// Whether trying the same again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Field(_) => false,
            Self::Store(_) => true,
        }
    }
}

/// Something that was done. Holds names of ours, ids and counts; never what a caller said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who did it: a user, or a part of Trunkline such as `retention`.
    pub by: String,
    /// What was done: one of [`act`], or another word.
    pub act: String,
    /// To what: a call's id, a contact's, a customer's blind name, a policy's name.
    pub subject: String,
    /// What else is to be known of it; may be empty.
    pub detail: String,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the tenant's audit log, from 1 without holes.
    pub seq: u64,
    /// When, in microseconds since the epoch.
    pub at: Timestamp,
    /// Who did it.
    pub by: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// What else is to be known of it.
    pub detail: String,
    /// The hash of the entry before it; zeros for the first.
    pub previous: String,
    /// SHA-256 of all of this, in hex.
    pub hash: String,
}

impl NewAuditEntry {
    /// Checks that all fields are there and none is too long.
    ///
    /// # Errors
    /// [`AuditError::Field`] names the first that is not so.
    pub fn check(&self) -> Result<(), AuditError> {
        let fields = [
            ("author", &self.by, 1, 256),
            ("act", &self.act, 1, 64),
            ("subject", &self.subject, 1, 512),
            ("detail", &self.detail, 0, 4_096),
        ];
        let bad = fields.iter().find(|(_, text, least, most)| !(*least..=*most).contains(&text.len()));
        bad.map_or(Ok(()), |(name, ..)| Err(AuditError::Field(name)))
    }

    /// The entry in its place, after the one before it.
    #[must_use]
    pub fn after(self, tenant: &TenantId, last: Option<&AuditEntry>) -> AuditEntry {
        let seq = last.map_or(1, |last| last.seq + 1);
        let previous = last.map_or_else(|| BEGINNING.to_owned(), |last| last.hash.clone());
        let Self { at, by, act, subject, detail } = self;
        let mut entry = AuditEntry { seq, at, by, act, subject, detail, previous, hash: String::new() };
        entry.hash = entry.expected_hash(tenant);
        entry
    }
}

impl AuditEntry {
    /// What its hash has to be. Each field goes in with its length, so that no two entries read the same.
    #[must_use]
    pub fn expected_hash(&self, tenant: &TenantId) -> String {
        let (seq, at) = (self.seq.to_string(), self.at.as_micros().to_string());
        let fields = [
            "trunkline audit 1",
            tenant.as_str(),
            &seq,
            &at,
            &self.by,
            &self.act,
            &self.subject,
            &self.detail,
            &self.previous,
        ];
        let mut hash = Sha256::new();
        for field in fields {
            hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(field.as_bytes());
        }
        hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
            hex
        })
    }
}

/// What a look at the whole audit log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditCheck {
    /// How many entries follow each other as they should.
    pub entries: u64,
    /// The first that is kept; earlier ones were kept long enough.
    pub first: Option<u64>,
    /// The last hash, by which somebody who noted it sees that nothing was cut off.
    pub head: Option<String>,
    /// The first entry that was changed, or that does not follow the one before it.
    pub broken_at: Option<u64>,
}

impl AuditCheck {
    /// Takes in the next entry; false when it does not fit.
    fn take(&mut self, tenant: &TenantId, entry: &AuditEntry, last: Option<&AuditEntry>) -> bool {
        let follows = match last {
            Some(last) => entry.seq == last.seq + 1 && entry.previous == last.hash,
            None => entry.seq > 1 || entry.previous == BEGINNING,
        };
        if !follows || entry.hash != entry.expected_hash(tenant) {
            self.broken_at = Some(entry.seq);
            return false;
        }
        self.entries += 1;
        self.first = self.first.or(Some(entry.seq));
        self.head = Some(entry.hash.clone());
        true
    }
}

/// The audit logs of all tenants. Entries are only added; each holds the hash of the one before it.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Adds an entry and gives it as it is kept.
    ///
    /// # Errors
    /// [`AuditError::Field`] when a field is empty or too long.
    async fn record(&self, tenant: &TenantId, entry: NewAuditEntry) -> Result<AuditEntry, AuditError>;

    /// Entries after `after` (0 for all), in order, at most `limit`.
    async fn entries(&self, tenant: &TenantId, after: u64, limit: u32)
    -> Result<Vec<AuditEntry>, AuditError>;

    /// Removes the oldest entries up to the first that is not before a time; says how many. The newest stays, so that
    /// the chain goes on.
    async fn prune(&self, tenant: &TenantId, before: Timestamp) -> Result<u64, AuditError>;

    /// Reads all of a tenant's entries and checks that none was changed, left out or put in.
    async fn verify(&self, tenant: &TenantId) -> Result<AuditCheck, AuditError> {
        let (mut check, mut last) = (AuditCheck::default(), None::<AuditEntry>);
        loop {
            let after = last.as_ref().map_or(0, |last| last.seq);
            let page = self.entries(tenant, after, CHECKED_AT_ONCE).await?;
            if page.is_empty() {
                return Ok(check);
            }
            for entry in page {
                if !check.take(tenant, &entry, last.as_ref()) {
                    return Ok(check);
                }
                last = Some(entry);
            }
        }
    }
}
