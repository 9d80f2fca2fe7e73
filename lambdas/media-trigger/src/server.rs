//! Straight to a server of the platform.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{StatusCode, Uri};
use model::ContactId;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{error::HandOverError, way::Way, wire::Poster};

/// The wait before the second try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest wait between two tries.
const MAX_PAUSE: Duration = Duration::from_millis(400);
/// With less time left than this, nothing is tried again.
const MIN_TRY: Duration = Duration::from_millis(50);

/// Posts an event to the server's intake.
#[derive(Debug)]
pub(crate) struct ServerWay {
    url: Uri,
    poster: Poster,
}

impl ServerWay {
    pub(crate) fn new(url: Uri) -> Self {
        Self { url, poster: Poster::new() }
    }

    /// One try, which may take half of the time that is left: a connection that hangs leaves time for another.
    async fn try_once(&self, event: &Bytes, until: Instant) -> Result<(), HandOverError> {
        let now = Instant::now();
        let patience = now + until.saturating_duration_since(now) / 2;
        match timeout_at(patience, self.poster.post(&self.url, event)).await {
            Err(_) => Err(HandOverError::TimedOut),
            Ok(Err(cause)) => Err(HandOverError::Unreachable(cause)),
            Ok(Ok(status)) => verdict(status),
        }
    }
}

#[async_trait]
impl Way for ServerWay {
    fn name(&self) -> &'static str {
        "http"
    }

    async fn hand_over(
        &self,
        _contact: &ContactId,
        event: &Bytes,
        until: Instant,
    ) -> Result<(), HandOverError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.try_once(event, until).await {
                Ok(()) => return Ok(()),
                Err(error @ HandOverError::Refused(_)) => return Err(error),
                Err(error) => error,
            };
            if Instant::now() + pause + MIN_TRY > until {
                return Err(error);
            }
            sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }
}

fn verdict(status: StatusCode) -> Result<(), HandOverError> {
    let may_change = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    if status.is_success() {
        Ok(())
    } else if status.is_server_error() || may_change.contains(&status) {
        Err(HandOverError::Busy(status))
    } else {
        Err(HandOverError::Refused(status))
    }
}

#[cfg(test)]
mod tests {
    use services::FixedAnswer;

    use super::*;

    async fn hand_over(url: &str, time: Duration) -> Result<(), HandOverError> {
        let way = ServerWay::new(url.parse().unwrap());
        let contact = ContactId::new("c-1").unwrap();
        way.hand_over(&contact, &Bytes::from_static(b"{}"), Instant::now() + time).await
    }

    #[tokio::test]
    async fn any_success_is_a_hand_over() {
        for status in ["200 OK", "202 Accepted", "204 No Content"] {
            let server = FixedAnswer::start(status, "application/json", "");
            hand_over(&server.endpoint(), Duration::from_secs(30)).await.unwrap();
            assert_eq!(server.requests(), 1);
        }
    }

    #[tokio::test]
    async fn a_refusal_is_not_tried_again() {
        for status in ["400 Bad Request", "404 Not Found", "301 Moved Permanently"] {
            let server = FixedAnswer::start(status, "application/json", "");
            let error = hand_over(&server.endpoint(), Duration::from_secs(30)).await.unwrap_err();
            assert!(matches!(error, HandOverError::Refused(_)), "{error}");
            assert_eq!(server.requests(), 1);
        }
    }

    #[tokio::test]
    async fn a_busy_server_is_asked_again_while_there_is_time() {
        let server = FixedAnswer::start("503 Service Unavailable", "application/problem+json", "{}");
        let error = hand_over(&server.endpoint(), Duration::from_millis(1_500)).await.unwrap_err();
        assert!(matches!(error, HandOverError::Busy(StatusCode::SERVICE_UNAVAILABLE)), "{error}");
        assert!(server.requests() > 1);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told_as_such() {
        let error = hand_over("http://127.0.0.1:9/", Duration::from_millis(200)).await.unwrap_err();
        assert!(matches!(error, HandOverError::Unreachable(_)), "{error}");
    }
}
