//! Following a call or a tenant from a cursor: first what the log holds, then what happens, without a hole or
//! a repeat between them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use events::{Envelope, Event};
use model::{CallId, TenantId, UtteranceId};
use ports::{EventLog, EventLogError};
use tokio::sync::{
    broadcast::error::{RecvError, TryRecvError},
    watch,
};

use crate::fanout::{Fanout, OpenUtterances, Published, Receiver};

/// How many events are read from the log at once.
const PAGE: u32 = 256;
/// How many events wait here for a slow reader. Beyond it partials are dropped first; then reading stops and
/// the rest is taken from the log later.
const MAX_QUEUE: usize = 256;
/// Utterances of which it is known what was given last; more than are open at once. Beyond it the oldest is forgotten.
const MAX_GIVEN: usize = 16;
/// The revision of an utterance that is finished: no partial comes after it.
const FINISHED: u32 = u32::MAX;

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// One call: logged events by `seq`, and partials.
    Call(CallId),
    /// All calls of the tenant: logged events by `position`.
    Calls,
}

/// What a follower gets.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// The next event.
    Event(Arc<Published>),
    /// Everything that was in the log has been given; what follows is live.
    CaughtUp(u64),
}

/// One follower's place.
pub struct Subscription {
    log: Arc<dyn EventLog>,
    tenant: TenantId,
    topic: Topic,
    live: Receiver,
    missed: watch::Receiver<u64>,
    open: OpenUtterances,
    /// The last revision given of the newest utterances.
    given: BTreeMap<UtteranceId, u32>,
    cursor: u64,
    queue: VecDeque<Arc<Published>>,
    /// The log may hold events after the cursor that the bus will not bring.
    behind: bool,
    announced: bool,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("topic", &self.topic)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

impl Subscription {
    /// Follows `topic` from after `cursor` (0 for all). A call's open utterances come after what the log holds, each in
    /// its newest revision.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, fanout: &Fanout, tenant: TenantId, topic: Topic, cursor: u64) -> Self {
        let live = match &topic {
            Topic::Call(call) => fanout.follow_call(&tenant, call),
            Topic::Calls => fanout.follow_tenant(&tenant),
        };
        let missed = fanout.follow_missed();
        Self {
            log,
            tenant,
            topic,
            live,
            missed,
            open: fanout.open(),
            given: BTreeMap::new(),
            cursor,
            queue: VecDeque::new(),
            behind: true,
            announced: false,
        }
    }

    /// Without the partials that the follower has: those up to these revisions.
    #[must_use]
    pub fn knowing(mut self, seen: BTreeMap<UtteranceId, u32>) -> Self {
        self.given = seen;
        while self.given.len() > MAX_GIVEN {
            self.given.pop_first();
        }
        self
    }

    /// The next delivery. Cancel-safe.
    ///
    /// # Errors
    /// When the log cannot be read; trying again later goes on at the same place.
    pub async fn next(&mut self) -> Result<Delivery, EventLogError> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                if !self.is_news(event.envelope()) {
                    continue;
                }
                self.advance(event.envelope());
                return Ok(Delivery::Event(event));
            }
            if self.behind {
                self.read_log().await?;
                continue;
            }
            if !self.announced {
                self.announced = true;
                self.queue_open();
                return Ok(Delivery::CaughtUp(self.cursor));
            }
            tokio::select! {
                biased;
                event = self.live.recv() => match event {
                    Ok(event) => {
                        self.take(event);
                        self.drain();
                    }
                    Err(RecvError::Lagged(_)) => self.behind = true,
                    // The fan-out lives as long as the process; a closed channel means that it is going away.
                    Err(RecvError::Closed) => std::future::pending().await,
                },
                missed = self.missed.changed() => match missed {
                    Ok(()) => self.behind = true,
                    Err(_) => std::future::pending().await,
                },
            }
        }
    }

    async fn read_log(&mut self) -> Result<(), EventLogError> {
        let page = match &self.topic {
            Topic::Call(call) => self.log.read_call(&self.tenant, call, self.cursor, PAGE).await,
            Topic::Calls => self.log.read_tenant(&self.tenant, self.cursor, PAGE).await,
        };
        let page = match page {
            // A call may be followed before its first event.
            Err(EventLogError::NoSuchCall(_)) => Vec::new(),
            other => other?,
        };
        self.behind = page.len() == PAGE as usize;
        self.queue.extend(page.into_iter().map(|envelope| Arc::new(Published::new(envelope))));
        Ok(())
    }

    /// Takes what waits on the bus without waiting for more.
    fn drain(&mut self) {
        while !self.behind && self.queue.len() < MAX_QUEUE {
            match self.live.try_recv() {
                Ok(event) => self.take(event),
                Err(TryRecvError::Lagged(_)) => self.behind = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// Queues an event from the bus, unless it was given before; a hole before it sends us to the log.
    fn take(&mut self, event: Arc<Published>) {
        let place = self.place(event.envelope());
        if place == 0 {
            if let Event::UtteranceUpdated(_) = event.envelope().event {
                self.queue_partial(event);
            }
            return;
        }
        let last =
            self.queue.iter().rev().map(|queued| self.place(queued.envelope())).find(|place| *place > 0);
        let expected = last.unwrap_or(self.cursor) + 1;
        if place == expected {
            self.queue.push_back(event);
        } else if place > expected {
            self.behind = true;
        }
    }

    /// Queues what is being said now. The bus may have brought some of it already.
    fn queue_open(&mut self) {
        let Topic::Call(call) = &self.topic else { return };
        for event in self.open.of(&self.tenant, call) {
            self.queue_partial(event);
        }
    }

    /// Whether a partial says more than was given of its utterance.
    fn is_news(&mut self, envelope: &Envelope) -> bool {
        let (Topic::Call(_), Some(said)) = (&self.topic, envelope.event.utterance()) else { return true };
        let is_partial = !envelope.event.is_logged();
        if is_partial && self.given.get(&said.id).is_some_and(|given| *given >= said.revision) {
            return false;
        }
        self.given.insert(said.id, if is_partial { said.revision } else { FINISHED });
        if self.given.len() > MAX_GIVEN {
            self.given.pop_first();
        }
        true
    }

    /// Queues a partial in place of an older one of the same utterance.
    fn queue_partial(&mut self, event: Arc<Published>) {
        let of = |event: &Published| {
            if let Event::UtteranceUpdated(utterance) = &event.envelope().event {
                Some((utterance.id, utterance.revision))
            } else {
                None
            }
        };
        let Some((this, revision)) = of(&event) else { return };
        let is_newer =
            |queued: &Arc<Published>| of(queued).is_some_and(|(id, queued)| id == this && queued > revision);
        if self.queue.iter().any(is_newer) {
            return;
        }
        self.queue.retain(|queued| of(queued).is_none_or(|(id, _)| id != this));
        if self.queue.len() < MAX_QUEUE {
            self.queue.push_back(event);
        }
    }

    fn place(&self, envelope: &Envelope) -> u64 {
        match self.topic {
            Topic::Call(_) => envelope.seq,
            Topic::Calls => envelope.position,
        }
    }

    fn advance(&mut self, envelope: &Envelope) {
        self.cursor = self.cursor.max(self.place(envelope));
    }
}

#[cfg(test)]
mod tests;
