//! Jobs on a real server against their port's suite. `scripts/test-temporal.sh` starts one and names it.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use model::Timestamp;
use ports::testing::{JOBS_SUITE_RULES, JobClock, jobs_suite};
use temporal_jobs::{TemporalConfig, TemporalJobs};

/// Where the server is.
const URL: &str = "TRUNKLINE_TEMPORAL_URL";

fn clock() -> JobClock {
    let now = || Timestamp::default() + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    JobClock { now: Arc::new(now), sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn temporal_keeps_jobs() {
    let url = std::env::var(URL).expect("run this by scripts/test-temporal.sh");
    let make = async || {
        let connect = || {
            let (url, namespace) = (url.clone(), "default".to_owned());
            let config = TemporalConfig { url, namespace, queue: "suite".to_owned() };
            TemporalJobs::connect(config, JOBS_SUITE_RULES)
        };
        [connect().await.unwrap(), connect().await.unwrap()]
    };
    jobs_suite(make, clock()).await;
}
