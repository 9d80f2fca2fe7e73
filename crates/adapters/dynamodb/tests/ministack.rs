//! The directory against its port's suite, and what only a table can break, on a stand-in for DynamoDB.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use contacts::{ContactRecord, ContactSignal, SignalKind};
use dynamodb::{DirectoryConfig, DynamoDbDirectory, DynamoDbError};
use model::{ContactId, FragmentNumber, StreamAddress, StreamName, TenantId, Timestamp};
use ports::{ContactDirectory, DirectoryError, testing::contact_directory_suite};
use services::{FixedAnswer, Ministack};

const REGION: &str = "eu-central-1";

fn directory(endpoint: &str, config: DirectoryConfig) -> DynamoDbDirectory {
    DynamoDbDirectory::local(endpoint, REGION, "AKIDLOCAL", "secret", config)
}

async fn with_table(ministack: &Ministack, name: &str) -> DynamoDbDirectory {
    let directory = directory(&ministack.endpoint(), DirectoryConfig::new(name));
    directory.create_table().await.expect("the table is made");
    directory
}

fn client(ministack: &Ministack) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(ministack.endpoint())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"));
    Client::from_conf(config.build())
}

fn tenant() -> TenantId {
    TenantId::new("acme").expect("the name is valid")
}

fn record(contact: &str) -> ContactRecord {
    ContactRecord::new(
        ContactId::new(contact).expect("the name is valid"),
        Timestamp::from_millis(1_700_000_000_000),
    )
}

fn on_stream(contact: &str, stream: &str, start: i64) -> ContactRecord {
    ContactRecord {
        stream: Some(StreamAddress::named(StreamName::new(stream).expect("the name is valid"))),
        started_at: Some(Timestamp::from_millis(start)),
        start_fragment: FragmentNumber::new(&start.to_string()).ok(),
        ..record(contact)
    }
}

fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_in_dynamodb_conforms() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let count = AtomicUsize::new(0);
    contact_directory_suite(async || {
        with_table(&ministack, &format!("contacts-{}", count.fetch_add(1, Ordering::Relaxed))).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_write_one_contact_at_once_lose_nothing() {
    const HOSTS: i64 = 4;
    const EACH: i64 = 4;
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let directory = with_table(&ministack, "contacts").await;
    let hosts = (0..HOSTS).map(|host| {
        let directory = directory.clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                let at = Timestamp::from_millis(1_700_000_000_000 + host * EACH + n);
                let contact_id = ContactId::new("c").unwrap();
                let signal = ContactSignal { contact_id, at, kind: SignalKind::HoldStarted };
                let signal = ContactRecord::of_signal(signal, at);
                while let Err(error) = directory.put(&tenant(), signal.clone()).await {
                    assert!(matches!(error, DirectoryError::Contended), "{}", text(&error));
                }
            }
        })
    });
    for host in hosts.collect::<Vec<_>>() {
        host.await.unwrap();
    }
    let found = directory.find(&tenant(), &[ContactId::new("c").unwrap()]).await.unwrap();
    assert_eq!(i64::try_from(found[0].signals.len()), Ok(HOSTS * EACH));
    assert!(found[0].signals.is_sorted_by_key(|signal| signal.at));
}

