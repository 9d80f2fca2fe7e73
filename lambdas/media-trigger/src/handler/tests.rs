use std::{
    future::pending,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use model::StreamName;
use ports::{
    DirectoryError, Queue, QueueError, QueueMessage,
    testing::{MemoryContacts, MemoryQueue},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::way::QueueWay;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const TIME: Duration = Duration::from_millis(2_500);
const START: &str = "91343852333181432392682062622220590765191907586";
const STOP: &str = "91343852333181432392682062622220590765191907999";
const NUMBER: &str = "+15555550101";

/// The event of a flow, as Connect gives it.
fn event(contact: &str, audio: &Value) -> Value {
    json!({"Name": "ContactFlowEvent", "Details": {
        "ContactData": {
            "Attributes": {}, "Channel": "VOICE", "ContactId": contact,
            "CustomerEndpoint": {"Address": NUMBER, "Type": "TELEPHONE_NUMBER"},
            "CustomerId": null, "Description": null, "InitialContactId": contact, "InitiationMethod": "INBOUND",
            "InstanceARN": "arn:aws:connect:us-east-1:111122223333:instance/i", "LanguageCode": "en-US",
            "MediaStreams": {"Customer": {"Audio": audio}}, "Name": "", "PreviousContactId": contact, "Queue": null,
            "References": {}, "SystemEndpoint": {"Address": "+15555550199", "Type": "TELEPHONE_NUMBER"}
        },
        "Parameters": {}
    }})
}

fn audio() -> Value {
    json!({
        "StreamARN": "arn:aws:kinesisvideo:us-east-1:111122223333:stream/calls-contact-1/1571360125131",
        "StartTimestamp": "1571360125131", "StopTimestamp": null,
        "StartFragmentNumber": START, "StopFragmentNumber": null
    })
}

fn voice(contact: &str) -> Value {
    event(contact, &audio())
}

fn with_attributes(mut event: Value, attributes: &Value) -> Value {
    event["Details"]["ContactData"]["Attributes"] = attributes.clone();
    event
}

/// A way that can be broken: it fails, or never answers.
#[derive(Clone, Debug, Default)]
struct TestWay(Arc<TestWayState>);

#[derive(Debug, Default)]
struct TestWayState {
    fails: AtomicBool,
    hangs: AtomicBool,
    taken: Mutex<Vec<(String, Bytes)>>,
}

impl TestWay {
    fn failing() -> Self {
        let way = Self::default();
        way.0.fails.store(true, Ordering::SeqCst);
        way
    }

    fn hanging() -> Self {
        let way = Self::default();
        way.0.hangs.store(true, Ordering::SeqCst);
        way
    }

    fn mend(&self) {
        self.0.fails.store(false, Ordering::SeqCst);
        self.0.hangs.store(false, Ordering::SeqCst);
    }

    fn taken(&self) -> usize {
        self.0.taken.lock().unwrap().len()
    }
}

#[async_trait]
impl Way for TestWay {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn hand_over(
        &self,
        contact: &ContactId,
        event: &Bytes,
        _until: Instant,
    ) -> Result<(), HandOverError> {
        if self.0.hangs.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        if self.0.fails.load(Ordering::SeqCst) {
            return Err(HandOverError::Queue(QueueError::Failed("broken".into())));
        }
        self.0.taken.lock().unwrap().push((contact.to_string(), event.clone()));
        Ok(())
    }
}

/// A directory that never answers.
struct HangingContacts;

#[async_trait]
impl ContactDirectory for HangingContacts {
    async fn erase(&self, _: &TenantId, _: &ContactId) -> Result<bool, DirectoryError> {
        pending().await
    }

    async fn put(&self, _: &TenantId, _: ContactRecord) -> Result<Put, DirectoryError> {
        pending().await
    }

    async fn find(&self, _: &TenantId, _: &[ContactId]) -> Result<Vec<ContactRecord>, DirectoryError> {
        pending().await
    }

    async fn latest_on_stream(
        &self,
        _: &TenantId,
        _: &StreamName,
    ) -> Result<Option<ContactRecord>, DirectoryError> {
        pending().await
    }

    async fn waiting_for_stream(&self, _: u32) -> Result<Vec<(TenantId, ContactRecord)>, DirectoryError> {
        pending().await
    }
}

/// A handler with what is behind it.
struct World {
    contacts: Arc<MemoryContacts>,
    way: TestWay,
    handler: Handler,
}

impl World {
    fn new() -> Self {
        Self::with(TestWay::default())
    }

    fn with(way: TestWay) -> Self {
        let contacts = Arc::new(MemoryContacts::new());
        let directory = Directory { contacts: contacts.clone(), tenant: Some(tenant("acme")) };
        let handler = Handler::new(AttributeNames::default(), Some(directory), vec![Box::new(way.clone())]);
        Self { contacts, way, handler }
    }

    async fn handle(&self, event: &Value) -> Answer {
        handle(&self.handler, event).await
    }

    async fn record(&self, contact: &str) -> ContactRecord {
        self.record_of("acme", contact).await.unwrap()
    }

    async fn record_of(&self, of: &str, contact: &str) -> Option<ContactRecord> {
        let contacts = [ContactId::new(contact).unwrap()];
        self.contacts.find(&tenant(of), &contacts).await.unwrap().pop()
    }
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

async fn handle(handler: &Handler, event: &Value) -> Answer {
    handler.handle(event.to_string().into(), NOW, TIME).await
}

fn answer(contact: &str, status: Status, error: Option<Code>) -> Answer {
    Answer { status, contact_id: Some(ContactId::new(contact).unwrap()), error }
}

fn accepted(contact: &str) -> Answer {
    answer(contact, Status::Accepted, None)
}

fn bare(ways: Vec<Box<dyn Way>>) -> Handler {
    Handler::new(AttributeNames::default(), None, ways)
}

#[tokio::test]
async fn an_event_goes_into_the_queue_byte_for_byte() {
    let queue = MemoryQueue::new(Arc::new(|| NOW), TIME, 10);
    let handler = bare(vec![Box::new(QueueWay::new(Arc::new(queue.clone())))]);
    let odd = voice("c-1").to_string().replace("\"Name\":\"\"", "\"Name\" :\n \"J\\u00f6rg \u{1F600}\"");
    let said = handler.handle(odd.clone().into(), NOW, TIME).await;
    assert_eq!(said, accepted("c-1"));
    let [message]: [QueueMessage; 1] = queue.receive(10, Duration::ZERO).await.unwrap().try_into().unwrap();
    assert_eq!(message.body, odd);
}

#[tokio::test]
async fn the_contact_is_noted_with_its_stream_and_without_its_number() {
    let world = World::new();
    assert_eq!(world.handle(&voice("c-1")).await, accepted("c-1"));
    let record = world.record("c-1").await;
    assert_eq!(record.stream.as_ref().unwrap().name.as_str(), "calls-contact-1");
    assert_eq!(record.start_fragment.as_ref().unwrap().as_str(), START);
    assert_eq!(record.missing, ["trunkline_tenant", "trunkline_profile", "trunkline_session"]);
    assert!(!serde_json::to_string(&record).unwrap().contains(NUMBER));
    assert_eq!(world.way.0.taken.lock().unwrap()[0].0, "c-1", "the queue's group is the contact");
}

#[tokio::test]
async fn an_event_that_comes_again_is_handed_over_once() {
    let world = World::new();
    world.handle(&voice("c-1")).await;
    for _ in 0..3 {
        assert_eq!(world.handle(&voice("c-1")).await, answer("c-1", Status::Known, None));
    }
    assert_eq!(world.way.taken(), 1);
}

#[tokio::test]
async fn an_event_that_nobody_took_is_handed_over_when_it_comes_again() {
    let world = World::with(TestWay::failing());
    assert_eq!(world.handle(&voice("c-1")).await, answer("c-1", Status::Failed, Some(Code::QueueFailed)));
    world.way.mend();
    assert_eq!(world.handle(&voice("c-1")).await, accepted("c-1"));
    assert_eq!(world.handle(&voice("c-1")).await.status, Status::Known);
}

#[tokio::test]
async fn streaming_that_has_not_started_is_waited_for() {
    let world = World::new();
    for no_audio in [json!(null), json!({"StreamARN": "", "StartFragmentNumber": null})] {
        let said = world.handle(&event("c-1", &no_audio)).await;
        assert_eq!(said, answer("c-1", Status::WaitsForStream, None));
    }
    assert_eq!(world.way.taken(), 1, "it was handed over, once");
    assert!(world.record("c-1").await.waits_for_stream());

    assert_eq!(world.handle(&voice("c-1")).await, accepted("c-1"));
    assert_eq!(world.way.taken(), 2);
    // The first event, late.
    assert_eq!(world.handle(&event("c-1", &json!(null))).await, answer("c-1", Status::Known, None));
    assert_eq!(world.way.taken(), 2);
}

#[tokio::test]
async fn the_end_of_streaming_is_handed_over_too() {
    let world = World::new();
    world.handle(&voice("c-1")).await;
    let mut stopped = audio();
    stopped["StopFragmentNumber"] = json!(STOP);
    stopped["StopTimestamp"] = json!("1571360185131");
    assert_eq!(world.handle(&event("c-1", &stopped)).await, accepted("c-1"));
    assert_eq!(world.handle(&event("c-1", &stopped)).await.status, Status::Known);
    assert_eq!(world.way.taken(), 2);
    assert_eq!(world.record("c-1").await.stop_fragment.unwrap().as_str(), STOP);
}

#[tokio::test]
async fn a_transfer_is_a_contact_of_its_own_in_the_same_chain() {
    let world = World::new();
    world.handle(&voice("c-1")).await;
    let mut transferred = voice("c-2");
    transferred["Details"]["ContactData"]["InitialContactId"] = json!("c-1");
    transferred["Details"]["ContactData"]["PreviousContactId"] = json!("c-1");
    transferred["Details"]["ContactData"]["InitiationMethod"] = json!("TRANSFER");
    assert_eq!(world.handle(&transferred).await, accepted("c-2"));
    assert_eq!(world.way.taken(), 2);
    let record = world.record("c-2").await;
    assert_eq!(record.initial_contact_id.unwrap().as_str(), "c-1");
    assert_eq!(record.previous_contact_id.unwrap().as_str(), "c-1");
}

#[tokio::test]
async fn an_arn_without_its_region_is_read() {
    let world = World::new();
    let mut audio = audio();
    audio["StreamARN"] = json!("arn:aws:kinesisvideo::eu-west-2:111122223333:stream/a-stream/1571360125131");
    assert_eq!(world.handle(&event("c-1", &audio)).await, accepted("c-1"));
    let stream = world.record("c-1").await.stream.unwrap();
    assert_eq!((stream.name.as_str(), stream.region.as_deref()), ("a-stream", Some("eu-west-2")));
}

#[tokio::test]
async fn the_sample_of_the_shared_data_is_accepted() {
    let folder = std::env::var("TRUNKLINE_SHARED_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let path = std::path::Path::new(&folder).join("schemas/lambda-contact-flow-event.json");
    let Ok(sample) = std::fs::read(&path) else {
        println!("skipped: there is no {}", path.display());
        return;
    };
    let world = World::new();
    let said = world.handler.handle(sample.clone().into(), NOW, TIME).await;
    assert_eq!(said.status, Status::Accepted);
    assert_eq!(world.way.0.taken.lock().unwrap()[0].1, sample);
}

#[tokio::test]
async fn contacts_without_voice_are_passed_over() {
    let world = World::new();
    for channel in ["CHAT", "TASK", "EMAIL"] {
        let mut event = event("c-1", &json!(null));
        event["Details"]["ContactData"]["Channel"] = json!(channel);
        event["Details"]["ContactData"]["CustomerEndpoint"] = json!(null);
        assert_eq!(world.handle(&event).await, answer("c-1", Status::NotVoice, None));
    }
    assert_eq!((world.way.taken(), world.record_of("acme", "c-1").await), (0, None));
}

#[tokio::test]
async fn what_is_no_event_of_a_flow_is_answered_too() {
    let world = World::new();
    let not_understood =
        |contact: Option<&str>| Answer { contact_id: contact.map(|id| ContactId::new(id).unwrap()), ..bad() };
    for wrong in [json!({}), json!({"key1": "value1"}), json!([]), json!(null), json!(7), json!("text")] {
        assert_eq!(world.handle(&wrong).await, not_understood(None), "{wrong}");
    }
    assert_eq!(world.handler.handle(Bytes::from_static(b"\xFF{"), NOW, TIME).await, not_understood(None));
    for (field, value) in [("StreamARN", "arn:aws:s3:::bucket"), ("StartFragmentNumber", "0x7")] {
        let mut audio = audio();
        audio[field] = json!(value);
        assert_eq!(world.handle(&event("c-1", &audio)).await, not_understood(Some("c-1")), "{field}");
    }
    assert_eq!(world.way.taken(), 0);
}

/// Every place of a JSON value that is not the whole.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(name, inner)| (name.clone(), inner)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, inner)| (at.to_string(), inner)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, inner) in inner {
        let place = format!("{at}/{name}");
        places(inner, &place, all);
        all.push(place);
    }
}

#[tokio::test]
async fn whatever_is_odd_about_an_event_it_is_answered_and_what_is_accepted_is_handed_over() {
    let good = with_attributes(voice("c-1"), &json!({"trunkline_profile": "sales"}));
    let mut all = Vec::new();
    places(&good, "", &mut all);
    let odd =
        [json!(null), json!(""), json!(7), json!(-1.5), json!([]), json!({}), json!("ü\u{0}".repeat(300))];
    for place in all {
        for odd in &odd {
            let mut event = good.clone();
            *event.pointer_mut(&place).unwrap() = odd.clone();
            let world = World::new();
            let said = world.handle(&event).await;
            let is_taken = matches!(said.status, Status::Accepted | Status::WaitsForStream);
            assert_eq!(world.way.taken(), usize::from(is_taken), "{place} {odd}: {said:?}");
            assert!(!matches!(said.status, Status::Known | Status::Failed), "{place} {odd}: {said:?}");
        }
    }
}

fn bad() -> Answer {
    Answer { status: Status::NotUnderstood, contact_id: None, error: Some(Code::BadEvent) }
}

#[tokio::test]
async fn the_flow_says_whose_contact_it_is() {
    let world = World::new();
    let named = with_attributes(voice("c-1"), &json!({"trunkline_tenant": "umbrella"}));
    assert_eq!(world.handle(&named).await, accepted("c-1"));
    assert!(world.record_of("umbrella", "c-1").await.is_some());
    assert_eq!(world.record_of("acme", "c-1").await, None);
}

#[tokio::test]
async fn a_tenant_that_cannot_be_told_keeps_no_event_back() {
    let world = World::new();
    let bad = with_attributes(voice("c-1"), &json!({"trunkline_tenant": "acme; drop"}));
    assert_eq!(world.handle(&bad).await, answer("c-1", Status::Accepted, Some(Code::BadTenant)));
    assert_eq!(world.record_of("acme", "c-1").await, None, "it is not the default tenant's");

    let way = TestWay::default();
    let directory = Directory { contacts: world.contacts.clone(), tenant: None };
    let handler = Handler::new(AttributeNames::default(), Some(directory), vec![Box::new(way.clone())]);
    let said = handle(&handler, &voice("c-2")).await;
    assert_eq!((said, way.taken()), (answer("c-2", Status::Accepted, Some(Code::NoTenant)), 1));
}

#[tokio::test]
async fn the_attributes_go_by_the_names_they_were_given() {
    let world = World::new();
    let names = AttributeNames {
        tenant: "brand".to_owned(),
        profile: "line".to_owned(),
        session: "desk".to_owned(),
        language: "lang".to_owned(),
        ..AttributeNames::default()
    };
    let directory = Directory { contacts: world.contacts.clone(), tenant: None };
    let handler = Handler::new(names, Some(directory), vec![Box::new(TestWay::default())]);
    let set = json!({"brand": "umbrella", "line": "sales", "desk": "d-7", "lang": "es-ES"});
    assert_eq!(handle(&handler, &with_attributes(voice("c-1"), &set)).await, accepted("c-1"));
    let record = world.record_of("umbrella", "c-1").await.unwrap();
    assert_eq!(record.profile.as_deref(), Some("sales"));
    assert_eq!((record.session.as_deref(), record.language.as_deref()), (Some("d-7"), Some("es-ES")));
    assert!(record.missing.is_empty());
}

#[tokio::test]
async fn an_attribute_that_was_set_later_is_handed_over() {
    let world = World::new();
    world.handle(&voice("c-1")).await;
    let later = with_attributes(voice("c-1"), &json!({"trunkline_profile": "sales"}));
    assert_eq!(world.handle(&later).await, accepted("c-1"));
    assert_eq!(world.way.taken(), 2);
}

#[tokio::test]
async fn the_next_way_is_taken_when_one_fails() {
    let (first, second) = (TestWay::failing(), TestWay::default());
    let handler = bare(vec![Box::new(first), Box::new(second.clone())]);
    assert_eq!(handle(&handler, &voice("c-1")).await, accepted("c-1"));
    assert_eq!(second.taken(), 1);
}

#[tokio::test]
async fn the_second_way_is_left_alone_when_the_first_takes_it() {
    let (first, second) = (TestWay::default(), TestWay::default());
    let handler = bare(vec![Box::new(first.clone()), Box::new(second.clone())]);
    handle(&handler, &voice("c-1")).await;
    assert_eq!((first.taken(), second.taken()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_way_that_hangs_leaves_time_for_the_next() {
    let second = TestWay::default();
    let handler = bare(vec![Box::new(TestWay::hanging()), Box::new(second.clone())]);
    let begun = Instant::now();
    assert_eq!(handle(&handler, &voice("c-1")).await, accepted("c-1"));
    assert!(second.taken() == 1 && begun.elapsed() < TIME);
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_hangs_keeps_no_event_back() {
    let way = TestWay::default();
    let directory = Directory { contacts: Arc::new(HangingContacts), tenant: Some(tenant("acme")) };
    let handler = Handler::new(AttributeNames::default(), Some(directory), vec![Box::new(way.clone())]);
    let begun = Instant::now();
    let said = handle(&handler, &voice("c-1")).await;
    assert_eq!(said, answer("c-1", Status::Accepted, Some(Code::DirectoryTimedOut)));
    assert!(way.taken() == 1 && begun.elapsed() < TIME / 2);
}

#[tokio::test(start_paused = true)]
async fn it_answers_in_time_when_everything_hangs() {
    let directory = Directory { contacts: Arc::new(HangingContacts), tenant: Some(tenant("acme")) };
    let ways: Vec<Box<dyn Way>> = vec![Box::new(TestWay::hanging()), Box::new(TestWay::hanging())];
    let handler = Handler::new(AttributeNames::default(), Some(directory), ways);
    let begun = Instant::now();
    let said = handle(&handler, &voice("c-1")).await;
    assert_eq!(said, answer("c-1", Status::Failed, Some(Code::TimedOut)));
    assert!(begun.elapsed() <= TIME);
}

#[tokio::test]
async fn an_event_that_is_too_large_for_the_queue_is_told_as_such() {
    struct Small;

    #[async_trait]
    impl Queue for Small {
        async fn send(&self, _: &str, body: Bytes) -> Result<(), QueueError> {
            Err(QueueError::TooLarge { bytes: body.len() })
        }

        async fn receive(&self, _: u32, _: Duration) -> Result<Vec<QueueMessage>, QueueError> {
            Ok(Vec::new())
        }

        async fn delete(&self, _: &QueueMessage) -> Result<(), QueueError> {
            Ok(())
        }

        async fn put_back(&self, _: &QueueMessage, _: Duration) -> Result<(), QueueError> {
            Ok(())
        }
    }
    let handler = bare(vec![Box::new(QueueWay::new(Arc::new(Small)))]);
    let said = handle(&handler, &voice("c-1")).await;
    assert_eq!(said, answer("c-1", Status::Failed, Some(Code::TooLarge)));
}
