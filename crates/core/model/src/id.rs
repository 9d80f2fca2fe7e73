//! Names of things.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Channel, MediaTime};

/// The longest id taken from outside, in bytes.
const MAX_ID_BYTES: usize = 256;

/// A text that cannot be an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// The text has no characters.
    #[error("an id must not be empty")]
    Empty,
    /// The text is longer than 256 bytes.
    #[error("an id must not be longer than {MAX_ID_BYTES} bytes")]
    TooLong,
    /// The text holds a character outside `A-Z a-z 0-9 . _ : / -`.
    #[error("an id may hold only letters, digits and . _ : / -")]
    BadCharacter,
}

fn check(text: &str) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty);
    }
    if text.len() > MAX_ID_BYTES {
        return Err(InvalidId::TooLong);
    }
    let good = |b: u8| b.is_ascii_alphanumeric() || b"._:/-".contains(&b);
    if text.bytes().all(good) { Ok(()) } else { Err(InvalidId::BadCharacter) }
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and takes a text.
            ///
            /// # Errors
            /// When it is empty, longer than 256 bytes, or has characters that ids do not have.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check(&text)?;
                Ok(Self(text))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_id! {
    /// A customer of this installation; it owns its event log, store and keys.
    TenantId;
    /// Amazon Connect's id of a contact (a UUID in practice; treated as opaque).
    ContactId;
    /// Trunkline's id of one carried call.
    CallId;
    /// The name of a Kinesis video stream.
    StreamName;
    /// One running worker; a restarted process is another one.
    WorkerId;
}

/// Which ownership of a call this is: each new owner's is higher, and the event log refuses what carries a lower one
/// than it has seen. The first is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u64);

impl Epoch {
    /// The first owner's.
    pub const FIRST: Self = Self(1);
    /// The first of those who add to a call's log after its end. Owners by lease never come so high, so that none of
    /// them takes the call back.
    pub const AFTER_END: Self = Self(1 << 40);
    /// Nobody's: what has it is nobody's for good. A signed integer holds it.
    pub const ERASED: Self = Self(i64::MAX as u64);

    /// The epoch of this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next owner's.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The next one's who adds to the log after the call's end; none when the call was erased.
    #[must_use]
    pub fn next_after_end(self) -> Option<Self> {
        let next = self.max(Self(Self::AFTER_END.0 - 1)).next();
        (next < Self::ERASED).then_some(next)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A call of a tenant: what is owned, leased and followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallKey {
    /// Whose call it is.
    pub tenant: TenantId,
    /// Which of its calls.
    pub call: CallId,
}

impl CallKey {
    /// The key of a tenant's call.
    #[must_use]
    pub const fn new(tenant: TenantId, call: CallId) -> Self {
        Self { tenant, call }
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.call)
    }
}

/// Where a call's audio comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaOrigin {
    /// A Kinesis video stream.
    #[default]
    Kvs,
    /// Audio that a client uploads to this installation.
    Upload,
    /// There is no audio: what is said comes as segments of Contact Lens.
    Segments,
}

/// Where to find a stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamAddress {
    /// What kind of stream it is.
    #[serde(default)]
    pub origin: MediaOrigin,
    /// Its name.
    pub name: StreamName,
    /// The AWS region, where the ARN says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The AWS account, where the ARN says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl StreamAddress {
    /// A Kinesis video stream of which only the name is known.
    #[must_use]
    pub const fn named(name: StreamName) -> Self {
        Self { origin: MediaOrigin::Kvs, name, region: None, account: None }
    }
}

/// The number of a KVS fragment: up to 128 decimal digits, 47 in practice (more than a `u128` holds).
///
/// Ordered by value: a shorter number is smaller, equal lengths compare as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FragmentNumber(String);

impl FragmentNumber {
    /// Checks and takes a decimal text; leading zeros are dropped.
    ///
    /// # Errors
    /// When the text is empty, longer than 128 digits, or not all digits.
    pub fn new(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty() {
            return Err(InvalidId::Empty);
        }
        if text.len() > 128 {
            return Err(InvalidId::TooLong);
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidId::BadCharacter);
        }
        let short = text.trim_start_matches('0');
        Ok(Self(if short.is_empty() { "0".to_owned() } else { short.to_owned() }))
    }

    /// The number in decimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for FragmentNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for FragmentNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl TryFrom<String> for FragmentNumber {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(&text)
    }
}

impl From<FragmentNumber> for String {
    fn from(number: FragmentNumber) -> Self {
        number.0
    }
}

impl fmt::Display for FragmentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An utterance within a call: the channel and the start of its speech, so that recognising the same audio
/// again names the same utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UtteranceId {
    start: MediaTime,
    channel: Channel,
}

impl UtteranceId {
    /// Names the utterance that starts at `start` (to the millisecond) on `channel`.
    #[must_use]
    pub const fn new(channel: Channel, start: MediaTime) -> Self {
        Self { start: MediaTime::from_millis(start.as_millis()), channel }
    }

    /// The channel that was speaking.
    #[must_use]
    pub const fn channel(self) -> Channel {
        self.channel
    }

    /// Where the speech starts on the call's timeline.
    #[must_use]
    pub const fn start(self) -> MediaTime {
        self.start
    }
}

impl fmt::Display for UtteranceId {
    /// `c-12340`: the channel's letter and the start in milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.channel {
            Channel::Customer => 'c',
            Channel::ToCustomer => 't',
        };
        write!(f, "{letter}-{}", self.start.as_millis())
    }
}

impl FromStr for UtteranceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (letter, ms) = text.split_once('-').ok_or(InvalidId::BadCharacter)?;
        let channel = match letter {
            "c" => Channel::Customer,
            "t" => Channel::ToCustomer,
            _ => return Err(InvalidId::BadCharacter),
        };
        let ms = ms.parse().map_err(|_| InvalidId::BadCharacter)?;
        Ok(Self::new(channel, MediaTime::from_millis(ms)))
    }
}

impl TryFrom<String> for UtteranceId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<UtteranceId> for String {
    fn from(id: UtteranceId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragment_numbers_order_by_value() {
        let n = |s| FragmentNumber::new(s).unwrap();
        assert!(n("9") < n("10"));
        assert!(
            n("91343852333181432392682062622220590765191907586")
                > n("91343852333181432392682062622220590765191907585")
        );
        assert_eq!(n("007"), n("7"));
        assert_eq!(n("000").as_str(), "0");
    }

    #[test]
    fn ids_refuse_what_could_leave_a_path_or_a_line() {
        assert_eq!(CallId::new(""), Err(InvalidId::Empty));
        assert_eq!(CallId::new("a b"), Err(InvalidId::BadCharacter));
        assert_eq!(CallId::new("a\n"), Err(InvalidId::BadCharacter));
        assert_eq!(CallId::new("x".repeat(257)), Err(InvalidId::TooLong));
    }

    #[test]
    fn an_utterance_id_reads_back() {
        let id = UtteranceId::new(Channel::ToCustomer, MediaTime::from_micros(12_345_678));
        assert_eq!(id.to_string(), "t-12345");
        assert_eq!("t-12345".parse(), Ok(id));
        assert!("x-1".parse::<UtteranceId>().is_err());
    }
}
