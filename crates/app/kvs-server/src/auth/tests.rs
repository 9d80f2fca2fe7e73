use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use http::Request;

use super::*;

const NOW_MS: i64 = 1_785_585_600_123;

fn now() -> Timestamp {
    Timestamp::from_millis(NOW_MS)
}

fn credentials() -> Credentials {
    Credentials { access_key: "AKIDLOCAL".to_owned(), secret_key: "secret/+".to_owned(), session_token: None }
}

fn signed(uri: &str, body: SignableBody<'_>, at: Timestamp, with: &Credentials) -> Request<()> {
    let identity = aws_sdk_kinesisvideo::config::Credentials::new(
        &with.access_key,
        &with.secret_key,
        with.session_token.clone(),
        None,
        "t",
    )
    .into();
    let time = UNIX_EPOCH + Duration::from_micros(u64::try_from(at.as_micros()).unwrap());
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = aws_sigv4::http_request::PayloadChecksumKind::XAmzSha256;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name("kinesisvideo")
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let headers = [("host", "127.0.0.1:4580"), ("x-amzn-stream-name", "a   b")];
    let request = SignableRequest::new("POST", uri, headers.into_iter(), body).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let mut request = Request::post(uri);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut request = request.body(()).unwrap();
    instructions.apply_to_request_http1x(&mut request);
    request
}

fn verify(
    request: &Request<()>,
    body: Option<&[u8]>,
    with: &Credentials,
    at: Timestamp,
) -> Result<(), Exception> {
    let signed = Signed { method: request.method(), uri: request.uri(), headers: request.headers(), body };
    check(&signed, KINESIS_VIDEO, Some(with), at).map_err(|error| error.exception())
}

#[test]
fn what_the_sdk_signs_verifies() {
    let body = br#"{"StreamName":"a"}"#;
    for uri in ["/getMedia", "/", "/a%20b/c", "/getMedia?b=2&a=1&flag"] {
        let uri = format!("http://127.0.0.1:4580{uri}");
        let request = signed(&uri, SignableBody::Bytes(body), now(), &credentials());
        assert_eq!(verify(&request, Some(body), &credentials(), now()), Ok(()), "{uri}");
    }
}

#[test]
fn put_media_signs_an_empty_or_unsigned_body() {
    let uri = "http://127.0.0.1:4580/putMedia";
    for body in [
        SignableBody::Bytes(&[]),
        SignableBody::UnsignedPayload,
        SignableBody::Precomputed("STREAMING-AWS4-HMAC-SHA256-EVENTS".to_owned()),
    ] {
        let request = signed(uri, body, now(), &credentials());
        assert_eq!(verify(&request, None, &credentials(), now()), Ok(()));
    }
}

#[test]
fn a_session_token_must_be_the_configured_one() {
    let with = Credentials { session_token: Some("token".to_owned()), ..credentials() };
    let request = signed("http://127.0.0.1:4580/getMedia", SignableBody::Bytes(b"{}"), now(), &with);
    assert_eq!(verify(&request, Some(b"{}"), &with, now()), Ok(()));
    let request = signed("http://127.0.0.1:4580/getMedia", SignableBody::Bytes(b"{}"), now(), &credentials());
    assert_eq!(verify(&request, Some(b"{}"), &with, now()), Err(Exception::UnrecognizedClient));
}

#[test]
fn a_changed_body_header_path_or_key_is_refused() {
    let uri = "http://127.0.0.1:4580/getMedia";
    let request = signed(uri, SignableBody::Bytes(b"{}"), now(), &credentials());
    assert_eq!(verify(&request, Some(b"{ }"), &credentials(), now()), Err(Exception::InvalidSignature));
    let mut changed = signed(uri, SignableBody::Bytes(b"{}"), now(), &credentials());
    changed.headers_mut().insert("x-amzn-stream-name", "other".parse().unwrap());
    assert_eq!(verify(&changed, Some(b"{}"), &credentials(), now()), Err(Exception::InvalidSignature));
    let mut changed = signed(uri, SignableBody::Bytes(b"{}"), now(), &credentials());
    *changed.uri_mut() = "/deleteStream".parse().unwrap();
    assert_eq!(verify(&changed, Some(b"{}"), &credentials(), now()), Err(Exception::InvalidSignature));
    let other = Credentials { secret_key: "other".to_owned(), ..credentials() };
    assert_eq!(verify(&request, Some(b"{}"), &other, now()), Err(Exception::InvalidSignature));
    let other = Credentials { access_key: "AKIDOTHER".to_owned(), ..credentials() };
    assert_eq!(verify(&request, Some(b"{}"), &other, now()), Err(Exception::UnrecognizedClient));
}

#[test]
fn a_clock_may_be_off_by_five_minutes_and_no_more() {
    let request = signed("http://127.0.0.1:4580/getMedia", SignableBody::Bytes(b"{}"), now(), &credentials());
    let off = |seconds: i64| Timestamp::from_millis((NOW_MS / 1_000 + seconds) * 1_000);
    for near in [-300, 300] {
        assert_eq!(verify(&request, Some(b"{}"), &credentials(), off(near)), Ok(()));
    }
    for far in [-301, 301] {
        assert_eq!(verify(&request, Some(b"{}"), &credentials(), off(far)), Err(Exception::InvalidSignature));
    }
}

#[test]
fn a_request_without_a_signature_passes_only_without_credentials() {
    let request = Request::post("http://127.0.0.1:4580/getMedia").body(()).unwrap();
    assert_eq!(
        verify(&request, Some(b""), &credentials(), now()),
        Err(Exception::MissingAuthenticationToken)
    );
    let signed =
        Signed { method: request.method(), uri: request.uri(), headers: request.headers(), body: None };
    assert!(check(&signed, KINESIS_VIDEO, None, now()).is_ok());
}

#[test]
fn an_authorization_that_cannot_be_parsed_is_refused_also_without_credentials() {
    let good = "AWS4-HMAC-SHA256 Credential=a/20260801/us-east-1/kinesisvideo/aws4_request, SignedHeaders=host, Signature=0";
    let fits = |text: &str, date: Option<&str>| {
        let mut request = Request::post("/getMedia").header("authorization", text);
        if let Some(date) = date {
            request = request.header("x-amz-date", date);
        }
        let request = request.body(()).unwrap();
        let signed =
            Signed { method: request.method(), uri: request.uri(), headers: request.headers(), body: None };
        check(&signed, KINESIS_VIDEO, None, now()).is_ok()
    };
    assert!(fits(good, Some("20260801T120000Z")));
    assert!(!fits(good, None));
    assert!(!fits(good, Some("2026-08-01T12:00:00Z")));
    assert!(!fits(good, Some("20261301T120000Z")));
    for bad in [
        "",
        "Basic abc",
        "AWS4-HMAC-SHA256",
        &good.replace("kinesisvideo", "s3"),
        &good.replace("SignedHeaders=host", "SignedHeaders=date"),
        &good.replace("Signature=0", "Signature="),
        &good.replace("/us-east-1", ""),
    ] {
        assert!(!fits(bad, Some("20260801T120000Z")), "{bad}");
    }
}

#[test]
fn times_read_as_the_calendar_has_them() {
    let ms = |text| parse_time(text).map(Timestamp::as_millis);
    assert_eq!(ms("19700101T000000Z"), Some(0));
    assert_eq!(ms("20240229T235959Z"), Some(1_709_251_199_000));
    assert_eq!(ms("20260801T120000Z"), Some(1_785_585_600_000));
}
