//! Work that metrics need at regular times.

use std::{io, ops::ControlFlow, thread, time::Duration};

/// Does `work` again and again, `interval` apart, on a thread of its own, until it breaks off or the process ends.
pub(crate) fn every(
    interval: Duration,
    mut work: impl FnMut() -> ControlFlow<()> + Send + 'static,
) -> io::Result<()> {
    let run = move || {
        loop {
            thread::sleep(interval);
            if work().is_break() {
                return;
            }
        }
    };
    thread::Builder::new().name("metrics".to_owned()).spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn work_is_done_again_and_again_until_it_breaks_off() {
        let (done, times) = mpsc::channel();
        let mut left = 3;
        let work = move || {
            done.send(left).unwrap();
            left -= 1;
            if left > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        every(Duration::ZERO, work).unwrap();
        // The thread's end drops the sender, which ends the list.
        assert_eq!(times.iter().collect::<Vec<_>>(), [3, 2, 1]);
    }
}
