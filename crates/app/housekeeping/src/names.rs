//! Names of metrics.

/// Calls that were removed, by `why`: `request` or `retention`.
pub(crate) const CALLS_ERASED: &str = "trunkline_calls_erased_total";
/// Recordings that were removed before their calls.
pub(crate) const RECORDINGS_EXPIRED: &str = "trunkline_recordings_expired_total";
/// Calls whose retention is over and that a legal hold keeps, as the last sweep found them.
pub(crate) const CALLS_HELD: &str = "trunkline_calls_held_past_retention";
/// Sweeps that failed.
pub(crate) const SWEEPS_FAILED: &str = "trunkline_retention_sweeps_failed_total";
