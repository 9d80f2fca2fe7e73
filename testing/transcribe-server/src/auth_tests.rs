use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::{
    event_stream::{sign_empty_message, sign_message},
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_eventstream::frame::write_message_to;

use super::*;

const REGION: &str = "eu-central-1";
const URI: &str = "https://127.0.0.1:4590/stream-transcription";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_785_585_600_123)
}

fn credentials() -> Credentials {
    Credentials { access_key: "AKIDLOCAL".to_owned(), secret_key: "secret/+".to_owned() }
}

fn identity() -> aws_credential_types::Credentials {
    AwsCredentials::new("AKIDLOCAL", "secret/+", None, None, "test")
}

/// A request as Amazon's client signs it, and its signature.
fn signed(at: SystemTime) -> (Request<()>, String) {
    let identity = identity().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(SERVICE)
        .time(at)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("x-amzn-transcribe-language-code", "en-US")];
    let signable = SignableRequest::new("POST", URI, headers.into_iter(), SignableBody::Bytes(&[])).unwrap();
    let (instructions, signature) = sign(signable, &params).unwrap().into_parts();
    let mut request = Request::post(URI).header(headers[0].0, headers[0].1).body(()).unwrap();
    instructions.apply_to_request_http1x(&mut request);
    (request, signature)
}

fn begin(request: &Request<()>) -> Result<Chain, String> {
    Chain::begin(request, &credentials(), now()).map_err(|refusal| refusal.code)
}

/// Frames with audio, and the empty one, each signed on the one before.
fn frames(seed: &str, at: SystemTime, count: usize) -> Vec<Message> {
    let identity = identity().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(SERVICE)
        .time(at)
        .settings(())
        .build()
        .unwrap();
    let mut last = seed.to_owned();
    let mut out = Vec::new();
    for index in 0..=count {
        let audio = Message::new(vec![u8::try_from(index).unwrap(); 4]);
        let signed = if index == count {
            sign_empty_message(&last, &params)
        } else {
            sign_message(&audio, &last, &params)
        };
        let (message, signature) = signed.unwrap().into_parts();
        out.push(message);
        last = signature;
    }
    out
}

#[test]
fn what_the_client_signs_verifies_to_the_last_frame() {
    let (request, signature) = signed(now());
    let mut chain = begin(&request).unwrap();
    for frame in frames(&signature, now() + Duration::from_secs(20), 3) {
        assert_eq!(chain.check(&frame, now()), Ok(()));
    }
}

#[test]
fn a_frame_that_is_left_out_repeated_or_changed_breaks_the_chain() {
    let (request, signature) = signed(now());
    let frames = frames(&signature, now(), 3);
    let mut chain = begin(&request).unwrap();
    assert!(chain.check(&frames[1], now()).is_err(), "left out");
    assert_eq!(chain.check(&frames[0], now()), Ok(()));
    assert!(chain.check(&frames[0], now()).is_err(), "repeated");
    let mut bytes = Vec::new();
    write_message_to(&Message::new(vec![9; 4]), &mut bytes).unwrap();
    let changed = Message::new_from_parts(frames[1].headers().to_vec(), bytes);
    assert!(chain.check(&changed, now()).is_err(), "changed");
    let unsigned = Message::new(frames[1].payload().clone());
    assert!(chain.check(&unsigned, now()).is_err(), "unsigned");
    assert_eq!(chain.check(&frames[1], now()), Ok(()));
}

#[test]
fn a_frame_may_be_five_minutes_old_and_no_more() {
    for (age, is_taken) in [(299, true), (302, false)] {
        let (request, signature) = signed(now());
        let mut chain = begin(&request).unwrap();
        let old = frames(&signature, now() - Duration::from_secs(age), 1);
        assert_eq!(chain.check(&old[0], now()).is_ok(), is_taken, "{age}");
    }
}

#[test]
fn requests_that_are_not_signed_well_are_refused_with_their_cause() {
    let unsigned = Request::post(URI).body(()).unwrap();
    assert_eq!(begin(&unsigned).unwrap_err(), "MissingAuthenticationTokenException");
    let (mut changed, _) = signed(now());
    changed.headers_mut().insert("x-amzn-transcribe-language-code", "es-US".parse().unwrap());
    assert_eq!(begin(&changed).unwrap_err(), "InvalidSignatureException");
    let (old, _) = signed(now() - Duration::from_secs(301));
    assert_eq!(begin(&old).unwrap_err(), "InvalidSignatureException");
    let (request, _) = signed(now());
    let other = Credentials { access_key: "AKIDOTHER".to_owned(), ..credentials() };
    let refused = Chain::begin(&request, &other, now()).unwrap_err();
    assert_eq!(refused.code, "UnrecognizedClientException");
    let (mut garbled, _) = signed(now());
    garbled.headers_mut().insert("authorization", "AWS4-HMAC-SHA256 nonsense".parse().unwrap());
    assert_eq!(begin(&garbled).unwrap_err(), "IncompleteSignatureException");
}
