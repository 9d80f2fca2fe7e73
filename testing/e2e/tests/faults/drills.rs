//! The faults.

use std::time::Duration;

use deepgram_server::{FaultKind, Garbage};
use e2e::{Fleet, LEASE, Placing, Signal};
use lab::Pace;
use model::Timestamp;
use tokio::{
    task::block_in_place,
    time::{Instant, sleep},
};

/// How many workers run before each drill.
pub(crate) const WORKERS: usize = 3;
/// How long a stopping worker may take: what the program promises.
const STOPS_WITHIN: Duration = Duration::from_secs(2);
/// How long a test waits for what a program promises, before it says that it hangs.
const HANGS_AFTER: Duration = Duration::from_secs(20);
/// How long a worker is paused: until its calls are certainly another's.
const PAUSE: Duration = LEASE.saturating_add(Duration::from_secs(5));

/// What is run, and how long.
#[derive(Debug)]
pub(crate) struct Wants {
    only: Option<Vec<String>>,
    is_long: bool,
}

impl Wants {
    pub(crate) fn from_environment() -> Self {
        let only = std::env::var("TRUNKLINE_E2E_ONLY").ok();
        let only = only.map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        Self { only, is_long: std::env::var_os("TRUNKLINE_E2E_LONG").is_some_and(|value| value == "1") }
    }

    pub(crate) fn drill(&self, drill: Drill) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|name| name == drill.name()))
    }

    /// Length of a call.
    pub(crate) const fn seconds(&self) -> u64 {
        if self.is_long { 100 } else { 36 }
    }

    /// How long what calls depend on is away.
    pub(crate) const fn outage(&self) -> Duration {
        Duration::from_secs(if self.is_long { 60 } else { 7 })
    }

    /// How fast calls are spoken: slow enough for an outage to begin and end within them.
    pub(crate) const fn pace(&self, drill: Drill) -> Pace {
        let in_real_time = self.is_long || matches!(drill, Drill::Kill | Drill::Pause);
        Pace::Times(if in_real_time { 1.0 } else { 2.0 })
    }
}

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drill {
    Kill,
    Pause,
    Term,
    Redis,
    Postgres,
    Streams,
    Recogniser,
}

/// What was done, and to whom.
#[derive(Debug)]
pub(crate) struct Struck {
    pub(crate) at: Timestamp,
    /// The calls that it hit.
    pub(crate) hit: Vec<String>,
    /// Whether those calls have another worker afterwards.
    pub(crate) moves: bool,
    pub(crate) note: String,
    /// What was wrong with the fleet itself.
    pub(crate) faults: Vec<String>,
}

impl Drill {
    pub(crate) const ALL: [Self; 7] =
        [Self::Kill, Self::Pause, Self::Term, Self::Redis, Self::Postgres, Self::Streams, Self::Recogniser];

    /// The name by which it is asked for.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Term => "term",
            Self::Redis => "redis",
            Self::Postgres => "postgres",
            Self::Streams => "streams",
            Self::Recogniser => "recogniser",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Kill => "kill -9 of two of three workers",
            Self::Pause => "SIGSTOP of a worker for longer than its leases, SIGCONT",
            Self::Term => "SIGTERM of a worker",
            Self::Redis => "Redis stopped and started again",
            Self::Postgres => "PostgreSQL stopped and started again",
            Self::Streams => "the streams' server stopped and started again",
            Self::Recogniser => "the recogniser away, then faulty",
        }
    }

    /// How many calls run meanwhile.
    pub(crate) const fn calls(self) -> usize {
        if matches!(self, Self::Kill) { 20 } else { 6 }
    }

    /// Strikes, in the middle of calls that are all taken.
    pub(crate) async fn strike(self, fleet: &mut Fleet, placing: &Placing, outage: Duration) -> Struck {
        placing.until_known(self.calls()).await;
        sleep(Duration::from_secs(2)).await;
        match self {
            Self::Kill => kill(fleet, placing).await,
            Self::Pause => pause(fleet, placing).await,
            Self::Term => terminate(fleet, placing).await,
            Self::Redis => {
                let struck = Struck::all(fleet, placing);
                block_in_place(|| fleet.redis.stop());
                sleep(outage).await;
                block_in_place(|| fleet.redis.start_again());
                struck.noted(format!("away for {} s", outage.as_secs()))
            }
            Self::Postgres => {
                let struck = Struck::all(fleet, placing);
                block_in_place(|| fleet.postgres.stop());
                sleep(outage).await;
                block_in_place(|| fleet.postgres.start_again());
                struck.noted(format!("away for {} s", outage.as_secs()))
            }
            Self::Streams => {
                let struck = Struck::all(fleet, placing);
                fleet.stop_kvs(Signal::Term).await;
                sleep(outage).await;
                fleet.start_kvs().await;
                struck.noted(format!("away for {} s", outage.as_secs()))
            }
            Self::Recogniser => recogniser(fleet, placing, outage).await,
        }
    }
}

