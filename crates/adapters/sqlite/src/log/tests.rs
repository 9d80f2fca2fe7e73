use std::fs;

use model::{Channel, Timestamp};
use ports::{
    NewEvent,
    testing::{call_ended, call_started, ids, utterance},
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::schema::{MIGRATIONS, open_database};

const NOW: Timestamp = Timestamp::from_millis(1_000);
const SECOND: Epoch = Epoch::FIRST.next();

struct Rig {
    folder: TempDir,
    log: SqliteEventLog,
    tenant: TenantId,
    call: CallId,
}

fn rig() -> Rig {
    let folder = TempDir::new().expect("a temporary folder");
    let log = SqliteEventLog::open(folder.path()).expect("open");
    let (tenant, call) = ids("acme", "call");
    Rig { folder, log, tenant, call }
}

impl Rig {
    fn key(&self) -> CallKey {
        CallKey::new(self.tenant.clone(), self.call.clone())
    }

    /// Appends as the first owner, who knows where the call stands.
    async fn append(&self, events: Vec<NewEvent>) -> Result<Appended, EventLogError> {
        append_to(&self.log, &self.key(), events).await
    }

    async fn append_as(
        &self,
        epoch: Epoch,
        after: u64,
        events: Vec<NewEvent>,
    ) -> Result<Appended, EventLogError> {
        self.log.append(Append { key: self.key(), epoch, after, now: NOW, events }).await
    }

    async fn seqs(&self) -> Vec<u64> {
        let read = self.log.read_call(&self.tenant, &self.call, 0, u32::MAX).await.expect("read");
        read.iter().map(|envelope| envelope.seq).collect()
    }

    /// Another connection to the same file, as another process would have it.
    fn outside(&self) -> Connection {
        Connection::open(self.folder.path().join("acme.db")).expect("open the file")
    }

    async fn limit_pages(&self, pages: u32) {
        let tenant = self.log.tenant(&self.tenant).await.expect("tenant");
        let set = move |writer: &mut crate::writer::Writer| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            writer.connection.query_row(&sql, [], |row| row.get::<_, i64>(0))
        };
        tenant.run(set).await.expect("writer").expect("pragma");
    }
}

async fn append_to(
    log: &SqliteEventLog,
    key: &CallKey,
    events: Vec<NewEvent>,
) -> Result<Appended, EventLogError> {
    let after = log.claim(key, Epoch::FIRST).await?;
    log.append(Append { key: key.clone(), epoch: Epoch::FIRST, after, now: NOW, events }).await
}

fn said(start_ms: u64) -> NewEvent {
    utterance(Channel::Customer, start_ms, &"some words ".repeat(200))
}

#[tokio::test]
async fn a_full_disk_fails_whole_appends_and_heals() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    rig.limit_pages(60).await;

    let mut acknowledged = 1;
    let full = loop {
        match rig.append(vec![said(acknowledged * 1_000), said(acknowledged * 1_000 + 500)]).await {
            Ok(events) => acknowledged += u64::try_from(events.len()).unwrap(),
            Err(error) => break error,
        }
        assert!(acknowledged < 10_000, "the disk never filled");
    };
    assert!(matches!(full, EventLogError::DiskFull), "{full:?}");
    assert_eq!(rig.seqs().await, (1..=acknowledged).collect::<Vec<_>>(), "half an append is in the log");

    rig.limit_pages(1_000_000).await;
    let after = rig.append(vec![call_ended(5)]).await.unwrap();
    assert_eq!(after[0].seq, acknowledged + 1);
    assert!(rig.log.verify_call(&rig.tenant, &rig.call).await.unwrap().is_identical());
}

