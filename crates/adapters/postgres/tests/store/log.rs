use std::{collections::BTreeSet, error::Error, sync::Arc};

use futures_util::future::join_all;
use model::{CallId, Epoch};
use ports::{
    Append, EventLog, EventLogError,
    testing::{call_ended, call_started, ids},
};
use postgres::PostgresStore;

use crate::rig::{append, config, key, said, server, sql, store};

const ALL: u32 = 100_000;

/// The address of acme's database.
async fn acme(server: &services::Postgres, store: &PostgresStore) -> String {
    store.open_tenant(&key("x").tenant).await.expect("open");
    let control = control_of(store);
    let name =
        sql(&server.url(&control), "SELECT database FROM tenants WHERE tenant = 'acme'").await.expect("read");
    server.url(&name[0])
}

fn control_of(store: &PostgresStore) -> String {
    let shown = format!("{store:?}");
    let name = shown.split("control").nth(2).and_then(|rest| rest.split('?').next());
    format!("control{}", name.expect("the address is shown"))
}

async fn seqs(store: &PostgresStore, call: &str) -> Vec<u64> {
    let key = key(call);
    let read = store.read_call(&key.tenant, &key.call, 0, ALL).await.expect("read");
    read.iter().map(|envelope| envelope.seq).collect()
}

async fn positions(store: &PostgresStore) -> Vec<u64> {
    let read = store.read_tenant(&key("x").tenant, 0, ALL).await.expect("read");
    read.iter().map(|envelope| envelope.position).collect()
}

#[tokio::test]
async fn appends_of_many_calls_that_wait_together_keep_every_order() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    let calls = (0..40).map(async |call| {
        for n in 0..15 {
            let appended =
                store.append(append(&format!("call-{call}"), n * 2, vec![said(n), said(n + 1_000_000)]));
            assert_eq!(appended.await.unwrap()[0].seq, n * 2 + 1);
        }
    });
    join_all(calls).await;

    assert_eq!(positions(&store).await, (1..=1_200).collect::<Vec<_>>());
    for call in 0..40 {
        assert_eq!(seqs(&store, &format!("call-{call}")).await, (1..=30).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn hosts_that_write_at_once_give_no_place_twice() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let hosts = [
        Arc::new(PostgresStore::connect(config.clone()).await.unwrap()),
        Arc::new(PostgresStore::connect(config).await.unwrap()),
    ];
    let calls = (0..20).map(|call: usize| {
        let hosts = hosts.clone();
        tokio::spawn(async move {
            // The call goes from host to host.
            for n in 0..10_u64 {
                let host = &hosts[(call + usize::try_from(n).unwrap()) % 2];
                let epoch = Epoch::new(n + 1);
                let after = host.claim(&key(&format!("call-{call}")), epoch).await.unwrap();
                let events = vec![said(n * 1_000)];
                let append = Append { epoch, ..append(&format!("call-{call}"), after, events) };
                assert_eq!(host.append(append).await.unwrap()[0].seq, n + 1);
            }
        })
    });
    for call in join_all(calls).await {
        call.unwrap();
    }

    assert_eq!(positions(&hosts[0]).await, (1..=200).collect::<Vec<_>>());
    for call in 0..20 {
        let key = key(&format!("call-{call}"));
        assert_eq!(seqs(&hosts[1], key.call.as_str()).await, (1..=10).collect::<Vec<_>>());
        let transcript = hosts[0].transcript(&key.tenant, &key.call).await.unwrap();
        assert_eq!(transcript.utterances.len(), 10);
    }
}

#[tokio::test]
async fn a_row_is_right_whichever_host_wrote_last() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let (one, two) = (
        PostgresStore::connect(config.clone()).await.unwrap(),
        PostgresStore::connect(config).await.unwrap(),
    );
    one.append(append("call", 0, vec![call_started(0), said(0)])).await.unwrap();
    two.append(append("call", 2, vec![said(5_000)])).await.unwrap();
    one.append(append("call", 3, vec![said(9_000), call_ended(10_000)])).await.unwrap();

    let key = key("call");
    assert!(two.verify_call(&key.tenant, &key.call).await.unwrap().is_identical());
    assert_eq!(two.call(&key.tenant, &key.call).await.unwrap().utterances, 3);
}

#[tokio::test]
async fn a_stale_owner_is_refused_among_appends_that_are_taken() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    store.claim(&key("lost"), Epoch::new(5)).await.unwrap();
    let appends = (0..20).map(|n| {
        let call = if n == 7 { "lost".to_owned() } else { format!("call-{n}") };
        store.append(append(&call, 0, vec![call_started(n)]))
    });
    let answers = join_all(appends).await;

    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(appended) => assert!(n != 7 && appended[0].seq == 1),
            Err(error) => assert!(n == 7 && matches!(error, EventLogError::Fenced(_)), "{n}: {error:?}"),
        }
    }
    assert_eq!(positions(&store).await, (1..=19).collect::<Vec<_>>(), "what is refused takes no place");
}

#[tokio::test]
async fn the_same_append_twice_in_one_batch_is_there_once() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    let twice = (0..2).map(|_| store.append(append("call", 0, vec![call_started(0), said(0)])));
    let answers = join_all(twice).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(seqs(&store, "call").await, [1, 2]);
}

