use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use contacts::ContactRecord;
use events::Event;
use lifecycle::{Kind, Retention};
use model::{CallId, Channel, ContactId, Pii, StreamName, TenantId};
use ports::{
    CallFilter, EventLogError,
    testing::{
        MemoryAuditLog, MemoryBlobStore, MemoryContacts, MemoryEventLog, append_as_owner, call_ended,
        call_started, utterance,
    },
};

use super::*;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const NUMBER: &str = "+15555550134";

/// A stream that keeps raw audio for so many hours.
struct Hours(u32);

#[async_trait]
impl StreamRetention for Hours {
    async fn hours(&self, _: &TenantId, _: &StreamName) -> Option<u32> {
        Some(self.0)
    }
}

struct World {
    keeper: Housekeeper,
    log: Arc<MemoryEventLog>,
    blobs: MemoryBlobStore,
    contacts: Arc<MemoryContacts>,
    audit: Arc<MemoryAuditLog>,
    now: Arc<AtomicI64>,
    index: Arc<BlindIndex>,
}

fn tenant() -> TenantId {
    TenantId::new("acme").expect("a name of letters")
}

fn call(name: &str) -> CallId {
    CallId::new(name).expect("a name of letters")
}

impl World {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(100 * DAY_MS));
        let (log, contacts) = (Arc::new(MemoryEventLog::new()), Arc::new(MemoryContacts::new()));
        let (blobs, audit) = (MemoryBlobStore::new(), Arc::new(MemoryAuditLog::new()));
        let kept = Kept {
            log: Arc::clone(&log) as _,
            blobs: Arc::new(blobs.clone()),
            contacts: Arc::clone(&contacts) as _,
            audit: Arc::clone(&audit) as _,
        };
        let clock = Arc::clone(&now);
        let index = Arc::new(BlindIndex::new(&[3; 32]));
        let keeper =
            Housekeeper::new(kept, Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed))))
                .signing_with(Arc::new(SigningKey::from_secret(&[7; 32])))
                .finding_customers_by(Arc::clone(&index))
                .asking_streams(Arc::new(Hours(24)));
        Self { keeper, log, blobs, contacts, audit, now, index }
    }

    /// A call of the customer that began so many days after the epoch; over after ten seconds, if it is over.
    async fn call(&self, name: &str, day: i64, is_over: bool) {
        let mut started = call_started(day * DAY_MS);
        if let Event::CallStarted(started) = &mut started.event {
            started.contact_id = ContactId::new(format!("contact-{name}")).expect("a name of letters");
            started.customer_keys = self.index.number(&tenant(), NUMBER).into_iter().collect();
        }
        let record = ContactRecord::new(
            ContactId::new(format!("contact-{name}")).expect("a name of letters"),
            Timestamp::from_millis(0),
        );
        self.contacts.put(&tenant(), record).await.expect("put");
        let mut events = vec![started, utterance(Channel::Customer, 0, "hello")];
        events.push(recording(name));
        if is_over {
            events.push(call_ended(10_000));
        }
        append_as_owner(self.log.as_ref(), &tenant(), &call(name), Timestamp::from_millis(0), events)
            .await
            .expect("append");
        for blob in [
            format!("acme/recordings/{name}.wav"),
            format!("acme/recordings/{name}.wav.peaks.json"),
            format!("acme/recordings/{name}.7.wav"),
            format!("acme/evidence/{name}.json"),
            format!("acme/evidence/{name}.html"),
        ] {
            let mut writer = self.blobs.create(&blob).await.expect("create");
            writer.write(Bytes::from_static(b"x")).await.expect("write");
            writer.commit().await.expect("commit");
        }
    }

    async fn erase(&self, wanted: &Wanted) -> Erasure {
        self.keeper.erase(&tenant(), wanted, "ann", false).await.expect("erase")
    }

    fn blobs_of(&self, name: &str) -> Vec<String> {
        let is_of = |key: &String| key.contains(&format!("/{name}."));
        self.blobs.keys().into_iter().filter(is_of).collect()
    }

    async fn calls(&self) -> Vec<String> {
        let filter = CallFilter { limit: 100, ..CallFilter::default() };
        let page = self.log.calls(&tenant(), &filter).await.expect("calls");
        page.calls.iter().map(|row| row.call_id.to_string()).collect()
    }

    async fn sweep(&self, retention: &Retention) -> Swept {
        self.keeper.sweep(&tenant(), retention, SweepBudget::default(), false).await.expect("sweep")
    }
}

fn recording(name: &str) -> ports::NewEvent {
    let recording = events::Recording {
        key: format!("acme/recordings/{name}.wav"),
        bytes: 1,
        duration_ms: 10_000,
        masks: 0,
        sha256: String::new(),
    };
    ports::NewEvent { stages: events::Stages::default(), event: Event::RecordingCompleted(recording) }
}

