//! Signature Version 4: parsed always, verified when the server has credentials.
//!
//! `PutMedia` signs an empty body (its body has no end yet), other calls sign theirs; `UNSIGNED-PAYLOAD` and the
//! streaming markers are taken from `x-amz-content-sha256` as they stand.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method, Uri, header};
use model::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    config::Credentials,
    error::{ApiError, Exception},
};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The name of the service in credential scopes, for all its endpoints.
pub(crate) const KINESIS_VIDEO: &str = "kinesisvideo";
/// The Security Token Service's.
pub(crate) const STS: &str = "sts";
/// How far a request's time may be from the server's.
const MAX_SKEW_US: u64 = 5 * 60 * 1_000_000;
const EMPTY_BODY: &[u8] = b"";

/// What of a request is signed.
#[derive(Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    /// The body, or `None` when it is streamed.
    pub(crate) body: Option<&'a [u8]>,
}

/// Checks a request's signature: that it can be parsed, and with `credentials` also that it is right.
pub(crate) fn check(
    request: &Signed<'_>,
    service: &str,
    credentials: Option<&Credentials>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let Some(value) = request.headers.get(header::AUTHORIZATION) else {
        let missing = || ApiError::new(Exception::MissingAuthenticationToken, "Missing Authentication Token");
        return if credentials.is_some() { Err(missing()) } else { Ok(()) };
    };
    let text = value.to_str().map_err(|_| incomplete("the Authorization header is not text"))?;
    let authorization = Authorization::parse(text, service)?;
    let time = request_time(request.headers)?;
    let Some(credentials) = credentials else { return Ok(()) };
    if authorization.access_key != credentials.access_key || !token_matches(request.headers, credentials) {
        let message = "The security token included in the request is invalid.";
        return Err(ApiError::new(Exception::UnrecognizedClient, message));
    }
    check_time(&time, &authorization, now)?;
    let expected = signature(request, &authorization, service, &time, &credentials.secret_key)?;
    if constant_time_eq(expected.as_bytes(), authorization.signature.as_bytes()) {
        return Ok(());
    }
    let message = "The request signature we calculated does not match the signature you provided. Check your AWS \
                   Secret Access Key and signing method. Consult the service documentation for details.";
    Err(ApiError::new(Exception::InvalidSignature, message))
}

/// The parts of an `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
struct Authorization<'a> {
    access_key: &'a str,
    date: &'a str,
    region: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str, service: &str) -> Result<Self, ApiError> {
        let fields = text
            .strip_prefix(ALGORITHM)
            .ok_or_else(|| incomplete("the Authorization header is not of AWS4-HMAC-SHA256"))?;
        let field = |name: &str| {
            let mut parts = fields.split(',').filter_map(|part| part.trim().split_once('='));
            parts
                .find_map(|(key, value)| (key == name).then_some(value))
                .filter(|value| !value.is_empty())
                .ok_or_else(|| incomplete(&format!("Authorization header requires '{name}' parameter.")))
        };
        let mut scope = field("Credential")?.rsplitn(5, '/');
        let (terminator, named, region, date, access_key) =
            (scope.next(), scope.next(), scope.next(), scope.next(), scope.next());
        let unscoped = || {
            incomplete(&format!("Credential must be scoped to <key>/<date>/<region>/{service}/aws4_request."))
        };
        let (Some("aws4_request"), Some(named), Some(region), Some(date), Some(access_key)) =
            (terminator, named, region, date, access_key)
        else {
            return Err(unscoped());
        };
        if named != service {
            return Err(unscoped());
        }
        let signed_headers: Vec<_> = field("SignedHeaders")?.split(';').collect();
        if !signed_headers.contains(&"host") {
            return Err(incomplete("'Host' must be a signed header."));
        }
        Ok(Self { access_key, date, region, signed_headers, signature: field("Signature")? })
    }
}

fn incomplete(message: &str) -> ApiError {
    ApiError::new(Exception::IncompleteSignature, message)
}

/// The request's own time, as `20260801T120000Z`.
fn request_time(headers: &HeaderMap) -> Result<String, ApiError> {
    let time = headers.get("x-amz-date").and_then(|value| value.to_str().ok());
    let time =
        time.ok_or_else(|| incomplete("Authorization header requires existence of an 'X-Amz-Date' header."))?;
    match parse_time(time) {
        Some(_) => Ok(time.to_owned()),
        None => Err(incomplete("X-Amz-Date must be in ISO8601 'basic format'.")),
    }
}

