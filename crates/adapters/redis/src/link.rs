//! The connection to Redis that calls share: made when it is needed, left when it is in doubt.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, IntoConnectionInfo, ScriptInvocation,
    aio::MultiplexedConnection,
};
use tokio::time::{Instant, timeout};

use crate::RedisFailure;

/// The longest that a call takes, the making of a connection included.
pub const CALL_TIMEOUT: Duration = Duration::from_millis(1_500);
/// The longest that the making of a connection takes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long after a failed connection calls fail without trying.
const PAUSE: Duration = Duration::from_millis(200);

/// A shared connection.
pub(crate) struct Link {
    client: Client,
    partitions: u32,
    state: Mutex<State>,
    /// Held by the one call that connects.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    open: Option<MultiplexedConnection>,
    /// Counts connections, so that a call that failed leaves only the one that it had used.
    generation: u64,
    not_before: Option<Instant>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("partitions", &self.partitions).finish_non_exhaustive()
    }
}

impl Link {
    /// A link that connects when it is first used. `partitions` is what this host was told.
    pub(crate) fn new(url: &str, partitions: u32) -> Result<Self, RedisFailure> {
        let info = url.into_connection_info().map_err(|_| RedisFailure::Url)?;
        if url.starts_with("rediss:") && rustls::crypto::CryptoProvider::get_default().is_none() {
            // Losing a race against another that sets it is fine: it is set then.
            drop(rustls::crypto::ring::default_provider().install_default());
        }
        let client = Client::open(info).map_err(|_| RedisFailure::Url)?;
        Ok(Self { client, partitions, state: Mutex::default(), connecting: tokio::sync::Mutex::default() })
    }

    /// Runs a script. Fails within [`CALL_TIMEOUT`].
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, RedisFailure> {
        let mut used = None;
        let call = async {
            let (generation, mut connection) = self.connection().await?;
            used = Some(generation);
            script.invoke_async(&mut connection).await.map_err(|error| self.failure(error))
        };
        let answer = timeout(CALL_TIMEOUT, call).await.unwrap_or(Err(RedisFailure::Slow));
        if let (Err(_), Some(generation)) = (&answer, used) {
            self.leave(generation);
        }
        answer
    }

    /// A connection of one's own, on which calls may wait for as long as they like.
    pub(crate) async fn dedicated(&self) -> Result<MultiplexedConnection, RedisFailure> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(None);
        let connect = self.client.get_multiplexed_async_connection_with_config(&config);
        match timeout(CONNECT_TIMEOUT, connect).await {
            Ok(connected) => connected.map_err(RedisFailure::NotReached),
            Err(_) => Err(RedisFailure::Slow),
        }
    }

    async fn connection(&self) -> Result<(u64, MultiplexedConnection), RedisFailure> {
        if let Some(open) = self.open() {
            return Ok(open);
        }
        let _only = self.connecting.lock().await;
        if let Some(open) = self.open() {
            return Ok(open);
        }
        if self.state().not_before.is_some_and(|at| Instant::now() < at) {
            return Err(RedisFailure::Away);
        }
        let connected = self.dedicated().await;
        let mut state = self.state();
        match connected {
            Ok(connection) => {
                state.generation += 1;
                state.open = Some(connection.clone());
                state.not_before = None;
                Ok((state.generation, connection))
            }
            Err(failure) => {
                state.not_before = Some(Instant::now() + PAUSE);
                Err(failure)
            }
        }
    }

    fn open(&self) -> Option<(u64, MultiplexedConnection)> {
        let state = self.state();
        state.open.clone().map(|connection| (state.generation, connection))
    }

    /// Leaves a connection that failed or did not answer: whatever was wrong with it, a new one is right.
    fn leave(&self, generation: u64) {
        let mut state = self.state();
        if state.generation == generation {
            state.open = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an error on a connection of one's own means.
    pub(crate) fn failure(&self, error: redis::RedisError) -> RedisFailure {
        RedisFailure::of(error, self.partitions)
    }
}
