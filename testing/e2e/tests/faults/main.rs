//! Live calls on a fleet of processes, a fault while they run, and every transcript, log and recording held against
//! what was spoken and against an undisturbed run.
//!
//! It needs the `trunkline` program (see [`e2e::binary`]), PostgreSQL and Redis; `scripts/test-fleet.sh` builds and runs
//! all of it. `TRUNKLINE_E2E_ONLY=kill,pause` runs some of the drills, `TRUNKLINE_E2E_LONG=1` takes what calls depend
//! on away for a minute, and `TRUNKLINE_E2E_FOLDER` keeps the logs.

mod bench;
mod drills;

use bench::Bench;
use drills::Wants;
use e2e::Fleet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and the whole machine: scripts/test-fleet.sh runs it"]
async fn no_fault_of_a_fleet_loses_or_repeats_anything() {
    let Some(fleet) = Fleet::start(drills::WORKERS).await else { return };
    let wants = Wants::from_environment();
    let mut bench = Bench::new(fleet, wants);
    bench.undisturbed().await;
    for drill in bench.drills() {
        bench.run(drill).await;
    }
    let faults = bench.report();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
