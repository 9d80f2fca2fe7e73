//! Appends per second: one caller that waits for each, against many callers whose appends are committed
//! together. `cargo bench -p sqlite`.
#![allow(clippy::print_stdout, reason = "a benchmark prints its numbers")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use model::{Channel, Timestamp};
use ports::{
    EventLog,
    testing::{ids, utterance},
};
use sqlite::SqliteEventLog;

const APPENDS: u64 = 20_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    println!("{:>8} {:>12} {:>8}", "callers", "appends/s", "ratio");
    let mut alone = 0.0;
    for callers in [1, 10, 50, 200, 1_000] {
        let took = runtime.block_on(run(callers));
        let rate = APPENDS as f64 / took.as_secs_f64();
        if callers == 1 {
            alone = rate;
        }
        println!("{callers:>8} {rate:>12.0} {:>8.1}", rate / alone);
    }
}

/// Appends one event at a time from each caller, each its own call.
async fn run(callers: u64) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = Arc::new(SqliteEventLog::open(folder.path()).expect("open"));
    log.open_tenant(&ids("acme", "x").0).await.expect("open the tenant");
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|n| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let (tenant, call) = ids("acme", &format!("call-{n}"));
                for k in 0..APPENDS / callers {
                    let said = utterance(
                        Channel::Customer,
                        k * 1_000,
                        "a sentence of eight words with [card] numbers",
                    );
                    let now = Timestamp::from_millis(0);
                    log.append(&tenant, &call, now, vec![said]).await.expect("append");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a caller");
    }
    started.elapsed()
}
