//! Signature Version 4: of the request, and of each frame after it.
//!
//! The request signs an empty body. Each frame signs its payload together with the signature before it, so that none
//! can be left out, repeated or changed.

use std::{fmt::Write, time::SystemTime};

use aws_smithy_eventstream::frame::write_headers_to;
use aws_smithy_types::{
    DateTime,
    date_time::Format,
    event_stream::{Header, HeaderValue, Message},
};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request};
use sha2::{Digest, Sha256};

use crate::{config::Credentials, request::Refusal};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const FRAME_ALGORITHM: &str = "AWS4-HMAC-SHA256-PAYLOAD";
const SERVICE: &str = "transcribe";
/// How far a signature's time may be from the server's.
const MAX_SKEW_SECS: u64 = 5 * 60;

/// Checks the frames of a stream: each signature rests on the one before it.
#[derive(Debug)]
pub(crate) struct Chain {
    credentials: Credentials,
    region: String,
    last: String,
}

impl Chain {
    /// Checks the request's signature, with which the chain begins.
    pub(crate) fn begin<B>(
        request: &Request<B>,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<Self, Refusal> {
        let header = text(request.headers(), "authorization")
            .ok_or_else(|| refuse("MissingAuthenticationTokenException", "Missing Authentication Token"))?;
        let authorization = Authorization::parse(header)
            .ok_or_else(|| incomplete("the Authorization header cannot be read"))?;
        let time = text(request.headers(), "x-amz-date").unwrap_or_default();
        if authorization.access_key != credentials.access_key {
            let message = "The security token included in the request is invalid.";
            return Err(refuse("UnrecognizedClientException", message));
        }
        if !is_near(time, now) || time.get(..8) != Some(authorization.date) {
            return Err(refuse("InvalidSignatureException", "Signature expired or not yet current"));
        }
        let scope = format!("{}/{}/{SERVICE}/aws4_request", authorization.date, authorization.region);
        let canonical = canonical_request(request, &authorization)?;
        let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let key = signing_key(&credentials.secret_key, authorization.date, authorization.region);
        let expected = hex(&hmac(&key, to_sign.as_bytes()));
        if expected != authorization.signature {
            let message = "The request signature we calculated does not match the signature you provided.";
            return Err(refuse("InvalidSignatureException", message));
        }
        Ok(Self { credentials: credentials.clone(), region: authorization.region.to_owned(), last: expected })
    }

    /// Checks a frame; says what is wrong with it.
    pub(crate) fn check(&mut self, frame: &Message, now: SystemTime) -> Result<(), &'static str> {
        let header = |name: &str| frame.headers().iter().find(|header| header.name().as_str() == name);
        let date = header(":date").and_then(|header| header.value().as_timestamp().ok());
        let date = date.ok_or("a frame is not dated")?;
        let signature = header(":chunk-signature").and_then(|header| header.value().as_byte_array().ok());
        let signature = signature.ok_or("a frame is not signed")?;
        let time = basic(date).ok_or("a frame's date cannot be read")?;
        if !is_near(&time, now) {
            return Err("a frame's signature is too old");
        }
        let expected = self.signature(frame, date, &time).ok_or("a frame's date cannot be read")?;
        if expected != hex(signature) {
            return Err("a frame's signature does not match");
        }
        self.last = expected;
        Ok(())
    }

    fn signature(&self, frame: &Message, date: DateTime, time: &str) -> Option<String> {
        let day = time.get(..8)?;
        let mut dated = Vec::new();
        write_headers_to(&[Header::new(":date", HeaderValue::Timestamp(date))], &mut dated).ok()?;
        let to_sign = format!(
            "{FRAME_ALGORITHM}\n{time}\n{day}/{}/{SERVICE}/aws4_request\n{}\n{}\n{}",
            self.region,
            self.last,
            hex(&Sha256::digest(dated)),
            hex(&Sha256::digest(frame.payload()))
        );
        let key = signing_key(&self.credentials.secret_key, day, &self.region);
        Some(hex(&hmac(&key, to_sign.as_bytes())))
    }
}

/// The parts of an `Authorization` header.
#[derive(Debug)]
struct Authorization<'a> {
    access_key: &'a str,
    date: &'a str,
    region: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let fields = text.strip_prefix(ALGORITHM)?;
        let field = |name: &str| {
            let mut pairs = fields.split(',').filter_map(|part| part.trim().split_once('='));
            pairs.find_map(|(key, value)| (key == name).then_some(value))
        };
        let mut scope = field("Credential")?.rsplitn(5, '/');
        let (end, service, region) = (scope.next()?, scope.next()?, scope.next()?);
        let (date, access_key) = (scope.next()?, scope.next()?);
        if (end, service) != ("aws4_request", SERVICE) {
            return None;
        }
        let (signed_headers, signature) = (field("SignedHeaders")?, field("Signature")?);
        Some(Self { access_key, date, region, signed_headers, signature })
    }
}

fn canonical_request<B>(request: &Request<B>, authorization: &Authorization<'_>) -> Result<String, Refusal> {
    let uri = request.uri();
    let mut out = format!("{}\n{}\n{}\n", request.method(), uri.path(), uri.query().unwrap_or_default());
    for name in authorization.signed_headers.split(';') {
        let value = match (name, uri.authority()) {
            // Over HTTP/2 the host is the authority.
            ("host", Some(authority)) => authority.as_str(),
            _ => text(request.headers(), name)
                .ok_or_else(|| incomplete(&format!("the signed header '{name}' is missing")))?,
        };
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        // Writing to a String cannot fail.
        let _ignored = writeln!(out, "{name}:{value}");
    }
    if !authorization.signed_headers.split(';').any(|name| name == "host") {
        return Err(incomplete("'Host' must be a signed header."));
    }
    let empty = hex(&Sha256::digest([]));
    let payload = text(request.headers(), "x-amz-content-sha256").unwrap_or(&empty);
    let _ignored = write!(out, "\n{}\n{payload}", authorization.signed_headers);
    Ok(out)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refuse(code: &str, message: &str) -> Refusal {
    Refusal { status: 403, code: code.to_owned(), message: message.to_owned() }
}

fn incomplete(message: &str) -> Refusal {
    refuse("IncompleteSignatureException", message)
}

/// A time as signatures have it: `20260801T120000Z`.
fn basic(date: DateTime) -> Option<String> {
    let whole = DateTime::from_secs(date.secs());
    Some(whole.fmt(Format::DateTime).ok()?.replace(['-', ':'], ""))
}

/// Whether a time such as `20260801T120000Z` is near the server's.
fn is_near(time: &str, now: SystemTime) -> bool {
    let parts = [time.get(..4), time.get(4..6), time.get(6..11), time.get(11..13), time.get(13..)];
    let [Some(year), Some(month), Some(day_and_hour), Some(minute), Some(rest)] = parts else { return false };
    let extended = format!("{year}-{month}-{day_and_hour}:{minute}:{rest}");
    let Ok(at) = DateTime::from_str(&extended, Format::DateTime) else { return false };
    at.secs().abs_diff(DateTime::from(now).secs()) <= MAX_SKEW_SECS
}

fn signing_key(secret: &str, date: &str, region: &str) -> Vec<u8> {
    let key = format!("AWS4{secret}").into_bytes();
    [date, region, SERVICE, "aws4_request"].iter().fold(key, |key, part| hmac(&key, part.as_bytes()))
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ignored = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