#[tokio::test]
async fn appends_that_wait_together_each_get_their_places() {
    let rig = rig();
    rig.log.open_tenant(&rig.tenant).await.unwrap();
    let appends = (0..300_u64).map(|n| {
        let call = CallId::new(format!("call-{}", n % 10)).unwrap();
        let key = CallKey::new(rig.tenant.clone(), call);
        let events = vec![said(n), said(n + 1_000_000)];
        let append = Append { key, epoch: Epoch::FIRST, after: n / 10 * 2, now: NOW, events };
        async { rig.log.append(append).await.unwrap() }
    });
    let appended = join_all(appends).await;

    let mut positions: Vec<u64> = appended.iter().flatten().map(|envelope| envelope.position).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=600).collect::<Vec<_>>());
    for n in 0..10 {
        let call = CallId::new(format!("call-{n}")).unwrap();
        let read = rig.log.read_call(&rig.tenant, &call, 0, u32::MAX).await.unwrap();
        let seqs: Vec<u64> = read.iter().map(|envelope| envelope.seq).collect();
        assert_eq!(seqs, (1..=60).collect::<Vec<_>>());
    }
}

/// Polls all futures in turn on one task, so that all of them wait for the writer at once.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(move |cx| {
        waiting.retain_mut(|future| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() {
            std::task::Poll::Ready(std::mem::take(&mut done))
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn events_can_be_neither_changed_nor_removed() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    for sql in ["UPDATE events SET json = '{}'", "DELETE FROM events"] {
        let error = rig.outside().execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("events are never"), "{error}");
    }
}

