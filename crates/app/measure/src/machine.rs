//! What was measured on, without which no number says anything.

use std::{fs, process::Command};

use serde::Serialize;

/// The machine and the program.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// Load average of the last minute when the run began, where the system tells it.
    pub load_average: Option<f64>,
    /// The checkout's commit, when the run was started in one.
    pub commit: Option<String>,
    /// How the program was built.
    pub build: &'static str,
}

impl Machine {
    /// This one, now.
    #[must_use]
    pub fn here() -> Self {
        Self {
            processor: processor(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load_average: load_average(),
            commit: commit(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        }
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let load = self.load_average.map_or_else(String::new, |load| format!(", load average {load:.1}"));
        let commit = self.commit.as_ref().map_or_else(String::new, |commit| format!(", commit {commit}"));
        format!("{} x {}{load}{commit}, {} build", self.processors, self.processor, self.build)
    }
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// The load average of the last minute.
pub(crate) fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

fn commit() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !commit.is_empty()).then_some(commit)
}
