//! Whether the storage folder can be written, for `/health/ready`.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use api::Probe;

/// How long an answer holds: whoever asks more often gets the one before, and the disk is left alone.
const HOLDS: Duration = Duration::from_secs(1);

/// Readiness of the storage folder: a file can be written to it.
pub(crate) fn writable(folder: PathBuf) -> Probe {
    let last = Last::default();
    Arc::new(move || last.answer(Instant::now(), || write(&folder)))
}

fn write(folder: &Path) -> Result<(), String> {
    /// Two servers on one folder, and two requests of one server, must not remove each other's file.
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let file = folder.join(format!(".probe-{}-{count}", process::id()));
    let written = fs::write(&file, b"trunkline").and_then(|()| fs::remove_file(&file));
    written.map_err(|error| format!("the storage folder cannot be written: {error}"))
}

/// The last answer, and when it was given.
#[derive(Default)]
struct Last(Mutex<Option<(Instant, Result<(), String>)>>);

impl Last {
    fn answer(&self, now: Instant, ask: impl Fn() -> Result<(), String>) -> Result<(), String> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, answer)) = last.as_ref()
            && now.saturating_duration_since(*at) < HOLDS
        {
            return answer.clone();
        }
        let answer = ask();
        *last = Some((now, answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_asked_once_a_second() {
        let (last, asked, start) = (Last::default(), AtomicU64::new(0), Instant::now());
        let ask = || {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        for after_ms in [0, 1, 999, 1_000, 1_500, 2_000] {
            last.answer(start + Duration::from_millis(after_ms), ask).unwrap();
        }
        assert_eq!(asked.into_inner(), 3);
    }

    #[test]
    fn threads_that_ask_at_once_do_not_fail_each_other() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| write(folder.path()).unwrap()));
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_gone_is_not_ready() {
        let folder = tempfile::tempdir().unwrap().path().join("gone");
        assert!(writable(folder)().unwrap_err().contains("cannot be written"));
    }
}
