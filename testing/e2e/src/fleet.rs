//! The fleet.

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use deepgram_server::{DeepgramServer, Options};
use lab::{NoticeUrls, Target};
use model::Timestamp;
use services::{Postgres, Redis};
use tempfile::TempDir;

use crate::{
    log::{self, Carried},
    placing,
    program::{Program, Signal},
};

/// How long a dead worker's calls wait: the shortest lease that the configuration takes.
pub const LEASE: Duration = Duration::from_secs(5);
/// How long a process may take to be ready; a busy machine is slow to start one.
const READY: Duration = Duration::from_secs(60);
const KEY: &str = "test-key";
/// More streams than any test has calls: takeovers open a second one before the first is given up.
const MAX_STREAMS: usize = 500;

/// The program under test: named by `TRUNKLINE_BIN`, or built beside this test.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn binary() -> PathBuf {
    let beside = || Some(env::current_exe().ok()?.parent()?.parent()?.join("trunkline"));
    let binary = env::var_os("TRUNKLINE_BIN").map(PathBuf::from).or_else(beside).unwrap_or_default();
    assert!(
        binary.is_file(),
        "{} is not there: build it with cargo build -p trunkline, or name another in TRUNKLINE_BIN",
        binary.display()
    );
    binary
}

/// A worker process.
#[derive(Debug)]
pub struct Worker {
    /// Its number in the fleet, from 0; no other gets it.
    pub number: usize,
    /// Its process.
    pub program: Program,
}

/// PostgreSQL, Redis, streams, a recogniser, an API and workers.
#[derive(Debug)]
pub struct Fleet {
    /// The workers that run.
    pub workers: Vec<Worker>,
    logs: Vec<PathBuf>,
    api: Program,
    api_url: String,
    recogniser: Option<DeepgramServer>,
    recogniser_address: SocketAddr,
    kvs: Option<Program>,
    kvs_url: String,
    /// The store.
    pub postgres: Postgres,
    /// The bus.
    pub redis: Redis,
    binary: PathBuf,
    folder: PathBuf,
    // Goes last.
    _folder: Option<TempDir>,
}

impl Fleet {
    /// Starts everything, with so many workers; `None` when PostgreSQL or Redis is not there and that is said to be
    /// fine. `TRUNKLINE_E2E_FOLDER` names a folder that keeps logs and data.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start(workers: usize) -> Option<Self> {
        let binary = binary();
        let (postgres, redis) = (Postgres::start_or_skip()?, Redis::start_or_skip()?);
        let (folder, temporary) = match env::var_os("TRUNKLINE_E2E_FOLDER") {
            Some(folder) => (PathBuf::from(folder), None),
            None => {
                let temporary = tempfile::tempdir().expect("a temporary folder");
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        std::fs::create_dir_all(&folder).expect("a folder of the fleet's own");
        let recogniser = recogniser(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let recogniser_address =
            recogniser.url().trim_start_matches("ws://").parse().expect("its own address");
        let kvs = start_kvs(&binary, &folder, "127.0.0.1:0", 0);
        let kvs_url =
            kvs.word_after("Kinesis Video Streams at ", READY).await.trim_end_matches(',').to_owned();
        let env = settings(&postgres, &redis, &kvs_url, recogniser_address);
        let api = serve(&binary, &folder, &env, "api", &folder.join("api.log"));
        let api_url = api.word_after("console ", READY).await;
        let mut fleet = Self {
            workers: Vec::new(),
            logs: Vec::new(),
            api,
            api_url,
            recogniser: Some(recogniser),
            recogniser_address,
            kvs: Some(kvs),
            kvs_url,
            postgres,
            redis,
            binary,
            folder,
            _folder: temporary,
        };
        for _ in 0..workers {
            fleet.start_worker().await;
        }
        Some(fleet)
    }

    /// Starts one more worker; gives its number.
    pub async fn start_worker(&mut self) -> usize {
        let number = self.logs.len();
        let log = self.folder.join(format!("worker-{number}.log"));
        let env = settings(&self.postgres, &self.redis, &self.kvs_url, self.recogniser_address);
        let program = serve(&self.binary, &self.folder, &env, "worker", &log);
        program.word_after("console ", READY).await;
        self.logs.push(log);
        self.workers.push(Worker { number, program });
        number
    }

    /// Takes a worker out, to be killed, stopped or waited for by whoever has it now.
    ///
    /// # Panics
    /// When it does not run.
    pub fn take_worker(&mut self, number: usize) -> Worker {
        let at = self.workers.iter().position(|worker| worker.number == number).expect("it runs");
        self.workers.remove(at)
    }

    /// The worker of this number.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn worker(&self, number: usize) -> &Worker {
        self.workers.iter().find(|worker| worker.number == number).expect("it runs")
    }

    /// Where the API is.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api_url
    }

    /// Where calls are placed.
    ///
    /// # Panics
    /// Never: the addresses are the fleet's own.
    #[must_use]
    pub fn target(&self) -> Target {
        let trigger = format!("{}/v1/triggers/connect", self.api_url).parse().expect("a URL");
        let notices = Some(NoticeUrls::from_trigger(trigger));
        Target { notices, ..Target::new(self.kvs_url.parse().expect("a URL")) }
    }