#[tokio::test]
async fn one_bad_append_fails_nobody_elses_and_shows_nothing() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    let forbid = "ALTER TABLE events ADD CHECK (json NOT LIKE '%forbidden%')";
    sql(&acme(server, &store).await, forbid).await.unwrap();
    let appends = (0..10).map(|n| {
        let word = if n == 3 { "forbidden" } else { "fine" };
        let said = ports::testing::utterance(model::Channel::Customer, 0, word);
        store.append(append(&format!("call-{n}"), 0, vec![call_started(0), said]))
    });
    let answers = join_all(appends).await;

    for (n, answer) in answers.into_iter().enumerate() {
        let Err(error) = answer else {
            assert_ne!(n, 3);
            continue;
        };
        let mut shown = format!("{error:?}");
        let mut source = error.source();
        while let Some(error) = source {
            shown += &format!(" {error}");
            source = error.source();
        }
        assert!(n == 3 && shown.contains("23514"), "{shown}");
        assert!(!shown.contains("forbidden"), "{shown}");
    }
    assert_eq!(positions(&store).await, (1..=18).collect::<Vec<_>>());
    store.append(append("call-3", 0, vec![call_started(0)])).await.expect("it may go on otherwise");
}

#[tokio::test]
async fn events_are_never_changed_or_removed() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    store.append(append("call", 0, vec![call_started(0)])).await.unwrap();
    let url = acme(server, &store).await;
    for statement in ["UPDATE events SET json = '{}'", "DELETE FROM events", "TRUNCATE events"] {
        let error = sql(&url, statement).await.unwrap_err();
        assert!(error.as_db_error().unwrap().message().contains("events are never"), "{error}");
    }
}

#[tokio::test]
async fn events_of_unknown_types_are_passed_over_and_counted() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    store.append(append("call", 0, vec![call_started(0)])).await.unwrap();
    let url = acme(server, &store).await;
    for n in 2..=4 {
        let event = r#"{"v":1,"type":"mood_changed","data":{}}"#;
        sql(&url, &format!("INSERT INTO events VALUES ('call', {n}, {n}, 1, 0, 'mood_changed', '{event}')"))
            .await
            .unwrap();
    }
    sql(&url, "UPDATE fences SET last_seq = 4; UPDATE log SET position = 4").await.unwrap();

    let appended = store.append(append("call", 4, vec![said(0)])).await.unwrap();

    let key = key("call");
    assert_eq!((appended[0].seq, appended[0].position), (5, 5));
    let read = store.read_call(&key.tenant, &key.call, 1, 1).await.unwrap();
    assert_eq!(read[0].seq, 5, "a full page looks past what is unknown");
    assert_eq!(store.skipped_events(), 3);
    let check = store.verify_call(&key.tenant, &key.call).await.unwrap();
    assert_eq!((check.events, check.unknown_events, check.is_identical()), (5, 3, true));
}

#[tokio::test]
async fn a_damaged_event_is_named_without_its_words() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    store.append(append("call", 0, vec![call_started(0)])).await.unwrap();
    let url = acme(server, &store).await;
    let damaged = "INSERT INTO events VALUES ('call', 2, 2, 1, 0, 'call_ended', '{\"secret words')";
    sql(&url, damaged).await.unwrap();

    let key = key("call");
    let error = store.read_call(&key.tenant, &key.call, 0, 9).await.unwrap_err();

    let shown = format!("{error:?} {}", error.source().unwrap());
    assert!(shown.contains("event 2 of call call"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[tokio::test]
async fn a_spoilt_row_is_found_and_made_anew() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    store.append(append("call", 0, vec![call_started(0), said(0), said(5_000)])).await.unwrap();
    store.append(append("other", 0, vec![call_started(0)])).await.unwrap();
    sql(&acme(server, &store).await, "UPDATE calls SET seq = 1, last_utterance = NULL").await.unwrap();

    let key = key("call");
    assert!(!store.verify_call(&key.tenant, &key.call).await.unwrap().is_identical());
    assert_eq!(store.rebuild_projections(&key.tenant).await.unwrap(), 2);
    assert!(store.verify_call(&key.tenant, &key.call).await.unwrap().is_identical());
}

#[tokio::test]
async fn a_name_with_a_zero_byte_is_kept() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    let mut started = call_started(0);
    if let events::Event::CallStarted(started) = &mut started.event {
        started.queue = Some("a\0b".to_owned());
    }
    store.append(append("call", 0, vec![started])).await.unwrap();
    let key = key("call");
    assert_eq!(store.call(&key.tenant, &key.call).await.unwrap().queue.as_deref(), Some("a\0b"));
}

#[tokio::test]
async fn a_long_log_is_read_in_one_piece() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    for n in 0..5 {
        let events = (0..500).map(|k| said((n * 500 + k) * 1_000)).collect();
        store.append(append("call", n * 500, events)).await.unwrap();
    }
    assert_eq!(seqs(&store, "call").await, (1..=2_500).collect::<Vec<_>>());
    assert_eq!(positions(&store).await.len(), 2_500);
    let key = key("call");
    let transcript = store.transcript(&key.tenant, &key.call).await.unwrap();
    assert_eq!((transcript.utterances.len(), transcript.seq), (2_500, 2_500));
    let starts: BTreeSet<u64> = transcript.utterances.iter().map(|said| said.start_ms).collect();
    assert_eq!(starts.len(), 2_500);
}

#[tokio::test]
async fn a_call_of_another_tenant_is_not_seen() {
    let Some(server) = server() else { return };
    let store = store(server).await;
    store.append(append("call", 0, vec![call_started(0)])).await.unwrap();
    let (other, call) = ids("other", "call");
    assert!(matches!(store.call(&other, &call).await, Err(EventLogError::NoSuchCall(_))));
    assert_eq!(store.tenants().await.unwrap(), [key("call").tenant], "reading makes no database");
    assert!(matches!(
        store.verify_call(&other, &CallId::new("call").unwrap()).await,
        Err(postgres::PostgresError::NoSuchCall(_))
    ));
}
