//! The Lambda event of a flow's `InvokeLambdaFunction` block, after media streaming was started.
//!
//! Shape: Amazon Connect administrator guide, "Invoke a Lambda function"; `MediaStreams.Customer.Audio` is
//! null until streaming has started, its times are epoch milliseconds in strings, and its ARN may lack the
//! region.

use model::{ContactId, FragmentNumber, Pii, StreamName, Timestamp};
use serde::Deserialize;
use thiserror::Error;

use crate::lenient;

/// Why a Lambda event cannot start a call.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// The text is no JSON of the shape of a Connect Lambda event.
    #[error("the body is not a Connect Lambda event")]
    Json(#[source] serde_json::Error),
    /// A required field is missing or cannot be read.
    #[error("the Lambda event's {0} is missing or not valid")]
    Field(&'static str),
    /// `MediaStreams.Customer.Audio` is null: the flow has not started media streaming before this block.
    #[error("media streaming has not started: put this Lambda block after Start media streaming")]
    NotStreaming,
    /// The contact is no voice call.
    #[error("the contact's channel is {0}, not VOICE")]
    NotVoice(String),
}

/// What a call needs to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaTrigger {
    /// The contact.
    pub contact_id: ContactId,
    /// The first contact of its chain of transfers.
    pub initial_contact_id: Option<ContactId>,
    /// The contact before it in the chain.
    pub previous_contact_id: Option<ContactId>,
    /// The stream that carries the audio.
    pub stream: StreamName,
    /// Producer time of the first fragment.
    pub started_at: Option<Timestamp>,
    /// The first fragment.
    pub start_fragment: Option<FragmentNumber>,
    /// The last fragment, when streaming has already been stopped.
    pub stop_fragment: Option<FragmentNumber>,
    /// The customer's number.
    pub customer: Option<Pii<String>>,
    /// The queue's name.
    pub queue: Option<String>,
}

/// Reads a Lambda event.
///
/// # Errors
/// When it is not one, is no voice contact, or names no stream.
pub fn read_trigger(json: &[u8]) -> Result<MediaTrigger, TriggerError> {
    let event: LambdaEvent = serde_json::from_slice(json).map_err(TriggerError::Json)?;
    let contact = event.details.contact_data;
    if let Some(channel) = contact.channel.filter(|channel| channel != "VOICE") {
        return Err(TriggerError::NotVoice(
            channel.chars().filter(char::is_ascii_alphanumeric).take(20).collect(),
        ));
    }
    let audio = contact
        .media_streams
        .and_then(|m| m.customer)
        .and_then(|c| c.audio)
        .ok_or(TriggerError::NotStreaming)?;
    let arn = audio.stream_arn.ok_or(TriggerError::NotStreaming)?;
    let id = |text: Option<String>| text.and_then(|text| ContactId::new(text).ok());
    let contact_id = id(Some(contact.contact_id)).ok_or(TriggerError::Field("ContactId"))?;
    Ok(MediaTrigger {
        initial_contact_id: id(contact.initial_contact_id).filter(|initial| *initial != contact_id),
        previous_contact_id: id(contact.previous_contact_id).filter(|previous| *previous != contact_id),
        contact_id,
        stream: stream_name(&arn).ok_or(TriggerError::Field("StreamARN"))?,
        started_at: epoch_ms(audio.start_timestamp, "StartTimestamp")?,
        start_fragment: fragment(audio.start_fragment_number, "StartFragmentNumber")?,
        stop_fragment: fragment(audio.stop_fragment_number, "StopFragmentNumber")?,
        customer: contact.customer_endpoint.and_then(|endpoint| endpoint.address).map(Pii::new),
        queue: contact.queue.and_then(|queue| queue.name),
    })
}

/// The name in a stream's ARN `arn:PARTITION:kinesisvideo:REGION:ACCOUNT:stream/NAME/CREATION`, also where
/// the region or other parts are missing; a bare name is taken as it is.
#[must_use]
pub fn stream_name(arn: &str) -> Option<StreamName> {
    let name = match arn.split_once(":stream/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or_default(),
        None if arn.starts_with("arn:") => return None,
        None => arn,
    };
    StreamName::new(name).ok().filter(|name| !name.as_str().contains(['/', ':']))
}

