//! This host.

use crate::{Finding, checks};

const GIB: u64 = 1 << 30;
/// Below it a spool may fail any minute.
const LEAST_FREE: u64 = GIB;
/// Below it somebody should look: an hour of two hundred stereo calls is about this much.
const FEW_FREE: u64 = 10 * GIB;
/// Below it a spool may not be made.
const LEAST_INODES: u64 = 10_000;
/// What a call opens: its stream, its recogniser, its spool, and a browser or two.
const FILES_PER_CALL: u64 = 5;
/// What a process opens without any call.
const FILES_AT_REST: u64 = 200;

/// The disk of the storage folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskFacts {
    /// Bytes that are free for us.
    pub free_bytes: u64,
    /// Inodes that are free for us; none where the file system does not count them.
    pub free_inodes: Option<u64>,
}

/// Whether the storage folder's disk has room.
#[must_use]
pub fn disk(facts: DiskFacts) -> Finding {
    let free = format!("{} MiB are free", facts.free_bytes >> 20);
    let inodes = facts.free_inodes.unwrap_or(u64::MAX);
    if facts.free_bytes < LEAST_FREE {
        checks::HOST_DISK.error(format!("{free}: spools and recordings fail any minute"))
    } else if inodes < LEAST_INODES {
        checks::HOST_DISK.error(format!("{inodes} inodes are free: no file can be made soon"))
    } else if facts.free_bytes < FEW_FREE {
        checks::HOST_DISK.warning(free)
    } else {
        checks::HOST_DISK.ok(free)
    }
}

/// Whether the process may open enough files for the calls that it is to carry.
#[must_use]
pub fn open_files(limit: u64, max_calls: u64) -> Finding {
    let wanted = max_calls.saturating_mul(FILES_PER_CALL).saturating_add(FILES_AT_REST);
    if limit < wanted {
        let calls = limit.saturating_sub(FILES_AT_REST) / FILES_PER_CALL;
        let what =
            format!("{limit} open files are enough for {calls} calls, and engine.max_calls is {max_calls}");
        checks::HOST_FILES.warning(what).fix(format!(
            "Raise the limit to {wanted} (LimitNOFILE= in a systemd unit, ulimit -n in a shell), or lower engine.max_calls."
        ))
    } else {
        checks::HOST_FILES.ok(format!("{limit} open files are enough for {max_calls} calls"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    #[test]
    fn little_room_warns_and_none_is_an_error() {
        let of = |gib, free_inodes| disk(DiskFacts { free_bytes: gib * GIB, free_inodes }).severity;
        assert_eq!(of(100, None), Severity::Ok);
        assert_eq!(of(9, Some(1_000_000)), Severity::Warning);
        assert_eq!(of(0, None), Severity::Error);
        assert_eq!(of(100, Some(3)), Severity::Error);
    }

    #[test]
    fn the_limit_of_files_is_held_against_the_calls() {
        assert_eq!(open_files(1_024, 2_000).severity, Severity::Warning);
        assert!(open_files(1_024, 2_000).fix.unwrap().contains("10200"));
        assert_eq!(open_files(65_536, 2_000).severity, Severity::Ok);
        assert_eq!(open_files(0, u64::MAX).severity, Severity::Warning);
    }
}
