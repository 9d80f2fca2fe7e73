//! What a job is called, and what it carries.

use std::fmt;

use model::TenantId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

/// The longest payload, in bytes of its JSON.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024;
/// The longest kind, in bytes.
const MAX_KIND_BYTES: usize = 64;
/// The longest id, in bytes.
const MAX_ID_BYTES: usize = 256;

/// What cannot be a job's name or payload.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidJob {
    /// The kind is empty, too long, or has other characters.
    #[error("a job's kind is made of up to {MAX_KIND_BYTES} of a-z 0-9 -")]
    Kind,
    /// The id is empty, too long, or has other characters.
    #[error("a job's id is made of up to {MAX_ID_BYTES} letters, digits and . _ : / -")]
    Id,
    /// The payload is larger than a store takes.
    #[error("the job's payload has {0} bytes, more than {MAX_PAYLOAD_BYTES}")]
    TooLarge(usize),
    /// The payload cannot be written as JSON, or is none.
    #[error("the job's payload is not the JSON that is meant")]
    Payload(#[source] serde_json::Error),
}

/// What sort of work a job is; names its handler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKind(String);

impl JobKind {
    /// Checks and takes a text.
    ///
    /// # Errors
    /// When it is empty, too long, or has characters other than `a-z 0-9 -`.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidJob> {
        let text = text.into();
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_good = (1..=MAX_KIND_BYTES).contains(&text.len()) && text.bytes().all(good);
        if is_good { Ok(Self(text)) } else { Err(InvalidJob::Kind) }
    }

    /// The kind as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What tells a job from others of its tenant and kind: the id of the call, say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(String);

impl JobId {
    /// Checks and takes a text.
    ///
    /// # Errors
    /// When it is empty, too long, or has characters that ids do not have.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidJob> {
        let text = text.into();
        let good = |b: u8| b.is_ascii_alphanumeric() || b"._:/-".contains(&b);
        let is_good = (1..=MAX_ID_BYTES).contains(&text.len()) && text.bytes().all(good);
        if is_good { Ok(Self(text)) } else { Err(InvalidJob::Id) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which job: there is one of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// Whose it is.
    pub tenant: TenantId,
    /// What sort of work it is.
    pub kind: JobKind,
    /// Which one of its tenant and kind.
    pub id: JobId,
}

impl JobKey {
    /// The key of a job.
    #[must_use]
    pub const fn new(tenant: TenantId, kind: JobKind, id: JobId) -> Self {
        Self { tenant, kind, id }
    }

    /// The key as one text that no other key has. Kinds have no blank, and neither has an id.
    #[must_use]
    pub fn as_text(&self) -> String {
        format!("{} {} {}", self.tenant, self.kind, self.id)
    }

    /// Reads [`Self::as_text`] back; none when it is none of ours.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        let tenant = TenantId::new(parts.next()?).ok()?;
        let kind = JobKind::new(parts.next()?).ok()?;
        Some(Self { tenant, kind, id: JobId::new(parts.next()?).ok()? })
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {}", self.kind, self.id, self.tenant)
    }
}

/// What a job's handler is told: a JSON value of bounded size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobPayload(String);

impl JobPayload {
    /// Writes a value.
    ///
    /// # Errors
    /// When it cannot be written as JSON, or is larger than [`MAX_PAYLOAD_BYTES`].
    pub fn of(value: &impl Serialize) -> Result<Self, InvalidJob> {
        Self::bounded(serde_json::to_string(value).map_err(InvalidJob::Payload)?)
    }

    /// Reads the value back.
    ///
    /// # Errors
    /// When it is another than the one meant.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, InvalidJob> {
        serde_json::from_str(&self.0).map_err(InvalidJob::Payload)
    }

    /// The payload as JSON.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    fn bounded(json: String) -> Result<Self, InvalidJob> {
        if json.len() > MAX_PAYLOAD_BYTES { Err(InvalidJob::TooLarge(json.len())) } else { Ok(Self(json)) }
    }
}

impl TryFrom<String> for JobPayload {
    type Error = InvalidJob;

    /// Takes what [`Self::as_json`] gave.
    fn try_from(json: String) -> Result<Self, InvalidJob> {
        let payload = Self::bounded(json)?;
        payload.read::<serde::de::IgnoredAny>()?;
        Ok(payload)
    }
}

impl From<JobPayload> for String {
    fn from(payload: JobPayload) -> Self {
        payload.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_from_its_text() {
        let kind = JobKind::new("verify").unwrap();
        let key = JobKey::new(TenantId::new("acme").unwrap(), kind, JobId::new("a/b:c-1").unwrap());
        assert_eq!(key.as_text(), "acme verify a/b:c-1");
        assert_eq!(JobKey::from_text(&key.as_text()), Some(key));
    }

    #[test]
    fn texts_that_are_no_keys_are_refused() {
        for text in ["", "acme", "acme verify", "acme verify ", "acme Verify a", "ac me verify a", "a b c d"]
        {
            assert_eq!(JobKey::from_text(text), None, "{text:?}");
        }
        assert!(JobKind::new("k".repeat(MAX_KIND_BYTES + 1)).is_err());
        assert!(JobId::new("i".repeat(MAX_ID_BYTES + 1)).is_err());
    }

    #[test]
    fn a_payload_is_read_back_and_bounded() {
        let payload = JobPayload::of(&("ü", 3)).unwrap();
        assert_eq!(payload.read::<(String, u8)>().unwrap(), ("ü".to_owned(), 3));
        assert!(matches!(payload.read::<u8>(), Err(InvalidJob::Payload(_))));
        assert_eq!(JobPayload::try_from(String::from(payload.clone())).unwrap(), payload);
        let large = "x".repeat(MAX_PAYLOAD_BYTES);
        assert!(matches!(JobPayload::of(&large), Err(InvalidJob::TooLarge(_))));
        assert!(matches!(JobPayload::try_from("{".to_owned()), Err(InvalidJob::Payload(_))));
    }
}
