//! Connections: opened when needed, few per database, bounded over all, closed when idle.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::{interval, timeout},
};
use tokio_postgres::{Config, NoTls, Row, Statement, config::SslMode, types::ToSql};

use crate::{PostgresConfig, PostgresError, error::ServerError, tls::Tls};

/// How many connections one database has at the most. Who needs one more waits.
const MAX_PER_DATABASE: usize = 4;
/// The most connections over all tenants' databases that may be asked for.
const MAX_CONNECTIONS: usize = 10_000;
/// A connection that nobody used for so long is closed.
const MAX_IDLE: Duration = Duration::from_secs(60);
/// How long the server lets a transaction stand still. A paused host holds up a tenant's other hosts no longer.
const MAX_IDLE_IN_TRANSACTION: Duration = Duration::from_secs(2);
/// How much later than the server this side gives up on a statement.
const GRACE: Duration = Duration::from_secs(1);

/// What a statement is given.
pub(crate) type Param<'a> = &'a (dyn ToSql + Sync);

/// All connections of this process.
pub(crate) struct Connections {
    tls: Option<Tls>,
    connect_timeout: Duration,
    statement_timeout: Duration,
    most: usize,
    permits: Arc<Semaphore>,
    /// Oldest first.
    idle: Mutex<VecDeque<Idle>>,
    next_database: AtomicU64,
}

struct Idle {
    database: u64,
    is_counted: bool,
    since: Instant,
    connection: Connection,
}

/// One database, and how it is reached.
pub(crate) struct Database {
    id: u64,
    name: String,
    config: Config,
    /// Whether its connections count among [`PostgresConfig::max_connections`].
    is_counted: bool,
    permits: Arc<Semaphore>,
    connections: Arc<Connections>,
}

struct Connection {
    client: tokio_postgres::Client,
    /// As many as there are statements in this crate.
    statements: Mutex<HashMap<String, Statement>>,
    task: JoinHandle<()>,
}

/// A connection in use. Dropped, it is used again, unless anything went wrong on it.
pub(crate) struct Client {
    database: Arc<Database>,
    connection: Option<Connection>,
    /// What was begun and did not end well. A future that is dropped before its end counts, too.
    unfinished: AtomicU32,
    /// The server did not answer, or the connection broke.
    is_lost: AtomicBool,
    limit: Duration,
    _permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

impl Connections {
    /// None yet. Needs a tokio runtime.
    pub(crate) fn new(config: &PostgresConfig) -> Result<Arc<Self>, PostgresError> {
        let has_tls = config.control.config.get_ssl_mode() != SslMode::Disable;
        let roots = config.control.root_certificates.as_deref();
        let tls = if has_tls { Some(Tls::new(roots)?) } else { None };
        let most = config.max_connections.clamp(1, MAX_CONNECTIONS);
        let connections = Arc::new(Self {
            tls,
            connect_timeout: config.connect_timeout,
            statement_timeout: config.statement_timeout,
            most,
            permits: Arc::new(Semaphore::new(most)),
            idle: Mutex::default(),
            next_database: AtomicU64::new(0),
        });
        tokio::spawn(close_idle(Arc::downgrade(&connections)));
        Ok(connections)
    }

