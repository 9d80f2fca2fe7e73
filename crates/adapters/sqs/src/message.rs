//! Messages as SQS takes them: text, named by what they say.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use ports::QueueError;
use sha2::{Digest, Sha256};

/// The most that a message may have, with its attribute. Queues may be set to take more; every queue takes this.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// The longest name of a group.
const MAX_GROUP_BYTES: usize = 128;
/// The attribute that says how a body that is no text was made one.
pub(crate) const ENCODING: &str = "encoding";
/// Its value.
pub(crate) const BASE64: &str = "base64";
/// What the attribute adds to a message: its name, its type and its value.
const ENCODING_BYTES: usize = ENCODING.len() + "String".len() + BASE64.len();

/// A body on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// The body as text.
    pub(crate) text: String,
    /// It is base64.
    pub(crate) is_base64: bool,
}

impl Outgoing {
    /// Makes text of a body.
    pub(crate) fn of(body: &Bytes) -> Result<Self, QueueError> {
        let too_large = || QueueError::TooLarge { bytes: body.len() };
        if body.len() > MAX_MESSAGE_BYTES {
            return Err(too_large());
        }
        let text =
            std::str::from_utf8(body).ok().filter(|text| !text.is_empty() && text.chars().all(is_taken));
        if let Some(text) = text {
            return Ok(Self { text: text.to_owned(), is_base64: false });
        }
        let text = if body.is_empty() { EMPTY.to_owned() } else { STANDARD.encode(body) };
        if text.len() + ENCODING_BYTES > MAX_MESSAGE_BYTES {
            return Err(too_large());
        }
        Ok(Self { text, is_base64: true })
    }
}

/// Stands for a body without bytes, which the service refuses.
const EMPTY: &str = "=";

/// Reads a body; none when it says that it is base64, and is not.
pub(crate) fn incoming(text: String, is_base64: bool) -> Option<Bytes> {
    match (is_base64, text.as_str()) {
        (false, _) => Some(text.into()),
        (true, EMPTY) => Some(Bytes::new()),
        (true, _) => STANDARD.decode(&text).ok().map(Bytes::from),
    }
}

/// The characters that the service takes.
fn is_taken(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// A group's name as the service takes it: as it is, or a digest of what is too long or has other characters.
pub(crate) fn group_id(group: &str) -> String {
    let fits =
        !group.is_empty() && group.len() <= MAX_GROUP_BYTES && group.bytes().all(|b| b.is_ascii_graphic());
    if fits { group.to_owned() } else { digest(&[group.as_bytes()]) }
}

/// What is the same for the same message of the same group alone.
pub(crate) fn deduplication_id(group: &str, body: &Bytes) -> String {
    let length = u64::try_from(group.len()).unwrap_or(u64::MAX).to_be_bytes();
    digest(&[&length, group.as_bytes(), body])
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(body: &'static [u8]) -> (Outgoing, Option<Bytes>) {
        let out = Outgoing::of(&Bytes::from_static(body)).unwrap();
        let back = incoming(out.text.clone(), out.is_base64);
        (out, back)
    }

    #[test]
    fn text_goes_as_it_is_and_other_bytes_as_base64() {
        for (body, is_base64) in [
            ("{\"ü\": \"\u{1F600}\"}\r\n".as_bytes(), false),
            (b"=", false),
            (b"", true),
            (b"a\0b", true),
            (b"\xFF\xFE", true),
            ("\u{FFFE}".as_bytes(), true),
        ] {
            let (out, back) = round_trip(body);
            assert_eq!((out.is_base64, back.as_deref()), (is_base64, Some(body)));
            assert!(!out.text.is_empty());
        }
        assert_eq!(incoming("no base64!".to_owned(), true), None);
    }

    #[test]
    fn more_than_the_service_takes_is_refused_here() {
        let of = |bytes: usize, fill: u8| Outgoing::of(&Bytes::from(vec![fill; bytes]));
        assert!(of(MAX_MESSAGE_BYTES, b'x').is_ok());
        let too_large = of(MAX_MESSAGE_BYTES + 1, b'x').unwrap_err();
        assert!(matches!(too_large, QueueError::TooLarge { bytes } if bytes == MAX_MESSAGE_BYTES + 1));
        assert!(of(MAX_MESSAGE_BYTES, 0).is_err(), "base64 makes it larger");
    }

    #[test]
    fn a_message_is_the_same_only_within_its_group() {
        let body = Bytes::from_static(b"work");
        assert_eq!(deduplication_id("a", &body), deduplication_id("a", &body));
        assert_ne!(deduplication_id("a", &body), deduplication_id("b", &body));
        assert_ne!(deduplication_id("aw", &Bytes::from_static(b"ork")), deduplication_id("a", &body));
        assert_eq!(deduplication_id("a", &body).len(), 64);
    }

    #[test]
    fn groups_that_the_service_would_refuse_are_named_by_a_digest() {
        assert_eq!(group_id("acme/contact-1"), "acme/contact-1");
        for group in ["", "a b", "ü", &"x".repeat(129)] {
            assert_eq!(group_id(group).len(), 64, "{group}");
        }
    }
}
