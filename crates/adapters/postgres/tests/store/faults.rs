use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use model::WorkerId;
use ports::{EventLog, Leases};
use postgres::{PostgresConfig, PostgresStore};
use services::Postgres;
use tokio::{sync::Mutex, task::yield_now};

use crate::rig::{append, config, key, said};

const CALLS: u64 = 8;
const EVENTS: u64 = 60;

/// A server of the test's own, and a store that gives up soon.
async fn own() -> Option<(Postgres, PostgresStore)> {
    let server = Postgres::start_or_skip()?;
    let config = config(&server).await;
    let soon = Duration::from_millis(300);
    let config = PostgresConfig { statement_timeout: soon, connect_timeout: soon, ..config };
    let store = PostgresStore::connect(config).await.expect("connect");
    store.open_tenant(&key("x").tenant).await.expect("open");
    Some((server, store))
}

/// Appends events to a call one after the other, each until it is in the log, as a call's owner does.
async fn carry(store: &PostgresStore, call: u64, done: &AtomicU64) {
    for n in 0..EVENTS {
        loop {
            match store.append(append(&format!("call-{call}"), n, vec![said(n * 1_000)])).await {
                Ok(appended) => {
                    assert_eq!(appended[0].seq, n + 1);
                    break;
                }
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
            yield_now().await;
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn check(store: &PostgresStore) {
    let tenant = key("x").tenant;
    let all = store.read_tenant(&tenant, 0, 100_000).await.expect("read");
    let positions: Vec<u64> = all.iter().map(|envelope| envelope.position).collect();
    assert_eq!(positions, (1..=CALLS * EVENTS).collect::<Vec<_>>());
    for call in 0..CALLS {
        let key = key(&format!("call-{call}"));
        let read = store.read_call(&tenant, &key.call, 0, 1_000).await.expect("read");
        let seqs: Vec<u64> = read.iter().map(|envelope| envelope.seq).collect();
        assert_eq!(seqs, (1..=EVENTS).collect::<Vec<_>>());
    }
}

/// Carries calls, and does something to the server after each share of their events.
async fn disturbed(faults: u64, fault: impl AsyncFn(&mut Postgres)) {
    let Some((server, store)) = own().await else { return };
    let (store, server, done) = (Arc::new(store), Mutex::new(server), Arc::new(AtomicU64::new(0)));
    let calls = (0..CALLS).map(|call| {
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        tokio::spawn(async move { carry(&store, call, &done).await })
    });
    let calls: Vec<_> = calls.collect();
    for n in 1..=faults {
        while done.load(Ordering::Relaxed) < n * CALLS * EVENTS / (faults + 1) {
            yield_now().await;
        }
        fault(&mut *server.lock().await).await;
    }
    for call in join_all(calls).await {
        call.expect("a call");
    }
    check(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_there_once_when_the_server_is_killed_again_and_again() {
    disturbed(4, async |server| {
        server.kill();
        server.start_again();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_there_once_when_the_server_is_restarted() {
    disturbed(2, async |server| {
        server.stop();
        server.start_again();
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stands_still_fails_what_waits_in_time_and_goes_on() {
    let Some((server, store)) = own().await else { return };
    store.append(append("call", 0, vec![said(0)])).await.unwrap();
    let worker = WorkerId::new("worker").unwrap();
    server.pause();
    let appends = (0..300).map(|n| store.append(append(&format!("call-{n}"), 0, vec![said(0)])));
    let answers = join_all(appends).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(ports::EventLogError::is_retryable)));
    assert!(store.offer(&key("call"), "plan").await.is_err());
    assert!(store.renew(&worker, &[], Duration::ZERO).await.is_ok(), "nothing to renew, nothing to fail");
    server.resume();
    for n in 0..300 {
        // What was sent before the pause may be in the log: then it is found there.
        while store.append(append(&format!("call-{n}"), 0, vec![said(0)])).await.is_err() {
            yield_now().await;
        }
    }
    let read = store.read_tenant(&key("x").tenant, 0, 1_000).await.unwrap();
    assert_eq!(read.len(), 301);
    store.offer(&key("call"), "plan").await.unwrap();
}