fn days(transcript: Option<u32>, recording: Option<u32>, evidence: Option<u32>) -> Retention {
    Retention::new(|kind| match kind {
        Kind::Transcript => transcript,
        Kind::Recording => recording,
        Kind::Evidence => evidence,
        Kind::Audit => Some(30),
    })
    .expect("days")
}

#[tokio::test]
async fn a_customers_calls_go_everywhere_and_it_is_certified() {
    let world = World::new();
    for name in ["call-1", "call-2", "call-1-2"] {
        world.call(name, 99, true).await;
    }
    let done = world.erase(&Wanted::Number(Pii::new("+1 (555) 555-0134".to_owned()))).await;

    assert!(world.calls().await.is_empty());
    let certificate = &done.signed.certificate;
    assert!(certificate.complete && certificate.erased.len() == 3 && certificate.kept.is_empty());
    assert!(certificate.erased.iter().all(|call| call.events == 4 && call.blobs.len() == 5));
    assert!(certificate.erased.iter().all(|call| call.contact_forgotten));
    let blob = done.blob.expect("it is kept");
    assert_eq!(world.blobs.keys(), [blob.as_str()], "only the certificate is left");

    let stored = world.blobs.blob(&blob).expect("the certificate");
    let checked = check_certificate(&stored).expect("signed");
    assert_eq!(checked, done.signed);
    assert!(!String::from_utf8_lossy(&stored).contains("5550134"), "no number is in it");
    let forged = String::from_utf8_lossy(&stored).replace("\"complete\": true", "\"complete\": false");
    assert!(check_certificate(forged.as_bytes()).is_err());

    let (tenant, id) = (tenant(), call("call-1"));
    let began = vec![call_started(0)];
    let late = append_as_owner(world.log.as_ref(), &tenant, &id, Timestamp::from_millis(0), began).await;
    assert!(matches!(late, Err(EventLogError::Fenced(_))));
    let audit = world.audit.entries(&tenant, 0, 10).await.expect("entries");
    assert_eq!((audit.len(), audit[0].act.as_str(), audit[0].by.as_str()), (1, "erased", "ann"));
    assert_eq!(audit[0].subject, certificate.subject.name());
    let again = world.erase(&Wanted::Number(Pii::new(NUMBER.to_owned()))).await;
    assert!(again.signed.certificate.erased.is_empty());
}

#[tokio::test]
async fn a_certificate_claims_no_more_than_is_true() {
    let world = World::new();
    world.call("call-1", 99, true).await;
    let done = world.erase(&Wanted::Call(call("call-1"))).await;
    let remaining = &done.signed.certificate.remaining;
    let stream = remaining.iter().find(|what| what.what.contains("video stream")).expect("the stream");
    assert_eq!(stream.until_ms, Some(100 * DAY_MS + 10_000), "a day after the call's end");
    assert!(remaining.iter().any(|what| what.what.contains("backups")));
    // When the stream's retention is over nothing is left in it.
    world.call("call-2", 98, true).await;
    let done = world.erase(&Wanted::Call(call("call-2"))).await;
    assert!(!done.signed.certificate.remaining.iter().any(|what| what.what.contains("video stream")));
}

#[tokio::test]
async fn what_is_held_or_goes_on_stays_and_is_told() {
    let world = World::new();
    for (name, is_over) in [("held", true), ("live", false), ("over", true)] {
        world.call(name, 99, is_over).await;
    }
    world.keeper.place_hold(&tenant(), &call("held"), "case 7", "bob").await.expect("hold");
    let live = world.keeper.place_hold(&tenant(), &call("live"), "case 7", "bob").await;
    assert!(matches!(live, Err(HousekeepingError::Live(_))));

    let done = world.erase(&Wanted::Number(Pii::new(NUMBER.to_owned()))).await;
    let certificate = done.signed.certificate;
    let kept: Vec<_> = certificate.kept.iter().map(|kept| (kept.call_id.as_str(), kept.why)).collect();
    assert!(!certificate.complete);
    assert!(kept.contains(&("held", lifecycle::Keep::LegalHold)) && kept.len() == 2);
    assert!(kept.contains(&("live", lifecycle::Keep::Live)));
    assert_eq!(world.blobs_of("held").len(), 5);
    assert!(world.blobs_of("over").is_empty());

    world.keeper.release_hold(&tenant(), &call("held"), "case 7", "bob").await.expect("release");
    let done = world.erase(&Wanted::Call(call("held"))).await;
    assert!(done.signed.certificate.complete);
    let acts = world.audit.entries(&tenant(), 0, 10).await.expect("entries");
    let acts: Vec<&str> = acts.iter().map(|entry| entry.act.as_str()).collect();
    assert_eq!(acts, ["hold_placed", "erased", "hold_released", "erased"]);
}

