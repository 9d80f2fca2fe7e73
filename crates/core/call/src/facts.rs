//! What a fragment's tags and blocks say about it.

use mkv::{Fragment, FragmentEnd, tag};
use model::{ContactId, FragmentNumber};

use crate::StreamError;

/// Timecodes and timestamps from here to [`LATEST_EPOCH_MS`] are read as wall time: 2001 to 2286.
pub(crate) const EARLIEST_EPOCH_MS: i64 = 1_000_000_000_000;
/// See [`EARLIEST_EPOCH_MS`].
pub(crate) const LATEST_EPOCH_MS: i64 = 9_999_999_999_999;

/// Bytes of one channel in a millisecond: 8 samples of 2 bytes.
const BYTES_PER_MS: usize = 16;

/// Whose a fragment says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// One or more contacts, all of this call.
    Ours,
    /// Another contact.
    Foreign,
    /// This call's contact and another one, or two others.
    Mixed,
    /// Nobody.
    Untagged,
}

/// Where a fragment's audio lies, in the producer's milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its first block's timecode.
    pub(crate) start_ms: i64,
    /// Where its last block ends.
    pub(crate) end_ms: i64,
}

/// What a fragment's tags and blocks say about it.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) number: Option<FragmentNumber>,
    pub(crate) claim: Claim,
    /// To be added to the blocks' timecodes: not zero only where they count from the fragment's own start.
    pub(crate) shift_ms: i64,
    pub(crate) span: Option<Span>,
    pub(crate) server_ms: Option<i64>,
    pub(crate) behind_ms: Option<u64>,
    pub(crate) error: Option<StreamError>,
    /// Whether something after its audio shows that all of it came.
    pub(crate) complete: bool,
}

impl Facts {
    pub(crate) fn of(fragment: &Fragment, accepted: &[ContactId]) -> Self {
        let shift_ms = shift(fragment);
        Self {
            number: first(fragment, tag::FRAGMENT_NUMBER).and_then(|text| FragmentNumber::new(text).ok()),
            claim: claim(fragment, accepted),
            shift_ms,
            span: span(fragment, shift_ms),
            server_ms: first(fragment, tag::SERVER_TIMESTAMP)
                .or_else(|| first(fragment, tag::SERVER_SIDE_TIMESTAMP))
                .and_then(milliseconds),
            behind_ms: fragment.tag(tag::MILLIS_BEHIND_NOW).and_then(|text| text.parse().ok()),
            error: error(fragment),
            complete: matches!(fragment.end, FragmentEnd::ContinuationToken | FragmentEnd::NextHeader),
        }
    }
}

/// The first tag of this name: an error's tags may repeat the name of a fragment's own.
fn first<'a>(fragment: &'a Fragment, name: &str) -> Option<&'a str> {
    fragment.tags.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn claim(fragment: &Fragment, accepted: &[ContactId]) -> Claim {
    let (mut ours, mut foreign) = (false, None);
    for (key, value) in &fragment.tags {
        if key != tag::CONTACT_ID || value.is_empty() {
            continue;
        }
        if accepted.iter().any(|id| id.as_str() == value) {
            ours = true;
        } else if foreign.is_some_and(|other| other != value) {
            return Claim::Mixed;
        } else {
            foreign = Some(value);
        }
    }
    match (ours, foreign) {
        (true, None) => Claim::Ours,
        (true, Some(_)) => Claim::Mixed,
        (false, Some(_)) => Claim::Foreign,
        (false, None) => Claim::Untagged,
    }
}

/// The contact that a foreign fragment names.
pub(crate) fn contact(fragment: &Fragment) -> Option<&str> {
    fragment.tag(tag::CONTACT_ID)
}

/// A stream whose timecodes start anew in each fragment is placed by its producer timestamps instead.
fn shift(fragment: &Fragment) -> i64 {
    let timecode = fragment.timecode_ms.and_then(|ms| i64::try_from(ms).ok());
    let Some(timecode) = timecode.or_else(|| fragment.blocks.first().map(|block| block.timecode_ms)) else {
        return 0;
    };
    let wall = EARLIEST_EPOCH_MS..=LATEST_EPOCH_MS;
    let producer =
        first(fragment, tag::PRODUCER_TIMESTAMP).or_else(|| first(fragment, tag::PRODUCER_SIDE_TIMESTAMP));
    match producer.and_then(milliseconds) {
        Some(producer) if wall.contains(&producer) && !wall.contains(&timecode) => {
            producer.saturating_sub(timecode)
        }
        _ => 0,
    }
}

fn span(fragment: &Fragment, shift_ms: i64) -> Option<Span> {
    let mut span: Option<Span> = None;
    for block in &fragment.blocks {
        let start = block.timecode_ms.saturating_add(shift_ms);
        let length = i64::try_from(block.bytes.len() / BYTES_PER_MS).unwrap_or(i64::MAX);
        let end = start.saturating_add(length);
        let all = span.get_or_insert(Span { start_ms: start, end_ms: end });
        all.start_ms = all.start_ms.min(start);
        all.end_ms = all.end_ms.max(end);
    }
    span
}

