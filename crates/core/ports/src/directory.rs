//! What is known of contacts, by contact and by stream.

use async_trait::async_trait;
use contacts::ContactRecord;
use model::{ContactId, StreamName, TenantId};
use thiserror::Error;

/// Why the directory could not be read or changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The store failed, or was not reached.
    #[error("the contact directory failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Others changed the contact at the same time, again and again.
    #[error("the contact is being changed by too many at once")]
    Contended,
}

/// What became of a record that was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// All that is known of the contact now.
    pub record: ContactRecord,
    /// The record said something new.
    pub is_news: bool,
}

/// The contacts of all tenants.
///
/// Records are merged by [`ContactRecord::merge`] under a conditional write, so that any number of writers may put
/// parts of the same contact at the same time. A record that nobody touched for the store's retention is forgotten.
#[async_trait]
pub trait ContactDirectory: Send + Sync {
    /// Merges what is said of a contact into what is known.
    async fn put(&self, tenant: &TenantId, record: ContactRecord) -> Result<Put, DirectoryError>;

    /// What is known of these contacts, in any order; unknown ones are left out. At most 100 contacts.
    async fn find(
        &self,
        tenant: &TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<ContactRecord>, DirectoryError>;

    /// The contact whose streaming on this stream began last.
    async fn latest_on_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamName,
    ) -> Result<Option<ContactRecord>, DirectoryError>;

    /// Forgets a contact; false when none was known. What is said of it later makes it known again.
    async fn erase(&self, tenant: &TenantId, contact: &ContactId) -> Result<bool, DirectoryError>;

    /// Contacts that wait for their stream, longest first, at most `limit`.
    async fn waiting_for_stream(&self, limit: u32) -> Result<Vec<(TenantId, ContactRecord)>, DirectoryError>;
}
