//! An upload's id, which holds all that is needed to go on with it.

use std::fmt;

use model::{Channel, ContactId, FragmentNumber, MediaOrigin, StreamAddress, StreamName, Timestamp};

use crate::{Encoding, Format, FormatError, format::PER_MS};

/// The longest contact id that an upload takes.
pub const MAX_CONTACT_BYTES: usize = 128;
/// The latest time that an upload may begin: far enough, and without overflow anywhere.
const MAX_START_MS: u64 = 9_999_999_999_999;

/// An upload's id: `upload-1763633362000-pcm16-16000-ct-CONTACT`. It is the name of its stream, too.
///
/// It says when its first byte was spoken and what its audio is made of, so that a server that knows nothing of an
/// upload can go on with it. Fragments are numbered by the samples of 8 kHz from the epoch to their end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadId {
    name: StreamName,
    start_ms: u64,
    format: Format,
    contact: ContactId,
}

impl UploadId {
    /// The upload of a contact's audio whose first byte is spoken at `start`.
    ///
    /// # Errors
    /// When the contact's id cannot be a part of an address.
    pub fn new(start: Timestamp, format: Format, contact: ContactId) -> Result<Self, FormatError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if contact.as_str().len() > MAX_CONTACT_BYTES || !contact.as_str().bytes().all(is_plain) {
            return Err(FormatError::Contact);
        }
        let start_ms = u64::try_from(start.as_millis()).unwrap_or(0).min(MAX_START_MS);
        let (encoding, rate) = (format.encoding().as_str(), format.sample_rate_hz());
        let order: String = format.channels().iter().map(|channel| letter(*channel)).collect();
        let name = StreamName::new(format!("upload-{start_ms}-{encoding}-{rate}-{order}-{contact}"));
        let name = name.map_err(|_| FormatError::Contact)?;
        Ok(Self { name, start_ms, format, contact })
    }

    /// Reads an id; none when it is not one that was given out here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("upload-")?.splitn(5, '-');
        let start_ms: u64 = parts.next()?.parse().ok()?;
        let encoding = Encoding::named(parts.next()?).ok()?;
        let rate = parts.next()?.parse().ok()?;
        let channels: Vec<Channel> = parts.next()?.chars().map(channel).collect::<Option<_>>()?;
        let contact = ContactId::new(parts.next()?).ok()?;
        let format = Format::new(encoding, rate, &channels).ok()?;
        let start = Timestamp::from_millis(i64::try_from(start_ms).ok()?);
        // One spelling only: what is read is written the same again.
        Self::new(start, format, contact).ok().filter(|id| id.as_str() == text)
    }

    /// The id as text: letters, digits, `.`, `_` and `-`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.name.as_str()
    }

    /// Where the engine finds the stream.
    #[must_use]
    pub fn address(&self) -> StreamAddress {
        StreamAddress { origin: MediaOrigin::Upload, name: self.name.clone(), region: None, account: None }
    }

    /// The name of its stream.
    #[must_use]
    pub const fn stream(&self) -> &StreamName {
        &self.name
    }

    /// When its first byte was spoken.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.at(0)
    }

    /// What its audio is made of.
    #[must_use]
    pub const fn format(&self) -> &Format {
        &self.format
    }

    /// Whose audio it is.
    #[must_use]
    pub const fn contact(&self) -> &ContactId {
        &self.contact
    }

    /// A number below all of its fragments' and above those of the contact's earlier uploads.
    #[must_use]
    pub fn start_fragment(&self) -> FragmentNumber {
        self.number(0)
    }

    /// The number of the fragment that ends at a position.
    pub(crate) fn number(&self, end: u64) -> FragmentNumber {
        let samples = self.start_ms * PER_MS + end;
        FragmentNumber::new(&samples.to_string()).expect("a number is all digits")
    }

    /// The position at which the fragment of this number ends; none of a number that is not this upload's.
    pub(crate) fn end_of(&self, number: &FragmentNumber) -> Option<u64> {
        number.as_str().parse::<u64>().ok()?.checked_sub(self.start_ms * PER_MS)
    }

    /// The time of a position.
    pub(crate) fn at(&self, position: u64) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.start_ms + position / PER_MS).unwrap_or(i64::MAX))
    }

    /// The position of a time; the first one for what is earlier.
    pub(crate) fn position(&self, at: Timestamp) -> u64 {
        let ms = u64::try_from(at.as_millis()).unwrap_or(0).saturating_sub(self.start_ms);
        ms.saturating_mul(PER_MS)
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const fn letter(channel: Channel) -> char {
    match channel {
        Channel::Customer => 'c',
        Channel::ToCustomer => 't',
    }
}

fn channel(letter: char) -> Option<Channel> {
    match letter {
        'c' => Some(Channel::Customer),
        't' => Some(Channel::ToCustomer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format() -> Format {
        Format::new(Encoding::Pcm16, 16_000, &[Channel::ToCustomer, Channel::Customer]).unwrap()
    }

    fn contact(id: &str) -> ContactId {
        ContactId::new(id).unwrap()
    }

    fn id(of: &str) -> Result<UploadId, FormatError> {
        UploadId::new(Timestamp::from_millis(1_700_000_000_123), format(), contact(of))
    }

    #[test]
    fn an_id_reads_back_with_all_that_it_says() {
        let id = id("5ca32fbd-8f92-46af-92a5-6b0f970f0efe").unwrap();
        assert_eq!(id.as_str(), "upload-1700000000123-pcm16-16000-tc-5ca32fbd-8f92-46af-92a5-6b0f970f0efe");
        assert_eq!(UploadId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn what_is_no_id_is_not_read() {
        for text in [
            "",
            "upload-",
            "upload-1-pcm16-16000-ct-",
            "upload-01-pcm16-16000-ct-a",
            "upload-1-pcm16-+16000-ct-a",
            "upload-1-opus-16000-ct-a",
            "upload-1-pcm16-7000-ct-a",
            "upload-1-pcm16-8000-cc-a",
            "upload-1-pcm16-8000-ct-a/b",
            "upload-99999999999999999-pcm16-8000-ct-a",
        ] {
            assert_eq!(UploadId::parse(text), None, "{text}");
        }
        assert_eq!(id("a/b"), Err(FormatError::Contact));
        assert_eq!(id(&"a".repeat(129)), Err(FormatError::Contact));
    }

    #[test]
    fn numbers_times_and_positions_say_the_same() {
        let id = id("c").unwrap();
        assert_eq!(id.end_of(&id.number(1_600)), Some(1_600));
        assert_eq!(id.position(id.at(1_600)), 1_600);
        assert_eq!(id.position(Timestamp::from_millis(5)), 0);
        assert_eq!(id.end_of(&FragmentNumber::new("5").unwrap()), None);
        assert!(id.start_fragment() < id.number(1));
    }
}
