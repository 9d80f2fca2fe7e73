//! A scripted world around the real engine.
#![expect(clippy::unwrap_used, reason = "a test's own set-up")]

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use contacts::{AttributeNames, ContactSignal, MediaTrigger, SignalKind};
use engine::{
    Clock, Delivery, Engine, EngineOptions, EngineParts, SpoolFolder, Started, Subscription, Topic,
};
use events::Envelope;
use mkv::testing::ConnectStream;
use model::{CallId, ContactId, FragmentNumber, StreamName, TenantId, Timestamp, WorkerId};
use ports::{
    CallFilter, EventLog,
    testing::{
        BodyStep, MediaFailure, MemoryBlobStore, MemoryContacts, MemoryEventLog, MemoryLeases,
        ScriptedMediaSource, ScriptedTranscriber,
    },
};
use tempfile::TempDir;
use tokio::time::Instant;

pub(crate) const CONTACT: &str = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";
pub(crate) const START_MS: u64 = 1_726_677_688_724;
const FRAGMENT_MS: u64 = 1_024;

pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) log: Arc<MemoryEventLog>,
    pub(crate) blobs: Arc<MemoryBlobStore>,
    pub(crate) tenant: TenantId,
    pub(crate) stores: Stores,
    media: ScriptedMediaSource,
    _spool: TempDir,
}

/// What hosts share, besides the log and the recordings.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) log: Arc<MemoryEventLog>,
    pub(crate) blobs: Arc<MemoryBlobStore>,
    pub(crate) leases: MemoryLeases,
    pub(crate) contacts: Arc<MemoryContacts>,
    clock: Clock,
    hosts: Arc<AtomicU32>,
}

impl Stores {
    fn new() -> Self {
        let began = Instant::now();
        // Calls are read some seconds after they began, so that nothing of them lies in the future.
        let epoch = Timestamp::from_millis(i64::try_from(START_MS).unwrap()) + Duration::from_secs(4_000);
        let clock: Clock = Arc::new(move || epoch + began.elapsed());
        Self {
            log: Arc::default(),
            blobs: Arc::default(),
            leases: MemoryLeases::new(Arc::clone(&clock)),
            contacts: Arc::default(),
            clock,
            hosts: Arc::default(),
        }
    }
}

impl Stores {
    /// Time passes at one stroke, as it does for a process that is stopped and continued.
    pub(crate) async fn sleep_past_the_lease(&self) {
        tokio::time::advance(Duration::from_secs(11)).await;
    }
}

impl World {
    pub(crate) fn new(transcriber: ScriptedTranscriber) -> Self {
        Self::build(Some(transcriber), Stores::new(), &mut |_| {})
    }

    pub(crate) fn without_recogniser() -> Self {
        Self::build(None, Stores::new(), &mut |_| {})
    }

    pub(crate) fn with(transcriber: ScriptedTranscriber, mut change: impl FnMut(&mut EngineOptions)) -> Self {
        Self::build(Some(transcriber), Stores::new(), &mut change)
    }

    /// Another process over the same stores.
    pub(crate) fn restarted(&self, transcriber: ScriptedTranscriber) -> Self {
        Self::build(Some(transcriber), self.stores.clone(), &mut |_| {})
    }

    fn build(
        transcriber: Option<ScriptedTranscriber>,
        stores: Stores,
        change: &mut dyn FnMut(&mut EngineOptions),
    ) -> Self {
        let media = ScriptedMediaSource::new();
        let spool = tempfile::tempdir().unwrap();
        let parts = EngineParts {
            media: Arc::new(media.clone()),
            transcriber: transcriber.map(|one| Arc::new(one) as _),
            absent: "the models are missing".to_owned(),
            log: Arc::clone(&stores.log) as _,
            blobs: Arc::clone(&stores.blobs) as _,
            leases: Arc::new(stores.leases.clone()),
            contacts: Arc::clone(&stores.contacts) as _,
            bus: None,
            queue: None,
            clock: Arc::clone(&stores.clock),
        };
        let tenant = TenantId::new("acme").unwrap();
        let host = stores.hosts.fetch_add(1, Ordering::Relaxed);
        let worker = WorkerId::new(format!("host-{host}")).unwrap();
        let mut options = EngineOptions::new(worker, tenant.clone());
        options.spool = Some(SpoolFolder::open(spool.path()).unwrap());
        change(&mut options);
        let engine = Arc::new(Engine::new(parts, options));
        let (log, blobs) = (Arc::clone(&stores.log), Arc::clone(&stores.blobs));
        Self { engine, log, blobs, tenant, stores, media, _spool: spool }
    }

    /// The stream's next body: these fragments but for those that `keep` removes, then the steps.
    pub(crate) fn stream(
        &self,
        fragments: usize,
        keep: impl FnOnce(&mut Vec<usize>),
        then: impl IntoIterator<Item = BodyStep>,
    ) {
        let mut kept = (0..fragments).collect();
        keep(&mut kept);
        let all = all_fragments(fragments);
        let bytes = kept.iter().map(|n| BodyStep::Bytes(all[*n].clone().into())).collect::<Vec<_>>();
        self.media.add_body(&stream_name(), bytes.into_iter().chain(then));
    }

    /// Bodies of these fragments, each closed at its end; the last stays open.
    pub(crate) fn stream_parts(&self, parts: &[Range<usize>]) {
        let all = all_fragments(parts.iter().map(|part| part.end).max().unwrap_or(0));
        for (n, part) in parts.iter().enumerate() {
            let bytes = all[part.clone()].iter().map(|bytes| BodyStep::Bytes(bytes.clone().into()));
            let stall = (n + 1 == parts.len()).then_some(BodyStep::Stall);
            self.media.add_body(&stream_name(), bytes.chain(stall).collect::<Vec<_>>());
        }
    }

