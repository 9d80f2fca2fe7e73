//! The metrics of jobs.

/// Attempts by `kind` and `outcome`: `done`, `retry`, `failed`.
pub(crate) const ATTEMPTS: &str = "trunkline_job_attempts_total";
/// Seconds that an attempt took, by `kind`.
pub(crate) const SECONDS: &str = "trunkline_job_seconds";
/// Jobs of the whole installation that are not done, by `kind` and `state`: `waiting`, `running`, `failed`.
pub(crate) const JOBS: &str = "trunkline_jobs";
/// Failed questions to a store, by `store`.
pub(crate) const STORE_FAILURES: &str = "trunkline_store_failures_total";
