//! Appended events per second: one caller that waits for each commit, against many whose appends are committed together,
//! and against a commit for each row on as many connections, as a store without a writer would do it. All wait for the
//! disk. Then how long the renewal of many leases takes. `cargo bench -p postgres`.
#![allow(clippy::print_stdout, reason = "a benchmark prints its numbers")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use model::{CallKey, Channel, Epoch, Timestamp, WorkerId};
use ports::{
    Append, EventLog, Leases, NewEvent, Renewal,
    testing::{call_started, ids, utterance},
};
use postgres::{PostgresConfig, PostgresStore};
use services::Postgres;
use tokio_postgres::NoTls;

const APPENDS: u64 = 10_000;
const LEASES: usize = 1_000;
const RENEWALS: u32 = 20;

/// Each is measured so often, in turn with the others, and the best counts: a busy machine slows all.
const ROUNDS: u32 = 3;

#[tokio::main]
async fn main() {
    let server = Postgres::start_with(&[]);
    let (together, each) = ("committed together", "a commit for each row");
    let mut best: [(&str, u64, f64); 7] = [
        (each, 1, 0.0),
        (together, 1, 0.0),
        (each, 8, 0.0),
        (together, 8, 0.0),
        (together, 50, 0.0),
        (together, 200, 0.0),
        (together, 1_000, 0.0),
    ];
    for round in 0..ROUNDS {
        for (what, callers, rate) in &mut best {
            let measured = match *what == each {
                true => single(&server, *callers).await,
                false => grouped(&server, round, *callers).await,
            };
            *rate = rate.max(measured);
        }
    }
    let alone = best.first().map_or(1.0, |(.., rate)| *rate);
    println!("{:<24} {:>8} {:>10} {:>8}", "", "callers", "rows/s", "ratio");
    for (what, callers, rate) in best {
        println!("{what:<24} {callers:>8} {rate:>10.0} {:>8.1}", rate / alone);
    }
    let took = renewals(&server).await;
    println!("{LEASES} leases renewed in one statement: {:.1} ms", took.as_secs_f64() * 1_000.0);
}

async fn store(server: &Postgres, name: &str) -> PostgresStore {
    let (client, connection) =
        tokio_postgres::connect(&server.url("postgres"), NoTls).await.expect("connect");
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let url = format!("{}?sslmode=disable", server.url(name));
    PostgresStore::connect(PostgresConfig::new(url.parse().expect("an address"))).await.expect("connect")
}

fn key(n: u64) -> CallKey {
    let (tenant, call) = ids("acme", &format!("call-{n}"));
    CallKey::new(tenant, call)
}

fn said(n: u64) -> NewEvent {
    utterance(Channel::Customer, n * 1_000, "a sentence of eight words with [card] numbers")
}

/// Appends one event at a time from each caller, each its own call.
async fn grouped(server: &Postgres, round: u32, callers: u64) -> f64 {
    let store = Arc::new(store(server, &format!("grouped{round}_{callers}")).await);
    store.open_tenant(&key(0).tenant).await.expect("open the tenant");
    let count = if callers == 1 { APPENDS / 20 } else { APPENDS };
    let started = Instant::now();
    let tasks = (0..callers).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for after in 0..count / callers {
                let event = if after == 0 { call_started(0) } else { said(after) };
                let now = Timestamp::from_millis(0);
                let append = Append { key: key(n), epoch: Epoch::FIRST, after, now, events: vec![event] };
                store.append(append).await.expect("append");
            }
        })
    });
    for task in join_all(tasks).await {
        task.expect("a caller");
    }
    (count / callers * callers) as f64 / started.elapsed().as_secs_f64()
}

/// Inserts one row at a time on each connection, each its own transaction, into a table of the same shape.
async fn single(server: &Postgres, callers: u64) -> f64 {
    let (client, connection) =
        tokio_postgres::connect(&server.url("postgres"), NoTls).await.expect("connect");
    tokio::spawn(connection);
    let table = "CREATE TABLE IF NOT EXISTS events (call_id TEXT, seq BIGINT, position BIGINT, epoch BIGINT, at_us BIGINT, \
         type TEXT, json TEXT, PRIMARY KEY (call_id, seq), UNIQUE (position))";
    client.batch_execute(&format!("DROP TABLE IF EXISTS events; {table}")).await.expect("a table");
    let json = serde_json::to_string(&said(1).event).expect("an event");
    let count = APPENDS / 20;
    let started = Instant::now();
    let tasks = (0..callers).map(|n| {
        let (url, json) = (server.url("postgres"), json.clone());
        tokio::spawn(async move {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connect");
            tokio::spawn(connection);
            let insert = "INSERT INTO events VALUES ($1, $2, $3, 1, 0, 'utterance_completed', $4)";
            let insert = client.prepare(insert).await.expect("prepare");
            for k in 0..count {
                let (seq, position) =
                    (i64::try_from(k).unwrap_or(0), i64::try_from(n * count + k).unwrap_or(0));
                client
                    .execute(&insert, &[&format!("call-{n}"), &seq, &position, &json])
                    .await
                    .expect("insert");
            }
        })
    });
    for task in join_all(tasks).await {
        task.expect("a caller");
    }
    (count * callers) as f64 / started.elapsed().as_secs_f64()
}

async fn renewals(server: &Postgres) -> Duration {
    let store = store(server, "leases").await;
    for n in 0..LEASES {
        store.offer(&key(n as u64), "plan").await.expect("offer");
    }
    let (worker, ttl) = (WorkerId::new("worker").expect("an id"), Duration::from_secs(10));
    let limit = u32::try_from(LEASES).unwrap_or(u32::MAX);
    let taken = store.take_waiting(&worker, limit, ttl, Duration::ZERO).await.expect("take");
    let renewal = |lease: &ports::Lease| Renewal {
        key: lease.key.clone(),
        epoch: lease.epoch,
        checkpoint: Some("a checkpoint of some sixty letters, as a call's owner stores it".to_owned()),
    };
    let renewals: Vec<Renewal> = taken.iter().map(renewal).collect();
    let mut best = Duration::MAX;
    for _ in 0..RENEWALS {
        let started = Instant::now();
        assert!(store.renew(&worker, &renewals, ttl).await.expect("renew").is_empty());
        best = best.min(started.elapsed());
    }
    best
}
