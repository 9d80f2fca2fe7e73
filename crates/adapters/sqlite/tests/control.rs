//! The control file over time, over restarts, and with several handles on it.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use contacts::{ContactRecord, ContactSignal, SignalKind};
use model::{
    CallKey, ContactId, Epoch, FragmentNumber, StreamAddress, StreamName, TenantId, Timestamp, WorkerId,
};
use ports::{ContactDirectory, Leases, Offered, Renewal, testing::ids};
use rusqlite::Connection;
use sqlite::{SqliteControl, SqliteError};
use tempfile::TempDir;

const TTL: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A clock that stands still until it is moved.
#[derive(Clone)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_700_000_000_000_000)))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn advance(&self, by: Duration) {
        self.0.store((self.now() + by).as_micros(), Ordering::Relaxed);
    }

    fn open(&self, folder: &Path) -> SqliteControl {
        let clock = self.clone();
        SqliteControl::open_with_clock(folder, move || clock.now()).expect("open")
    }
}

fn key(call: &str) -> CallKey {
    let (tenant, call) = ids("acme", call);
    CallKey::new(tenant, call)
}

fn worker(name: &str) -> WorkerId {
    WorkerId::new(name).expect("a worker's name")
}

fn tenant() -> TenantId {
    TenantId::new("acme").expect("a tenant's name")
}

fn contact(name: &str) -> ContactRecord {
    ContactRecord::new(ContactId::new(name).expect("a contact's name"), Timestamp::from_millis(1))
}

fn on_stream(name: &str, started_ms: i64, fragment: &str) -> ContactRecord {
    ContactRecord {
        stream: Some(StreamAddress::named(StreamName::new("s").expect("a stream's name"))),
        started_at: Some(Timestamp::from_millis(started_ms)),
        start_fragment: Some(FragmentNumber::new(fragment).expect("a number")),
        ..contact(name)
    }
}

