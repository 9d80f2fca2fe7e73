use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use access::Principal;
use async_trait::async_trait;
use compliance::{Verifier, VerifierParts};
use engine::{Engine, EngineOptions, EngineParts};
use events::{Envelope, Event, Stages, Verdict, Verified};
use model::{CallId, CallKey, Channel, Epoch, TenantId, Timestamp, WorkerId};
use ports::{
    Append, Appended, CallPage, EventLog, NewEvent,
    testing::{
        MemoryAuditLog, MemoryBlobStore, MemoryContacts, MemoryEventLog, MemoryLeases, ScriptedMediaSource,
        append_as_owner, call_started, ids, utterance,
    },
};
use projection::{CallSummary, TranscriptView};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::*;
use crate::{Reviewers, reviewer::Viewer};

/// A log whose reads fail while it is broken.
#[derive(Default)]
struct BreakableLog {
    inner: MemoryEventLog,
    broken: AtomicBool,
}

impl BreakableLog {
    fn read(&self) -> Result<&MemoryEventLog, EventLogError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(EventLogError::Store("the disk is away".into()));
        }
        Ok(&self.inner)
    }
}

#[async_trait]
impl EventLog for BreakableLog {
    async fn claim(&self, key: &CallKey, epoch: Epoch) -> Result<u64, EventLogError> {
        self.inner.claim(key, epoch).await
    }

    async fn claim_next(&self, key: &CallKey) -> Result<(Epoch, u64), EventLogError> {
        self.inner.claim_next(key).await
    }

    async fn erase(&self, key: &CallKey) -> Result<u64, EventLogError> {
        self.inner.erase(key).await
    }

    async fn scrub(&self, tenant: &TenantId) -> Result<ports::Remains, EventLogError> {
        self.inner.scrub(tenant).await
    }

    async fn append(&self, append: Append) -> Result<Appended, EventLogError> {
        self.inner.append(append).await
    }

    async fn read_call(
        &self,
        tenant: &TenantId,
        call: &CallId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        self.read()?.read_call(tenant, call, after, limit).await
    }

    async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Envelope>, EventLogError> {
        self.read()?.read_tenant(tenant, after, limit).await
    }

    async fn calls(&self, tenant: &TenantId, filter: &CallFilter) -> Result<CallPage, EventLogError> {
        self.read()?.calls(tenant, filter).await
    }

    async fn call(&self, tenant: &TenantId, call: &CallId) -> Result<CallSummary, EventLogError> {
        self.read()?.call(tenant, call).await
    }

    async fn transcript(&self, tenant: &TenantId, call: &CallId) -> Result<TranscriptView, EventLogError> {
        self.read()?.transcript(tenant, call).await
    }
}

/// A log of two events of one call, followed.
struct World {
    log: Arc<BreakableLog>,
    state: ApiState,
    call: CallId,
}

impl World {
    async fn new() -> Self {
        let log = Arc::new(BreakableLog::default());
        let (tenant, call) = ids("acme", "call-1");
        let events = vec![call_started(1_000), utterance(Channel::Customer, 0, "hello")];
        append_as_owner(log.as_ref(), &tenant, &call, Timestamp::from_millis(1), events).await.unwrap();
        let blobs = Arc::new(MemoryBlobStore::new());
        let parts = EngineParts {
            media: Arc::new(ScriptedMediaSource::new()),
            transcriber: None,
            absent: "the models are missing".to_owned(),
            log: Arc::clone(&log) as _,
            blobs: Arc::clone(&blobs) as _,
            leases: Arc::new(MemoryLeases::new(Arc::new(|| Timestamp::from_millis(1)))),
            contacts: Arc::new(MemoryContacts::new()),
            bus: None,
            queue: None,
            clock: Arc::new(|| Timestamp::from_millis(1)),
        };
        let options = EngineOptions::new(WorkerId::new("host").unwrap(), tenant.clone());
        let engine = Arc::new(Engine::new(parts, options));
        let log_port = Arc::clone(&log) as _;
        let verifier = Verifier::new(VerifierParts {
            log: Arc::clone(&log) as _,
            blobs: Arc::clone(&blobs) as _,
            recogniser: None,
            key: None,
            clock: Arc::new(|| Timestamp::from_millis(1)),
            publish: Arc::new(|_| ()),
            policy: Arc::new(|_| Arc::default()),
        });
        let state = ApiState {
            tenant,
            engine,
            log: log_port,
            blobs,
            keeping: None,
            verifier,
            audit: Arc::new(MemoryAuditLog::new()),
            reviewers: Reviewers::default(),
            entry: crate::Entry::default(),
            desk: crate::Desk::default(),
            guiding: None,
            metrics: None,
            probes: Vec::new(),
        };
        Self { log, state, call }
    }

    fn break_log(&self, broken: bool) {
        self.log.broken.store(broken, Ordering::SeqCst);
    }

    fn follow(&self, topic: Topic, cursor: u64) -> Followed {
        self.follow_as(Viewer(None), topic, cursor)
    }

    fn follow_as(&self, viewer: Viewer, topic: Topic, cursor: u64) -> Followed {
        let (outgoing, received) = mpsc::channel(32);
        let hidden = Hidden::from(viewer);
        let wanted =
            Wanted { id: "s1".to_owned(), topic, snapshot: false, types: None, seen: BTreeMap::new() };
        let follower =
            Follower::new(wanted, cursor, hidden, Scope::of(Arc::new(Principal::anybody())), outgoing);
        Followed { received, task: tokio::spawn(follower.run(self.state.clone())) }
    }

