//! Appends per second: one caller that waits for each, against many callers whose appends are committed
//! together. `cargo bench -p sqlite`.
#![allow(clippy::print_stdout, reason = "a benchmark prints its numbers")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use model::{CallKey, Channel, Epoch, Timestamp};
use ports::{
    Append, EventLog,
    testing::{call_started, ids, utterance},
};
use sqlite::SqliteEventLog;

const APPENDS: u64 = 20_000;
/// Linux counts CPU time in hundredths of a second.
const US_PER_TICK: f64 = 10_000.0;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    println!("{:>8} {:>12} {:>8} {:>16}", "callers", "appends/s", "ratio", "CPU us/append");
    let mut alone = 0.0;
    for callers in [1, 10, 50, 200, 1_000] {
        let cpu = cpu_ticks();
        let took = runtime.block_on(run(callers));
        let cpu = (cpu_ticks() - cpu) as f64 * US_PER_TICK / APPENDS as f64;
        let rate = APPENDS as f64 / took.as_secs_f64();
        if callers == 1 {
            alone = rate;
        }
        println!("{callers:>8} {rate:>12.0} {:>8.1} {cpu:>16.1}", rate / alone);
    }
}

/// What the process used of all cores so far, which a busy machine does not change as it changes the clock;
/// 0 where the system does not say.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
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
                let append = |after, event| Append {
                    key: CallKey::new(tenant.clone(), call.clone()),
                    epoch: Epoch::FIRST,
                    after,
                    now: Timestamp::from_millis(0),
                    events: vec![event],
                };
                let started = call_started(i64::try_from(n).unwrap_or(0));
                log.append(append(0, started)).await.expect("append");
                for k in 1..APPENDS / callers {
                    let said = utterance(
                        Channel::Customer,
                        k * 1_000,
                        "a sentence of eight words with [card] numbers",
                    );
                    log.append(append(k, said)).await.expect("append");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a caller");
    }
    started.elapsed()
}