#[tokio::test(flavor = "multi_thread")]
async fn items_say_when_they_are_forgotten_and_then_are_absent_at_once() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let kept = with_table(&ministack, "contacts").await;
    kept.put(&tenant(), on_stream("c", "s", 5)).await.unwrap();

    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let client = client(&ministack);
    for key in ["acme#c", "acme#stream#s"] {
        let item = client.get_item().table_name("contacts").key("pk", AttributeValue::S(key.to_owned()));
        let item = item.send().await.unwrap().item.unwrap();
        let ttl: i64 = item["ttl"].as_n().unwrap().parse().unwrap();
        assert!((now + 47 * 3_600..=now + 49 * 3_600).contains(&ttl), "{key}: {ttl} at {now}");
    }

    let config = DirectoryConfig { retention: Duration::ZERO, ..DirectoryConfig::new("contacts") };
    let forgetful = directory(&ministack.endpoint(), config);
    forgetful.put(&tenant(), record("waits")).await.unwrap();
    forgetful.put(&tenant(), on_stream("d", "t", 5)).await.unwrap();
    assert!(kept.find(&tenant(), &[ContactId::new("d").unwrap()]).await.unwrap().is_empty());
    assert_eq!(kept.latest_on_stream(&tenant(), &StreamName::new("t").unwrap()).await.unwrap(), None);
    assert!(kept.waiting_for_stream(10).await.unwrap().is_empty());
    let again = kept.put(&tenant(), record("d")).await.unwrap();
    assert!(again.is_news && again.record.stream.is_none(), "what was forgotten is begun anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_left_out_by_a_writer_that_died_is_mended_by_the_next() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let directory = with_table(&ministack, "contacts").await;
    directory.put(&tenant(), on_stream("c", "s", 5)).await.unwrap();
    let key = AttributeValue::S("acme#stream#s".to_owned());
    client(&ministack).delete_item().table_name("contacts").key("pk", key).send().await.unwrap();
    let stream = StreamName::new("s").unwrap();
    assert_eq!(directory.latest_on_stream(&tenant(), &stream).await.unwrap(), None);

    let again = directory.put(&tenant(), on_stream("c", "s", 5)).await.unwrap();

    assert!(!again.is_news);
    assert_eq!(directory.latest_on_stream(&tenant(), &stream).await.unwrap(), Some(again.record));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_moved_to_another_stream_is_not_on_the_old_one() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let directory = with_table(&ministack, "contacts").await;
    directory.put(&tenant(), on_stream("c", "old", 5)).await.unwrap();
    directory.put(&tenant(), on_stream("c", "new", 9)).await.unwrap();
    let on = async |name| {
        let latest = directory.latest_on_stream(&tenant(), &StreamName::new(name).unwrap()).await.unwrap();
        latest.map(|record| record.contact_id.to_string())
    };
    assert_eq!((on("old").await, on("new").await), (None, Some("c".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_contacts_than_one_request_takes_are_found() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let directory = with_table(&ministack, "contacts").await;
    let ids: Vec<ContactId> = (0..130).map(|n| ContactId::new(format!("c-{n}")).unwrap()).collect();
    for id in &ids {
        directory.put(&tenant(), ContactRecord::new(id.clone(), Timestamp::from_millis(1))).await.unwrap();
    }
    let twice: Vec<ContactId> = ids.iter().chain(&ids).cloned().collect();
    assert_eq!(directory.find(&tenant(), &twice).await.unwrap().len(), ids.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_of_another_form_is_named_and_keeps_nobody_else_waiting() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let directory = with_table(&ministack, "contacts").await;
    directory.put(&tenant(), record("good")).await.unwrap();
    directory.put(&tenant(), record("bad")).await.unwrap();
    let update = client(&ministack)
        .update_item()
        .table_name("contacts")
        .key("pk", AttributeValue::S("acme#bad".to_owned()))
        .update_expression("SET #json = :text")
        .expression_attribute_names("#json", "json")
        .expression_attribute_values(":text", AttributeValue::S("4111111111111111".to_owned()));
    update.send().await.unwrap();

    let error = directory.find(&tenant(), &[ContactId::new("bad").unwrap()]).await.unwrap_err();

    let text = text(&error);
    assert!(text.contains("acme#bad") && !text.contains("4111"), "{text}");
    let waiting = directory.waiting_for_stream(10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].1.contact_id, ContactId::new("good").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_there_or_of_another_form_is_told() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    let none = directory(&ministack.endpoint(), DirectoryConfig::new("nowhere"));
    assert!(matches!(none.check().await, Err(DynamoDbError::NoTable { .. })));
    let error = none.put(&tenant(), record("c")).await.unwrap_err();
    assert!(text(&error).contains("there is no DynamoDB table nowhere"), "{}", text(&error));

    let made = with_table(&ministack, "contacts").await;
    made.check().await.unwrap();
    made.create_table().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_refused_are_told_with_the_table() {
    let body = r#"{"__type":"com.amazon.coral.service#AccessDeniedException",
        "message":"User: arn:aws:iam::111122223333:user/x is not authorized to perform: dynamodb:GetItem"}"#;
    let refuses = FixedAnswer::start("400 Bad Request", "application/x-amz-json-1.0", body);
    let error = directory(&refuses.endpoint(), DirectoryConfig::new("contacts"))
        .put(&tenant(), record("c"))
        .await
        .unwrap_err();
    let text = text(&error);
    assert!(text.contains("may not use the DynamoDB table contacts") && text.contains("policy"), "{text}");
    assert_eq!(refuses.requests(), 1, "a refusal is not tried again at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stands_still_is_told_within_the_operations_time_and_used_again() {
    let Some(ministack) = Ministack::start_or_skip() else { return };
    with_table(&ministack, "contacts").await.put(&tenant(), record("c")).await.unwrap();
    let config =
        DirectoryConfig { operation_timeout: Duration::from_millis(500), ..DirectoryConfig::new("contacts") };
    let hurried = directory(&ministack.endpoint(), config);
    ministack.pause();
    let error = hurried.put(&tenant(), on_stream("c", "s", 5)).await.unwrap_err();
    assert!(text(&error).contains("the DynamoDB table contacts was not reached"), "{}", text(&error));

    ministack.resume();

    let patient = directory(&ministack.endpoint(), DirectoryConfig::new("contacts"));
    assert!(patient.put(&tenant(), on_stream("c", "s", 5)).await.unwrap().record.stream.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_throttled_is_tried_again_and_then_told() {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#;
    let throttles = FixedAnswer::start("400 Bad Request", "application/x-amz-json-1.0", body);
    let config =
        DirectoryConfig { operation_timeout: Duration::from_secs(30), ..DirectoryConfig::new("contacts") };
    let error = directory(&throttles.endpoint(), config).put(&tenant(), record("c")).await.unwrap_err();
    assert!(text(&error).contains("takes no more requests"), "{}", text(&error));
    assert!(throttles.requests() > 1);
}
