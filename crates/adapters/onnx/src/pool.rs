//! The threads that do all recognition, and the order in which they do it.
//!
//! Finding speech and recognising what is over take turns; drafts come when neither waits. Within each kind
//! tenants take turns, and their calls. So more calls than the machine carries make results late and drafts rare,
//! and lose nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

use model::Channel;
use ports::TranscriberError;

use crate::{
    call::{Call, Work},
    engine::{EngineError, on_one_core},
    fair::FairQueue,
};

/// A bounded number of threads with one queue. They end when it is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    queues: Mutex<Queues>,
    wake: Condvar,
}

#[derive(Default)]
struct Queues {
    by_work: [FairQueue<(Arc<Call>, Channel)>; 3],
    /// What was taken last was listening.
    listened: bool,
    stopped: bool,
}

impl Queues {
    /// The next piece of work.
    fn next(&mut self) -> Option<(Arc<Call>, Channel, Work)> {
        let order = if self.listened {
            [Work::Final, Work::Listen, Work::Draft]
        } else {
            [Work::Listen, Work::Final, Work::Draft]
        };
        let (work, (call, channel)) =
            order.into_iter().find_map(|work| Some((work, self.by_work[work as usize].pop()?)))?;
        self.listened = work == Work::Listen;
        Some((call, channel, work))
    }
}

impl Pool {
    /// Starts the threads.
    pub(crate) fn start(threads: usize) -> std::io::Result<Arc<Self>> {
        let pool = Self::without_threads();
        for index in 0..threads.max(1) {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new()
                .name(format!("recognise-{index}"))
                .spawn(move || on_one_core(|| shared.run()))?;
        }
        Ok(Arc::new(pool))
    }

    /// A queue that only [`Self::work_once`] works on.
    fn without_threads() -> Self {
        Self { shared: Arc::new(Shared { queues: Mutex::default(), wake: Condvar::new() }) }
    }

    /// Puts work of one channel in line.
    pub(crate) fn submit(&self, call: &Arc<Call>, channel: Channel, works: &[Work]) {
        self.shared.submit(call, channel, works);
    }

    #[cfg(test)]
    pub(crate) fn manual() -> Arc<Self> {
        Arc::new(Self::without_threads())
    }

    /// Does one piece of work on this thread; false when there is none.
    #[cfg(test)]
    pub(crate) fn work_once(&self, now: Instant) -> Option<Work> {
        let (call, channel, work) = self.shared.lock().next()?;
        self.shared.perform(&call, channel, work, now);
        Some(work)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&self, call: &Arc<Call>, channel: Channel, works: &[Work]) {
        if works.is_empty() {
            return;
        }
        let mut queues = self.lock();
        for work in works {
            queues.by_work[*work as usize].push(&call.tenant, (Arc::clone(call), channel));
            self.wake.notify_one();
        }
    }

    fn run(&self) {
        loop {
            let mut queues = self.lock();
            let (call, channel, work) = loop {
                if queues.stopped {
                    return;
                }
                if let Some(next) = queues.next() {
                    break next;
                }
                queues = self.wake.wait(queues).unwrap_or_else(PoisonError::into_inner);
            };
            drop(queues);
            self.perform(&call, channel, work, Instant::now());
        }
    }

    /// Does one piece of work. A panic in it ends the call's recognition and nothing else.
    fn perform(&self, call: &Arc<Call>, channel: Channel, work: Work, now: Instant) {
        let done = catch_unwind(AssertUnwindSafe(|| call.work(channel, work, now)));
        match done {
            Ok(possible) => self.submit(call, channel, &possible),
            Err(_) => call.fail(TranscriberError::Failed(Box::new(EngineError::Broken))),
        }
    }
}
