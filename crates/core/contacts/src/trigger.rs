//! The Lambda event of a flow's `InvokeLambdaFunction` block, after media streaming was started.
//!
//! Shape: Amazon Connect administrator guide, "Invoke a Lambda function"; `MediaStreams.Customer.Audio` is
//! null until streaming has started, its times are epoch milliseconds in strings, and its ARN may lack the
//! region.

use std::collections::BTreeMap;

use model::{ContactId, FragmentNumber, MediaOrigin, Pii, StreamAddress, StreamName, Timestamp};
use serde::Deserialize;
use thiserror::Error;

use crate::lenient;

/// The longest attribute value that is read; Connect allows 32 KiB for all of them.
const MAX_ATTRIBUTE_BYTES: usize = 256;

/// How many of the flow's own attributes are read; more are passed over.
const MAX_OTHERS: usize = 64;

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
    /// The contact is no voice call.
    #[error("the contact's channel is {0}, not VOICE")]
    NotVoice(String),
}

/// The names of the flow's custom attributes that Trunkline reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeNames {
    /// Whose call it is; `trunkline_tenant` unless told.
    pub tenant: String,
    /// The profile by which it is carried; `trunkline_profile` unless told.
    pub profile: String,
    /// The desktop session that shows it; `trunkline_session` unless told.
    pub session: String,
    /// The language that is spoken, BCP 47; `trunkline_language` unless told. Without it the contact's own language
    /// counts, which the flow's Set voice block sets.
    pub language: String,
    /// The customer's id in a system of the contact center's own; `trunkline_customer` unless told. Without it the
    /// contact's own customer id counts.
    pub customer: String,
}

impl Default for AttributeNames {
    fn default() -> Self {
        let name = |what: &str| format!("trunkline_{what}");
        Self {
            tenant: name("tenant"),
            profile: name("profile"),
            session: name("session"),
            language: name("language"),
            customer: name("customer"),
        }
    }
}

/// What a flow's custom attributes say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowAttributes {
    /// Whose call it is.
    pub tenant: Option<String>,
    /// The profile by which it is carried.
    pub profile: Option<String>,
    /// The desktop session that shows it.
    pub session: Option<String>,
    /// The language that is spoken, BCP 47.
    pub language: Option<String>,
    /// The customer's id in a system of the contact center's own.
    pub customer: Option<Pii<String>>,
    /// The names of those that the flow did not set, of tenant, profile and session.
    pub missing: Vec<String>,
    /// All that the flow set, by name. What of them may be kept is the tenant's to say.
    pub set: BTreeMap<String, Pii<String>>,
}

/// What a Lambda event says of a contact and its audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaTrigger {
    /// The contact.
    pub contact_id: ContactId,
    /// The first contact of its chain of transfers.
    pub initial_contact_id: Option<ContactId>,
    /// The contact before it in the chain.
    pub previous_contact_id: Option<ContactId>,
    /// The stream that carries the audio; none when the flow has not started media streaming before this block.
    pub stream: Option<StreamAddress>,
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
    /// The ARN of the Connect instance.
    pub instance: Option<String>,
    /// What the flow's custom attributes say.
    pub attributes: FlowAttributes,
}

/// Reads a Lambda event. One whose flow has not started media streaming yet has no stream.
///
/// # Errors
/// When it is not one, is no voice contact, or names a stream that cannot be one.
pub fn read_trigger(json: &[u8], names: &AttributeNames) -> Result<MediaTrigger, TriggerError> {
    let event: LambdaEvent = serde_json::from_slice(json).map_err(TriggerError::Json)?;
    let contact = event.details.contact_data;
    if let Some(channel) = contact.channel.filter(|channel| channel != "VOICE") {
        return Err(TriggerError::NotVoice(
            channel.chars().filter(char::is_ascii_alphanumeric).take(20).collect(),
        ));
    }
    let audio = contact.media_streams.and_then(|m| m.customer).and_then(|c| c.audio).unwrap_or_default();
    let stream = audio
        .stream_arn
        .map(|arn| stream_address(&arn).ok_or(TriggerError::Field("StreamARN")))
        .transpose()?;
    let id = |text: Option<String>| text.and_then(|text| ContactId::new(text).ok());
    let contact_id = id(Some(contact.contact_id)).ok_or(TriggerError::Field("ContactId"))?;
    Ok(MediaTrigger {
        initial_contact_id: id(contact.initial_contact_id).filter(|initial| *initial != contact_id),
        previous_contact_id: id(contact.previous_contact_id).filter(|previous| *previous != contact_id),
        contact_id,
        stream,
        started_at: epoch_ms(audio.start_timestamp, "StartTimestamp")?,
        start_fragment: fragment(audio.start_fragment_number, "StartFragmentNumber")?,
        stop_fragment: fragment(audio.stop_fragment_number, "StopFragmentNumber")?,
        customer: contact.customer_endpoint.and_then(|endpoint| endpoint.address).map(Pii::new),
        queue: contact.queue.and_then(|queue| queue.name),
        instance: contact.instance_arn,
        attributes: flow_attributes(
            &contact.attributes.unwrap_or_default(),
            contact.language_code,
            contact.customer_id,
            names,
        ),
    })
}

