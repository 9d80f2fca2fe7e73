//! Processes under test: started on processors of their own, looked at from outside, ended by their id.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command as BlockingCommand, Stdio},
    time::Duration,
};

use anyhow::{Context, anyhow};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time,
};

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux that Rust supports.
const TICKS_PER_SECOND: u64 = 100;
/// How long a process may take to say where it is.
const MAX_START: Duration = Duration::from_secs(60);

/// CPU time in user mode and in the kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    /// In user mode.
    pub user: Duration,
    /// In the kernel.
    pub kernel: Duration,
}

impl Cpu {
    /// What all threads of a process have used so far, those that ended too.
    ///
    /// # Errors
    /// Where the system has no `/proc`, or the process is gone.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = read(pid, "stat")?;
        // The command's name is in parentheses and may hold anything; utime and stime are fields 14 and 15.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok());
        let (user, kernel) =
            ticks(11).zip(ticks(12)).ok_or_else(|| anyhow!("/proc/{pid}/stat is not as expected"))?;
        let time = |ticks: u64| Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND);
        Ok(Self { user: time(user), kernel: time(kernel) })
    }

    /// What was used since then.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            kernel: self.kernel.saturating_sub(earlier.kernel),
        }
    }

    /// Both.
    #[must_use]
    pub fn total(self) -> Duration {
        self.user + self.kernel
    }
}

/// Resident memory, in bytes.
///
/// # Errors
/// Where the system has no `/proc`, or the process is gone.
pub fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = read(pid, "status")?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = kib.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.ok_or_else(|| anyhow!("/proc/{pid}/status is not as expected"))? * 1_024)
}

fn read(pid: u32, file: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).with_context(|| format!("{path} cannot be read: this measurement needs Linux"))
}

/// Which processors run what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cores {
    /// The process under test, as `taskset` names processors; anywhere when absent.
    pub tested: Option<String>,
    /// Everything else.
    pub others: Option<String>,
}

impl Cores {
    /// The last processor for what is tested and the others for all else, where there are several and `taskset`.
    #[must_use]
    pub fn split() -> Self {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let can = BlockingCommand::new("taskset").arg("--version").output().is_ok();
        if count < 2 || !can {
            return Self { tested: None, others: None };
        }
        let last = count - 1;
        let others = if last == 1 { "0".to_owned() } else { format!("0-{}", last - 1) };
        Self { tested: Some(last.to_string()), others: Some(others) }
    }

    /// Keeps this process, which generates the load, off the tested processor.
    pub fn keep_off(&self) {
        let Some(others) = &self.others else { return };
        let own = std::process::id().to_string();
        // Where it is not allowed, the generator shares the processor, and the numbers are the worse for it.
        drop(BlockingCommand::new("taskset").args(["-a", "-c", "-p", others, &own]).output());
    }
}

/// A program with its arguments and environment.
#[derive(Clone, Debug)]
pub struct Program {
    file: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
}

impl Program {
    /// A program without arguments.
    #[must_use]
    pub fn new(file: impl AsRef<Path>) -> Self {
        Self { file: file.as_ref().to_owned(), arguments: Vec::new(), environment: Vec::new() }
    }

    /// With these arguments, too.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// With this variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// The command that runs it on these processors.
    pub(crate) fn command(&self, cores: Option<&str>) -> Command {
        let mut command = match cores {
            Some(cores) => {
                // It becomes the program, with its own id.
                let mut command = Command::new("taskset");
                command.args(["-c", cores]).arg(&self.file);
                command
            }
            None => Command::new(&self.file),
        };
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A running process; it is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Its id.
    pub pid: u32,
    /// What it said after the word that was waited for.
    pub said: String,
}

impl Running {
    /// Starts a program, and waits until a line of its output begins with `word`.
    ///
    /// # Errors
    /// When it does not start, ends, or says nothing of the kind in time.
    pub async fn start(program: &Program, cores: Option<&str>, word: &str) -> anyhow::Result<Self> {
        let name = program.file.display().to_string();
        let mut command = program.command(cores);
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut child = started.with_context(|| format!("{name} does not start"))?;
        let pid = child.id().ok_or_else(|| anyhow!("{name} ended at once"))?;
        let output = child.stdout.take().ok_or_else(|| anyhow!("{name} has no output"))?;
        let said = time::timeout(MAX_START, line_with(output, word)).await;
        let said = said.with_context(|| format!("{name} does not say that it is ready"))??;
        Ok(Self { child, pid, said })
    }

    /// Asks it to stop, as a service manager does.
    ///
    /// # Errors
    /// When signals cannot be sent.
    pub async fn terminate(&self) -> anyhow::Result<()> {
        let asked = Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await;
        asked.context("kill cannot be run")?;
        Ok(())
    }

    /// Ends it as a crash does, with SIGKILL, and waits until it is gone.
    pub async fn kill(&mut self) {
        // One that has ended by itself is gone, too.
        drop(self.child.kill().await);
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        self.child.wait().await.context("a process cannot be waited for")?;
        Ok(())
    }
}

async fn line_with(output: ChildStdout, word: &str) -> anyhow::Result<String> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.context("a process's output cannot be read")? {
        if let Some(rest) = line.strip_prefix(word) {
            let said = rest.trim().to_owned();
            // The rest is read, so that the process never waits for us to read it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(said);
        }
    }
    Err(anyhow!("it ended without a line that begins with {word:?}; what it says of it is above"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_is_read_while_it_runs_and_gone_when_it_is_dropped() {
        let program = Program::new("sh").args(["-c", "echo hello; echo ready at last; exec sleep 600"]);
        let running = Running::start(&program, None, "ready").await.unwrap();
        assert_eq!(running.said, "at last");
        Cpu::of(running.pid).unwrap();
        assert!(resident_bytes(running.pid).unwrap() > 0);
        let mut running = running;
        running.terminate().await.unwrap();
        running.ended().await.unwrap();
        Cpu::of(running.pid).unwrap_err();
    }

    #[tokio::test]
    async fn a_process_that_ends_early_is_an_error() {
        let program = Program::new("sh").args(["-c", "echo nothing of the kind"]);
        let error = Running::start(&program, None, "ready").await.unwrap_err();
        assert!(error.to_string().contains("ready"), "{error}");
    }
}
