//! Contacts and streams as items.

use std::time::Duration;

use contacts::ContactRecord;
use model::{ContactId, StreamName, TenantId, Timestamp};

/// Parts the tenant from what follows in a key. No id holds it.
const SEPARATOR: char = '#';

/// A contact's item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContactItem {
    /// The item's key.
    pub(crate) key: String,
    /// How often it was written; the first time is 1.
    pub(crate) version: u64,
    /// The record.
    pub(crate) json: String,
    /// When it is forgotten, in seconds since 1970.
    pub(crate) ttl: i64,
    /// Since when the contact waits for its stream, in microseconds since 1970.
    pub(crate) waiting_since: Option<i64>,
}

/// A stream's item: whose streaming began last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamItem {
    /// The item's key.
    pub(crate) key: String,
    /// The contact.
    pub(crate) contact: String,
    /// When its streaming began, in microseconds since 1970.
    pub(crate) started_at: i64,
    /// When it is forgotten, in seconds since 1970.
    pub(crate) ttl: i64,
}

/// The key of a contact's item.
pub(crate) fn contact_key(tenant: &TenantId, contact: &ContactId) -> String {
    format!("{tenant}{SEPARATOR}{contact}")
}

/// The key of a stream's item: no contact's, as it has two separators.
pub(crate) fn stream_key(tenant: &TenantId, stream: &StreamName) -> String {
    format!("{tenant}{SEPARATOR}stream{SEPARATOR}{stream}")
}

/// Whose contact's item has this key.
pub(crate) fn tenant_of(key: &str) -> Option<TenantId> {
    let (tenant, contact) = key.split_once(SEPARATOR)?;
    if contact.contains(SEPARATOR) { None } else { TenantId::new(tenant).ok() }
}

/// When what is written at `now` is forgotten, in seconds since 1970.
pub(crate) fn expiry(now: Timestamp, retention: Duration) -> i64 {
    seconds(now + retention)
}

/// Whether an item that is forgotten at `ttl` is by now, though DynamoDB may take days to remove it.
pub(crate) fn is_forgotten(ttl: i64, now: Timestamp) -> bool {
    ttl <= seconds(now)
}

/// A time as DynamoDB forgets by it.
pub(crate) const fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1_000)
}

impl ContactItem {
    /// The record, if it can be read and its item is not past its time.
    pub(crate) fn record(&self, now: Timestamp) -> Result<Option<ContactRecord>, Unreadable> {
        if is_forgotten(self.ttl, now) {
            return Ok(None);
        }
        serde_json::from_str(&self.json).map(Some).map_err(|_| Unreadable)
    }

    /// The item that takes this one's place, or the first of its key.
    pub(crate) fn next(
        key: String,
        before: Option<&Self>,
        record: &ContactRecord,
        ttl: i64,
    ) -> Result<Self, Unreadable> {
        let waited_since = before.and_then(|item| item.waiting_since);
        let waits = record.waits_for_stream();
        Ok(Self {
            key,
            version: before.map_or(0, |item| item.version).saturating_add(1),
            json: serde_json::to_string(record).map_err(|_| Unreadable)?,
            ttl,
            waiting_since: waits.then(|| waited_since.unwrap_or_else(|| record.updated_at.as_micros())),
        })
    }
}

impl StreamItem {
    /// What a record says of its stream, if it says when its streaming began.
    pub(crate) fn of(tenant: &TenantId, record: &ContactRecord, ttl: i64) -> Option<Self> {
        let stream = record.stream.as_ref()?;
        Some(Self {
            key: stream_key(tenant, &stream.name),
            contact: record.contact_id.as_str().to_owned(),
            // A stream that was looked up may be known before its start is: anything that says when comes after it.
            started_at: record.started_at.map_or(0, Timestamp::as_micros),
            ttl,
        })
    }
}

/// A record that is not JSON of the form it has to have. What it holds stays out of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

#[cfg(test)]
mod tests {
    use contacts::{ContactSignal, SignalKind};
    use model::StreamAddress;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn record(at: Timestamp) -> ContactRecord {
        ContactRecord::new(ContactId::new("c").unwrap(), at)
    }

    fn item(before: Option<&ContactItem>, record: &ContactRecord) -> ContactItem {
        ContactItem::next("t#c".to_owned(), before, record, expiry(NOW, HOUR)).unwrap()
    }

    #[test]
    fn keys_of_contacts_and_streams_differ_and_name_their_tenant() {
        let tenant = TenantId::new("acme").unwrap();
        let contact = contact_key(&tenant, &ContactId::new("stream").unwrap());
        let stream = stream_key(&tenant, &StreamName::new("calls").unwrap());
        assert_eq!((contact.as_str(), stream.as_str()), ("acme#stream", "acme#stream#calls"));
        assert_eq!(tenant_of(&contact), Some(tenant));
        assert_eq!((tenant_of(&stream), tenant_of("none")), (None, None));
    }

    #[test]
    fn a_contact_waits_since_it_was_first_heard_of() {
        let first = item(None, &record(NOW));
        let later = item(Some(&first), &record(NOW + HOUR));
        assert_eq!((first.version, later.version), (1, 2));
        assert_eq!(later.waiting_since, Some(NOW.as_micros()));
        let signal = ContactSignal {
            contact_id: ContactId::new("c").unwrap(),
            at: NOW,
            kind: SignalKind::Disconnected,
        };
        assert_eq!(item(Some(&later), &ContactRecord::of_signal(signal, NOW)).waiting_since, None);
    }

    #[test]
    fn what_is_past_its_time_is_forgotten_before_it_is_removed() {
        let item = item(None, &record(NOW));
        assert_eq!(item.record(NOW), Ok(Some(record(NOW))));
        assert_eq!(item.record(NOW + HOUR), Ok(None));
        let broken = ContactItem { json: "{".to_owned(), ..item };
        assert_eq!(broken.record(NOW), Err(Unreadable));
    }

    #[test]
    fn a_start_that_is_not_known_comes_before_every_other() {
        let tenant = TenantId::new("acme").unwrap();
        let stream = Some(StreamAddress::named(StreamName::new("calls").unwrap()));
        let unknown = ContactRecord { stream, ..record(NOW) };
        let known = ContactRecord { started_at: Some(NOW), ..unknown.clone() };
        let start = |record| StreamItem::of(&tenant, record, 1).unwrap().started_at;
        assert!(start(&unknown) < start(&known));
        assert_eq!(StreamItem::of(&tenant, &record(NOW), 1), None);
    }
}
