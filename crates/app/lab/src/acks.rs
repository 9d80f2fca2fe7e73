//! What `PutMedia` answers: acknowledgements, one JSON object per line.

use serde::Deserialize;

/// The longest line that is read; a longer one is passed over and counted as unreadable.
const MAX_LINE_BYTES: usize = 8 * 1024;
/// The most errors that are kept of a call; later ones are counted only.
const MAX_ERRORS: usize = 32;

/// One acknowledgement. The wire's names differ from the documentation's (`AckEventType`, `FragmentTimeCode`);
/// both are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Ack {
    #[serde(alias = "AckEventType")]
    pub(crate) event_type: String,
    #[serde(alias = "FragmentTimeCode")]
    pub(crate) fragment_timecode: Option<i64>,
    pub(crate) fragment_number: Option<String>,
    pub(crate) error_id: Option<i64>,
    pub(crate) error_code: Option<String>,
}

impl Ack {
    /// Whether the service refuses what is in the fragment, and so would refuse it again: 4001 to 4011, of which 4003
    /// and 4008 say nothing of the fragment.
    pub(crate) fn refuses_fragment(&self) -> bool {
        self.error_id.is_some_and(|id| (4_001..=4_011).contains(&id) && id != 4_003 && id != 4_008)
    }
}

/// How often each acknowledgement came.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AckCounts {
    /// Fragments that the service began to take.
    pub buffering: u64,
    /// Fragments that it has whole.
    pub received: u64,
    /// Fragments that it has stored.
    pub persisted: u64,
    /// Complaints that nothing came.
    pub idle: u64,
    /// Errors, and lines that are no acknowledgement.
    pub errors: u64,
    /// The first errors.
    pub first_errors: Vec<String>,
}

impl AckCounts {
    pub(crate) fn add(&mut self, ack: &Ack) {
        match ack.event_type.as_str() {
            "BUFFERING" => self.buffering += 1,
            "RECEIVED" => self.received += 1,
            "PERSISTED" => self.persisted += 1,
            "IDLE" => self.idle += 1,
            "ERROR" => {
                let code = ack.error_code.as_deref().unwrap_or("no code");
                let at = ack.fragment_timecode.map_or_else(String::new, |ms| format!(" at {ms}"));
                self.error(format!("acknowledgement {} {code}{at}", ack.error_id.unwrap_or(0)));
            }
            other => self
                .error(format!("unknown acknowledgement {:?}", other.chars().take(40).collect::<String>())),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.buffering += other.buffering;
        self.received += other.received;
        self.persisted += other.persisted;
        self.idle += other.idle;
        let named = other.first_errors.len() as u64;
        other.first_errors.iter().for_each(|error| self.error(error.clone()));
        self.errors += other.errors.saturating_sub(named);
    }

    fn error(&mut self, text: String) {
        self.errors += 1;
        if self.first_errors.len() < MAX_ERRORS {
            self.first_errors.push(text);
        }
    }
}

/// Cuts a body into acknowledgements.
#[derive(Debug, Default)]
pub(crate) struct AckReader {
    line: Vec<u8>,
}

impl AckReader {
    /// Takes bytes in any pieces and gives the acknowledgements that they complete. A line that is none comes as one
    /// without a type.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Ack> {
        let mut acks = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                if self.line.len() <= MAX_LINE_BYTES {
                    self.line.push(byte);
                }
                continue;
            }
            if !self.line.trim_ascii().is_empty() {
                acks.push(serde_json::from_slice(&self.line).unwrap_or_default());
            }
            self.line.clear();
        }
        acks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"EventType\":\"BUFFERING\",\"FragmentTimecode\":5,\"FragmentNumber\":\"91\"}\r\n\n\
        {\"AckEventType\":\"PERSISTED\",\"FragmentTimeCode\":5,\"FragmentNumber\":\"91\"}\n{\"EventType\":\"IDLE\"}\n\
        {\"EventType\":\"ERROR\",\"FragmentTimecode\":7,\"ErrorId\":4004,\"ErrorCode\":\"FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS\"}\nnonsense\n";

    #[test]
    fn any_cut_of_the_body_gives_the_same_acknowledgements() {
        let whole = AckReader::default().push(BODY);
        let mut reader = AckReader::default();
        let single: Vec<Ack> = BODY.iter().flat_map(|&byte| reader.push(&[byte])).collect();
        assert_eq!(single, whole);
        assert_eq!(whole[0].fragment_number.as_deref(), Some("91"));
        assert_eq!(whole[1].event_type, "PERSISTED");
    }

    #[test]
    fn errors_are_counted_and_named() {
        let mut counts = AckCounts::default();
        AckReader::default().push(BODY).iter().for_each(|ack| counts.add(ack));
        assert_eq!((counts.buffering, counts.persisted, counts.idle, counts.errors), (1, 1, 1, 2));
        let refused = |line: &[u8]| AckReader::default().push(line)[0].refuses_fragment();
        assert!(refused(b"{\"EventType\":\"ERROR\",\"ErrorId\":4009}\n"));
        assert!(!refused(b"{\"EventType\":\"ERROR\",\"ErrorId\":4003}\n"));
        assert!(counts.first_errors[0].contains("4004 FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS at 7"));
    }
}
