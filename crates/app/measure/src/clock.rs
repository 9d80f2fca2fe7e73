//! The system's time.

use std::time::{SystemTime, UNIX_EPOCH};

use model::Timestamp;

/// The system's time.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
