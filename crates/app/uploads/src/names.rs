//! The names of metrics.

/// Uploads that are known here.
pub(crate) const UPLOADS: &str = "trunkline_uploads";
/// Bytes of audio that were taken.
pub(crate) const BYTES: &str = "trunkline_upload_bytes_total";
/// Pieces that were not taken, by reason.
pub(crate) const REFUSED: &str = "trunkline_uploads_refused_total";
/// Milliseconds of audio that clients said they lost.
pub(crate) const SKIPPED_MS: &str = "trunkline_upload_skipped_ms_total";
