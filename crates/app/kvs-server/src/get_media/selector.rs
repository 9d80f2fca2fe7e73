//! Where in a stream a reader begins.

use model::{FragmentNumber, Timestamp};
use serde::Deserialize;

use crate::{error::ApiError, store::Entry, stream::Stream, validate};

/// A start selector as clients send it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StartSelector {
    start_selector_type: Option<String>,
    after_fragment_number: Option<String>,
    start_timestamp: Option<f64>,
    continuation_token: Option<String>,
}

/// A start selector that can be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// The oldest fragment.
    Earliest,
    /// The first fragment that completes from now on.
    Now,
    /// The first fragment after this one. A continuation token is the number of the fragment that it came with, and
    /// means what comes after it too.
    After(FragmentNumber),
    /// The fragment that holds this producer time, or the first after it.
    ProducerTime(Timestamp),
    /// The fragment that was coming in at this server time, or the first after it.
    ServerTime(Timestamp),
}

/// Where a reader stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The last fragment that it has no more to do with.
    pub(crate) after: Option<FragmentNumber>,
    /// What the first fragment must fulfil.
    pub(crate) not_before: Option<NotBefore>,
}

/// A time that a first fragment must reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotBefore {
    Producer(Timestamp),
    Server(Timestamp),
}

impl NotBefore {
    /// Whether the fragment holds this time or is after it.
    pub(crate) fn is_met(self, entry: &Entry) -> bool {
        match self {
            Self::Producer(at) => entry.info.producer >= at || entry.producer_end() > at,
            Self::Server(at) => entry.info.server >= at || entry.server_end() > at,
        }
    }
}

/// The fragment that a reader shall begin after is not in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FragmentNotFound(pub(crate) FragmentNumber);

impl Selector {
    pub(crate) fn read(input: Option<StartSelector>) -> Result<Self, ApiError> {
        let input = input.ok_or_else(|| ApiError::invalid("StartSelector must be given."))?;
        let needs =
            |what: &str| ApiError::invalid(format!("{what} must be given with this StartSelectorType."));
        let kind = input.start_selector_type.as_deref().unwrap_or_default();
        let time = || input.start_timestamp.and_then(timestamp).ok_or_else(|| needs("StartTimestamp"));
        match kind {
            "EARLIEST" => Ok(Self::Earliest),
            "NOW" => Ok(Self::Now),
            "FRAGMENT_NUMBER" => {
                let number = input.after_fragment_number.ok_or_else(|| needs("AfterFragmentNumber"))?;
                validate::fragment_number("startSelector.afterFragmentNumber", &number).map(Self::After)
            }
            "CONTINUATION_TOKEN" => {
                let token = input.continuation_token.ok_or_else(|| needs("ContinuationToken"))?;
                validate::fragment_number("startSelector.continuationToken", &token).map(Self::After)
            }
            "PRODUCER_TIMESTAMP" => time().map(Self::ProducerTime),
            "SERVER_TIMESTAMP" => time().map(Self::ServerTime),
            other => Err(validate::constraint(
                "startSelector.startSelectorType",
                other,
                "[FRAGMENT_NUMBER, SERVER_TIMESTAMP, PRODUCER_TIMESTAMP, NOW, EARLIEST, CONTINUATION_TOKEN]",
            )),
        }
    }

    /// Where a reader that starts now stands.
    pub(crate) fn cursor(&self, stream: &Stream) -> Result<Cursor, FragmentNotFound> {
        let from_start = |not_before| Cursor { after: None, not_before };
        Ok(match self {
            Self::Earliest => from_start(None),
            Self::Now => Cursor { after: stream.newest().map(|(number, _)| number), not_before: None },
            Self::ProducerTime(at) => from_start(Some(NotBefore::Producer(*at))),
            Self::ServerTime(at) => from_start(Some(NotBefore::Server(*at))),
            Self::After(number) if stream.find(number).is_some() => {
                Cursor { after: Some(number.clone()), not_before: None }
            }
            Self::After(number) => return Err(FragmentNotFound(number.clone())),
        })
    }
}

/// A time in a request: seconds since the epoch.
pub(crate) fn timestamp(seconds: f64) -> Option<Timestamp> {
    // Rounded to the millisecond, which is what clients mean; larger than any time that is stored is no time.
    let ms = (seconds * 1_000.0).round();
    (0.0..=1e15).contains(&ms).then(|| Timestamp::from_millis(ms as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Selector, ApiError> {
        Selector::read(serde_json::from_str(json).ok())
    }

    #[test]
    fn every_selector_reads_and_needs_its_value() {
        let number = FragmentNumber::new("91343852333181432392682062622220590765191907586").unwrap();
        let after = Selector::After(number.clone());
        assert_eq!(read(r#"{"StartSelectorType":"EARLIEST"}"#).unwrap(), Selector::Earliest);
        assert_eq!(read(r#"{"StartSelectorType":"NOW"}"#).unwrap(), Selector::Now);
        let json = format!(r#"{{"StartSelectorType":"FRAGMENT_NUMBER","AfterFragmentNumber":"{number}"}}"#);
        assert_eq!(read(&json).unwrap(), after);
        let json = format!(r#"{{"StartSelectorType":"CONTINUATION_TOKEN","ContinuationToken":"{number}"}}"#);
        assert_eq!(read(&json).unwrap(), after);
        let at = Timestamp::from_millis(1_565_781_909_613);
        let json = r#"{"StartSelectorType":"PRODUCER_TIMESTAMP","StartTimestamp":1565781909.613}"#;
        assert_eq!(read(json).unwrap(), Selector::ProducerTime(at));
        let json = r#"{"StartSelectorType":"SERVER_TIMESTAMP","StartTimestamp":1565781909.613}"#;
        assert_eq!(read(json).unwrap(), Selector::ServerTime(at));
        for kind in
            ["FRAGMENT_NUMBER", "CONTINUATION_TOKEN", "PRODUCER_TIMESTAMP", "SERVER_TIMESTAMP", "X", ""]
        {
            assert!(read(&format!(r#"{{"StartSelectorType":"{kind}"}}"#)).is_err(), "{kind}");
        }
        assert!(Selector::read(None).is_err());
    }
}
