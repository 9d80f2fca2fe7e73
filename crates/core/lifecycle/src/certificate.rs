//! What is certified of an erasure.

use serde::{Deserialize, Serialize};

use crate::Keep;

/// Whose or which calls were erased. Names no number: a customer goes by the blind name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Subject {
    /// One call, by its id.
    Call(String),
    /// A contact's calls, by Connect's id.
    Contact(String),
    /// A customer's calls, by the blind name.
    Customer(String),
}

impl Subject {
    /// The name alone.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Call(name) | Self::Contact(name) | Self::Customer(name) => name,
        }
    }
}

/// A call that was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErasedCall {
    /// Its id, which is a hash and names nobody.
    pub call_id: String,
    /// How many events were removed from its log.
    pub events: u64,
    /// The blobs that were removed: recording, waveform, reports.
    pub blobs: Vec<String>,
    /// Whether the contact directory knew its contact, and forgot it.
    pub contact_forgotten: bool,
}

/// A call that was to be erased and was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct KeptCall {
    /// Its id.
    pub call_id: String,
    /// Why.
    pub why: Keep,
}

/// What may be left outside of what can be erased here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Remaining {
    /// What it is and where.
    pub what: String,
    /// Until when, in milliseconds since the epoch, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// What becomes of it, or what to do.
    pub then: String,
}

/// A certificate of erasure: what was removed, what was kept and why, and what may be left elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Certificate {
    /// Always `trunkline.erasure`.
    pub document: String,
    /// The version of its form.
    pub version: u16,
    /// Names it.
    pub id: String,
    /// Whose calls they were.
    pub tenant: String,
    /// Which.
    pub subject: Subject,
    /// Who asked for it.
    pub by: String,
    /// When it was done, in milliseconds since the epoch.
    pub at_ms: i64,
    /// What was erased.
    pub erased: Vec<ErasedCall>,
    /// What was kept.
    pub kept: Vec<KeptCall>,
    /// What may be left elsewhere.
    pub remaining: Vec<Remaining>,
    /// Whether nothing was kept of what was asked for. What may be left elsewhere does not count.
    pub complete: bool,
}

impl Certificate {
    /// A certificate of what was done.
    #[must_use]
    pub fn new(id: String, tenant: String, subject: Subject, by: String, at_ms: i64) -> Self {
        Self {
            document: "trunkline.erasure".to_owned(),
            version: 1,
            id,
            tenant,
            subject,
            by,
            at_ms,
            erased: Vec::new(),
            kept: Vec::new(),
            remaining: Vec::new(),
            complete: true,
        }
    }

    /// Notes a call that was erased.
    pub fn erased(&mut self, call: ErasedCall) {
        self.erased.push(call);
    }

    /// Notes a call that was kept.
    pub fn kept(&mut self, call_id: String, why: Keep) {
        self.kept.push(KeptCall { call_id, why });
        self.complete = false;
    }

    /// Notes what may be left elsewhere; the same is noted once, for the longest time.
    pub fn remains(&mut self, remaining: Remaining) {
        let same = |known: &&mut Remaining| known.what == remaining.what && known.then == remaining.then;
        match self.remaining.iter_mut().find(same) {
            Some(known) => known.until_ms = known.until_ms.max(remaining.until_ms),
            None => self.remaining.push(remaining),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> Certificate {
        let subject = Subject::Customer("tel-1".to_owned());
        Certificate::new("e-1".to_owned(), "acme".to_owned(), subject, "ann".to_owned(), 7)
    }

    #[test]
    fn it_is_complete_only_when_nothing_was_kept() {
        let mut certificate = certificate();
        assert!(certificate.complete);
        certificate.kept("call-1".to_owned(), Keep::LegalHold);
        assert!(!certificate.complete);
    }

    #[test]
    fn the_same_remains_are_told_once_for_the_longest_time() {
        let mut certificate = certificate();
        let stream = |until_ms| Remaining { what: "a stream".to_owned(), until_ms, then: "goes".to_owned() };
        for until in [Some(5), Some(9), None, Some(7)] {
            certificate.remains(stream(until));
        }
        assert_eq!(certificate.remaining, [stream(Some(9))]);
    }

    #[test]
    fn its_form_stays() {
        let mut certificate = certificate();
        certificate.erased(ErasedCall {
            call_id: "call-1".to_owned(),
            events: 3,
            blobs: vec!["acme/recordings/call-1.wav".to_owned()],
            contact_forgotten: true,
        });
        let json = serde_json::to_value(&certificate).unwrap();
        assert_eq!(json["subject"], serde_json::json!({"kind": "customer", "name": "tel-1"}));
        assert_eq!(json["document"], "trunkline.erasure");
        assert_eq!(json["erased"][0]["events"], 3);
        assert_eq!(serde_json::from_value::<Certificate>(json).unwrap(), certificate);
    }
}
