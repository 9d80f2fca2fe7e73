//! A scripted world around the real engine and its guide: one call, several hosts, virtual time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's own set-up")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use assist::{Asked, CompiledPlaybook, FoundPassage, WrittenSummary};
use async_trait::async_trait;
use contacts::{Agent, AttributeNames, ContactSignal, SignalKind};
use engine::{Clock, Delivery, Engine, EngineOptions, EngineParts, Started, Subscription, Topic};
use events::{Act, DoneBy, Envelope, SummaryPoint, SummarySection};
use guidance::{Advice, Guide, GuideParts, Shelf, ToSummarise};
use mkv::testing::ConnectStream;
use model::{CallId, CallKey, Channel, ContactId, StreamName, TenantId, Timestamp, UtteranceId, WorkerId};
use playbook::Playbook;
use ports::{
    EventLog,
    testing::{
        BodyStep, MemoryBlobStore, MemoryBus, MemoryContacts, MemoryEventLog, MemoryLeases, ScriptLine,
        ScriptedMediaSource, ScriptedTranscriber,
    },
};
use tokio::time::Instant;

const CONTACT: &str = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";
const START_MS: u64 = 1_726_677_688_724;
const FRAGMENT_MS: u64 = 1_024;
const STREAM: &str = "test-connect-acme-contact-1";

const PLAYBOOK: &str = r#"
playbook: save
version: 3
title: Save
rules:
  - id: cancel
    title: Wants to cancel
    when: { says: { who: customer, any_of: ["cancel"] } }
    then:
      - card: { title: Ask why, say: May I ask what made you think of leaving? }
      - alert: { kind: other, title: Wants to leave, severity: warning }
checklist:
  - { id: greeting, title: Greet, required: true, done: { says: { who: agent, any_of: ["good morning"] } } }
  - { id: farewell, title: Say goodbye, required: true, done: { says: { who: agent, any_of: ["goodbye"] } } }
summary:
  sections: [{ id: reason, title: Reason, kind: reason }]
"#;

/// How the model behaves that writes summaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    Absent,
    /// Answers after two seconds.
    Writes,
    Panics,
}

struct ScriptedAdvice(Writer);

#[async_trait]
impl Advice for ScriptedAdvice {
    fn writes_summaries(&self, _: &TenantId) -> bool {
        self.0 != Writer::Absent
    }

    async fn ask(&self, _: &TenantId, _: &Asked) -> Result<FoundPassage, &'static str> {
        Err("nothing_fits")
    }

    async fn summarise(&self, _: &TenantId, call: &ToSummarise) -> Result<WrittenSummary, &'static str> {
        assert!(self.0 != Writer::Panics, "on purpose");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let utterance =
            call.transcript.split(['[', ']']).nth(1).and_then(|id| id.parse::<UtteranceId>().ok());
        let point = SummaryPoint { text: Some("They want to leave.".into()), utterance };
        let section = SummarySection { id: "reason".into(), title: "Reason".into(), points: vec![point] };
        Ok(WrittenSummary {
            model: "scripted".into(),
            sections: vec![section],
            actions: Vec::new(),
            disposition: None,
        })
    }
}

/// What hosts share.
#[derive(Clone)]
struct Stores {
    log: Arc<MemoryEventLog>,
    blobs: Arc<MemoryBlobStore>,
    leases: MemoryLeases,
    contacts: Arc<MemoryContacts>,
    bus: MemoryBus,
    clock: Clock,
    hosts: Arc<AtomicU32>,
}