    fn one_call(&self) -> Topic {
        Topic::Call(self.call.clone())
    }
}

struct Followed {
    received: mpsc::Receiver<Outgoing>,
    task: JoinHandle<()>,
}

impl Followed {
    async fn next(&mut self) -> Value {
        let message = self.received.recv().await.expect("the subscription goes on");
        serde_json::from_str(&message.text).unwrap()
    }

    async fn expect_event(&mut self, seq: u64) {
        let frame = self.next().await;
        assert_eq!((&frame["type"], &frame["event"]["seq"]), (&json!("event"), &json!(seq)), "{frame}");
    }

    async fn expect_caught_up(&mut self, cursor: u64) {
        assert_eq!(self.next().await, json!({"type": "caught_up", "id": "s1", "cursor": cursor}));
    }

    async fn expect_refusal(mut self, last: u64) {
        let frame = self.next().await;
        assert_eq!(
            (&frame["type"], &frame["code"], &frame["cursor"]),
            (&json!("error"), &json!("cursor_ahead"), &json!(last)),
            "{frame}"
        );
        self.task.await.unwrap();
        assert!(self.received.recv().await.is_none(), "nothing more comes of it");
    }
}

#[tokio::test]
async fn a_cursor_within_the_log_is_followed() {
    let world = World::new().await;
    let mut followed = world.follow(world.one_call(), 1);
    followed.expect_event(2).await;
    followed.expect_caught_up(2).await;
    world.follow(Topic::Calls, 2).expect_caught_up(2).await;
    world.follow(world.one_call(), 2).expect_caught_up(2).await;
}

#[tokio::test]
async fn a_cursor_ahead_of_the_log_is_refused_with_the_logs_end() {
    let world = World::new().await;
    world.follow(Topic::Calls, 3).expect_refusal(2).await;
    world.follow(world.one_call(), 3).expect_refusal(2).await;
    let (_, unknown) = ids("acme", "call-2");
    world.follow(Topic::Call(unknown), 1).expect_refusal(0).await;
}

#[tokio::test]
async fn a_call_can_be_followed_before_its_first_event() {
    let world = World::new().await;
    let (_, unknown) = ids("acme", "call-2");
    world.follow(Topic::Call(unknown), 0).expect_caught_up(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_log_that_fails_is_warned_of_until_it_answers_again() {
    for cursor in [0, 1] {
        let world = World::new().await;
        world.break_log(true);
        let mut followed = world.follow(world.one_call(), cursor);
        for _ in 0..2 {
            let frame = followed.next().await;
            assert_eq!(
                (&frame["type"], &frame["code"]),
                (&json!("warning"), &json!("store_failed")),
                "{frame}"
            );
            assert_eq!(frame["id"], "s1");
        }
        world.break_log(false);
        for seq in cursor + 1..=2 {
            followed.expect_event(seq).await;
        }
        followed.expect_caught_up(2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_fails_on_the_way_loses_and_repeats_nothing() {
    let world = World::new().await;
    // More than is read from the log at once.
    for n in 0..400 {
        let spoken = vec![utterance(Channel::Customer, n * 1_000, "yes")];
        let (log, tenant) = (world.log.as_ref(), &world.state.tenant);
        append_as_owner(log, tenant, &world.call, Timestamp::from_millis(2), spoken).await.unwrap();
    }
    let mut followed = world.follow(world.one_call(), 0);
    followed.expect_event(1).await;
    world.break_log(true);
    let mut seq = 2;
    let warning = loop {
        let frame = followed.next().await;
        if frame["type"] != "event" {
            break frame;
        }
        assert_eq!(frame["event"]["seq"], seq);
        seq += 1;
    };
    assert_eq!(
        (&warning["type"], &warning["code"]),
        (&json!("warning"), &json!("store_failed")),
        "{warning}"
    );
    world.break_log(false);
    for seq in seq..=402 {
        followed.expect_event(seq).await;
    }
    followed.expect_caught_up(402).await;
}

/// The call's words wait for a reviewer.
async fn quarantine(world: &World) {
    let verified = Verified { verdict: Verdict::Quarantined, findings: Vec::new(), report: None };
    let event = NewEvent { stages: Stages::default(), event: Event::CallVerified(verified) };
    let (tenant, now) = (&world.state.tenant, Timestamp::from_millis(2));
    append_as_owner(world.log.as_ref(), tenant, &world.call, now, vec![event]).await.unwrap();
}

#[tokio::test]
async fn the_words_of_a_hidden_call_reach_nobody_but_reviewers() {
    let world = World::new().await;
    quarantine(&world).await;
    let mut followed = world.follow(Topic::Calls, 0);
    followed.expect_event(1).await;
    followed.expect_event(3).await;
    followed.expect_caught_up(3).await;
    let mut refused = world.follow(world.one_call(), 0);
    refused.expect_event(1).await;
    assert_eq!(refused.next().await["code"], json!("quarantined"));
    assert!(refused.received.recv().await.is_none(), "nothing more comes of it");
    let mut reviewed = world.follow_as(Viewer(Some("ann".into())), world.one_call(), 0);
    for seq in 1..=3 {
        reviewed.expect_event(seq).await;
    }
}
