//! Finds the stream of a contact that no event names: looks into the tenant's streams for one that carries it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use contacts::ContactRecord;
use metrics::counter;
use mkv::{FragmentReader, Item, tag::CONTACT_ID};
use model::{ContactId, TenantId, Timestamp};
use ports::{MediaSourceError, MediaStream, TimeRange};
use tokio::time;

use crate::{engine::Shared, intake::Intake, names};

/// How often contacts without a stream are looked after.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long an event that names the stream is waited for before it is looked for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it is looked for. Not every contact is streamed.
const GIVE_UP_AFTER: Duration = Duration::from_secs(180);
/// Contacts that are looked after at once.
const MAX_CONTACTS: u32 = 100;
/// Streams of one tenant that are looked into at once.
const MAX_STREAMS: u32 = 500;
/// How much of a stream's newest media tells whose it is: some fragments, of which not every one names its contact.
const LOOK_BACK: Duration = Duration::from_secs(15);
/// The most bytes of it that are read.
const MAX_BYTES: usize = 2 << 20;
/// Between two looks: the service allows few questions a second.
const PACE: Duration = Duration::from_millis(100);

/// Looks for the streams of contacts for ever.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        time::sleep(LOOK_EVERY + LOOK_EVERY.mul_f64(shared.jitter())).await;
        look(&shared).await;
    }
}

async fn look(shared: &Arc<Shared>) {
    let waiting = match shared.parts.contacts.waiting_for_stream(MAX_CONTACTS).await {
        Ok(waiting) => waiting,
        Err(error) => {
            counter!(names::STORE_FAILURES, "store" => "contacts").increment(1);
            tracing::debug!(error = &error as &dyn std::error::Error, "the contact directory is not there");
            return;
        }
    };
    let now = shared.now();
    let mut by_tenant: BTreeMap<TenantId, Vec<ContactRecord>> = BTreeMap::new();
    for (tenant, record) in waiting {
        let age = now.since(record.updated_at);
        if age >= PATIENCE && age < GIVE_UP_AFTER {
            by_tenant.entry(tenant).or_default().push(record);
        }
    }
    for (tenant, records) in by_tenant {
        let rules = shared.options.tenants.rules.get(&tenant);
        let Some(prefix) = rules.and_then(|rules| rules.stream_prefix.clone()) else { continue };
        if let Err(error) = look_for(shared, &tenant, &prefix, records).await {
            tracing::warn!(tenant.id = %tenant, error = &error as &dyn std::error::Error, "streams cannot be looked into");
        }
    }
}

async fn look_for(
    shared: &Arc<Shared>,
    tenant: &TenantId,
    prefix: &str,
    mut records: Vec<ContactRecord>,
) -> Result<(), MediaSourceError> {
    for stream in shared.parts.media.streams(tenant, prefix, MAX_STREAMS).await? {
        if records.is_empty() {
            return Ok(());
        }
        time::sleep(PACE).await;
        let Some(contact) = newest_contact(shared, &stream).await? else { continue };
        let Some(found) = records.iter().position(|record| record.contact_id == contact) else { continue };
        let record = records.swap_remove(found);
        counter!(names::STREAMS_FOUND).increment(1);
        tracing::info!(contact.id = %contact, stream = %stream.address.name, "found a contact's stream");
        let found = ContactRecord {
            stream: Some(stream.address),
            started_at: first_said(&record),
            ..ContactRecord::new(contact, shared.now())
        };
        if let Err(error) = Intake(Arc::clone(shared)).put(tenant, found).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a found stream is not taken yet");
        }
    }
    Ok(())
}

/// When the contact was first told of: its audio does not begin before.
fn first_said(record: &ContactRecord) -> Option<Timestamp> {
    record.started_at.or_else(|| record.signals.first().map(|signal| signal.at))
}

/// Whose the newest media of a stream is.
async fn newest_contact(
    shared: &Arc<Shared>,
    stream: &MediaStream,
) -> Result<Option<ContactId>, MediaSourceError> {
    let now = shared.now();
    let range = TimeRange { from: now - LOOK_BACK, to: now };
    let mut body = shared.parts.media.open_archive(stream, range).await?;
    let mut reader = FragmentReader::new(mkv::Limits::CONNECT);
    let mut contact = None;
    let mut bytes_read = 0;
    while let Some(bytes) = body.next().await? {
        bytes_read += bytes.len();
        reader.push(&bytes);
        while let Some(item) = reader.next() {
            if let Item::Fragment(fragment) = item {
                contact = fragment.tag(CONTACT_ID).and_then(|id| ContactId::new(id).ok()).or(contact);
            }
        }
        if bytes_read > MAX_BYTES {
            break;
        }
    }
    Ok(contact)
}