fn flow_attributes(
    set: &BTreeMap<String, serde_json::Value>,
    contact_language: Option<String>,
    contact_customer: Option<String>,
    names: &AttributeNames,
) -> FlowAttributes {
    let fits = |text: &&str| !text.is_empty() && text.len() <= MAX_ATTRIBUTE_BYTES;
    let get = |name: &str| {
        let text = set.get(name).and_then(serde_json::Value::as_str).map(str::trim);
        text.filter(fits).map(str::to_owned)
    };
    let contact_customer = contact_customer.as_deref().map(str::trim).filter(fits).map(str::to_owned);
    let wanted = [&names.tenant, &names.profile, &names.session];
    FlowAttributes {
        tenant: get(&names.tenant),
        profile: get(&names.profile),
        session: get(&names.session),
        language: get(&names.language).or(contact_language),
        customer: get(&names.customer).or(contact_customer).map(Pii::new),
        missing: wanted.into_iter().filter(|name| get(name).is_none()).cloned().collect(),
        set: set
            .keys()
            .filter(|name| fits(&name.as_str()))
            .filter_map(|name| Some((name.clone(), Pii::new(get(name)?))))
            .take(MAX_OTHERS)
            .collect(),
    }
}

/// Where the stream of an ARN is: its name, and region and account where the ARN has them.
#[must_use]
pub fn stream_address(arn: &str) -> Option<StreamAddress> {
    let name = stream_name(arn)?;
    let mut parts = arn.split(':').skip(3);
    let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    let (mut region, mut account) = if arn.starts_with("arn:") { (part(), part()) } else { (None, None) };
    if region.is_none() && account.as_deref().is_some_and(|text| text.contains('-')) {
        // `arn:aws:kinesisvideo::eu-west-2:…`, as the administrator guide's sample has it.
        (region, account) = (account, part());
    }
    let is_account = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_region = |text: &String| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Some(StreamAddress {
        origin: MediaOrigin::Kvs,
        name,
        region: region.filter(is_region),
        account: account.filter(is_account),
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
    #[serde(rename = "InstanceARN", default, deserialize_with = "lenient::text")]
    instance_arn: Option<String>,
    #[serde(default, deserialize_with = "lenient::part")]
    attributes: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default, deserialize_with = "lenient::text")]
    language_code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    initial_contact_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    previous_contact_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    customer_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(default, deserialize_with = "lenient::part")]
    customer_endpoint: Option<Endpoint>,
    #[serde(default, deserialize_with = "lenient::part")]
    media_streams: Option<MediaStreams>,
    #[serde(default, deserialize_with = "lenient::part")]
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
    #[serde(default, deserialize_with = "lenient::part")]
    customer: Option<CustomerStreams>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CustomerStreams {
    #[serde(default, deserialize_with = "lenient::part")]
    audio: Option<Audio>,
}

