//! A server that all tests share, and databases of each test's own.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use model::{CallKey, Channel, Epoch, Timestamp};
use ports::{
    Append, NewEvent,
    testing::{ids, utterance},
};
use postgres::{PostgresConfig, PostgresStore};
use services::Postgres;
use tokio_postgres::NoTls;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_000);

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start_or_skip);
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The server that the tests share; none when they are skipped.
pub(crate) fn server() -> Option<&'static Postgres> {
    SERVER.as_ref()
}

/// A control database of its own, and how to use it.
pub(crate) async fn config(server: &Postgres) -> PostgresConfig {
    let name = format!("control{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    sql(&server.url("postgres"), &format!("CREATE DATABASE {name}")).await.expect("a database");
    let url = format!("{}?sslmode=disable", server.url(&name));
    PostgresConfig { max_connections: 8, ..PostgresConfig::new(url.parse().expect("an address")) }
}

/// An empty store.
pub(crate) async fn store(server: &Postgres) -> PostgresStore {
    PostgresStore::connect(config(server).await).await.expect("connect")
}

/// Runs statements as somebody else would; gives the rows' first columns.
pub(crate) async fn sql(url: &str, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let said = client.simple_query(sql).await;
    drop(client);
    drop(connection.await);
    let row = |message| {
        if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
            row.get(0).map(str::to_owned)
        } else {
            None
        }
    };
    Ok(said?.into_iter().filter_map(row).collect())
}

pub(crate) fn key(call: &str) -> CallKey {
    let (tenant, call) = ids("acme", call);
    CallKey::new(tenant, call)
}

pub(crate) fn append(call: &str, after: u64, events: Vec<NewEvent>) -> Append {
    Append { key: key(call), epoch: Epoch::FIRST, after, now: NOW, events }
}

pub(crate) fn said(start_ms: u64) -> NewEvent {
    utterance(Channel::Customer, start_ms, "some words of a [card]")
}

/// The control database's name.
pub(crate) fn control(config: &PostgresConfig) -> String {
    let url = config.control.to_string();
    url.split(['/', '?']).nth(3).expect("the database's name").to_owned()
}
