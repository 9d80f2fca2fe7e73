//! Wakes those who wait for messages, and clears away consumers that died.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use redis::{Cmd, Value, aio::MultiplexedConnection};
use tokio::{
    sync::{Notify, futures::OwnedNotified},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tracing::debug;

use crate::{
    RedisFailure,
    backoff::Backoff,
    heads::{Head, heads},
    link::{CALL_TIMEOUT, Link},
    queue::{Keys, scripts},
};

/// How long one look at the streams waits.
const BLOCK: Duration = Duration::from_secs(1);
/// How often those who wait look again by themselves: messages that come again wake nobody.
const MIN_POLL: Duration = Duration::from_millis(20);
const MAX_POLL: Duration = Duration::from_secs(1);
/// How often dead consumers are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// A consumer is dead when it was not heard of for this long: one that lives asks every second while it waits, and
/// handles nothing for longer than the visibility timeout.
const DEAD_AFTER_VISIBILITIES: u32 = 10;
const MIN_DEAD_AFTER: Duration = Duration::from_secs(600);

/// Watches the streams from the first wait on.
#[derive(Debug)]
pub(super) struct Watcher {
    eyes: Eyes,
    visibility: Duration,
    task: OnceLock<Task>,
}

#[derive(Debug)]
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Clone, Debug)]
struct Eyes {
    link: Arc<Link>,
    keys: Keys,
    dead_after: Duration,
    came: Arc<Notify>,
}

impl Watcher {
    pub(super) fn new(link: Arc<Link>, keys: Keys, visibility: Duration) -> Self {
        let dead_after = (visibility * DEAD_AFTER_VISIBILITIES).max(MIN_DEAD_AFTER);
        let eyes = Eyes { link, keys, dead_after, came: Arc::default() };
        Self { eyes, visibility, task: OnceLock::new() }
    }

    /// Is over when a message was sent after this call.
    pub(super) fn woken(&self) -> Pin<Box<OwnedNotified>> {
        self.task.get_or_init(|| Task(tokio::spawn(self.eyes.clone().run())));
        let mut woken = Box::pin(Arc::clone(&self.eyes.came).notified_owned());
        woken.as_mut().enable();
        woken
    }

    /// How long a wait may last before it looks again by itself.
    pub(super) fn poll(&self) -> Duration {
        (self.visibility / 4).clamp(MIN_POLL, MAX_POLL)
    }
}

impl Eyes {
    async fn run(self) {
        let mut backoff = Backoff::new();
        loop {
            let begun = Instant::now();
            let Err(failure) = self.watch().await;
            debug!(error = &failure as &dyn std::error::Error, "the queue is not watched; trying again");
            // Whoever waits looks for itself, and learns what is wrong.
            self.came.notify_waiters();
            if begun.elapsed() > MAX_POLL {
                backoff = Backoff::new();
            }
            sleep(backoff.next()).await;
        }
    }

    /// Watches until something fails.
    async fn watch(&self) -> Result<Infallible, RedisFailure> {
        let mut connection = self.link.dedicated().await?;
        let mut swept: Option<Instant> = None;
        loop {
            if swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
                self.sweep(&mut connection).await?;
                swept = Some(Instant::now());
            }
            let heads = heads(&self.link, &self.keys.meta, &self.keys.streams, &mut connection).await?;
            // Those who wait are woken after the ends are known: what they may have missed lies before these ends,
            // and what comes after them ends the next look.
            self.came.notify_waiters();
            self.look(&heads, &mut connection).await?;
        }
    }

    /// Waits for entries behind the ends of the streams, but not for long.
    async fn look(&self, heads: &[Head], connection: &mut MultiplexedConnection) -> Result<(), RedisFailure> {
        let mut command = Cmd::new();
        command.arg("XREAD").arg("COUNT").arg(1).arg("BLOCK").arg(BLOCK.as_secs() * 1_000);
        command.arg("STREAMS").arg(&self.keys.streams);
        for (id, _) in heads {
            command.arg(id);
        }
        let read = timeout(BLOCK + CALL_TIMEOUT, command.query_async::<Value>(connection)).await;
        let read = read.map_err(|_| RedisFailure::Slow)?.map_err(|error| self.link.failure(error))?;
        drop(read);
        Ok(())
    }

    async fn sweep(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisFailure> {
        let script = scripts::sweep(&self.keys, self.dead_after);
        let swept = timeout(CALL_TIMEOUT, script.invoke_async::<u64>(connection)).await;
        let removed = swept.map_err(|_| RedisFailure::Slow)?.map_err(|error| self.link.failure(error))?;
        if removed > 0 {
            debug!(removed, "dead consumers of the queue are gone");
        }
        Ok(())
    }
}
