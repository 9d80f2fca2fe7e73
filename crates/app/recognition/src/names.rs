//! The pool's metrics. `recogniser` is a tier's name.

/// Streams that are open now, by `recogniser`.
pub(crate) const STREAMS: &str = "trunkline_recogniser_streams";
/// The share of a recogniser's streams that are in use, 0 to 1, by `recogniser`.
pub(crate) const QUOTA_USED: &str = "trunkline_recogniser_quota_used_ratio";
/// Streams that were asked for, by `recogniser`.
pub(crate) const STARTS: &str = "trunkline_recogniser_starts_total";
/// Streams that were refused or failed, by `recogniser` and `kind`.
pub(crate) const ERRORS: &str = "trunkline_recogniser_errors_total";
/// Calls that another recogniser took over, by `from` and `to`.
pub(crate) const FAILOVERS: &str = "trunkline_recogniser_failovers_total";
/// Milliseconds of audio that were sent, each channel counted, by `recogniser`.
pub(crate) const AUDIO_MS: &str = "trunkline_recogniser_audio_ms_total";
/// What that costs in millionths of a US dollar, by `recogniser`.
pub(crate) const COST_MICRO_USD: &str = "trunkline_recogniser_cost_micro_usd_total";
/// Seconds of audio that are kept because their words are not final, over all calls.
pub(crate) const HELD_SECONDS: &str = "trunkline_recognition_held_seconds";
/// Seconds of audio that a new stream is given again.
pub(crate) const RESENT_SECONDS: &str = "trunkline_recognition_resent_seconds";
/// Calls that no recogniser hears now.
pub(crate) const WAITING: &str = "trunkline_recognition_calls_waiting";
