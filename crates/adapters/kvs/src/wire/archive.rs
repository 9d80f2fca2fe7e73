//! `ListFragments` and `GetMediaForFragmentList`.

use aws_sdk_kinesisvideoarchivedmedia::{
    error::BuildError,
    primitives::DateTime,
    types::{Fragment, FragmentSelector, FragmentSelectorType, TimestampRange},
};
use model::{FragmentNumber, StreamName, Timestamp};
use ports::TimeRange;

use super::{
    media::Body,
    refusal::{Refusal, WireError, failure},
};

/// The most fragments that the service lists at once.
const PAGE: i64 = 1_000;

/// A fragment as the archive lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) number: FragmentNumber,
    /// When its audio begins, by the producer.
    pub(crate) start: Timestamp,
    /// When it ends.
    pub(crate) end: Timestamp,
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) fragments: Vec<Listed>,
    pub(crate) next: Option<String>,
}

/// Reads archived media at one data endpoint.
#[derive(Clone, Debug)]
pub(crate) struct ArchiveClient(pub(super) aws_sdk_kinesisvideoarchivedmedia::Client);

impl ArchiveClient {
    /// Lists fragments that begin in `range`, in no order.
    pub(crate) async fn list(
        &self,
        stream: &StreamName,
        range: TimeRange,
        token: Option<String>,
    ) -> Result<Page, WireError> {
        let selector = selector(range).map_err(|error| WireError::new(Refusal::Failed, error))?;
        let call = self
            .0
            .list_fragments()
            .stream_name(stream.as_str())
            .max_results(PAGE)
            .fragment_selector(selector)
            .set_next_token(token);
        let answer = call.send().await.map_err(failure)?;
        let next = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        Ok(Page { fragments: answer.fragments().iter().filter_map(listed).collect(), next })
    }

    /// Opens the media of these fragments, in this order.
    pub(crate) async fn media(
        &self,
        stream: StreamName,
        numbers: Vec<FragmentNumber>,
    ) -> Result<Body, WireError> {
        let numbers = numbers.iter().map(|number| number.as_str().to_owned()).collect();
        let call =
            self.0.get_media_for_fragment_list().stream_name(stream.as_str()).set_fragments(Some(numbers));
        call.send().await.map(|answer| Body(answer.payload)).map_err(failure)
    }
}

fn selector(range: TimeRange) -> Result<FragmentSelector, BuildError> {
    let range = TimestampRange::builder()
        .start_timestamp(DateTime::from_millis(range.from.as_millis()))
        .end_timestamp(DateTime::from_millis(range.to.as_millis()))
        .build()?;
    FragmentSelector::builder()
        .fragment_selector_type(FragmentSelectorType::ProducerTimestamp)
        .timestamp_range(range)
        .build()
}

fn listed(fragment: &Fragment) -> Option<Listed> {
    let number = FragmentNumber::new(fragment.fragment_number()?).ok()?;
    let start = millis(fragment.producer_timestamp()?)?;
    let end = start.saturating_add(fragment.fragment_length_in_milliseconds().max(0));
    Some(Listed { number, start: Timestamp::from_millis(start), end: Timestamp::from_millis(end) })
}

/// The service writes seconds as a float, which is read a hair too low: rounded, not cut.
fn millis(at: &DateTime) -> Option<i64> {
    let fraction = i64::from(at.subsec_nanos()).saturating_add(500_000) / 1_000_000;
    at.secs().checked_mul(1_000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_was_read_a_hair_too_low_is_rounded() {
        let at = DateTime::from_secs_and_nanos(1_785_585_600, 123_999_834);
        assert_eq!(millis(&at), Some(1_785_585_600_124));
        assert_eq!(millis(&DateTime::from_secs_and_nanos(7, 999_999_999)), Some(8_000));
    }
}