#[tokio::test]
async fn a_lease_outlives_the_process_with_its_checkpoint() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let leases = clock.open(folder.path()).leases();
    leases.offer(&key("one"), "plan").await.unwrap();
    let lease = leases.take(&key("one"), &worker("a"), TTL).await.unwrap().unwrap();
    let renewal = Renewal { key: lease.key, epoch: lease.epoch, checkpoint: Some("there".to_owned()) };
    assert_eq!(leases.renew(&worker("a"), &[renewal], TTL).await.unwrap(), []);
    drop(leases);

    let leases = clock.open(folder.path()).leases();

    assert_eq!(leases.offer(&key("one"), "another plan").await.unwrap(), Offered::Known);
    assert_eq!(leases.take(&key("one"), &worker("b"), TTL).await.unwrap(), None);
    clock.advance(TTL);
    let taken = leases.take(&key("one"), &worker("b"), TTL).await.unwrap().unwrap();
    assert_eq!((taken.epoch, taken.plan.as_str()), (Epoch::FIRST.next(), "plan"));
    assert_eq!(taken.checkpoint.as_deref(), Some("there"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_take_a_call_at_once_one_gets_it() {
    const CALLS: usize = 50;
    let folder = TempDir::new().unwrap();
    // Two handles, as two processes would have them.
    let handles = [0, 1].map(|_| SqliteControl::open(folder.path()).unwrap().leases());
    for n in 0..CALLS {
        handles[0].offer(&key(&n.to_string()), "plan").await.unwrap();
    }
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let (leases, worker) = (handles[task % 2].clone(), worker(&format!("w{task}")));
            tokio::spawn(async move {
                let mut won = Vec::new();
                for n in 0..CALLS {
                    let taken = leases.take(&key(&n.to_string()), &worker, HOUR).await;
                    won.extend(taken.unwrap());
                }
                won
            })
        })
        .collect();

    let mut won = Vec::new();
    for task in tasks {
        won.extend(task.await.unwrap());
    }

    assert!(won.iter().all(|lease| lease.epoch == Epoch::FIRST));
    let calls: BTreeSet<CallKey> = won.iter().map(|lease| lease.key.clone()).collect();
    assert_eq!((won.len(), calls.len()), (CALLS, CALLS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_scanners_share_what_waits() {
    let folder = TempDir::new().unwrap();
    let handles = [0, 1].map(|_| SqliteControl::open(folder.path()).unwrap().leases());
    for n in 0..40 {
        handles[0].offer(&key(&n.to_string()), "plan").await.unwrap();
    }
    let tasks = handles.map(|leases| {
        tokio::spawn(async move {
            let mut won = Vec::new();
            for _ in 0..20 {
                won.extend(leases.take_waiting(&worker("w"), 3, HOUR, TTL).await.unwrap());
            }
            won
        })
    });

    let mut calls = BTreeSet::new();
    for task in tasks {
        for lease in task.await.unwrap() {
            assert!(calls.insert(lease.key.clone()), "{} has two owners", lease.key);
        }
    }
    assert_eq!(calls.len(), 40);
}

#[tokio::test]
async fn those_that_wait_longest_come_first() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let leases = clock.open(folder.path()).leases();
    for call in ["c", "a", "b"] {
        leases.offer(&key(call), "plan").await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let first = leases.take_waiting(&worker("w"), 1, TTL, HOUR).await.unwrap();
    assert_eq!(first[0].key, key("c"));
    let renewal = Renewal { key: key("c"), epoch: first[0].epoch, checkpoint: None };
    leases.hand_over(&worker("w"), &[renewal]).await.unwrap();

    let taken = leases.take_waiting(&worker("w"), 9, TTL, HOUR).await.unwrap();

    let calls: Vec<&str> = taken.iter().map(|lease| lease.key.call.as_str()).collect();
    assert_eq!(calls, ["a", "b", "c"], "what was handed over waits from then on");
}

#[tokio::test]
async fn a_lease_runs_out_by_the_clock_and_its_grace() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let leases = clock.open(folder.path()).leases();
    leases.offer(&key("one"), "plan").await.unwrap();
    leases.take(&key("one"), &worker("a"), TTL).await.unwrap().unwrap();

    clock.advance(TTL - Duration::from_micros(1));
    assert_eq!(leases.counts().await.unwrap().owned, 1);
    clock.advance(Duration::from_micros(1));
    assert_eq!(leases.counts().await.unwrap().waiting, 1);
    let grace = Duration::from_secs(3);
    assert_eq!(leases.take_waiting(&worker("b"), 9, TTL, grace).await.unwrap(), []);
    clock.advance(grace);
    assert_eq!(leases.take_waiting(&worker("b"), 9, TTL, grace).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_process_that_is_alone_frees_what_its_predecessor_held() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let leases = clock.open(folder.path()).leases();
    for call in ["waits", "held", "own", "over"] {
        leases.offer(&key(call), "plan").await.unwrap();
    }
    leases.take(&key("held"), &worker("before"), HOUR).await.unwrap().unwrap();
    leases.take(&key("own"), &worker("now"), HOUR).await.unwrap().unwrap();
    let over = leases.take(&key("over"), &worker("before"), HOUR).await.unwrap().unwrap();
    leases.finish(&worker("before"), &over.key, over.epoch).await.unwrap();

    assert_eq!(leases.release_all(&worker("now")).await.unwrap(), 1);

    let taken = leases.take_waiting(&worker("now"), 9, TTL, HOUR).await.unwrap();
    let calls: BTreeSet<(&str, Epoch)> =
        taken.iter().map(|lease| (lease.key.call.as_str(), lease.epoch)).collect();
    assert_eq!(calls, [("held", Epoch::FIRST.next()), ("waits", Epoch::FIRST)].into());
    let zombie = Renewal { key: key("held"), epoch: Epoch::FIRST, checkpoint: None };
    assert_eq!(leases.renew(&worker("before"), &[zombie], TTL).await.unwrap(), [key("held")]);
}

#[tokio::test]
async fn calls_that_are_over_are_forgotten_after_a_week() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let leases = clock.open(folder.path()).leases();
    for call in ["over", "open"] {
        leases.offer(&key(call), "plan").await.unwrap();
    }
    let lease = leases.take(&key("over"), &worker("a"), TTL).await.unwrap().unwrap();
    leases.finish(&worker("a"), &lease.key, lease.epoch).await.unwrap();

    clock.advance(7 * 24 * HOUR);
    assert_eq!(leases.offer(&key("over"), "plan").await.unwrap(), Offered::Known);
    clock.advance(HOUR);
    assert_eq!(
        leases.offer(&key("open"), "plan").await.unwrap(),
        Offered::Known,
        "a call that waits is kept"
    );
    assert_eq!(leases.offer(&key("over"), "plan").await.unwrap(), Offered::New);
}

#[tokio::test]
async fn a_contact_outlives_the_process() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    clock.open(folder.path()).contacts().put(&tenant(), on_stream("c", 5, "7")).await.unwrap();

    let contacts = clock.open(folder.path()).contacts();

    let part = ContactRecord { profile: Some("sales".to_owned()), ..contact("c") };
    let put = contacts.put(&tenant(), part).await.unwrap();
    assert!(put.is_news && put.record.start_fragment.is_some());
}

#[tokio::test]
async fn a_contact_that_nobody_touches_is_forgotten_after_two_days() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let contacts = clock.open(folder.path()).contacts();
    let ids = ["touched", "left"].map(|name| contact(name).contact_id);
    for name in ["touched", "left"] {
        contacts.put(&tenant(), contact(name)).await.unwrap();
    }
    clock.advance(24 * HOUR);
    // It says nothing new, and touches the contact all the same.
    assert!(!contacts.put(&tenant(), contact("touched")).await.unwrap().is_news);
    clock.advance(24 * HOUR);

    let found = contacts.find(&tenant(), &ids).await.unwrap();
    assert_eq!(found, [contact("touched")]);
    assert_eq!(contacts.waiting_for_stream(9).await.unwrap().len(), 1);
    assert!(contacts.put(&tenant(), contact("left")).await.unwrap().is_news, "it is new again");
}

