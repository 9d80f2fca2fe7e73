//! What a directory is told.

use std::time::Duration;

/// How long a contact is remembered after it was last written: longer than streams keep their media (24 hours is
/// usual), so that a call can be read again as long as its audio is there.
const DEFAULT_RETENTION: Duration = Duration::from_secs(48 * 60 * 60);
/// How long one operation may take, with the client's own retries: well within the 8 seconds that a flow waits for
/// the Lambda that puts a contact.
const DEFAULT_OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

/// Which table, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryConfig {
    /// The table's name.
    pub table: String,
    /// How long a contact is remembered after it was last written.
    pub retention: Duration,
    /// How long one operation may take, with the client's own retries.
    pub operation_timeout: Duration,
}

impl DirectoryConfig {
    /// The table of this name, with the usual times: contacts are remembered for 48 hours, operations take up to 4
    /// seconds.
    #[must_use]
    pub fn new(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            retention: DEFAULT_RETENTION,
            operation_timeout: DEFAULT_OPERATION_TIMEOUT,
        }
    }
}