#[derive(Default, Deserialize)]
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
            "Attributes":{{"trunkline_tenant":"acme","trunkline_profile":" "}},"LanguageCode":"en-GB","Channel":"VOICE","ContactId":"c-1","InitialContactId":"c-0",
            "PreviousContactId":"c-1","CustomerEndpoint":{{"Address":"+15555550134","Type":"TELEPHONE_NUMBER"}},
            "CustomerId":null,"Queue":null,"MediaStreams":{{"Customer":{{"Audio":{audio}}}}}}}}}}}"#
        )
    }

    const AUDIO: &str = r#"{"StreamARN":"arn:aws:kinesisvideo:eu-west-2:1:stream/pre-connect-x-contact-1/1565272947806",
        "StartTimestamp":"1565781909613","StopTimestamp":null,"StopFragmentNumber":"",
        "StartFragmentNumber":"91343852333181432392682062622220590765191907586"}"#;

    fn read(json: &str) -> Result<MediaTrigger, TriggerError> {
        read_trigger(json.as_bytes(), &AttributeNames::default())
    }

    #[test]
    fn what_a_call_does_not_need_keeps_no_call_back() {
        let good: serde_json::Value = serde_json::from_str(&event(AUDIO)).unwrap();
        let data = good["Details"]["ContactData"].as_object().unwrap();
        let odd =
            [r#"null"#, r#""""#, "7", "1.5", "true", "[]", "{}", r#""text""#, r#"{"Address":{},"Name":[]}"#];
        for name in data.keys().filter(|name| !["ContactId", "Channel"].contains(&name.as_str())) {
            for odd in odd {
                let mut event = good.clone();
                event["Details"]["ContactData"][name] = serde_json::from_str(odd).unwrap();
                let trigger =
                    read(&event.to_string()).unwrap_or_else(|error| panic!("{name} {odd}: {error}"));
                assert_eq!(trigger.contact_id.as_str(), "c-1");
                assert_eq!(trigger.stream.is_some(), name != "MediaStreams", "{name} {odd}");
            }
        }
    }

    #[test]
    fn times_may_be_numbers() {
        let numbers = AUDIO.replace("\"1565781909613\"", "1565781909613");
        assert_eq!(read(&event(&numbers)).unwrap(), read(&event(AUDIO)).unwrap());
    }

    #[test]
    fn a_lambda_event_gives_what_a_call_needs() {
        let trigger = read(&event(AUDIO)).unwrap();
        assert_eq!(trigger.contact_id.as_str(), "c-1");
        assert_eq!(trigger.initial_contact_id.unwrap().as_str(), "c-0");
        assert_eq!(trigger.previous_contact_id, None);
        let stream = trigger.stream.unwrap();
        assert_eq!(stream.name.as_str(), "pre-connect-x-contact-1");
        assert_eq!((stream.region.as_deref(), stream.account.as_deref()), (Some("eu-west-2"), Some("1")));
        assert_eq!(trigger.attributes.tenant.as_deref(), Some("acme"));
        assert_eq!(trigger.attributes.language.as_deref(), Some("en-GB"));
        assert_eq!(trigger.attributes.missing, ["trunkline_profile", "trunkline_session"]);
        assert_eq!(trigger.started_at, Some(Timestamp::from_millis(1_565_781_909_613)));
        assert_eq!(trigger.start_fragment.unwrap().as_str().len(), 47);
        assert_eq!(trigger.stop_fragment, None);
        assert_eq!(trigger.customer.unwrap().expose(), "+15555550134");
    }

    #[test]
    fn null_audio_is_a_contact_whose_stream_is_not_known_yet() {
        assert_eq!(read(&event("null")).unwrap().stream, None);
        assert_eq!(read(&event(r#"{"StreamARN":""}"#)).unwrap().stream, None);
        assert!(matches!(
            read(&event(r#"{"StreamARN":"arn:aws:s3:::b"}"#)),
            Err(TriggerError::Field("StreamARN"))
        ));
    }

    #[test]
    fn attributes_may_have_other_names() {
        let names = AttributeNames { tenant: "customer_of_ours".to_owned(), ..AttributeNames::default() };
        let json = event(AUDIO).replace("trunkline_tenant", "customer_of_ours");
        assert_eq!(read_trigger(json.as_bytes(), &names).unwrap().attributes.tenant.as_deref(), Some("acme"));
    }

    #[test]
    fn a_chat_is_refused() {
        let chat = event(AUDIO).replace("VOICE", "CHAT");
        assert!(matches!(read(&chat), Err(TriggerError::NotVoice(channel)) if channel == "CHAT"));
    }

    #[test]
    fn an_arn_without_a_region_still_names_its_stream() {
        assert_eq!(stream_name("arn:aws:kinesisvideo::eu-west-2:1:stream/a/2").unwrap().as_str(), "a");
        assert_eq!(stream_name("arn:aws-us-gov:kinesisvideo:r:1:stream/a").unwrap().as_str(), "a");
        assert_eq!(stream_name("a-name").unwrap().as_str(), "a-name");
        assert_eq!(stream_name("arn:aws:s3:::bucket"), None);
        assert_eq!(stream_name(""), None);
        let address = stream_address("arn:aws:kinesisvideo::eu-west-2:17:stream/a/2").unwrap();
        assert_eq!((address.region.as_deref(), address.account.as_deref()), (Some("eu-west-2"), Some("17")));
        let address = stream_address("a-name").unwrap();
        assert_eq!((address.region, address.account), (None, None));
    }
}
