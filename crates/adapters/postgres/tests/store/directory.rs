use std::{sync::Arc, time::Duration};

use contacts::{ContactRecord, ContactSignal, SignalKind};
use futures_util::future::join_all;
use model::{ContactId, Timestamp};
use ports::ContactDirectory;
use postgres::{PostgresConfig, PostgresStore};

use crate::rig::{config, control, key, server, sql};

fn contact() -> ContactId {
    ContactId::new("contact-1").expect("an id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_part_is_lost_when_many_hosts_write_of_one_contact() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let hosts = [
        Arc::new(PostgresStore::connect(config.clone()).await.unwrap()),
        Arc::new(PostgresStore::connect(config).await.unwrap()),
    ];
    let puts = (0..60_i64).map(|n| {
        let host = Arc::clone(&hosts[usize::try_from(n).unwrap() % 2]);
        let at = Timestamp::from_millis(n);
        let signal = ContactSignal { contact_id: contact(), at, kind: SignalKind::HoldStarted };
        tokio::spawn(async move { host.put(&key("x").tenant, ContactRecord::of_signal(signal, at)).await })
    });
    for put in join_all(puts).await {
        assert!(put.unwrap().unwrap().is_news);
    }
    let found = hosts[0].find(&key("x").tenant, &[contact()]).await.unwrap();
    assert_eq!(found[0].signals.len(), 60);
}

#[tokio::test]
async fn contacts_that_nobody_touches_are_forgotten() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let kept = PostgresStore::connect(config.clone()).await.unwrap();
    let short = PostgresConfig { contact_retention: Duration::ZERO, ..config };
    let short = PostgresStore::connect(short).await.unwrap();
    let tenant = key("x").tenant;
    kept.put(&tenant, ContactRecord::new(contact(), Timestamp::from_millis(0))).await.unwrap();

    assert_eq!(kept.purge().await.unwrap().contacts, 0);
    assert_eq!(short.purge().await.unwrap().contacts, 1);
    assert!(kept.find(&tenant, &[contact()]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_contact_that_cannot_be_read_keeps_no_other_waiting() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    let tenant = key("x").tenant;
    for n in 0..3 {
        let contact = ContactId::new(format!("contact-{n}")).unwrap();
        store.put(&tenant, ContactRecord::new(contact, Timestamp::from_millis(n))).await.unwrap();
    }
    let spoil = "UPDATE contacts SET json = '{\"secret' WHERE contact_id = 'contact-0'";
    sql(&server.url(&control(&config)), spoil).await.unwrap();

    assert_eq!(store.waiting_for_stream(10).await.unwrap().len(), 2);
    let spoilt = ContactRecord::new(ContactId::new("contact-0").unwrap(), Timestamp::from_millis(9));
    let error = store.put(&tenant, spoilt).await.unwrap_err();
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}