    /// A database to connect to when it is first used.
    pub(crate) fn database(self: &Arc<Self>, mut config: Config, is_counted: bool) -> Arc<Database> {
        config.keepalives_idle(MAX_IDLE);
        Arc::new(Database {
            id: self.next_database.fetch_add(1, Ordering::Relaxed),
            name: config.get_dbname().unwrap_or_default().to_owned(),
            config,
            is_counted,
            permits: Arc::new(Semaphore::new(MAX_PER_DATABASE)),
            connections: Arc::clone(self),
        })
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection to a database that was used last.
    fn take_idle(&self, database: u64) -> Option<Connection> {
        let mut idle = self.idle();
        loop {
            let index = idle.iter().rposition(|idle| idle.database == database)?;
            let found = idle.remove(index)?.connection;
            if !found.client.is_closed() {
                return Some(found);
            }
        }
    }

    /// Closes the oldest idle connections, so that one more keeps within the bound.
    fn make_room(&self) {
        let in_use = self.most.saturating_sub(self.permits.available_permits());
        let mut idle = self.idle();
        let mut counted = idle.iter().filter(|idle| idle.is_counted).count();
        while counted > 0 && counted + in_use > self.most {
            let oldest = idle.iter().position(|idle| idle.is_counted);
            drop(oldest.and_then(|index| idle.remove(index)));
            counted -= 1;
        }
    }
}

async fn close_idle(connections: Weak<Connections>) {
    let mut ticks = interval(MAX_IDLE / 2);
    loop {
        ticks.tick().await;
        let Some(connections) = connections.upgrade() else { return };
        connections
            .idle()
            .retain(|idle| idle.since.elapsed() < MAX_IDLE && !idle.connection.client.is_closed());
    }
}

impl Database {
    /// Its name, for errors.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A connection.
    pub(crate) async fn client(self: &Arc<Self>) -> Result<Client, PostgresError> {
        let connections = &self.connections;
        let limit = connections.statement_timeout + GRACE;
        let permits = async {
            let own = Arc::clone(&self.permits).acquire_owned().await.ok()?;
            let of_all = match self.is_counted {
                true => Some(Arc::clone(&connections.permits).acquire_owned().await.ok()?),
                false => None,
            };
            Some((own, of_all))
        };
        let permits = timeout(limit, permits).await.ok().flatten().ok_or_else(|| self.timed_out())?;
        let connection = match connections.take_idle(self.id) {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let connection = Some(connection);
        Ok(Client {
            database: Arc::clone(self),
            connection,
            unfinished: AtomicU32::new(0),
            is_lost: AtomicBool::new(false),
            limit,
            _permits: permits,
        })
    }

    async fn connect(&self) -> Result<Connection, PostgresError> {
        if self.is_counted {
            self.connections.make_room();
        }
        let connected = timeout(self.connections.connect_timeout, self.try_connect()).await;
        connected.map_err(|_| self.timed_out())?.map_err(|error| PostgresError::Connect {
            database: self.name.clone(),
            source: ServerError::of(&error),
        })
    }

    async fn try_connect(&self) -> Result<Connection, tokio_postgres::Error> {
        let (client, task) = if let Some(tls) = &self.connections.tls {
            let (client, connection) = self.config.connect(tls.clone()).await?;
            (client, tokio::spawn(run(connection)))
        } else {
            let (client, connection) = self.config.connect(NoTls).await?;
            (client, tokio::spawn(run(connection)))
        };
        let connection = Connection { client, statements: Mutex::default(), task };
        let settings = format!(
            "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
             SET client_min_messages = warning; SET application_name = 'trunkline'",
            self.connections.statement_timeout.as_millis(),
            MAX_IDLE_IN_TRANSACTION.as_millis(),
        );
        connection.client.batch_execute(&settings).await?;
        Ok(connection)
    }

    fn timed_out(&self) -> PostgresError {
        PostgresError::Timeout(self.name.clone())
    }
}

async fn run(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = connection.await {
        // Whoever used it is told.
        tracing::debug!(error = %ServerError::of(&error), "a connection to the database broke");
    }
}

impl Client {
    /// The rows that a statement gives.
    pub(crate) async fn rows(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, PostgresError> {
        let statement = self.prepared(sql).await?;
        self.watch(self.raw()?.query(&statement, params)).await
    }

    /// The one row that a statement gives, if it does.
    pub(crate) async fn row(&self, sql: &str, params: &[Param<'_>]) -> Result<Option<Row>, PostgresError> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// How many rows a statement changed.
    pub(crate) async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, PostgresError> {
        let statement = self.prepared(sql).await?;
        self.watch(self.raw()?.execute(&statement, params)).await
    }

    /// Runs statements without values, with time enough for a migration.
    pub(crate) async fn script(&self, sql: &str, limit: Duration) -> Result<(), PostgresError> {
        let raw = self.raw()?;
        self.watch_for(limit, raw.batch_execute(sql)).await
    }

    /// A statement that the server has parsed before, or does now.
    pub(crate) async fn prepared(&self, sql: &str) -> Result<Statement, PostgresError> {
        let known = self.statements()?.get(sql).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let statement = self.watch(self.raw()?.prepare(sql)).await?;
        self.statements()?.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// The connection itself, to send several statements at once within [`Client::watch`].
    pub(crate) fn raw(&self) -> Result<&tokio_postgres::Client, PostgresError> {
        self.connection().map(|connection| &connection.client)
    }

    /// Waits for statements, no longer than they may take.
    pub(crate) async fn watch<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PostgresError> {
        self.watch_for(self.limit, work).await
    }

    async fn watch_for<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PostgresError> {
        self.begin();
        let Ok(done) = timeout(limit, work).await else {
            self.is_lost.store(true, Ordering::Relaxed);
            return Err(self.database.timed_out());
        };
        let done = done.map_err(|error| {
            self.is_lost.store(error.as_db_error().is_none(), Ordering::Relaxed);
            PostgresError::of(&self.database.name, &error)
        })?;
        self.end();
        Ok(done)
    }

    /// From here on the connection is not used again unless [`Client::end`] is reached.
    pub(crate) fn begin(&self) {
        self.unfinished.fetch_add(1, Ordering::Relaxed);
    }

    /// What was begun has ended well.
    pub(crate) fn end(&self) {
        self.unfinished.fetch_sub(1, Ordering::Relaxed);
    }

    fn connection(&self) -> Result<&Connection, PostgresError> {
        self.connection.as_ref().ok_or_else(|| self.database.timed_out())
    }

    fn statements(&self) -> Result<MutexGuard<'_, HashMap<String, Statement>>, PostgresError> {
        Ok(self.connection()?.statements.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if *self.is_lost.get_mut() {
            // The others go the same way: whoever comes next is not to wait for each of them in turn.
            let id = self.database.id;
            self.database.connections.idle().retain(|idle| idle.database != id);
        }
        if *self.unfinished.get_mut() > 0 {
            // Closes the socket at once; a server that does not answer would hold it open.
            connection.task.abort();
        } else if !connection.client.is_closed() {
            let Database { id, is_counted, .. } = *self.database;
            let idle = Idle { database: id, is_counted, since: Instant::now(), connection };
            self.database.connections.idle().push_back(idle);
        }
    }
}
