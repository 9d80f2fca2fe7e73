//! What DynamoDB says, in words that tell what to do.

use ports::DirectoryError;
use thiserror::Error;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the table cannot be read, written or made. Never holds what a record says.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DynamoDbError {
    /// The table is not there.
    #[error(
        "there is no DynamoDB table {table} in this region and account: create it, or correct its name or the region"
    )]
    NoTable {
        /// The table.
        table: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// The table is not of the form that this crate needs.
    #[error("the DynamoDB table {table} {wrong}")]
    Misshapen {
        /// The table.
        table: String,
        /// What is wrong, and what to do.
        wrong: &'static str,
    },
    /// The credentials are wrong, have expired, or do not permit it.
    #[error(
        "the credentials may not use the DynamoDB table {table}: check the access key or role, and that its policy \
         allows GetItem, BatchGetItem and PutItem on the table and Query on its index"
    )]
    Denied {
        /// The table.
        table: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// More requests than the table takes.
    #[error("the DynamoDB table {table} takes no more requests at the moment")]
    Throttled {
        /// The table.
        table: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// No answer came.
    #[error("the DynamoDB table {table} was not reached")]
    Unreachable {
        /// The table.
        table: String,
        /// What went wrong on the way.
        #[source]
        source: Cause,
    },
    /// The service failed or refused otherwise.
    #[error("the DynamoDB table {table} failed")]
    Failed {
        /// The table.
        table: String,
        /// What the service said.
        #[source]
        source: Cause,
    },
    /// An item has a form that cannot be read: a newer version or someone else wrote it.
    #[error("item {key} of the DynamoDB table {table} cannot be read")]
    Item {
        /// The table.
        table: String,
        /// The item's key.
        key: String,
    },
}

impl DynamoDbError {
    /// Whether trying the same again later can help without anyone's doing. A refusal of credentials counts: they are
    /// renewed.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Denied { .. } | Self::Throttled { .. } | Self::Unreachable { .. } | Self::Failed { .. } => {
                true
            }
            Self::NoTable { .. } | Self::Misshapen { .. } | Self::Item { .. } => false,
        }
    }
}

impl From<DynamoDbError> for DirectoryError {
    fn from(error: DynamoDbError) -> Self {
        Self::Store(Box::new(error))
    }
}
