//! What happens to a client's subscriptions by the clock: heartbeats, and the end of a token.

use std::{ops::ControlFlow, time::Duration};

use model::Timestamp;
use tokio::time::{self, Instant, Interval};

use super::{messages::ServerMessage, subscriptions::Subscriptions};

/// How often the client is shown that the server is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Who has not said who they are by then has gone.
const MAX_UNKNOWN: Duration = Duration::from_secs(10);

/// What the clock says next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// The server is still there.
    Heartbeat,
    /// The token has expired.
    Expired,
    /// Nobody said who they are.
    Unknown,
}

/// The clock of one client.
pub(super) struct Clock {
    heartbeat: Interval,
    opened: Instant,
    /// When the token of this time expires.
    end: Option<(Timestamp, Instant)>,
    /// The end of a token that was told already.
    told: Option<Timestamp>,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { heartbeat: time::interval(HEARTBEAT), opened: Instant::now(), end: None, told: None }
    }

    /// What comes next, when its time has come. Cancel-safe.
    pub(super) async fn next(&mut self, subscriptions: &Subscriptions) -> Pulse {
        let end = match subscriptions.principal() {
            None => Some((self.opened + MAX_UNKNOWN, Pulse::Unknown)),
            Some(principal) => {
                let end = principal.expires_at.filter(|end| self.told != Some(*end));
                end.map(|end| (self.instant_of(end, subscriptions.state.engine.now()), Pulse::Expired))
            }
        };
        let Some((end, pulse)) = end else {
            self.heartbeat.tick().await;
            return Pulse::Heartbeat;
        };
        tokio::select! {
            () = time::sleep_until(end) => pulse,
            _ = self.heartbeat.tick() => Pulse::Heartbeat,
        }
    }

    /// When a token's time is over, by this clock.
    fn instant_of(&mut self, end: Timestamp, now: Timestamp) -> Instant {
        if let Some((known, instant)) = self.end
            && known == end
        {
            return instant;
        }
        let left = u64::try_from(end.as_millis().saturating_sub(now.as_millis())).unwrap_or_default();
        let instant = Instant::now() + Duration::from_millis(left);
        self.end = Some((end, instant));
        instant
    }

    /// Does what it says. After the end of a token nothing is followed, and the client may show a new one.
    pub(super) async fn beat(&mut self, pulse: Pulse, subscriptions: &mut Subscriptions) -> ControlFlow<()> {
        match pulse {
            Pulse::Heartbeat => {
                let at_ms = subscriptions.state.engine.now().as_millis();
                subscriptions.send(&ServerMessage::Heartbeat { at_ms }).await
            }
            Pulse::Expired => {
                self.told = subscriptions.principal().and_then(|principal| principal.expires_at);
                subscriptions.end_all();
                let detail = "the token has expired: authenticate with a new one, and subscribe again";
                subscriptions.refuse(None, "token_expired", detail).await
            }
            Pulse::Unknown => ControlFlow::Break(()),
        }
    }
}
