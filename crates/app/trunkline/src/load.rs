//! How many more calls this host can carry, by what the ones that it carries cost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use metrics::gauge;
use tokio::time::{self, Instant};

/// How often the cost is measured.
const EVERY: Duration = Duration::from_secs(2);
/// The share of the newest measurement in the running one.
const NEWEST: f64 = 0.3;
/// With fewer calls their cost cannot be told from the process's own.
const ENOUGH_CALLS: usize = 4;
/// The most calls that are let in on one measurement.
const MAX_ROOM: usize = 256;

/// Measures this process's share of the host's processors.
#[derive(Clone, Debug)]
pub(crate) struct Load(Arc<AtomicUsize>);

impl Load {
    /// Measures from now on; `calls` says how many calls are carried. Above `max_share` of the processors there is no
    /// room.
    pub(crate) fn measure(max_share: f64, calls: impl Fn() -> usize + Send + 'static) -> Self {
        let room = Arc::new(AtomicUsize::new(MAX_ROOM));
        let measured = Self(Arc::clone(&room));
        tokio::spawn(async move {
            let processors = std::thread::available_parallelism().map_or(1, usize::from) as f64;
            let mut share = 0.0;
            let mut last = (Instant::now(), cpu_seconds());
            let mut ticks = time::interval(EVERY);
            loop {
                ticks.tick().await;
                let now = (Instant::now(), cpu_seconds());
                let (Some(before), Some(after)) = (last.1, now.1) else { return };
                let elapsed = (now.0 - last.0).as_secs_f64();
                if elapsed > 0.5 {
                    let newest = (after - before) / elapsed / processors;
                    share = if share == 0.0 { newest } else { share * (1.0 - NEWEST) + newest * NEWEST };
                    last = now;
                }
                gauge!("trunkline_processor_share").set(share);
                room.store(room_at(share, max_share, calls()), Ordering::Relaxed);
            }
        });
        measured
    }

    /// How many more calls can be carried.
    pub(crate) fn room(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many more calls fit below `max`, when `calls` cost `share` of the processors.
fn room_at(share: f64, max: f64, calls: usize) -> usize {
    if share >= max {
        return 0;
    }
    if calls < ENOUGH_CALLS {
        return MAX_ROOM;
    }
    let each = share / calls as f64;
    let room = ((max - share) / each).floor();
    if room.is_finite() { (room as usize).min(MAX_ROOM) } else { MAX_ROOM }
}

/// The processor time that this process has used; none where the system does not say.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // utime and stime are the 14th and 15th fields of proc(5), in clock ticks, of which Linux shows a hundred a second.
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_what_fits_at_the_measured_cost() {
        assert_eq!(room_at(0.5, 0.8, 100), 60);
        assert_eq!(room_at(0.8, 0.8, 100), 0);
        assert_eq!(room_at(0.1, 0.8, 1), MAX_ROOM, "too few to tell what one costs");
        assert_eq!(room_at(0.0, 0.8, 10), MAX_ROOM);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_says_what_this_process_has_used() {
        assert!(cpu_seconds().unwrap() >= 0.0);
    }
}
