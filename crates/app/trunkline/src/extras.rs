//! Engines that a program has beside those of the default build.

use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use ports::{JobRules, Jobs};

/// Opens the jobs that a configuration names.
pub type OpenJobs = fn(config::Jobs, JobRules) -> BoxFuture<'static, anyhow::Result<Arc<dyn Jobs>>>;

/// What a program was built with beside the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    /// Jobs on Temporal.
    pub temporal: Option<OpenJobs>,
}

/// A property of the program, as its version is: said once, before anything else.
static EXTRAS: OnceLock<Extras> = OnceLock::new();

pub(crate) fn set(extras: Extras) {
    EXTRAS.get_or_init(|| extras);
}

pub(crate) fn get() -> Extras {
    EXTRAS.get().copied().unwrap_or_default()
}
