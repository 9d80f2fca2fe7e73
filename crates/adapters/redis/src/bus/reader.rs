//! Follows the streams on a connection of its own.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use metrics::counter;
use ports::{BusSubscription, Received};
use redis::{Cmd, aio::MultiplexedConnection};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use crate::{
    RedisFailure,
    backoff::Backoff,
    bus::{
        Keys,
        cursor::{Cursor, Entry, Taken},
    },
    heads::heads,
    link::{CALL_TIMEOUT, Link},
    names,
};

/// How long one read waits for messages.
const BLOCK: Duration = Duration::from_secs(1);
/// Entries of each stream that one read takes.
const MAX_READ: usize = 16;
/// Reads that wait for the subscriber. When it is slower, the streams hold what comes, and trim it.
const MAX_WAITING: usize = 4;

/// A subscription: the end of a line at whose other end a task reads.
#[derive(Debug)]
pub(super) struct Subscription {
    line: mpsc::Receiver<Vec<Received>>,
    reader: JoinHandle<()>,
}

impl Subscription {
    /// Subscribes: what is published after this has returned is received.
    pub(super) async fn start(link: Arc<Link>, keys: Keys) -> Result<Self, RedisFailure> {
        let mut connection = link.dedicated().await?;
        let cursor = Cursor::at(heads(&link, &keys.meta, &keys.streams, &mut connection).await?);
        let (to, line) = mpsc::channel(MAX_WAITING);
        let reader = Reader { link, keys, cursor, to };
        Ok(Self { line, reader: tokio::spawn(reader.run(connection)) })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

#[async_trait]
impl BusSubscription for Subscription {
    async fn next(&mut self) -> Vec<Received> {
        match self.line.recv().await {
            Some(received) => received,
            // The reader ends only with its runtime.
            None => std::future::pending().await,
        }
    }
}

struct Reader {
    link: Arc<Link>,
    keys: Keys,
    cursor: Cursor,
    to: mpsc::Sender<Vec<Received>>,
}

/// Nobody receives any more.
struct Left;

impl Reader {
    async fn run(mut self, mut connection: MultiplexedConnection) {
        loop {
            let failure = match self.follow(&mut connection).await {
                Ok(Left) => return,
                Err(failure) => failure,
            };
            warn!(
                error = &failure as &dyn std::error::Error,
                "the bus is away; following it again when it is back"
            );
            connection = self.come_back().await;
            info!("the bus is back");
            counter!(names::LOST, "cause" => "outage").increment(1);
            if self.to.send(vec![Received::Lost]).await.is_err() {
                return;
            }
        }
    }

    /// Reads until something fails.
    async fn follow(&mut self, connection: &mut MultiplexedConnection) -> Result<Left, RedisFailure> {
        loop {
            let received = self.read(connection).await?;
            if !received.is_empty() && self.to.send(received).await.is_err() {
                return Ok(Left);
            }
        }
    }

    async fn read(&mut self, connection: &mut MultiplexedConnection) -> Result<Vec<Received>, RedisFailure> {
        let mut command = Cmd::new();
        command.arg("XREAD").arg("COUNT").arg(MAX_READ).arg("BLOCK").arg(BLOCK.as_secs() * 1_000);
        command.arg("STREAMS").arg(&self.keys.streams);
        for id in self.cursor.ids() {
            command.arg(id);
        }
        let read = timeout(
            BLOCK + CALL_TIMEOUT,
            command.query_async::<Option<Vec<(String, Vec<Entry>)>>>(connection),
        );
        let read = read.await.map_err(|_| RedisFailure::Slow)?.map_err(|error| self.link.failure(error))?;
        let mut taken = Taken::default();
        for (stream, entries) in read.unwrap_or_default() {
            if let Some(partition) = self.keys.partition(&stream) {
                self.cursor.take(partition, entries, &mut taken);
            }
        }
        if taken.unreadable > 0 {
            counter!(names::UNREADABLE).increment(taken.unreadable);
        }
        if taken.holes > 0 {
            counter!(names::LOST, "cause" => "trimmed").increment(taken.holes);
        }
        Ok(taken.received)
    }

    /// Connects again, however long it takes.
    async fn come_back(&mut self) -> MultiplexedConnection {
        let mut backoff = Backoff::new();
        loop {
            sleep(backoff.next()).await;
            match self.try_again().await {
                Ok(connection) => return connection,
                Err(failure) => debug!(error = &failure as &dyn std::error::Error, "the bus is still away"),
            }
        }
    }

    async fn try_again(&mut self) -> Result<MultiplexedConnection, RedisFailure> {
        let mut connection = self.link.dedicated().await?;
        let heads = heads(&self.link, &self.keys.meta, &self.keys.streams, &mut connection).await?;
        self.cursor.rewind(&heads);
        Ok(connection)
    }
}