#[tokio::test]
async fn events_of_unknown_types_are_passed_over_and_counted() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    let insert = "INSERT INTO events VALUES (?1, 'call', ?1, 0, 'mood_changed', ?2)";
    for position in 2..=4 {
        rig.outside().execute(insert, (position, r#"{"v":1,"type":"mood_changed","data":{}}"#)).unwrap();
    }

    let appended = rig.append(vec![said(0)]).await.unwrap();

    assert_eq!((appended[0].seq, appended[0].position), (5, 5), "places go on after what is unknown");
    let read = rig.log.read_call(&rig.tenant, &rig.call, 1, 1).await.unwrap();
    assert_eq!(read[0].seq, 5, "a full page looks past what is unknown");
    assert_eq!(rig.log.skipped_events(), 3);
    let check = rig.log.verify_call(&rig.tenant, &rig.call).await.unwrap();
    assert_eq!((check.events, check.unknown_events, check.is_identical()), (5, 3, true));
}

#[tokio::test]
async fn a_damaged_event_is_named_without_its_words() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    let insert = "INSERT INTO events VALUES (2, 'call', 2, 0, 'call_ended', '{\"secret words')";
    rig.outside().execute(insert, []).unwrap();

    let error = rig.log.read_call(&rig.tenant, &rig.call, 0, 9).await.unwrap_err();

    let shown = format!("{error:?} {}", std::error::Error::source(&error).unwrap());
    assert!(shown.contains("event 2 of call call"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[tokio::test]
async fn a_spoilt_projection_is_found_and_rebuilt() {
    let rig = rig();
    rig.append(vec![call_started(0), said(0), said(5_000)]).await.unwrap();
    rig.outside().execute("UPDATE calls SET queue = 'sales'", []).unwrap();
    rig.outside().execute("DELETE FROM utterances WHERE start_ms = 0", []).unwrap();

    let check = rig.log.verify_call(&rig.tenant, &rig.call).await.unwrap();
    assert!(!check.summary_identical && !check.transcript_identical);

    assert_eq!(rig.log.rebuild_projections(&rig.tenant).await.unwrap(), 1);
    assert!(rig.log.verify_call(&rig.tenant, &rig.call).await.unwrap().is_identical());
    rig.append(vec![call_ended(9)]).await.unwrap();
    assert!(rig.log.verify_call(&rig.tenant, &rig.call).await.unwrap().is_identical());
}

#[tokio::test]
async fn two_processes_do_not_give_a_place_twice() {
    let rig = rig();
    let other = SqliteEventLog::open(rig.folder.path()).unwrap();
    for n in 0..10 {
        rig.append(vec![said(n * 2_000)]).await.unwrap();
        append_to(&other, &rig.key(), vec![said(n * 2_000 + 1_000)]).await.unwrap();
    }
    assert_eq!(rig.seqs().await, (1..=20).collect::<Vec<_>>());
    assert!(other.verify_call(&rig.tenant, &rig.call).await.unwrap().is_identical());
}

#[tokio::test]
async fn an_owner_is_fenced_off_by_another_process() {
    let rig = rig();
    let other = SqliteEventLog::open(rig.folder.path()).unwrap();
    rig.append(vec![call_started(0)]).await.unwrap();

    assert_eq!(other.claim(&rig.key(), SECOND).await.unwrap(), 1);

    let refused = rig.append_as(Epoch::FIRST, 1, vec![said(0)]).await;
    assert!(matches!(refused, Err(EventLogError::Fenced(_))), "{refused:?}");
    assert_eq!(rig.seqs().await, [1]);
    assert_eq!(rig.append_as(SECOND, 1, vec![said(0)]).await.unwrap()[0].seq, 2);
}

#[tokio::test]
async fn a_fence_outlives_the_process() {
    let rig = rig();
    rig.log.claim(&rig.key(), SECOND).await.unwrap();
    let Rig { folder, log, tenant, call } = rig;
    drop(log);

    let rig = Rig { log: SqliteEventLog::open(folder.path()).unwrap(), folder, tenant, call };

    assert!(matches!(rig.append(vec![call_started(0)]).await, Err(EventLogError::Fenced(_))));
    assert!(matches!(rig.log.claim(&rig.key(), Epoch::FIRST).await, Err(EventLogError::Fenced(_))));
    assert_eq!(rig.log.claim(&rig.key(), SECOND).await.unwrap(), 0);
}

#[tokio::test]
async fn an_append_with_a_later_epoch_fences_the_owner_before() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    rig.append_as(SECOND, 1, vec![said(0)]).await.unwrap();

    let refused = rig.append_as(Epoch::FIRST, 2, vec![said(5_000)]).await;

    assert!(matches!(refused, Err(EventLogError::Fenced(_))), "{refused:?}");
    rig.log.rebuild_projections(&rig.tenant).await.unwrap();
    let refused = rig.append_as(Epoch::FIRST, 2, vec![said(5_000)]).await;
    assert!(
        matches!(refused, Err(EventLogError::Fenced(_))),
        "a rebuilt file forgot its fences: {refused:?}"
    );
}

#[tokio::test]
async fn an_append_that_is_tried_again_gives_the_places_it_has() {
    let rig = rig();
    let events = vec![call_started(0), said(0)];
    let first = rig.append_as(Epoch::FIRST, 0, events.clone()).await.unwrap();
    rig.append_as(Epoch::FIRST, 2, vec![said(9_000)]).await.unwrap();

    assert_eq!(rig.append_as(Epoch::FIRST, 0, events.clone()).await.unwrap(), first);
    assert_eq!(rig.append_as(SECOND, 0, events).await.unwrap(), first, "the next owner finds them, too");
    assert_eq!(rig.seqs().await, [1, 2, 3]);
    assert!(rig.log.verify_call(&rig.tenant, &rig.call).await.unwrap().is_identical());
}

#[tokio::test]
async fn an_append_that_goes_on_from_elsewhere_is_refused() {
    let rig = rig();
    rig.append_as(Epoch::FIRST, 0, vec![call_started(0), said(0)]).await.unwrap();
    let cases = [
        ("a hole", 3, vec![said(9_000)]),
        ("another event", 1, vec![said(9_000)]),
        ("only the first of them is there", 1, vec![said(0), said(9_000)]),
        ("far ahead", u64::MAX, vec![said(9_000)]),
    ];
    for (name, after, events) in cases {
        let refused = rig.append_as(Epoch::FIRST, after, events).await;
        assert!(matches!(refused, Err(EventLogError::OutOfStep { last: 2, .. })), "{name}: {refused:?}");
    }
    assert_eq!(rig.seqs().await, [1, 2]);
}

#[tokio::test]
async fn a_refused_append_spoils_none_that_waits_with_it() {
    let rig = rig();
    rig.log.claim(&rig.key(), SECOND).await.unwrap();
    let one = |call: &str, after| {
        let key = CallKey::new(rig.tenant.clone(), CallId::new(call).unwrap());
        let append = Append { key, epoch: Epoch::FIRST, after, now: NOW, events: vec![said(after)] };
        async { rig.log.append(append).await }
    };

    let done = join_all([one("one", 0), one("call", 0), one("one", 7), one("two", 0)].into_iter()).await;

    assert!(matches!(done[1], Err(EventLogError::Fenced(_))), "{done:?}");
    assert!(matches!(done[2], Err(EventLogError::OutOfStep { last: 1, .. })), "{done:?}");
    let positions: Vec<u64> = done.iter().flatten().flatten().map(|envelope| envelope.position).collect();
    assert_eq!(positions, [1, 2]);
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_to_date() {
    let rig = rig();
    let path = rig.folder.path().join("acme.db");
    let first = open_database(&path, &MIGRATIONS[..1], |transaction| {
        transaction.execute("INSERT INTO tenant (id) VALUES ('acme')", []).map(drop)
    });
    let envelope = serde_json::json!({
        "v": 1, "tenant": "acme", "call_id": "call", "seq": 1, "position": 1, "stages": {},
        "type": "call_ended", "data": { "reason": "disconnected", "duration_ms": 7 },
    });
    let insert = "INSERT INTO events VALUES (1, 'call', 1, 0, 'call_ended', ?1)";
    first.unwrap().execute(insert, [envelope.to_string()]).unwrap();

    assert_eq!(rig.append(vec![said(0)]).await.unwrap()[0].seq, 2);

    let steps: u32 =
        rig.outside().query_row("SELECT count(*) FROM schema_migrations", [], |row| row.get(0)).unwrap();
    assert_eq!(usize::try_from(steps), Ok(MIGRATIONS.len()));
    assert_eq!(rig.seqs().await, [1, 2]);
}

#[tokio::test]
async fn a_writer_that_panicked_is_replaced() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    let tenant = rig.log.tenant(&rig.tenant).await.unwrap();
    let panicked = tenant.run(|_| panic!("as the test wants it")).await;
    assert!(matches!(panicked, Err::<(), _>(SqliteError::WriterStopped(_))));
    while tenant.is_open() {
        std::thread::yield_now();
    }

    assert_eq!(rig.append(vec![call_ended(1)]).await.unwrap()[0].seq, 2);
}

#[tokio::test]
async fn a_file_that_is_no_event_log_is_named() {
    let rig = rig();
    fs::write(rig.folder.path().join("acme.db"), "no database, ".repeat(1_000)).unwrap();

    let error = rig.log.open_tenant(&rig.tenant).await.unwrap_err();

    assert!(matches!(error, SqliteError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("acme.db"), "{error}");
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_untouched() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    rig.outside().execute("INSERT INTO schema_migrations VALUES (99, 'later')", []).unwrap();

    let error = SqliteEventLog::open(rig.folder.path()).unwrap().open_tenant(&rig.tenant).await.unwrap_err();

    assert!(matches!(error, SqliteError::Newer { found: 99, .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_of_another_tenant_is_refused() {
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    let Rig { folder, log, .. } = rig;
    // Closing the log brings everything into the one file.
    drop(log);
    fs::copy(folder.path().join("acme.db"), folder.path().join("other.db")).unwrap();

    let log = SqliteEventLog::open(folder.path()).unwrap();
    let error = log.open_tenant(&TenantId::new("other").unwrap()).await.unwrap_err();

    assert!(matches!(error, SqliteError::OtherTenant { ref found, .. } if found == "acme"), "{error:?}");
}

#[tokio::test]
async fn reading_makes_no_file() {
    let rig = rig();
    let unknown = rig.log.read_call(&rig.tenant, &rig.call, 0, 9).await;
    assert!(matches!(unknown, Err(EventLogError::NoSuchCall(_))));
    assert_eq!(fs::read_dir(rig.folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let rig = rig();
    rig.append(vec![call_started(0)]).await.unwrap();
    for entry in fs::read_dir(rig.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
