//! The engine's metrics.

/// Calls that are being carried now.
pub(crate) const CALLS_LIVE: &str = "trunkline_calls_live";
/// Calls that ended, by `reason`.
pub(crate) const CALLS_ENDED: &str = "trunkline_calls_ended_total";
/// Events by `type`, partials among them.
pub(crate) const EVENTS: &str = "trunkline_events_total";
/// Seconds that a stage took, by `stage`.
pub(crate) const STAGE_SECONDS: &str = "trunkline_stage_seconds";
/// Milliseconds of audio that is missing, by `cause`.
pub(crate) const GAP_MS: &str = "trunkline_media_gap_ms_total";
/// Fragments kept out of calls, by `reason`.
pub(crate) const QUARANTINED: &str = "trunkline_fragments_quarantined_total";
/// 1 while recordings cannot be kept: someone must act.
pub(crate) const RECORDING_STOPPED: &str = "trunkline_recording_stopped";
/// Recordings that failed, by `cause`.
pub(crate) const RECORDINGS_FAILED: &str = "trunkline_recordings_failed_total";
/// Times that a stream was opened again, by `cause`.
pub(crate) const REOPENED: &str = "trunkline_media_reopened_total";
/// Appends to the log that had to be tried again.
pub(crate) const APPEND_RETRIES: &str = "trunkline_event_append_retries_total";
/// Calls whose events wait for a log that does not take them: someone must act.
pub(crate) const LOG_FAILING: &str = "trunkline_event_log_failing";
