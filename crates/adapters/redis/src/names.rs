//! The adapter's metrics.

/// Messages of the bus that this version cannot read, and passed over.
pub(crate) const UNREADABLE: &str = "trunkline_bus_unreadable_total";
/// How often a subscriber of the bus may have missed messages, by `cause`: `outage` or `trimmed`.
pub(crate) const LOST: &str = "trunkline_bus_lost_total";
/// Messages that came again, because their consumer died, was too slow, or put them back, by `queue`.
pub(crate) const REDELIVERED: &str = "trunkline_queue_redelivered_total";
/// Messages that came too often, by `queue`.
pub(crate) const DEAD_LETTERS: &str = "trunkline_queue_dead_letters_total";