impl Struck {
    /// Something that every call depends on.
    fn all(fleet: &Fleet, placing: &Placing) -> Self {
        let hit = placing.known();
        Self { at: fleet.now(), hit, moves: false, note: String::new(), faults: Vec::new() }
    }

    /// Workers: the calls that they carry are hit, and go on elsewhere.
    fn workers(fleet: &Fleet, placing: &Placing, numbers: &[usize]) -> Self {
        let hit = numbers.iter().flat_map(|number| fleet.carried_by(*number, placing.since)).collect();
        Self { hit, moves: true, ..Self::all(fleet, placing) }
    }

    fn noted(self, note: String) -> Self {
        Self { note, ..self }
    }
}

/// The workers, those with the most calls first.
fn busiest(fleet: &Fleet, placing: &Placing) -> Vec<usize> {
    let mut numbers: Vec<usize> = fleet.workers.iter().map(|worker| worker.number).collect();
    numbers.sort_by_key(|number| std::cmp::Reverse(fleet.carried_by(*number, placing.since).len()));
    numbers
}

async fn kill(fleet: &mut Fleet, placing: &Placing) -> Struck {
    let two = busiest(fleet, placing).into_iter().take(2).collect::<Vec<_>>();
    let struck = Struck::workers(fleet, placing, &two);
    for number in &two {
        fleet.worker(*number).program.signal(Signal::Kill);
    }
    for number in two {
        drop(fleet.take_worker(number));
    }
    fleet.start_worker().await;
    struck.noted("a new worker was started".to_owned())
}

async fn pause(fleet: &mut Fleet, placing: &Placing) -> Struck {
    let number = busiest(fleet, placing)[0];
    let mut struck = Struck::workers(fleet, placing, &[number]);
    fleet.worker(number).program.signal(Signal::Stop);
    sleep(PAUSE).await;
    fleet.worker(number).program.signal(Signal::Cont);
    // Its calls are another's; it has to find out by itself.
    let lost = |log: &str| log.matches("another worker owns the call now").count();
    let begun = Instant::now();
    while lost(&fleet.log(number)) < struck.hit.len() && begun.elapsed() < HANGS_AFTER {
        sleep(Duration::from_millis(50)).await;
    }
    let fenced = lost(&fleet.log(number));
    if fenced < struck.hit.len() {
        struck.faults.push(format!("the paused worker gave up {fenced} of {} calls", struck.hit.len()));
    }
    struck.noted(format!("stood still for {} s, then gave up {fenced} calls", PAUSE.as_secs()))
}

async fn terminate(fleet: &mut Fleet, placing: &Placing) -> Struck {
    let number = busiest(fleet, placing)[0];
    let mut struck = Struck::workers(fleet, placing, &[number]);
    let worker = fleet.take_worker(number);
    let begun = Instant::now();
    worker.program.signal(Signal::Term);
    worker.program.end(HANGS_AFTER).await;
    let took = begun.elapsed();
    if took > STOPS_WITHIN {
        struck.faults.push(format!("the worker took {took:?} to stop"));
    }
    struck.noted(format!("it had ended after {:.2} s", took.as_secs_f64()))
}

/// All streams break, nobody answers, and then come garbage, refusals, errors and broken connections.
async fn recogniser(fleet: &mut Fleet, placing: &Placing, outage: Duration) -> Struck {
    let struck = Struck::all(fleet, placing);
    fleet.stop_recogniser();
    sleep(outage).await;
    fleet.start_recogniser().await;
    let server = fleet.recogniser();
    server.fault(FaultKind::Refuse { status: 503 }.times(2));
    server.fault(FaultKind::Garbage { after_ms: 2_000, what: Garbage::Text }.times(1));
    server.fault(FaultKind::Drop { after_ms: 9_000 }.times(2));
    struck.noted(format!("away for {} s, then refusals, garbage and broken connections", outage.as_secs()))
}