/// Seconds with a fraction, as the service writes times: `1726677687.758`.
fn milliseconds(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = seconds.parse().ok()?;
    let mut ms = 0;
    for place in 0..3 {
        let digit = fraction.as_bytes().get(place).copied().unwrap_or(b'0');
        if !digit.is_ascii_digit() {
            return None;
        }
        ms = ms * 10 + i64::from(digit - b'0');
    }
    seconds.checked_mul(1_000)?.checked_add(ms)
}

/// The documents put the number under `ERROR_CODE`, the wire under `ERROR_ID` beside a name: both are read.
fn error(fragment: &Fragment) -> Option<StreamError> {
    let code = fragment.tag(tag::ERROR_CODE).or_else(|| fragment.tag(tag::EXCEPTION_ERROR_CODE));
    let id = fragment.tag(tag::ERROR_ID);
    if code.is_none() && id.is_none() {
        return None;
    }
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u16>().ok());
    let id = number(id).or_else(|| number(code)).unwrap_or(0);
    Some(match id {
        4500..=4506 => StreamError::Kms { id },
        3000 | 4000 => StreamError::FragmentNotFound,
        _ if code == Some("FRAGMENT_NOT_FOUND") => StreamError::FragmentNotFound,
        _ => StreamError::Service { id },
    })
}

#[cfg(test)]
mod tests {
    use mkv::tag::{ERROR_CODE, ERROR_ID, FRAGMENT_NUMBER, PRODUCER_TIMESTAMP};

    use super::*;

    fn tagged(tags: &[(&str, &str)]) -> Fragment {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Fragment { tags, ..Fragment::default() }
    }

    fn claimed(tags: &[(&str, &str)]) -> Claim {
        let accepted = [ContactId::new("mine").unwrap(), ContactId::new("first").unwrap()];
        Facts::of(&tagged(tags), &accepted).claim
    }

    #[test]
    fn a_fragment_is_ours_only_when_every_contact_it_names_is() {
        assert_eq!(claimed(&[("ContactId", "mine")]), Claim::Ours);
        assert_eq!(claimed(&[("ContactId", "mine"), ("ContactId", "first")]), Claim::Ours);
        assert_eq!(claimed(&[("ContactId", "mine"), ("ContactId", "other")]), Claim::Mixed);
        assert_eq!(claimed(&[("ContactId", "a"), ("ContactId", "b")]), Claim::Mixed);
        assert_eq!(claimed(&[("ContactId", "a"), ("ContactId", "a")]), Claim::Foreign);
        assert_eq!(claimed(&[("ContactId", "")]), Claim::Untagged);
        assert_eq!(claimed(&[("InstanceId", "mine")]), Claim::Untagged);
    }

    #[test]
    fn service_times_are_read_to_the_millisecond() {
        assert_eq!(milliseconds("1726677687.758"), Some(1_726_677_687_758));
        assert_eq!(milliseconds("1726677687.7"), Some(1_726_677_687_700));
        assert_eq!(milliseconds("1109909.253999"), Some(1_109_909_253));
        assert_eq!(milliseconds("12"), Some(12_000));
        assert_eq!(milliseconds("x.1"), None);
        assert_eq!(milliseconds("1.x"), None);
        assert_eq!(milliseconds("9223372036854775807"), None);
    }

    #[test]
    fn errors_are_known_by_number_under_either_name() {
        let error = |tags: &[(&str, &str)]| Facts::of(&tagged(tags), &[]).error;
        assert_eq!(error(&[(ERROR_CODE, "4503")]), Some(StreamError::Kms { id: 4503 }));
        assert_eq!(
            error(&[(ERROR_CODE, "FRAGMENT_NOT_FOUND"), (ERROR_ID, "3000")]),
            Some(StreamError::FragmentNotFound)
        );
        assert_eq!(error(&[(ERROR_CODE, "FRAGMENT_NOT_FOUND")]), Some(StreamError::FragmentNotFound));
        assert_eq!(error(&[(ERROR_ID, "5000")]), Some(StreamError::Service { id: 5000 }));
        assert_eq!(error(&[(ERROR_CODE, "?")]), Some(StreamError::Service { id: 0 }));
        assert_eq!(error(&[]), None);
    }

    #[test]
    fn the_fragments_own_number_wins_over_an_errors() {
        let facts = Facts::of(&tagged(&[(FRAGMENT_NUMBER, "7"), (FRAGMENT_NUMBER, "8")]), &[]);
        assert_eq!(facts.number, FragmentNumber::new("7").ok());
    }

    #[test]
    fn timecodes_that_start_at_zero_are_shifted_to_the_producers_time() {
        let mut fragment = tagged(&[(PRODUCER_TIMESTAMP, "1726677688.724")]);
        fragment.timecode_ms = Some(0);
        fragment.blocks.push(mkv::Block { track: 1, timecode_ms: 64, bytes: 0..1024 });
        let span = Facts::of(&fragment, &[]).span.unwrap();
        assert_eq!(span, Span { start_ms: 1_726_677_688_788, end_ms: 1_726_677_688_852 });
    }

    #[test]
    fn relative_timecodes_with_relative_timestamps_are_left_alone() {
        let mut fragment = tagged(&[(PRODUCER_TIMESTAMP, "1109909.253")]);
        fragment.timecode_ms = Some(1_109_909_253);
        assert_eq!(Facts::of(&fragment, &[]).shift_ms, 0);
    }
}