fn epoch_ms(text: Option<String>, field: &'static str) -> Result<Option<Timestamp>, TriggerError> {
    text.map(|text| text.trim().parse().map(Timestamp::from_millis).map_err(|_| TriggerError::Field(field)))
        .transpose()
}

fn fragment(text: Option<String>, field: &'static str) -> Result<Option<FragmentNumber>, TriggerError> {
    text.map(|text| FragmentNumber::new(text.trim()).map_err(|_| TriggerError::Field(field))).transpose()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LambdaEvent {
    details: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    contact_data: ContactData,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContactData {
    contact_id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    initial_contact_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    previous_contact_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    channel: Option<String>,
    customer_endpoint: Option<Endpoint>,
    media_streams: Option<MediaStreams>,
    queue: Option<Queue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    #[serde(default, deserialize_with = "lenient::text")]
    address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Queue {
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MediaStreams {
    customer: Option<CustomerStreams>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CustomerStreams {
    audio: Option<Audio>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Audio {
    #[serde(rename = "StreamARN", default, deserialize_with = "lenient::text")]
    stream_arn: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    start_timestamp: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    start_fragment_number: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    stop_fragment_number: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(audio: &str) -> String {
        format!(
            r#"{{"Name":"ContactFlowEvent","Details":{{"Parameters":{{}},"ContactData":{{
            "Attributes":{{"tenant":"acme"}},"Channel":"VOICE","ContactId":"c-1","InitialContactId":"c-0",
            "PreviousContactId":"c-1","CustomerEndpoint":{{"Address":"+15555550134","Type":"TELEPHONE_NUMBER"}},
            "CustomerId":null,"Queue":null,"MediaStreams":{{"Customer":{{"Audio":{audio}}}}}}}}}}}"#
        )
    }

    const AUDIO: &str = r#"{"StreamARN":"arn:aws:kinesisvideo:eu-west-2:1:stream/pre-connect-x-contact-1/1565272947806",
        "StartTimestamp":"1565781909613","StopTimestamp":null,"StopFragmentNumber":"",
        "StartFragmentNumber":"91343852333181432392682062622220590765191907586"}"#;

    #[test]
    fn a_lambda_event_gives_what_a_call_needs() {
        let trigger = read_trigger(event(AUDIO).as_bytes()).unwrap();
        assert_eq!(trigger.contact_id.as_str(), "c-1");
        assert_eq!(trigger.initial_contact_id.unwrap().as_str(), "c-0");
        assert_eq!(trigger.previous_contact_id, None);
        assert_eq!(trigger.stream.as_str(), "pre-connect-x-contact-1");
        assert_eq!(trigger.started_at, Some(Timestamp::from_millis(1_565_781_909_613)));
        assert_eq!(trigger.start_fragment.unwrap().as_str().len(), 47);
        assert_eq!(trigger.stop_fragment, None);
        assert_eq!(trigger.customer.unwrap().expose(), "+15555550134");
    }

    #[test]
    fn null_audio_says_what_to_change_in_the_flow() {
        assert!(matches!(read_trigger(event("null").as_bytes()), Err(TriggerError::NotStreaming)));
    }

    #[test]
    fn a_chat_is_refused() {
        let chat = event(AUDIO).replace("VOICE", "CHAT");
        assert!(
            matches!(read_trigger(chat.as_bytes()), Err(TriggerError::NotVoice(channel)) if channel == "CHAT")
        );
    }

    #[test]
    fn an_arn_without_a_region_still_names_its_stream() {
        assert_eq!(stream_name("arn:aws:kinesisvideo::eu-west-2:1:stream/a/2").unwrap().as_str(), "a");
        assert_eq!(stream_name("arn:aws-us-gov:kinesisvideo:r:1:stream/a").unwrap().as_str(), "a");
        assert_eq!(stream_name("a-name").unwrap().as_str(), "a-name");
        assert_eq!(stream_name("arn:aws:s3:::bucket"), None);
        assert_eq!(stream_name(""), None);
    }
}
