use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::future::join_all;
use model::{CallKey, Epoch, WorkerId};
use ports::{Leases, Offered, Renewal};
use postgres::{PostgresConfig, PostgresStore, Purged};

use crate::rig::{config, key, server, store};

const TTL: Duration = Duration::from_secs(60);

fn worker(n: usize) -> WorkerId {
    WorkerId::new(format!("worker-{n}")).expect("an id")
}

async fn offer(store: &PostgresStore, count: usize) -> Vec<CallKey> {
    let keys: Vec<CallKey> = (0..count).map(|n| key(&format!("call-{n}"))).collect();
    for key in &keys {
        assert_eq!(store.offer(key, "plan").await.expect("offer"), Offered::New);
    }
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_who_take_a_call_one_gets_it() {
    let Some(server) = server() else { return };
    let store = Arc::new(store(server).await);
    let keys = offer(&store, 50).await;
    let tasks = (0..16).map(|n| {
        let (store, keys) = (Arc::clone(&store), keys.clone());
        tokio::spawn(async move {
            let mut won = 0;
            for key in &keys {
                won += usize::from(store.take(key, &worker(n), TTL).await.unwrap().is_some());
            }
            won
        })
    });
    let won: usize = join_all(tasks).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(won, 50);
    assert_eq!(store.counts().await.unwrap().owned, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_look_for_calls_at_once_share_them() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let hosts = [
        Arc::new(PostgresStore::connect(config.clone()).await.unwrap()),
        Arc::new(PostgresStore::connect(config).await.unwrap()),
    ];
    let keys = offer(&hosts[0], 200).await;
    let tasks = (0..16).map(|n| {
        let host = Arc::clone(&hosts[n % 2]);
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let leases = host.take_waiting(&worker(n), 7, TTL, Duration::ZERO).await.unwrap();
                if leases.is_empty() {
                    return taken;
                }
                taken.extend(leases.into_iter().map(|lease| lease.key));
            }
        })
    });
    let taken: Vec<CallKey> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(taken.len(), 200, "no call is taken twice");
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), keys.into_iter().collect());
}

#[tokio::test]
async fn a_thousand_leases_are_renewed_and_handed_over_at_once() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    offer(&store, 1_000).await;
    let leases = store.take_waiting(&worker(1), 1_000, TTL, Duration::ZERO).await.unwrap();
    assert_eq!(leases.len(), 1_000);
    let renewal = |lease: &ports::Lease| Renewal {
        key: lease.key.clone(),
        epoch: lease.epoch,
        checkpoint: Some(format!("at {}", lease.key.call)),
    };
    let mut renewals: Vec<Renewal> = leases.iter().map(renewal).collect();
    renewals[17].epoch = Epoch::new(9);
    let lost = store.renew(&worker(1), &renewals, TTL).await.unwrap();
    assert_eq!(lost, [renewals[17].key.clone()]);

    renewals.iter_mut().for_each(|renewal| renewal.checkpoint = None);
    store.hand_over(&worker(1), &renewals).await.unwrap();
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.waiting, counts.owned), (999, 1));
    let taken = store.take_waiting(&worker(2), 5, TTL, Duration::ZERO).await.unwrap();
    for lease in taken {
        assert_eq!((lease.epoch, lease.checkpoint), (Epoch::new(2), Some(format!("at {}", lease.key.call))));
    }
}

#[tokio::test]
async fn calls_that_are_over_are_known_for_as_long_as_said() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let (kept, short) = (config.clone(), PostgresConfig { lease_retention: Duration::ZERO, ..config });
    let (kept, short) =
        (PostgresStore::connect(kept).await.unwrap(), PostgresStore::connect(short).await.unwrap());
    let keys = offer(&kept, 2).await;
    let lease = kept.take(&keys[0], &worker(1), TTL).await.unwrap().unwrap();
    assert!(kept.finish(&worker(1), &keys[0], lease.epoch).await.unwrap());

    assert_eq!(kept.purge().await.unwrap(), Purged::default());
    assert_eq!(kept.offer(&keys[0], "plan").await.unwrap(), Offered::Known);
    assert_eq!(short.purge().await.unwrap().leases, 1);
    assert_eq!(short.offer(&keys[0], "plan").await.unwrap(), Offered::New);
    assert_eq!(
        short.offer(&keys[1], "plan").await.unwrap(),
        Offered::Known,
        "a call that waits is never forgotten"
    );
}
