//! One process of the fleet.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::time::sleep;

/// Starts what it is told with its output in a file, and kills it when its own input closes: when the test says so,
/// and when the test's process is gone in whatever way. A process that stands still is killed, too.
const KEEPER: &str = r#""$@" </dev/null >"$0" 2>&1 & pid=$!; echo $pid; read -r word
    kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null"#;
const POLL: Duration = Duration::from_millis(5);

/// A signal that a process is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End now, in whatever state.
    Kill,
    /// End in good order.
    Term,
    /// Stand still.
    Stop,
    /// Go on.
    Cont,
}

/// A running program whose output goes to a file. It ends when it is dropped, or when this process ends.
#[derive(Debug)]
pub struct Program {
    keeper: Child,
    input: Option<ChildStdin>,
    pid: u32,
    log: PathBuf,
}

impl Program {
    /// Starts a program. Of the environment it sees nothing that is set for Trunkline but `env`.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(program: &Path, args: &[String], env: &[(String, String)], log: &Path) -> Self {
        let mut command = Command::new("sh");
        command.arg("-c").arg(KEEPER).arg(log).arg(program).args(args);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TRUNKLINE_") {
                command.env_remove(name);
            }
        }
        command.envs(env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = command.spawn().expect("sh starts");
        let input = keeper.stdin.take();
        let output = keeper.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("the keeper speaks");
        let pid = line.trim().parse().expect("the keeper says the program's pid");
        Self { keeper, input, pid, log: log.to_owned() }
    }

    /// What it has written.
    #[must_use]
    pub fn output(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where it writes.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until it has said something, and gives the first word after it.
    ///
    /// # Panics
    /// When it ends before, or does not say it in time.
    pub async fn word_after(&self, said: &str, within: Duration) -> String {
        let begun = Instant::now();
        loop {
            let output = self.output();
            let line = output.lines().find_map(|line| line.split_once(said).map(|(_, rest)| rest));
            if let Some(word) = line.and_then(|rest| rest.split_whitespace().next()) {
                return word.to_owned();
            }
            assert!(!self.is_over(), "{} has ended:\n{output}", self.log.display());
            assert!(begun.elapsed() < within, "{} does not say {said:?}:\n{output}", self.log.display());
            sleep(POLL).await;
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Kill => "-KILL",
            Signal::Term => "-TERM",
            Signal::Stop => "-STOP",
            Signal::Cont => "-CONT",
        };
        // One that is gone already needs no signal.
        drop(Command::new("kill").arg(name).arg(self.pid.to_string()).stderr(Stdio::null()).status());
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        // The name, in brackets, may hold anything.
        stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn end(&self, within: Duration) {
        let begun = Instant::now();
        while !self.is_over() {
            assert!(begun.elapsed() < within, "{} does not end", self.log.display());
            sleep(POLL).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.input.take());
        drop(self.keeper.wait());
    }
}
