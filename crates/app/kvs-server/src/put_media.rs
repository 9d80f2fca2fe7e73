//! `PutMedia`: a producer's stream in, acknowledgements out, both at once.

mod ack;
mod check;
mod session;
mod splitter;

pub(crate) use ack::kms_name;
pub(crate) use session::stall;

use std::sync::Arc;

use futures_util::stream;
use http::{HeaderMap, HeaderValue, Response, header};
use hyper::body::Incoming;
use model::Timestamp;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    error::{ApiError, Exception},
    faults::{Operation, Plan},
    http_body::{Body, streamed},
    request::StreamRef,
    router::{App, refuse},
    validate,
};

use session::Session;

/// Acknowledgements that wait for a producer that does not read them; then its media waits too.
const MAX_WAITING_ACKS: usize = 64;

/// What the request's headers say.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    /// What timecodes count from; `None` when they are absolute.
    relative_to: Option<Timestamp>,
    wants_acks: bool,
}

pub(crate) fn answer(
    app: &Arc<App>,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Response<Body>, ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let stream = StreamRef { stream_name: text("x-amzn-stream-name"), stream_arn: text("x-amzn-stream-arn") };
    let stream = stream.resolve(&app.registry)?;
    let target = Target::read(text)?;
    let faults = app.faults.take(Operation::PutMedia, &stream.name);
    refuse(&faults)?;
    let limits = &app.config.limits;
    if !stream.put_rate.accept(app.registry.now(), limits.put_media_calls_per_second) {
        return Err(ApiError::new(Exception::ClientLimitExceeded, "Too many PutMedia calls on the stream."));
    }
    let permit = stream.producers.take(1).ok_or_else(|| {
        ApiError::new(Exception::ConnectionLimitExceeded, "The stream has a PutMedia connection already.")
    })?;
    let (acks, lines) = mpsc::channel(MAX_WAITING_ACKS);
    let plan = Plan::new(&faults, Instant::now());
    let session = Session::new(Arc::clone(app), stream, target, plan, acks, permit);
    // A task of its own: fragments that came in are stored also when the connection is gone.
    app.tasks.spawn(session.run(body));
    let lines = stream::unfold(lines, |mut lines| async { lines.recv().await.map(|line| (line, lines)) });
    let mut response = Response::new(streamed(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

impl Target {
    fn read(text: impl Fn(&str) -> Option<String>) -> Result<Self, ApiError> {
        const START: &str = "x-amzn-producer-start-timestamp";
        let start = text(START);
        let start = start.map(|start| {
            read_seconds(&start).ok_or_else(|| validate::constraint(START, &start, "seconds since the epoch"))
        });
        let start = start.transpose()?;
        let kind = text("x-amzn-fragment-timecode-type").unwrap_or_default();
        let relative_to = match kind.as_str() {
            "ABSOLUTE" => None,
            "RELATIVE" => Some(start.ok_or_else(|| ApiError::invalid(format!("{START} must be given.")))?),
            _ => {
                let allowed = "[ABSOLUTE, RELATIVE]";
                return Err(validate::constraint("x-amzn-fragment-timecode-type", &kind, allowed));
            }
        };
        let wants_acks =
            !matches!(text("x-amzn-fragment-acknowledgment-required").as_deref(), Some("0" | "false"));
        Ok(Self { relative_to, wants_acks })
    }
}

/// Reads `1711124585.823`.
fn read_seconds(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let us = seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(micros.parse().ok()?)?;
    Some(Timestamp::from_micros(us))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Target, ApiError> {
        Target::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn relative_timecodes_need_a_start() {
        let kind = ("x-amzn-fragment-timecode-type", "RELATIVE");
        assert!(read(&[kind]).is_err());
        let target = read(&[kind, ("x-amzn-producer-start-timestamp", "1711124585.823")]).unwrap();
        assert_eq!(target.relative_to, Some(Timestamp::from_millis(1_711_124_585_823)));
        assert!(target.wants_acks);
    }

    #[test]
    fn headers_that_cannot_be_read_are_refused() {
        assert!(read(&[]).is_err());
        assert!(read(&[("x-amzn-fragment-timecode-type", "absolute")]).is_err());
        let kind = ("x-amzn-fragment-timecode-type", "ABSOLUTE");
        for bad in ["", "now", "-1", "1.x", "99999999999999999999"] {
            assert!(read(&[kind, ("x-amzn-producer-start-timestamp", bad)]).is_err(), "{bad}");
        }
    }
}
