//! What a refused request means.

use std::time::Duration;

use ports::LanguageModelError;
use reqwest::{StatusCode, header::HeaderMap};
use thiserror::Error;

/// Longer than this a server does not mean it: the breaker in front of us asks again before.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// How a connection or an answer ended. Never what was in it.
#[derive(Debug, Error)]
pub(crate) enum Broken {
    #[error("the server answered with status {0}")]
    Status(u16),
    #[error("the connection could not be made")]
    Connect,
    #[error("the connection broke off")]
    Connection,
    #[error("the server reported an error within its answer")]
    Reported,
    #[error("the answer ended before its end")]
    CutShort,
}

impl From<Broken> for LanguageModelError {
    fn from(broken: Broken) -> Self {
        Self::Failed(Box::new(broken))
    }
}

/// What a status means. What the server says with it is not passed on: it may repeat what it was asked.
pub(crate) fn of_status(status: StatusCode, headers: &HeaderMap) -> LanguageModelError {
    let refused = |why: &str| LanguageModelError::Refused(format!("{why} (status {})", status.as_u16()));
    match status.as_u16() {
        401 => refused("it does not accept the key"),
        402 => refused("it wants to be paid"),
        403 => refused("the key may not use the model"),
        404 => refused("it has no such model, or the endpoint is another"),
        408 | 504 => LanguageModelError::Timeout,
        413 => refused("the request is too large"),
        429 => LanguageModelError::Busy { retry_after: retry_after(headers) },
        // Overloaded, as some say it.
        503 | 529 if retry_after(headers).is_some() => {
            LanguageModelError::Busy { retry_after: retry_after(headers) }
        }
        400..=499 => refused("it does not take the request"),
        other => Broken::Status(other).into(),
    }
}

/// Seconds, as they all send it; a date says nothing here.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?;
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(|time| time.min(MAX_RETRY_AFTER))
}

/// What a failure of the connection means.
pub(crate) fn of_transport(error: &reqwest::Error) -> LanguageModelError {
    if error.is_timeout() {
        LanguageModelError::Timeout
    } else if error.is_connect() {
        Broken::Connect.into()
    } else {
        Broken::Connection.into()
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn each_status_has_its_meaning() {
        for (status, code) in [
            (400, "model_refused"),
            (401, "model_refused"),
            (403, "model_refused"),
            (404, "model_refused"),
            (408, "model_timeout"),
            (429, "model_busy"),
            (500, "model_unreachable"),
            (503, "model_unreachable"),
            (504, "model_timeout"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(of_status(status, &HeaderMap::new()).code(), code, "{status}");
        }
    }

    #[test]
    fn when_to_come_again_is_bounded() {
        for (text, seconds) in [
            ("2", Some(2.0)),
            ("0.5", Some(0.5)),
            ("1e9", Some(3_600.0)),
            ("Fri", None),
            ("-1", None),
            ("nan", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from_static(text));
            assert_eq!(retry_after(&headers).map(|time| time.as_secs_f64()), seconds, "{text}");
        }
    }
}