fn check_time(time: &str, authorization: &Authorization<'_>, now: Timestamp) -> Result<(), ApiError> {
    let invalid = |message: String| ApiError::new(Exception::InvalidSignature, message);
    if !time.starts_with(authorization.date) || authorization.date.len() != 8 {
        return Err(invalid("Date in Credential scope does not match YYYYMMDD from X-Amz-Date.".to_owned()));
    }
    let Some(at) = parse_time(time) else { return Err(incomplete("X-Amz-Date cannot be read")) };
    if at.as_micros().abs_diff(now.as_micros()) <= MAX_SKEW_US {
        return Ok(());
    }
    let what = if at < now { "Signature expired" } else { "Signature not yet current" };
    Err(invalid(format!("{what}: {time} is more than 5 min. away from the server's time.")))
}

/// Reads `20260801T120000Z`.
fn parse_time(text: &str) -> Option<Timestamp> {
    let digits = |range: std::ops::Range<usize>| -> Option<i64> {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
    };
    if text.len() != 16 || text.get(8..9) != Some("T") || !text.ends_with('Z') {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(4..6)?, digits(6..8)?);
    let (hour, minute, second) = (digits(9..11)?, digits(11..13)?, digits(13..15)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_millis(seconds * 1_000))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar; years begin in March so that leap days come last.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn token_matches(headers: &HeaderMap, credentials: &Credentials) -> bool {
    let token = headers.get("x-amz-security-token").map(http::HeaderValue::as_bytes);
    match (&credentials.session_token, token) {
        (None, _) => true,
        (Some(expected), Some(token)) => constant_time_eq(expected.as_bytes(), token),
        (Some(_), None) => false,
    }
}

fn signature(
    request: &Signed<'_>,
    authorization: &Authorization<'_>,
    service: &str,
    time: &str,
    secret: &str,
) -> Result<String, ApiError> {
    let canonical = canonical_request(request, &authorization.signed_headers)?;
    let scope = format!("{}/{}/{service}/aws4_request", authorization.date, authorization.region);
    let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let key = hmac(format!("AWS4{secret}").as_bytes(), authorization.date)?;
    let key = hmac(&key, authorization.region)?;
    let key = hmac(&key, service)?;
    let key = hmac(&key, "aws4_request")?;
    Ok(hex(&hmac(&key, &to_sign)?))
}

fn canonical_request(request: &Signed<'_>, signed_headers: &[&str]) -> Result<String, ApiError> {
    let mut canonical =
        format!("{}\n{}\n{}\n", request.method, canonical_path(request.uri), canonical_query(request.uri));
    for name in signed_headers {
        let mut values = Vec::new();
        for value in request.headers.get_all(*name) {
            let value = value.to_str().map_err(|_| incomplete("a signed header is not text"))?;
            values.push(value.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        if values.is_empty() {
            return Err(incomplete(&format!("the signed header '{name}' is missing")));
        }
        // Writing to a String cannot fail.
        let _ignored = writeln!(canonical, "{name}:{}", values.join(","));
    }
    let _ignored = write!(canonical, "\n{}\n{}", signed_headers.join(";"), payload_hash(request)?);
    Ok(canonical)
}

/// The hash that the client signed: its own marker, or the hash of the body, which must fit the one it names.
fn payload_hash(request: &Signed<'_>) -> Result<String, ApiError> {
    let named = request.headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match (named, request.body) {
        (Some(marker), _) if !is_hash(marker) => Ok(marker.to_owned()),
        (Some(hash), None) => Ok(hash.to_owned()),
        (None, body) => Ok(hex(&Sha256::digest(body.unwrap_or(EMPTY_BODY)))),
        (Some(hash), Some(body)) => {
            let actual = hex(&Sha256::digest(body));
            if actual == hash {
                return Ok(actual);
            }
            let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
            Err(ApiError::new(Exception::InvalidSignature, message))
        }
    }
}

/// The path, each segment percent-encoded once more, as every service but S3 has it.
fn canonical_path(uri: &Uri) -> String {
    let path = if uri.path().is_empty() { "/" } else { uri.path() };
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        encode_byte(&mut out, byte, b"/");
    }
    out
}

/// The query's pairs in order of their encoded text.
fn canonical_query(uri: &Uri) -> String {
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

fn encode_byte(out: &mut String, byte: u8, also_plain: &[u8]) {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also_plain.contains(&byte) {
        out.push(char::from(byte));
    } else {
        // Writing to a String cannot fail.
        let _ignored = write!(out, "%{byte:02X}");
    }
}

fn hmac(key: &[u8], text: &str) -> Result<Vec<u8>, ApiError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|error| ApiError::new(Exception::InternalFailure, error.to_string()))?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ignored = write!(text, "{byte:02x}");
        text
    })
}

fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

#[cfg(test)]
mod tests;
