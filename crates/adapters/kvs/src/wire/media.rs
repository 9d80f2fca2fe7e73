//! `GetMedia`.

use aws_sdk_kinesisvideomedia::{
    error::SdkError,
    operation::get_media::{GetMediaError, GetMediaOutput},
    primitives::{ByteStream, DateTime},
    types::{StartSelector, StartSelectorType},
};
use bytes::Bytes;
use model::StreamName;
use ports::StartAt;

use super::refusal::{Refusal, WireError, failure};

/// Reads live media at one data endpoint.
#[derive(Clone, Debug)]
pub(crate) struct MediaClient(pub(super) aws_sdk_kinesisvideomedia::Client);

impl MediaClient {
    pub(crate) async fn get_media(&self, stream: &StreamName, start: &StartAt) -> Result<Body, WireError> {
        let selector = StartSelector::builder();
        let selector = match start {
            StartAt::Earliest => selector.start_selector_type(StartSelectorType::Earliest),
            StartAt::AfterFragment(number) => selector
                .start_selector_type(StartSelectorType::FragmentNumber)
                .after_fragment_number(number.as_str()),
            StartAt::ProducerTime(at) => selector
                .start_selector_type(StartSelectorType::ProducerTimestamp)
                .start_timestamp(DateTime::from_millis(at.as_millis())),
        };
        let selector = selector.build().map_err(|error| WireError::new(Refusal::Failed, error))?;
        let call = self.0.get_media().stream_name(stream.as_str()).start_selector(selector);
        let answer: Result<GetMediaOutput, SdkError<GetMediaError>> = call.send().await;
        answer.map(|answer| Body(answer.payload)).map_err(failure)
    }
}

/// An open body. Dropping it closes its connection.
pub(crate) struct Body(pub(super) ByteStream);

impl Body {
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, WireError> {
        let next = self.0.next().await.transpose();
        next.map_err(|error| WireError::new(Refusal::Unreachable, error))
    }
}