    /// A body of fragments, then a time without any, then some more.
    pub(crate) fn stream_with_pause(&self, before: usize, pause_ms: u64, after: usize) {
        let mut stream = ConnectStream::new(CONTACT, START_MS, 7);
        let mut bytes = Vec::new();
        stream.write(before, &mut bytes);
        stream.next_ms += pause_ms;
        stream.write(after, &mut bytes);
        self.media.add_body(&stream_name(), [BodyStep::Bytes(bytes.into()), BodyStep::Stall]);
    }

    /// What the archive of the stream holds.
    pub(crate) fn archive(&self, fragments: usize) {
        let all = all_fragments(fragments);
        self.media.set_archive(&stream_name(), all.into_iter().map(|bytes| BodyStep::Bytes(bytes.into())));
    }

    /// The number of the last of so many fragments.
    pub(crate) fn last_fragment(&self, fragments: usize) -> FragmentNumber {
        let mut reader = mkv::FragmentReader::new(mkv::Limits::CONNECT);
        let mut last = None;
        for bytes in all_fragments(fragments) {
            reader.push(&bytes);
            while let Some(mkv::Item::Fragment(fragment)) = reader.next() {
                last = fragment.tag(mkv::tag::FRAGMENT_NUMBER).map(str::to_owned);
            }
        }
        FragmentNumber::new(&last.unwrap()).unwrap()
    }

    /// Waits until some call is in the log.
    pub(crate) async fn until_known(&self) -> CallId {
        loop {
            let page = self.log.calls(&self.tenant, &CallFilter { limit: 1, ..CallFilter::default() }).await;
            if let Some(call) = page.unwrap().calls.pop() {
                return call.call_id;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) fn refuse(&self, failure: MediaFailure) {
        self.media.add_refusal(&stream_name(), failure);
    }

    pub(crate) fn trigger(&self) -> MediaTrigger {
        let json = serde_json::json!({"Details": {"ContactData": {
            "ContactId": CONTACT, "Channel": "VOICE", "CustomerEndpoint": {"Address": "+15555550134"},
            "Queue": {"Name": "Cards"},
            "MediaStreams": {"Customer": {"Audio": {
                "StreamARN": format!("arn:aws:kinesisvideo:us-east-1:1:stream/{}/1", stream_name()),
                "StartTimestamp": START_MS.to_string(),
                "StartFragmentNumber": "91343852333181432392682062622220590765191000001"}}}}}});
        contacts::read_trigger(json.to_string().as_bytes(), &AttributeNames::default()).unwrap()
    }

    pub(crate) async fn start(&self) -> CallId {
        self.engine.start();
        match self.engine.trigger(None, &self.trigger()).await.unwrap() {
            Started::Accepted { call, .. } => call,
            other => panic!("not a new call: {other:?}"),
        }
    }

    /// Connect says that the contact ended after so many fragments.
    pub(crate) async fn hang_up_after(&self, fragments: u64) {
        self.hang_up_at(fragments * FRAGMENT_MS).await;
    }

    pub(crate) async fn hang_up_at(&self, at_ms: u64) {
        self.signal(at_ms, SignalKind::Disconnected).await;
    }

    /// Connect says something of the contact.
    pub(crate) async fn signal(&self, at_ms: u64, kind: SignalKind) {
        let at = Timestamp::from_millis(i64::try_from(START_MS + at_ms).unwrap());
        let contact_id = ContactId::new(CONTACT).unwrap();
        self.engine.signal(&self.tenant, ContactSignal { contact_id, at, kind }).await.unwrap();
    }

    pub(crate) fn follow(&self, topic: Topic, after: u64) -> Subscription {
        Subscription::new(Arc::clone(&self.log) as _, self.engine.fanout(), self.tenant.clone(), topic, after)
    }

    /// Waits for an event of this kind.
    pub(crate) async fn until(&self, call: &CallId, kind: &str) {
        let mut follower = self.follow(Topic::Call(call.clone()), 0);
        loop {
            if let Delivery::Event(event) = follower.next().await.unwrap()
                && kinds(std::slice::from_ref(event.envelope())) == [kind]
            {
                return;
            }
        }
    }

    /// All events of a call, once it has ended.
    pub(crate) async fn until_ended(&self, call: &CallId) -> Vec<Envelope> {
        self.until(call, "call_ended").await;
        logged(self, call).await
    }
}

pub(crate) async fn logged(world: &World, call: &CallId) -> Vec<Envelope> {
    let mut events: Vec<Envelope> = Vec::new();
    loop {
        let page = world.log.read_call(&world.tenant, call, events.len() as u64, 500).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// The types of events as JSON names them.
pub(crate) fn kinds(events: &[Envelope]) -> Vec<&'static str> {
    events.iter().map(|envelope| envelope.event.type_name()).collect()
}

pub(crate) fn stream_name() -> StreamName {
    StreamName::new("test-connect-acme-contact-1").unwrap()
}

fn all_fragments(count: usize) -> Vec<Vec<u8>> {
    let mut stream = ConnectStream::new(CONTACT, START_MS, 7);
    (0..count)
        .map(|_| {
            let mut bytes = Vec::new();
            stream.fragment().write(&mut bytes);
            bytes
        })
        .collect()
}