#[tokio::test]
async fn a_look_removes_nothing() {
    let world = World::new();
    world.call("call-1", 1, true).await;
    let wanted = Wanted::Contact(ContactId::new("contact-call-1").expect("a name of letters"));
    let looked = world.keeper.erase(&tenant(), &wanted, "ann", true).await.expect("look");
    assert_eq!(looked.signed.certificate.erased.len(), 1);
    assert_eq!((looked.signed.signature, looked.blob), (None, None));
    let kept = days(Some(30), None, None);
    let swept = world.keeper.sweep(&tenant(), &kept, SweepBudget::default(), true).await;
    assert_eq!(swept.expect("sweep").calls, 1);
    assert_eq!((world.calls().await.len(), world.blobs.keys().len()), (1, 5));
    assert!(world.audit.entries(&tenant(), 0, 10).await.expect("entries").is_empty());
}

#[tokio::test]
async fn a_sweep_removes_what_is_due_and_nothing_else() {
    let world = World::new();
    for (name, day) in [("old", 60), ("older", 10), ("fresh", 95), ("middle", 80)] {
        world.call(name, day, true).await;
    }
    world.call("forgotten-live", 1, false).await;
    world.keeper.place_hold(&tenant(), &call("older"), "case 7", "bob").await.expect("hold");
    let swept = world.sweep(&days(Some(30), Some(7), None)).await;
    assert_eq!((swept.calls, swept.recordings, swept.held, swept.more), (1, 1, 1, false));
    assert_eq!(world.calls().await, ["fresh", "middle", "older", "forgotten-live"]);
    assert!(world.blobs_of("old").is_empty());
    assert_eq!(world.blobs_of("older").len(), 5);
    assert_eq!(world.blobs_of("middle"), ["acme/evidence/middle.html", "acme/evidence/middle.json"]);
    assert!(!world.log.call(&tenant(), &call("middle")).await.expect("row").has_recording);
    let again = world.sweep(&days(Some(30), Some(7), None)).await;
    assert_eq!((again.calls, again.recordings, again.held), (0, 0, 1));
}

#[tokio::test]
async fn evidence_outlives_its_call_for_its_own_days() {
    let world = World::new();
    world.call("old", 60, true).await;
    let kept = days(Some(30), None, Some(90));
    world.sweep(&kept).await;
    assert_eq!(world.blobs_of("old"), ["acme/evidence/old.html", "acme/evidence/old.json"]);
    world.now.store(149 * DAY_MS, Ordering::Relaxed);
    assert_eq!(world.sweep(&kept).await.evidence, 0);
    world.now.store(152 * DAY_MS, Ordering::Relaxed);
    assert_eq!(world.sweep(&kept).await.evidence, 1);
    assert!(world.blobs.keys().is_empty(), "{:?}", world.blobs.keys());
}

#[tokio::test]
async fn a_sweep_does_no_more_than_its_budget_and_the_next_goes_on() {
    let world = World::new();
    for n in 0..5 {
        world.call(&format!("call-{n}"), n, true).await;
    }
    let kept = days(Some(30), None, None);
    let budget = SweepBudget { calls: 2 };
    let mut seen = Vec::new();
    for _ in 0..3 {
        let swept = world.keeper.sweep(&tenant(), &kept, budget, false).await.expect("sweep");
        seen.push((swept.calls, swept.more));
    }
    assert_eq!(seen, [(2, true), (2, true), (1, false)]);
    assert!(world.calls().await.is_empty());
}

#[tokio::test]
async fn streams_that_keep_longer_than_the_retention_are_named() {
    let world = World::new();
    world.call("call-1", 60, true).await;
    let keeper = world.keeper.clone().asking_streams(Arc::new(Hours(31 * 24)));
    let swept = keeper.sweep(&tenant(), &days(Some(30), None, None), SweepBudget::default(), true).await;
    assert_eq!(swept.expect("sweep").streams, [("connect-stream-1".to_owned(), 31 * 24)]);
    assert!(world.sweep(&days(Some(30), None, None)).await.streams.is_empty());
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused() {
    let world = World::new();
    let refused = async |wanted: Wanted, by: &str| {
        let erased = world.keeper.erase(&tenant(), &wanted, by, false).await;
        erased.expect_err("refused")
    };
    let number = || Wanted::Number(Pii::new("5550134".to_owned()));
    assert!(matches!(refused(number(), "ann").await, HousekeepingError::NotANumber));
    assert!(!refused(number(), "ann").await.to_string().contains("5550134"));
    assert!(matches!(refused(Wanted::Call(call("none")), "ann").await, HousekeepingError::NoSuchCall(_)));
    assert!(matches!(refused(number(), " ").await, HousekeepingError::Name(_)));
    assert!(matches!(refused(number(), "a\nb").await, HousekeepingError::Name(_)));
    let without = Housekeeper::new(world.keeper.kept.clone(), Arc::clone(&world.keeper.clock));
    let wanted = Wanted::Number(Pii::new(NUMBER.to_owned()));
    let erased = without.erase(&tenant(), &wanted, "ann", false).await;
    assert!(matches!(erased, Err(HousekeepingError::NoCustomerKey)));
}
