//! Items as DynamoDB has them.

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use crate::record::{ContactItem, StreamItem};

// Expressions name attributes through placeholders: the service reserves hundreds of words.

/// The table's key.
pub(super) const KEY: &str = "pk";
/// The attribute by which DynamoDB forgets.
pub(super) const TTL: &str = "ttl";
/// The attribute that only items of waiting contacts have.
pub(super) const WAITING: &str = "waiting";
/// Its value: all that wait are one part of the index.
pub(super) const WAITS: &str = "1";
/// Since when it waits.
pub(super) const WAITING_SINCE: &str = "waiting_since";
/// How often the item was written.
pub(super) const VERSION: &str = "version";
const JSON: &str = "json";
/// The contact that a stream's item names.
pub(super) const CONTACT: &str = "contact";
/// When streaming began.
pub(super) const STARTED_AT: &str = "started_at";

impl ContactItem {
    pub(super) fn to_wire(&self) -> Item {
        let mut item = HashMap::from([
            (KEY.to_owned(), text(&self.key)),
            (VERSION.to_owned(), number(self.version)),
            (JSON.to_owned(), text(&self.json)),
            (TTL.to_owned(), number(self.ttl)),
        ]);
        if let Some(since) = self.waiting_since {
            item.insert(WAITING.to_owned(), text(WAITS));
            item.insert(WAITING_SINCE.to_owned(), number(since));
        }
        item
    }

    /// Reads an item; none when it is of another form.
    pub(super) fn from_wire(item: &Item) -> Option<Self> {
        Some(Self {
            key: key_of(item)?,
            version: read_number(item, VERSION)?,
            json: read_text(item, JSON)?,
            ttl: read_number(item, TTL)?,
            waiting_since: read_number(item, WAITING_SINCE),
        })
    }
}

impl StreamItem {
    pub(super) fn to_wire(&self) -> Item {
        HashMap::from([
            (KEY.to_owned(), text(&self.key)),
            (CONTACT.to_owned(), text(&self.contact)),
            (STARTED_AT.to_owned(), number(self.started_at)),
            (TTL.to_owned(), number(self.ttl)),
        ])
    }

    /// Reads an item; none when it is of another form.
    pub(super) fn from_wire(item: &Item) -> Option<Self> {
        Some(Self {
            key: key_of(item)?,
            contact: read_text(item, CONTACT)?,
            started_at: read_number(item, STARTED_AT)?,
            ttl: read_number(item, TTL)?,
        })
    }
}

pub(super) fn key_of(item: &Item) -> Option<String> {
    read_text(item, KEY)
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn read_text(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

fn read_number<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_read_back_and_others_are_refused() {
        let contact = ContactItem {
            key: "t#c".to_owned(),
            version: 3,
            json: "{}".to_owned(),
            ttl: 7,
            waiting_since: Some(-5),
        };
        let stream =
            StreamItem { key: "t#stream#s".to_owned(), contact: "c".to_owned(), started_at: 9, ttl: 7 };
        assert_eq!(ContactItem::from_wire(&contact.to_wire()), Some(contact.clone()));
        assert_eq!(StreamItem::from_wire(&stream.to_wire()), Some(stream.clone()));
        assert_eq!(ContactItem::from_wire(&stream.to_wire()), None);
        assert_eq!(StreamItem::from_wire(&contact.to_wire()), None);
        let waits_no_more = ContactItem { waiting_since: None, ..contact };
        assert!(!waits_no_more.to_wire().contains_key(WAITING), "the index lists what has the attribute");
    }
}
