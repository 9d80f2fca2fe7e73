//! The jobs of one host: runs them until the host stops, and counts what comes of them.
//!
//! Which store keeps the jobs and which handlers do them is told by whoever starts the host. Nothing here knows a kind
//! of job.

mod host;
mod metered;
mod names;

pub use host::JobHost;
