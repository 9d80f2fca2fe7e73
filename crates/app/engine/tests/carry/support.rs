//! A scripted world around the real engine.
#![expect(clippy::unwrap_used, reason = "a test's own set-up")]

use std::{ops::Range, sync::Arc, time::Duration};

use contacts::{ContactSignal, MediaTrigger, SignalKind};
use engine::{Delivery, Engine, EngineOptions, EngineParts, SpoolFolder, Started, Subscription, Topic};
use events::Envelope;
use mkv::testing::ConnectStream;
use model::{CallId, ContactId, StreamName, TenantId, Timestamp};
use ports::{
    EventLog,
    testing::{
        BodyStep, MediaFailure, MemoryBlobStore, MemoryEventLog, ScriptedMediaSource, ScriptedTranscriber,
    },
};
use tempfile::TempDir;
use tokio::time::Instant;

const CONTACT: &str = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";
const START_MS: u64 = 1_726_677_688_724;
const FRAGMENT_MS: u64 = 1_024;

pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) log: Arc<MemoryEventLog>,
    pub(crate) blobs: Arc<MemoryBlobStore>,
    pub(crate) tenant: TenantId,
    media: ScriptedMediaSource,
    _spool: TempDir,
}

impl World {
    pub(crate) fn new(transcriber: ScriptedTranscriber) -> Self {
        Self::build(Some(transcriber), Arc::default(), Arc::default())
    }

    pub(crate) fn without_recogniser() -> Self {
        Self::build(None, Arc::default(), Arc::default())
    }

    /// Another process over the same log and blobs.
    pub(crate) fn restarted(&self, transcriber: ScriptedTranscriber) -> Self {
        Self::build(Some(transcriber), Arc::clone(&self.log), Arc::clone(&self.blobs))
    }

    fn build(
        transcriber: Option<ScriptedTranscriber>,
        log: Arc<MemoryEventLog>,
        blobs: Arc<MemoryBlobStore>,
    ) -> Self {
        let media = ScriptedMediaSource::new();
        let spool = tempfile::tempdir().unwrap();
        let began = Instant::now();
        // Calls are read some seconds after they began, so that nothing of them lies in the future.
        let epoch = Timestamp::from_millis(i64::try_from(START_MS).unwrap()) + Duration::from_secs(4_000);
        let parts = EngineParts {
            media: Arc::new(media.clone()),
            transcriber: transcriber.map(|one| Arc::new(one) as _),
            absent: "the models are missing".to_owned(),
            log: Arc::clone(&log) as _,
            blobs: Arc::clone(&blobs) as _,
            clock: Arc::new(move || epoch + began.elapsed()),
        };
        let options = EngineOptions {
            spool: Some(SpoolFolder::open(spool.path()).unwrap()),
            ..EngineOptions::default()
        };
        let engine = Arc::new(Engine::new(parts, options));
        Self { engine, log, blobs, tenant: TenantId::new("acme").unwrap(), media, _spool: spool }
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
        contacts::read_trigger(json.to_string().as_bytes()).unwrap()
    }

    pub(crate) async fn start(&self) -> CallId {
        match self.engine.start_call(&self.tenant, self.trigger()).await.unwrap() {
            Started::Accepted(call) => call,
            Started::AlreadyKnown(call) => panic!("{call} is known"),
        }
    }

    /// Connect says that the contact ended after so many fragments.
    pub(crate) fn hang_up_after(&self, fragments: u64) {
        self.hang_up_at(fragments * FRAGMENT_MS);
    }

    pub(crate) fn hang_up_at(&self, at_ms: u64) {
        self.signal(at_ms, SignalKind::Disconnected);
    }

    /// Connect says something of the contact.
    pub(crate) fn signal(&self, at_ms: u64, kind: SignalKind) {
        let at = Timestamp::from_millis(i64::try_from(START_MS + at_ms).unwrap());
        let contact_id = ContactId::new(CONTACT).unwrap();
        self.engine.signal(&self.tenant, ContactSignal { contact_id, at, kind });
    }

    pub(crate) fn follow(&self, topic: Topic, after: u64) -> Subscription {
        Subscription::new(Arc::clone(&self.log) as _, self.engine.bus(), self.tenant.clone(), topic, after)
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

fn stream_name() -> StreamName {
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
