//! What was dropped, and how much passed.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counts since the server's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Fragments taken from producers.
    pub fragments_received: u64,
    /// Fragments sent to `GetMedia` readers.
    pub fragments_sent: u64,
    /// Fragments dropped because memory, the index or the disk was full.
    pub fragments_dropped_full: u64,
    /// Fragments dropped because their retention was over.
    pub fragments_expired: u64,
    /// Fragments that a slow reader never saw, as they were dropped before it came to them.
    pub fragments_missed_by_readers: u64,
    /// Fragments that a producer left unfinished, or that broke a limit.
    pub fragments_refused: u64,
    /// Fragments that could not be written to disk and stay in memory only.
    pub disk_write_failures: u64,
}

macro_rules! counters {
    ($($name:ident),*) => {
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: Counter),* }

        impl Counters {
            pub(crate) fn read(&self) -> Counts {
                Counts { $($name: self.$name.0.load(Ordering::Relaxed)),* }
            }
        }
    };
}

counters!(
    fragments_received,
    fragments_sent,
    fragments_dropped_full,
    fragments_expired,
    fragments_missed_by_readers,
    fragments_refused,
    disk_write_failures
);

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }
}
