//! What every contact directory does.

use contacts::{ContactRecord, ContactSignal, SignalKind};
use model::{ContactId, FragmentNumber, StreamAddress, StreamName, TenantId, Timestamp};

use crate::ContactDirectory;

/// Recent, so that no store's retention has passed.
const NOW: Timestamp = Timestamp::from_millis(4_000_000_000_000);

/// Proves a contact directory against its contract. `make` gives an empty directory each time.
///
/// # Panics
/// At the first rule that the directory breaks.
pub async fn contact_directory_suite<D: ContactDirectory>(make: impl AsyncFn() -> D) {
    parts_are_merged(&make().await).await;
    tenants_are_apart(&make().await).await;
    a_stream_names_the_contact_that_began_last(&make().await).await;
    contacts_wait_until_their_stream_is_known(&make().await).await;
    writers_at_the_same_time_lose_nothing(&make().await).await;
    an_erased_contact_is_forgotten(&make().await).await;
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).expect("the name is valid")
}

fn contact(name: &str) -> ContactId {
    ContactId::new(name).expect("the name is valid")
}

fn record(name: &str) -> ContactRecord {
    ContactRecord::new(contact(name), NOW)
}

fn on_stream(name: &str, stream: &str, start: i64) -> ContactRecord {
    ContactRecord {
        stream: Some(StreamAddress::named(StreamName::new(stream).expect("the name is valid"))),
        started_at: Some(Timestamp::from_millis(start)),
        start_fragment: FragmentNumber::new(&format!("9{start:012}")).ok(),
        ..record(name)
    }
}

fn signal(name: &str, at: i64, kind: SignalKind) -> ContactRecord {
    let at = Timestamp::from_millis(at);
    ContactRecord::of_signal(ContactSignal { contact_id: contact(name), at, kind }, NOW)
}

async fn get<D: ContactDirectory>(directory: &D, of: &str, name: &str) -> Option<ContactRecord> {
    directory.find(&tenant(of), &[contact(name)]).await.expect("find").pop()
}

async fn parts_are_merged<D: ContactDirectory>(directory: &D) {
    let acme = tenant("acme");
    assert_eq!(get(directory, "acme", "c").await, None);
    let first = directory.put(&acme, on_stream("c", "s", 5)).await.expect("put");
    assert!(first.is_news && first.record.stream.is_some());
    assert!(
        !directory.put(&acme, on_stream("c", "s", 5)).await.expect("put").is_news,
        "a retry says nothing new"
    );
    let part = ContactRecord { profile: Some("sales".to_owned()), ..record("c") };
    let put = directory.put(&acme, part).await.expect("put");
    assert!(put.is_news && put.record.stream.is_some());
    let put = directory.put(&acme, signal("c", 7, SignalKind::HoldStarted)).await.expect("put");
    assert_eq!((put.is_news, put.record.signals.len()), (true, 1));
    assert_eq!(get(directory, "acme", "c").await, Some(put.record), "what is found is what was put");
    directory.put(&acme, record("d")).await.expect("put");
    let found = directory.find(&acme, &[contact("d"), contact("nobody"), contact("c")]).await.expect("find");
    assert_eq!(found.len(), 2);
    assert!(directory.find(&acme, &[]).await.expect("find").is_empty());
}

async fn tenants_are_apart<D: ContactDirectory>(directory: &D) {
    directory.put(&tenant("acme"), on_stream("c", "s", 5)).await.expect("put");
    assert_eq!(get(directory, "other", "c").await, None);
    let stream = StreamName::new("s").expect("the name is valid");
    assert_eq!(directory.latest_on_stream(&tenant("other"), &stream).await.expect("find"), None);
    assert!(directory.put(&tenant("other"), record("c")).await.expect("put").is_news);
}

async fn a_stream_names_the_contact_that_began_last<D: ContactDirectory>(directory: &D) {
    let (acme, stream) = (tenant("acme"), StreamName::new("s").expect("the name is valid"));
    assert_eq!(directory.latest_on_stream(&acme, &stream).await.expect("find"), None);
    directory.put(&acme, on_stream("new", "s", 9)).await.expect("put");
    directory.put(&acme, on_stream("old", "s", 5)).await.expect("put");
    directory.put(&acme, on_stream("elsewhere", "t", 11)).await.expect("put");
    let latest = directory.latest_on_stream(&acme, &stream).await.expect("find").expect("there is one");
    assert_eq!(latest.contact_id, contact("new"));
}

async fn contacts_wait_until_their_stream_is_known<D: ContactDirectory>(directory: &D) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    directory.put(&acme, record("waits")).await.expect("put");
    directory.put(&acme, on_stream("has", "s", 5)).await.expect("put");
    directory.put(&other, record("over")).await.expect("put");
    directory.put(&other, record("later")).await.expect("put");
    let names = async || {
        let waiting = directory.waiting_for_stream(10).await.expect("waiting");
        let mut names: Vec<String> =
            waiting.iter().map(|(of, row)| format!("{of}/{}", row.contact_id)).collect();
        names.sort();
        names
    };
    assert_eq!(names().await, ["acme/waits", "other/later", "other/over"]);
    assert_eq!(directory.waiting_for_stream(2).await.expect("waiting").len(), 2);
    directory.put(&other, signal("over", 9, SignalKind::Disconnected)).await.expect("put");
    directory.put(&other, on_stream("later", "s", 5)).await.expect("put");
    assert_eq!(names().await, ["acme/waits"]);
}

async fn writers_at_the_same_time_lose_nothing<D: ContactDirectory>(directory: &D) {
    const WRITERS: i64 = 8;
    let acme = tenant("acme");
    let puts = (0..WRITERS).map(|n| {
        let kind = if n % 2 == 0 { SignalKind::HoldStarted } else { SignalKind::HoldEnded };
        directory.put(&acme, signal("c", 1_000 + n, kind))
    });
    for put in super::join::all(puts).await {
        put.expect("put");
    }
    let record = get(directory, "acme", "c").await.expect("it is known");
    assert_eq!(i64::try_from(record.signals.len()), Ok(WRITERS));
}

async fn an_erased_contact_is_forgotten<D: ContactDirectory>(directory: &D) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    let stream = StreamName::new("s").expect("a name of letters");
    directory.put(&acme, on_stream("c", "s", 5)).await.expect("put");
    directory.put(&acme, record("waits")).await.expect("put");
    directory.put(&other, on_stream("c", "s", 5)).await.expect("put");
    assert!(directory.erase(&acme, &contact("c")).await.expect("erase"));
    assert!(directory.erase(&acme, &contact("waits")).await.expect("erase"));
    assert!(!directory.erase(&acme, &contact("c")).await.expect("once more is no error"));
    assert_eq!(get(directory, "acme", "c").await, None);
    assert_eq!(directory.latest_on_stream(&acme, &stream).await.expect("find"), None);
    assert!(directory.waiting_for_stream(10).await.expect("waiting").is_empty());
    assert!(get(directory, "other", "c").await.is_some(), "another tenant's stays");
    directory.put(&acme, on_stream("c", "s", 6)).await.expect("put");
    let again = get(directory, "acme", "c").await.expect("it is known again");
    assert!(again.signals.is_empty());
}
