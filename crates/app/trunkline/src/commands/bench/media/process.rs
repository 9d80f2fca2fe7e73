//! What a process has used, as Linux tells it in `/proc` (proc(5)).

use std::{fs, time::Duration};

use anyhow::{Context, anyhow};

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux that Rust supports.
const TICKS_PER_SECOND: u64 = 100;

/// CPU time in user mode and in the kernel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cpu {
    pub(super) user: Duration,
    pub(super) kernel: Duration,
}

impl Cpu {
    pub(super) fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = read(pid, "stat")?;
        // The command's name is in parentheses and may hold anything; utime and stime are fields 14 and 15.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok());
        let (user, kernel) =
            ticks(11).zip(ticks(12)).ok_or_else(|| anyhow!("/proc/{pid}/stat is not as expected"))?;
        let time = |ticks: u64| Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND);
        Ok(Self { user: time(user), kernel: time(kernel) })
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            kernel: self.kernel.saturating_sub(earlier.kernel),
        }
    }

    pub(super) fn total(self) -> Duration {
        self.user + self.kernel
    }
}

/// Resident memory, in bytes.
pub(super) fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = read(pid, "status")?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = kib.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.ok_or_else(|| anyhow!("/proc/{pid}/status is not as expected"))? * 1_024)
}

fn read(pid: u32, file: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).with_context(|| format!("{path} cannot be read: this measurement needs Linux"))
}
