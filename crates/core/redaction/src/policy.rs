//! What a tenant decides about redaction.

use std::{fmt, time::Duration};

/// How one call is redacted.
#[derive(Clone)]
pub struct Policy {
    /// Keys the fingerprints under which digits are remembered. Random per call; never stored.
    pub echo_key: [u8; 16],
    /// How much audio before a masked word is replaced too.
    pub pad_before: Duration,
    /// How much audio after a masked word is replaced too.
    pub pad_after: Duration,
    /// Masked stretches with a smaller gap between them become one.
    pub merge_gap: Duration,
}

impl Policy {
    /// The default policy under a key that is random for this call.
    ///
    /// Recognisers place words within 20 to 120 ms of where they are, with ends early more often than
    /// starts late: hence 150 ms before and 200 ms after.
    #[must_use]
    pub const fn new(echo_key: [u8; 16]) -> Self {
        Self {
            echo_key,
            pad_before: Duration::from_millis(150),
            pad_after: Duration::from_millis(200),
            merge_gap: Duration::from_millis(300),
        }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("pad_before", &self.pad_before)
            .field("pad_after", &self.pad_after)
            .field("merge_gap", &self.merge_gap)
            .finish_non_exhaustive()
    }
}
