//! The control plane: where media is, which streams there are.

use aws_sdk_kinesisvideo::types::{ApiName, ComparisonOperator, Status, StreamInfo, StreamNameCondition};
use model::{MediaOrigin, StreamAddress, StreamName};

use super::{
    clients::Clients,
    refusal::{Refusal, WireError, failure},
};
use crate::facts::{StreamFacts, StreamStatus};

/// The most streams that the service lists at once.
const PAGE: u32 = 1_000;

/// Which data endpoint is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Api {
    GetMedia,
    ListFragments,
    GetMediaForFragmentList,
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct StreamPage {
    pub(crate) streams: Vec<StreamFacts>,
    pub(crate) next: Option<String>,
}

impl Clients {
    /// Where a stream's media is.
    pub(crate) async fn data_endpoint(
        &self,
        region: Option<&str>,
        stream: &StreamName,
        api: Api,
    ) -> Result<String, WireError> {
        let api = match api {
            Api::GetMedia => ApiName::GetMedia,
            Api::ListFragments => ApiName::ListFragments,
            Api::GetMediaForFragmentList => ApiName::GetMediaForFragmentList,
        };
        let call = self.control(region).get_data_endpoint().stream_name(stream.as_str()).api_name(api);
        let answer = call.send().await.map_err(failure)?;
        let absent = || WireError::new(Refusal::Failed, "the answer names no data endpoint");
        answer.data_endpoint().map(str::to_owned).ok_or_else(absent)
    }

    /// What the service says of a stream.
    pub(crate) async fn describe(
        &self,
        region: Option<&str>,
        stream: &StreamName,
    ) -> Result<StreamFacts, WireError> {
        let call = self.control(region).describe_stream().stream_name(stream.as_str());
        let answer = call.send().await.map_err(failure)?;
        let unreadable = || WireError::new(Refusal::Failed, "the answer describes no stream");
        answer.stream_info().and_then(facts).ok_or_else(unreadable)
    }

    /// A page of the streams whose names begin with `prefix`.
    pub(crate) async fn streams(
        &self,
        region: Option<&str>,
        prefix: &str,
        limit: u32,
        token: Option<String>,
    ) -> Result<StreamPage, WireError> {
        let condition = StreamNameCondition::builder()
            .comparison_operator(ComparisonOperator::BeginsWith)
            .comparison_value(prefix)
            .build();
        let call = self
            .control(region)
            .list_streams()
            .max_results(i32::try_from(limit.clamp(1, PAGE)).unwrap_or(i32::MAX))
            .set_stream_name_condition((!prefix.is_empty()).then_some(condition))
            .set_next_token(token);
        let answer = call.send().await.map_err(failure)?;
        let next = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        Ok(StreamPage { streams: answer.stream_info_list().iter().filter_map(facts).collect(), next })
    }
}

fn facts(info: &StreamInfo) -> Option<StreamFacts> {
    let name = StreamName::new(info.stream_name()?).ok()?;
    let (region, account) = info.stream_arn().map(place).unwrap_or_default();
    let status = match info.status() {
        Some(Status::Active) => StreamStatus::Active,
        Some(Status::Creating) => StreamStatus::Creating,
        Some(Status::Updating) => StreamStatus::Updating,
        Some(Status::Deleting) => StreamStatus::Deleting,
        Some(_) | None => StreamStatus::Unknown,
    };
    Some(StreamFacts {
        address: StreamAddress { origin: MediaOrigin::Kvs, name, region, account },
        retention_hours: u32::try_from(info.data_retention_in_hours().unwrap_or(0)).unwrap_or(0),
        kms_key: info.kms_key_id().map(str::to_owned),
        status,
    })
}

/// Region and account of `arn:<partition>:kinesisvideo:<region>:<account>:…`.
fn place(arn: &str) -> (Option<String>, Option<String>) {
    let mut parts = arn.split(':').skip(3).map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
    (parts.next().flatten(), parts.next().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_region_and_account_where_it_has_them() {
        let arn = "arn:aws-us-gov:kinesisvideo:us-gov-west-1:123456789012:stream/a/1";
        assert_eq!(place(arn), (Some("us-gov-west-1".to_owned()), Some("123456789012".to_owned())));
        assert_eq!(place("arn:aws:kinesisvideo::eu-west-2:x"), (None, Some("eu-west-2".to_owned())));
        assert_eq!(place(""), (None, None));
    }
}
