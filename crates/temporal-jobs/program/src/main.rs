//! The `trunkline` program, which can keep its jobs in Temporal, too.

use std::{process::ExitCode, sync::Arc};

use ports::{JobRules, Jobs};
use temporal_jobs::{TemporalConfig, TemporalJobs};
use trunkline::Extras;

fn main() -> ExitCode {
    trunkline::start(Extras {
        temporal: Some(|settings, rules| Box::pin(async move { open(settings, rules).await })),
    })
}

async fn open(settings: config::Jobs, rules: JobRules) -> anyhow::Result<Arc<dyn Jobs>> {
    let config = TemporalConfig {
        url: settings.url.unwrap_or_default(),
        namespace: settings.namespace,
        queue: settings.queue,
    };
    Ok(Arc::new(TemporalJobs::connect(config, rules).await?))
}