    /// The recogniser, unless it is down.
    ///
    /// # Panics
    /// When it is down.
    #[must_use]
    pub fn recogniser(&self) -> &DeepgramServer {
        self.recogniser.as_ref().expect("it is up")
    }

    /// Takes the recogniser down: its streams break, and nobody answers.
    pub fn stop_recogniser(&mut self) {
        self.recogniser = None;
    }

    /// Brings it up again at its address.
    pub async fn start_recogniser(&mut self) {
        self.recogniser = Some(recogniser(self.recogniser_address).await);
    }

    /// Ends the streams' server.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn stop_kvs(&mut self, signal: Signal) {
        let Some(kvs) = self.kvs.take() else { return };
        kvs.signal(signal);
        kvs.end(READY).await;
    }

    /// Starts it again on its port and data.
    pub async fn start_kvs(&mut self) {
        let listen = self.kvs_url.trim_start_matches("http://").to_owned();
        let kvs = start_kvs(&self.binary, &self.folder, &listen, self.logs.len());
        kvs.word_after("Kinesis Video Streams at ", READY).await;
        self.kvs = Some(kvs);
    }

    /// Which calls the workers took since then, in the order of time.
    #[must_use]
    pub fn carried(&self, since: Timestamp) -> Vec<Carried> {
        let mut all: Vec<Carried> =
            self.logs.iter().enumerate().flat_map(|(number, log)| log::carried(number, log)).collect();
        all.retain(|carried| carried.at >= since);
        all.sort_by_key(|carried| carried.at);
        all
    }

    /// The calls that a worker carries of those taken since then, if it has ended none.
    #[must_use]
    pub fn carried_by(&self, number: usize, since: Timestamp) -> Vec<String> {
        let all = self.carried(since);
        let last =
            |call: &str| all.iter().rfind(|carried| carried.call == call).map(|carried| carried.worker);
        let mut calls: Vec<String> = all.iter().map(|carried| carried.call.clone()).collect();
        calls.sort();
        calls.dedup();
        calls.retain(|call| last(call) == Some(number));
        calls
    }

    /// What a worker has written.
    #[must_use]
    pub fn log(&self, number: usize) -> String {
        self.logs.get(number).and_then(|log| std::fs::read_to_string(log).ok()).unwrap_or_default()
    }

    /// Whether a process of the fleet has written this.
    #[must_use]
    pub fn wrote(&self, text: &str) -> bool {
        let logs = self.logs.iter().map(PathBuf::as_path).chain([self.api.log()]);
        logs.filter_map(|log| std::fs::read_to_string(log).ok()).any(|log| log.contains(text))
    }

    /// Errors and panics of all workers and the API, each with how often it came.
    #[must_use]
    pub fn complaints(&self) -> Vec<(String, usize)> {
        let logs = self.logs.iter().map(PathBuf::as_path).chain([self.api.log()]);
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        logs.flat_map(log::complaints).for_each(|said| *counts.entry(said).or_default() += 1);
        counts.into_iter().collect()
    }

    /// The time as the fleet sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        placing::now()
    }
}

async fn recogniser(listen: SocketAddr) -> DeepgramServer {
    let options = Options { listen, api_key: KEY.to_owned(), max_streams: MAX_STREAMS, ..Options::default() };
    DeepgramServer::start(options).await.expect("the recogniser starts")
}

fn start_kvs(binary: &Path, folder: &Path, listen: &str, run: usize) -> Program {
    let data = folder.join("streams").to_string_lossy().into_owned();
    let args = ["kvs", "--listen", listen, "--retention-hours", "24", "--data", &data];
    Program::start(binary, &args.map(str::to_owned), &[], &folder.join(format!("kvs-{run}.log")))
}

fn serve(binary: &Path, folder: &Path, env: &[(String, String)], role: &str, log: &Path) -> Program {
    let data = folder.join("data").to_string_lossy().into_owned();
    let args = ["serve", "--roles", role, "--listen", "127.0.0.1:0", "--data", &data];
    Program::start(binary, &args.map(str::to_owned), env, log)
}

fn settings(postgres: &Postgres, redis: &Redis, kvs: &str, recogniser: SocketAddr) -> Vec<(String, String)> {
    let lease = LEASE.as_secs().to_string();
    let set = [
        ("STORE__ENGINE", "postgres"),
        ("STORE__URL", &postgres.url("postgres")),
        ("BUS__ENGINE", "redis"),
        ("BUS__URL", &redis.url()),
        ("KVS__ENDPOINT", kvs),
        ("RECOGNITION__ORDER", r#"["deepgram"]"#),
        ("RECOGNITION__DEEPGRAM__API_KEY", KEY),
        ("RECOGNITION__DEEPGRAM__ENDPOINT", &format!("ws://{recogniser}")),
        // What a takeover reads again is heard at once: the stand-in has no rule against it.
        ("RECOGNITION__DEEPGRAM__MAX_SPEED_PERCENT", "100000"),
        ("ENGINE__LEASE_SECONDS", &lease),
        // A busy machine is no reason to leave a call to nobody.
        ("ENGINE__MAX_LOAD_PERCENT", "100"),
        ("LOG__FORMAT", "json"),
    ];
    set.map(|(name, value)| (format!("TRUNKLINE_{name}"), value.to_owned())).to_vec()
}
