//! A Redis server.

use std::{
    env, fs,
    io::{self, Read, Write},
    net::TcpStream,
    path::PathBuf,
    time::Duration,
};

use crate::server::{Folder, Server, Signal, find_program, free_port, wait_until};

/// Set to 1, it lets tests pass without a Redis on this machine.
pub const SKIP_REDIS: &str = "TRUNKLINE_SKIP_REDIS";
/// Names the program, where it is not on the path.
const PROGRAM: &str = "TRUNKLINE_REDIS_BIN";
/// How often a start is tried, should somebody take the port in between.
const STARTS: u32 = 5;
/// How long it may take to answer a ping.
const PATIENCE: Duration = Duration::from_secs(1);
/// What it keeps when it is stopped or killed: nothing, as an ordinary cache, or all that it has acknowledged.
const FORGETS: &[&str] = &["--appendonly", "no"];
const KEEPS: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

/// A Redis (or Valkey) of the test's own.
#[derive(Debug)]
pub struct Redis {
    program: PathBuf,
    port: u16,
    settings: &'static [&'static str],
    // Ends before the folder goes.
    server: Option<Server>,
    folder: Folder,
}

impl Redis {
    /// Starts one that has all its data after it was stopped or killed.
    ///
    /// # Panics
    /// When there is no Redis on this machine, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(KEEPS)
    }

    /// Starts one that has no data after it was stopped or killed.
    ///
    /// # Panics
    /// As [`Redis::start`].
    #[must_use]
    pub fn start_forgetful() -> Self {
        Self::start_with(FORGETS)
    }

    /// Starts one, unless the machine has none and [`SKIP_REDIS`] says that this is fine.
    ///
    /// # Panics
    /// As [`Redis::start`].
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn start_or_skip() -> Option<Self> {
        if program().is_none() && env::var_os(SKIP_REDIS).is_some_and(|value| value == "1") {
            eprintln!("skipped: there is no Redis here, and {SKIP_REDIS} is set");
            return None;
        }
        Some(Self::start())
    }

    fn start_with(settings: &'static [&'static str]) -> Self {
        let Some(program) = program() else {
            panic!(
                "these tests need Redis 6.2 or newer, or Valkey: install it (Debian: apt-get install redis-server), \
                 name the program in {PROGRAM}, or set {SKIP_REDIS}=1 to go without"
            );
        };
        let mut redis = Self { program, port: 0, settings, server: None, folder: Folder::new(None) };
        for _ in 0..STARTS {
            redis.port = free_port();
            if redis.try_start() {
                return redis;
            }
        }
        panic!("Redis does not start: {}", redis.output());
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port on which it listens, also after it was stopped and started again.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Stops it in good order; its clients are cut off.
    pub fn stop(&mut self) {
        self.end(Signal::Int);
    }

    /// Kills it, as a power loss would.
    pub fn kill(&mut self) {
        self.end(Signal::Kill);
    }

    /// Starts it again on the same port and folder.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        if self.server.is_none() {
            assert!(self.try_start(), "Redis does not start again: {}", self.output());
        }
    }

    /// Makes it stand still: its connections stay open and nothing is answered.
    pub fn pause(&self) {
        if let Some(server) = &self.server {
            server.signal_all(Signal::Stop);
        }
    }

    /// Lets it go on.
    pub fn resume(&self) {
        if let Some(server) = &self.server {
            server.signal_all(Signal::Cont);
        }
    }

    fn end(&mut self, signal: Signal) {
        if let Some(server) = self.server.take() {
            server.signal_all(signal);
            server.wait();
        }
    }

    fn try_start(&mut self) -> bool {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let port = self.port.to_string();
        let ours =
            ["--port", &port, "--bind", "127.0.0.1", "--dir", &folder, "--save", "", "--daemonize", "no"];
        let log = ["--logfile", "log"];
        let args =
            ours.iter().chain(&log).chain(self.settings).map(|&word| word.to_owned()).collect::<Vec<_>>();
        let server = Server::start(&self.program, &args, None, &self.folder.path().join("output"));
        let answers = || answers(self.port).is_ok_and(|answer| answer == *b"+PONG");
        wait_until("Redis to be ready", || answers() || server.is_over());
        let started = answers() && !server.is_over();
        self.server = started.then_some(server);
        started
    }

    fn output(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("output") + &read("log")
    }
}

/// What it says to a ping: while it reads its data, that it is loading.
fn answers(port: u16) -> io::Result<[u8; 5]> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn program() -> Option<PathBuf> {
    let named = env::var_os(PROGRAM).map(PathBuf::from).filter(|program| program.is_file());
    named.or_else(|| ["redis-server", "valkey-server"].iter().find_map(|name| find_program(name, Vec::new())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_stopped_killed_and_started_again_on_its_port() {
        let Some(mut redis) = Redis::start_or_skip() else { return };
        let port = redis.port();
        let answers = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        assert!(answers());
        redis.stop();
        assert!(!answers());
        redis.start_again();
        assert!(answers());
        redis.kill();
        assert!(!answers());
        redis.start_again();
        redis.pause();
        drop(redis);
        assert!(!answers(), "a paused server outlives its test");
    }
}
