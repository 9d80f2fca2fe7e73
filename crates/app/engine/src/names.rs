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
/// Calls that wait for a worker, in the whole installation.
pub(crate) const CALLS_WAITING: &str = "trunkline_calls_waiting";
/// Calls that were taken, by whether another worker had them before (`again`).
pub(crate) const CALLS_TAKEN: &str = "trunkline_calls_taken_total";
/// Calls that another worker took from this one.
pub(crate) const CALLS_LOST: &str = "trunkline_calls_lost_total";
/// Calls that are carried here and are not surely ours: their events wait.
pub(crate) const CALLS_UNSURE: &str = "trunkline_calls_unsure";
/// Plans of calls that this version cannot read.
pub(crate) const UNREADABLE_PLANS: &str = "trunkline_unreadable_plans_total";
/// Failed questions to a store, by `store`.
pub(crate) const STORE_FAILURES: &str = "trunkline_store_failures_total";
/// Messages that the bus could not take in time.
pub(crate) const BUS_DROPPED: &str = "trunkline_bus_dropped_total";
/// Flow attributes that were expected and not set, by `attribute`.
pub(crate) const ATTRIBUTES_MISSING: &str = "trunkline_attributes_missing_total";
/// Flow attributes that name no tenant.
pub(crate) const ATTRIBUTES_REFUSED: &str = "trunkline_attributes_refused_total";
/// Streams that were found by looking into them.
pub(crate) const STREAMS_FOUND: &str = "trunkline_streams_found_total";
/// Seconds that the reading of a stream is behind its newest fragment.
pub(crate) const STREAM_LAG: &str = "trunkline_stream_lag_seconds";
/// Holes that were looked for in a stream's archive.
pub(crate) const ARCHIVE_READS: &str = "trunkline_archive_reads_total";
/// Messages of the queue that come again.
pub(crate) const MESSAGES_AGAIN: &str = "trunkline_queue_messages_again_total";
/// Messages of the queue that nobody understands.
pub(crate) const MESSAGES_NOT_UNDERSTOOD: &str = "trunkline_queue_messages_not_understood_total";
/// Finals that Contact Lens gave.
pub(crate) const LENS_FINALS: &str = "trunkline_contact_lens_finals_total";
/// Words of Contact Lens that were passed over, by reason.
pub(crate) const LENS_PASSED_OVER: &str = "trunkline_contact_lens_passed_over_total";
/// Calls and acts of which guidance was not told, as it does not keep up.
pub(crate) const NEWS_DROPPED: &str = "trunkline_guidance_news_dropped_total";
