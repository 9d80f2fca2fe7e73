//! A stand-in for Amazon's services: Ministack, a program in Python.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use crate::server::{Folder, Server, Signal, find_program, free_port, wait_until};

/// Set to 1, it lets tests pass where Ministack cannot be had.
pub const SKIP_AWS: &str = "TRUNKLINE_SKIP_AWS";
/// The version that the tests are written against.
const VERSION: &str = "1.5.33";
/// How often a start is tried, should somebody take the port in between.
const STARTS: u32 = 5;
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// A Ministack of the test's own: DynamoDB, SQS, S3, Lambda and more, in memory. It takes any credentials and any region.
#[derive(Debug)]
pub struct Ministack {
    port: u16,
    // Ends before the folder goes.
    server: Server,
    // What it writes beside memory.
    _folder: Folder,
}

impl Ministack {
    /// Starts one. The first on a machine installs the program in a Python environment of its own, under
    /// `$TRUNKLINE_CACHE` (`~/.cache/trunkline`), from the package index.
    ///
    /// # Panics
    /// When it cannot be installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::of(&installed().unwrap_or_else(|problem| panic!("{}", what_to_do(&problem))))
    }

    /// Starts one, unless it cannot be installed here and [`SKIP_AWS`] says that this is fine.
    ///
    /// # Panics
    /// As [`Ministack::start`].
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn start_or_skip() -> Option<Self> {
        match installed() {
            Ok(python) => Some(Self::of(&python)),
            Err(problem) if env::var_os(SKIP_AWS).is_some_and(|value| value == "1") => {
                eprintln!("skipped: {problem}, and {SKIP_AWS} is set");
                None
            }
            Err(problem) => panic!("{}", what_to_do(&problem)),
        }
    }

    fn of(python: &Path) -> Self {
        let mut output = String::new();
        for _ in 0..STARTS {
            let folder = Folder::new(None);
            let log = folder.path().join("output");
            let port = free_port();
            let server = Server::start(Path::new("/usr/bin/env"), &words(python, &folder, port), None, &log);
            let is_ready =
                || request(port, "GET", "/_ministack/ready").is_ok_and(|answer| answer.contains(" 200 "));
            wait_until("Ministack to be ready", || is_ready() || server.is_over());
            if !server.is_over() {
                return Self { port, server, _folder: folder };
            }
            output = fs::read_to_string(&log).unwrap_or_default();
        }
        panic!("Ministack does not start: {output}");
    }

    /// Where its services are reached.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Forgets everything.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn reset(&self) {
        let answer = request(self.port, "POST", "/_ministack/reset").expect("Ministack answers");
        assert!(answer.contains(" 200 "), "Ministack does not reset: {answer}");
    }

    /// Makes it stand still: its connections stay open and nothing is answered.
    pub fn pause(&self) {
        self.server.signal_all(Signal::Stop);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.server.signal_all(Signal::Cont);
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        // The functions that it runs for Lambda, too.
        self.server.signal_all(Signal::Kill);
    }
}

fn what_to_do(problem: &str) -> String {
    format!(
        "these tests need Ministack {VERSION}, a stand-in for Amazon's services: {problem}. Install Python 3.10 or newer \
         with venv (Debian: apt-get install python3-venv) and let pip reach a package index once, or set {SKIP_AWS}=1 \
         to go without"
    )
}

/// The command that starts it, with an environment that keeps it to this machine, this folder and this process.
fn words(python: &Path, folder: &Folder, port: u16) -> Vec<String> {
    let folder = folder.path().to_string_lossy();
    vec![
        "BIND_HOST=127.0.0.1".to_owned(),
        "MINISTACK_HOST=127.0.0.1".to_owned(),
        format!("GATEWAY_PORT={port}"),
        "LAMBDA_EXECUTOR=local".to_owned(),
        "PERSIST_STATE=0".to_owned(),
        format!("STATE_DIR={folder}/state"),
        format!("TMPDIR={folder}"),
        "LOG_LEVEL=WARNING".to_owned(),
        "PYTHONDONTWRITEBYTECODE=1".to_owned(),
        python.to_string_lossy().into_owned(),
        "-m".to_owned(),
        "ministack".to_owned(),
    ]
}

/// The Python of an environment that has Ministack, made if need be. One process makes it; others wait.
fn installed() -> Result<PathBuf, String> {
    let cache = cache().ok_or("neither TRUNKLINE_CACHE nor HOME is set")?;
    let environment = cache.join(format!("ministack-{VERSION}"));
    let (python, complete) = (environment.join("bin/python"), environment.join("complete"));
    if complete.is_file() {
        return Ok(python);
    }
    fs::create_dir_all(&cache).map_err(|error| format!("{} cannot be made: {error}", cache.display()))?;
    let lock = File::create(cache.join("ministack.lock")).map_err(|error| format!("the cache: {error}"))?;
    lock.lock().map_err(|error| format!("the cache cannot be locked: {error}"))?;
    if !complete.is_file() {
        install(&environment, &python)?;
        File::create(&complete).map_err(|error| format!("the cache: {error}"))?;
    }
    Ok(python)
}

fn install(environment: &Path, python: &Path) -> Result<(), String> {
    let system = find_program("python3", Vec::new()).ok_or("there is no python3 on the path")?;
    // What an earlier try left.
    drop(fs::remove_dir_all(environment));
    run(Command::new(system).args(["-m", "venv"]).arg(environment))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(python).args(pip).arg(format!("ministack=={VERSION}")))
}

fn run(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&stderr);
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {}", said.trim())) }
}

fn cache() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let below = |folder: OsString, rest: &str| PathBuf::from(folder).join(rest);
    set("TRUNKLINE_CACHE")
        .map(PathBuf::from)
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| below(folder, "trunkline")))
        .or_else(|| set("HOME").map(|folder| below(folder, ".cache/trunkline")))
}

fn request(port: u16, method: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_is_reset_and_ends_with_its_test() {
        let Some(ministack) = Ministack::start_or_skip() else { return };
        let port = ministack.port;
        ministack.reset();
        ministack.pause();
        ministack.resume();
        ministack.reset();
        drop(ministack);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "it outlives its test");
    }
}