/// One host.
pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) guide: Arc<Guide>,
    pub(crate) log: Arc<MemoryEventLog>,
    pub(crate) tenant: TenantId,
    stores: Stores,
    media: ScriptedMediaSource,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Writer::Absent)
    }

    pub(crate) fn with(writer: Writer) -> Self {
        let began = Instant::now();
        let epoch = Timestamp::from_millis(i64::try_from(START_MS).unwrap()) + Duration::from_secs(20);
        let clock: Clock = Arc::new(move || epoch + began.elapsed());
        let stores = Stores {
            log: Arc::default(),
            blobs: Arc::default(),
            leases: MemoryLeases::new(Arc::clone(&clock)),
            contacts: Arc::default(),
            bus: MemoryBus::new(),
            clock,
            hosts: Arc::default(),
        };
        Self::on(stores, writer)
    }

    /// Another host over the same stores.
    pub(crate) fn next_host(&self, writer: Writer) -> Self {
        Self::on(self.stores.clone(), writer)
    }

    fn on(stores: Stores, writer: Writer) -> Self {
        let media = ScriptedMediaSource::new();
        let parts = EngineParts {
            media: Arc::new(media.clone()),
            transcriber: Some(Arc::new(script())),
            absent: String::new(),
            log: Arc::clone(&stores.log) as _,
            blobs: Arc::clone(&stores.blobs) as _,
            leases: Arc::new(stores.leases.clone()),
            contacts: Arc::clone(&stores.contacts) as _,
            bus: Some(Arc::new(stores.bus.clone())),
            queue: None,
            clock: Arc::clone(&stores.clock),
        };
        let tenant = TenantId::new("acme").unwrap();
        let host = stores.hosts.fetch_add(1, Ordering::Relaxed);
        let worker = WorkerId::new(format!("host-{host}")).unwrap();
        let engine = Arc::new(Engine::new(parts, EngineOptions::new(worker, tenant.clone())));
        let playbook = Playbook::read(PLAYBOOK).unwrap_or_else(|problems| panic!("{problems}"));
        let playbook = CompiledPlaybook::new(playbook, "0123456789ab".to_owned(), &|_| None).unwrap();
        let guide = Guide::start(GuideParts {
            engine: Arc::clone(&engine),
            log: Arc::clone(&stores.log) as _,
            shelf: Arc::new(Shelf::fixed(vec![Arc::new(playbook)])),
            embedder: None,
            advice: Some(Arc::new(ScriptedAdvice(writer))),
            built_in_alerts: false,
        });
        let log = Arc::clone(&stores.log);
        Self { engine, guide, log, tenant, stores, media }
    }

    /// The stream's next body: so many fragments from its beginning, and then nothing more for now.
    pub(crate) fn stream(&self, fragments: usize) {
        let mut stream = ConnectStream::new(CONTACT, START_MS, 7);
        let mut bytes = Vec::new();
        stream.write(fragments, &mut bytes);
        self.media
            .add_body(&StreamName::new(STREAM).unwrap(), [BodyStep::Bytes(bytes.into()), BodyStep::Stall]);
    }

    /// Begins the call, and connects its agent.
    pub(crate) async fn start(&self) -> CallKey {
        self.engine.start();
        let json = serde_json::json!({"Details": {"ContactData": {
            "ContactId": CONTACT, "Channel": "VOICE", "Queue": {"Name": "Retention"},
            "MediaStreams": {"Customer": {"Audio": {
                "StreamARN": format!("arn:aws:kinesisvideo:us-east-1:1:stream/{STREAM}/1"),
                "StartTimestamp": START_MS.to_string(),
                "StartFragmentNumber": "91343852333181432392682062622220590765191000001"}}}}}});
        let trigger =
            contacts::read_trigger(json.to_string().as_bytes(), &AttributeNames::default()).unwrap();
        let agent = Agent { arn: "ann".to_owned(), name: None };
        let started = self.engine.trigger(None, &trigger).await.unwrap();
        let Started::Accepted { call, .. } = started else { panic!("not a new call: {started:?}") };
        self.signal(100, SignalKind::AgentConnected(agent)).await;
        CallKey::new(self.tenant.clone(), call)
    }

    pub(crate) async fn hang_up_after(&self, fragments: u64) {
        self.signal(fragments * FRAGMENT_MS, SignalKind::Disconnected).await;
    }

    async fn signal(&self, at_ms: u64, kind: SignalKind) {
        let at = Timestamp::from_millis(i64::try_from(START_MS + at_ms).unwrap());
        let contact_id = ContactId::new(CONTACT).unwrap();
        self.engine.signal(&self.tenant, ContactSignal { contact_id, at, kind }).await.unwrap();
    }

    /// Waits for an event of this type.
    pub(crate) async fn until(&self, call: &CallId, kind: &str) {
        self.until_so_many(call, kind, 1).await;
    }

    pub(crate) async fn until_so_many(&self, call: &CallId, kind: &str, mut count: usize) {
        let topic = Topic::Call(call.clone());
        let (log, tenant) = (Arc::clone(&self.log) as _, self.tenant.clone());
        let mut follower = Subscription::new(log, self.engine.fanout(), tenant, topic, 0);
        let wanted = async {
            while count > 0 {
                if let Delivery::Event(event) = follower.next().await.unwrap() {
                    count -= usize::from(event.envelope().event.type_name() == kind);
                }
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(600), wanted).await;
        assert!(seen.is_ok(), "no {kind} in {:?}", kinds(&self.logged(call).await));
    }

    pub(crate) async fn logged(&self, call: &CallId) -> Vec<Envelope> {
        self.log.read_call(&self.tenant, call, 0, 1_000).await.unwrap()
    }
}

/// What is said in the call: the greeting, the wish to leave, and the goodbye after the first eight fragments.
fn script() -> ScriptedTranscriber {
    ScriptedTranscriber::new([
        ScriptLine::said(Channel::ToCustomer, 300, 1_200, "good morning"),
        ScriptLine::said(Channel::Customer, 1_500, 2_500, "I want to cancel my contract"),
        ScriptLine::said(Channel::ToCustomer, 9_000, 9_800, "thank you and goodbye"),
    ])
}

pub(crate) fn kinds(events: &[Envelope]) -> Vec<&'static str> {
    events.iter().map(|envelope| envelope.event.type_name()).collect()
}

pub(crate) fn done(id: &str, act: Act) -> DoneBy {
    DoneBy { id: id.to_owned(), by: "ann".to_owned(), act }
}
