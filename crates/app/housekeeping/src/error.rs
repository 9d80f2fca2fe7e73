//! Why something could not be erased, held or forgotten.

use model::CallId;
use ports::{AuditError, BlobError, DirectoryError, EventLogError};
use thiserror::Error;

/// Why something could not be erased, held or forgotten. Nothing of it names a customer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HousekeepingError {
    /// There is no such call, or it was erased.
    #[error("there is no call {0}")]
    NoSuchCall(CallId),
    /// The call goes on.
    #[error("the call {0} goes on: try again when it is over")]
    Live(CallId),
    /// Nobody told the key by which customers are found.
    #[error("customers cannot be found: no key is set for their blind names (keys.customers)")]
    NoCustomerKey,
    /// The number is not one of E.164.
    #[error("the number has no country: write it with its + and its country's digits")]
    NotANumber,
    /// A name is empty, too long, or has characters that names do not have.
    #[error("the {0} is empty or too long, or has characters that cannot be printed")]
    Name(&'static str),
    /// The event log failed.
    #[error("the event log failed")]
    Log(#[source] EventLogError),
    /// The blob store failed.
    #[error("the blob store failed")]
    Blobs(#[from] BlobError),
    /// The contact directory failed.
    #[error("the contact directory failed")]
    Contacts(#[from] DirectoryError),
    /// The audit log failed.
    #[error("the audit log failed")]
    Audit(#[from] AuditError),
}

impl From<EventLogError> for HousekeepingError {
    fn from(error: EventLogError) -> Self {
        if let EventLogError::NoSuchCall(call) = error { Self::NoSuchCall(call) } else { Self::Log(error) }
    }
}

impl HousekeepingError {
    /// Whether what was asked for is wrong, and trying it again cannot help.
    #[must_use]
    pub const fn is_of_the_request(&self) -> bool {
        match self {
            Self::NoSuchCall(_) | Self::Live(_) | Self::NoCustomerKey | Self::NotANumber | Self::Name(_) => {
                true
            }
            Self::Log(_) | Self::Blobs(_) | Self::Contacts(_) | Self::Audit(_) => false,
        }
    }
}