#[tokio::test]
async fn contacts_wait_in_the_order_in_which_they_were_heard_of() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let contacts = clock.open(folder.path()).contacts();
    for name in ["b", "c", "a"] {
        contacts.put(&tenant(), contact(name)).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let hold = ContactSignal {
        contact_id: contact("b").contact_id,
        at: Timestamp::from_millis(9),
        kind: SignalKind::HoldStarted,
    };
    contacts.put(&tenant(), ContactRecord::of_signal(hold, clock.now())).await.unwrap();

    let waiting = contacts.waiting_for_stream(2).await.unwrap();

    let names: Vec<&str> = waiting.iter().map(|(_, record)| record.contact_id.as_str()).collect();
    assert_eq!(names, ["b", "c"], "news of a contact do not send it to the end of the line");
}

#[tokio::test]
async fn of_contacts_that_began_at_once_the_later_fragment_names_the_stream() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let contacts = clock.open(folder.path()).contacts();
    for (name, fragment) in [("one", "9"), ("two", "10"), ("three", "8")] {
        contacts.put(&tenant(), on_stream(name, 5, fragment)).await.unwrap();
    }
    let latest = contacts.latest_on_stream(&tenant(), &StreamName::new("s").unwrap()).await.unwrap();
    assert_eq!(latest.unwrap().contact_id.as_str(), "two");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_replaced() {
    let (folder, clock) = (TempDir::new().unwrap(), Clock::new());
    let contacts = clock.open(folder.path()).contacts();
    contacts.put(&tenant(), contact("good")).await.unwrap();
    contacts.put(&tenant(), contact("bad")).await.unwrap();
    let outside = Connection::open(folder.path().join("control.sqlite")).unwrap();
    outside.execute("UPDATE contacts SET json = '{' WHERE contact_id = 'bad'", []).unwrap();

    assert_eq!(contacts.waiting_for_stream(9).await.unwrap().len(), 1);
    assert!(contacts.put(&tenant(), contact("bad")).await.unwrap().is_news);
    assert_eq!(contacts.waiting_for_stream(9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_control_file_that_is_none_or_newer_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("control.sqlite");
    std::fs::write(&file, "no database, ".repeat(1_000)).unwrap();
    let error = SqliteControl::open(folder.path()).unwrap_err();
    assert!(matches!(error, SqliteError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("control.sqlite"), "{error}");

    std::fs::remove_file(&file).unwrap();
    drop(SqliteControl::open(folder.path()).unwrap());
    let outside = Connection::open(&file).unwrap();
    outside.execute("INSERT INTO schema_migrations VALUES (99, 'later')", []).unwrap();
    let error = SqliteControl::open(folder.path()).unwrap_err();
    assert!(matches!(error, SqliteError::Newer { found: 99, .. }), "{error:?}");
}
