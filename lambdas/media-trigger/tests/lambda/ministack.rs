//! The program as a `provided.al2023` function of a stand-in for Lambda, with SQS and DynamoDB beside it.

use std::{
    io::{Cursor, Read, Write},
    net::TcpStream,
    time::Duration,
};

use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use dynamodb::{DirectoryConfig, DynamoDbDirectory};
use model::{ContactId, TenantId};
use ports::{ContactDirectory, Queue};
use serde_json::{Value, json};
use services::Ministack;
use sqs::SqsQueue;
use zip::{ZipWriter, write::SimpleFileOptions};

const REGION: &str = "eu-central-1";
const QUEUE: &str = "triggers.fifo";
const TABLE: &str = "trunkline-contacts";

/// What is behind the function, and the function.
struct World {
    ministack: Ministack,
    queue_url: String,
    queue: SqsQueue,
    contacts: DynamoDbDirectory,
}

impl World {
    async fn start() -> Option<Self> {
        let ministack = Ministack::start_or_skip()?;
        let endpoint = ministack.endpoint();
        let create = client(&endpoint).create_queue().queue_name(QUEUE);
        let create = create.attributes(aws_sdk_sqs::types::QueueAttributeName::FifoQueue, "true");
        let queue_url = create.send().await.unwrap().queue_url.unwrap();
        let queue = SqsQueue::local(&endpoint, REGION, "AKIDLOCAL", "secret", &queue_url);
        let table = DirectoryConfig::new(TABLE);
        let contacts = DynamoDbDirectory::local(&endpoint, REGION, "AKIDLOCAL", "secret", table);
        contacts.create_table().await.unwrap();
        let world = Self { ministack, queue_url, queue, contacts };
        world.create_function();
        Some(world)
    }

    fn create_function(&self) {
        let function = json!({
            "FunctionName": "media-trigger", "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 8,
            "Role": "arn:aws:iam::000000000000:role/media-trigger", "Code": {"ZipFile": STANDARD.encode(package())},
            "Environment": {"Variables": {
                "AWS_ENDPOINT_URL": self.ministack.endpoint(),
                "TRUNKLINE_QUEUE_URL": self.queue_url,
                "TRUNKLINE_DIRECTORY_TABLE": TABLE,
                "TRUNKLINE_TENANT": "acme",
            }}
        });
        let (status, answer) = self.post("/2015-03-31/functions", &function.to_string());
        assert!(status.contains(" 201 "), "{status} {answer}");
    }

    fn invoke(&self, event: &Value) -> Value {
        let (status, answer) =
            self.post("/2015-03-31/functions/media-trigger/invocations", &event.to_string());
        assert!(status.contains(" 200 ") && !status.contains("X-Amz-Function-Error"), "{status} {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// The head and the body of an answer.
    fn post(&self, path: &str, body: &str) -> (String, String) {
        let endpoint = self.ministack.endpoint();
        let mut stream = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).unwrap();
        // Says which region and account are meant; nobody checks it.
        let scope = format!("Credential=AKIDLOCAL/20260101/{REGION}/lambda/aws4_request");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    async fn messages(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for message in self.queue.receive(10, Duration::from_secs(1)).await.unwrap() {
            all.push(serde_json::from_slice(&message.body).unwrap());
            self.queue.delete(&message).await.unwrap();
        }
        all
    }
}

fn client(endpoint: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"));
    Client::from_conf(config.build())
}

/// The program as Lambda wants it.
fn package() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(&std::fs::read(env!("CARGO_BIN_EXE_media-trigger")).unwrap()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn event(contact: &str, stop: Option<&str>) -> Value {
    json!({"Name": "ContactFlowEvent", "Details": {"Parameters": {}, "ContactData": {
        "Attributes": {"trunkline_profile": "sales"}, "Channel": "VOICE", "ContactId": contact,
        "CustomerEndpoint": {"Address": "+15555550101", "Type": "TELEPHONE_NUMBER"}, "CustomerId": null,
        "InitialContactId": contact, "PreviousContactId": contact, "LanguageCode": "en-US", "Queue": null,
        "MediaStreams": {"Customer": {"Audio": {
            "StreamARN": "arn:aws:kinesisvideo:eu-central-1:111122223333:stream/calls-contact-1/1571360125131",
            "StartTimestamp": "1571360125131", "StopTimestamp": null,
            "StartFragmentNumber": "91343852333181432392682062622220590765191907586",
            "StopFragmentNumber": stop
        }}}
    }}})
}

fn answer(status: &str, contact: &str) -> Value {
    json!({"trunkline_status": status, "trunkline_contact_id": contact})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_puts_the_event_into_queue_and_directory_once() {
    let Some(world) = World::start().await else { return };
    let started = event("contact-1", None);
    assert_eq!(world.invoke(&started), answer("accepted", "contact-1"));
    assert_eq!(world.messages().await, std::slice::from_ref(&started));

    let tenant = TenantId::new("acme").unwrap();
    let contacts = [ContactId::new("contact-1").unwrap()];
    let record = world.contacts.find(&tenant, &contacts).await.unwrap().pop().unwrap();
    assert_eq!(record.stream.unwrap().name.as_str(), "calls-contact-1");
    assert_eq!(record.profile.as_deref(), Some("sales"));

    // Connect tries again when it has heard nothing.
    assert_eq!(world.invoke(&started), answer("known", "contact-1"));
    assert_eq!(world.messages().await, [Value::Null; 0]);

    let stopped = event("contact-1", Some("91343852333181432392682062622220590765191907999"));
    assert_eq!(world.invoke(&stopped), answer("accepted", "contact-1"));
    assert_eq!(world.messages().await, [stopped]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_whose_queue_is_gone_answers_and_hands_over_once_it_is_back() {
    let Some(world) = World::start().await else { return };
    let sqs = client(&world.ministack.endpoint());
    sqs.delete_queue().queue_url(&world.queue_url).send().await.unwrap();
    let started = event("contact-1", None);
    let mut failed = answer("failed", "contact-1");
    failed["trunkline_error"] = json!("queue_failed");
    assert_eq!(world.invoke(&started), failed);

    let create = sqs.create_queue().queue_name(QUEUE);
    let create = create.attributes(aws_sdk_sqs::types::QueueAttributeName::FifoQueue, "true");
    create.send().await.unwrap();
    assert_eq!(world.invoke(&started), answer("accepted", "contact-1"));
    assert_eq!(world.messages().await, [started]);
}
