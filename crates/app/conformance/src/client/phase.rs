//! What is broken, phase by phase.

use std::time::Duration;

use serde::Serialize;

use super::fault::Fault;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Socket,
    Stream,
    Poll,
    Other,
}

impl Kind {
    pub(super) fn of(path: &str, upgrades: bool) -> Self {
        match path.split('?').next().unwrap_or(path) {
            "/v1/subscribe" if upgrades => Self::Socket,
            "/v1/subscribe/events" => Self::Stream,
            "/v1/subscribe/poll" => Self::Poll,
            _ => Self::Other,
        }
    }
}

/// From this second on nobody is there, in the phase of that name: what is open then is cut.
const AWAY_S: f64 = 3.0;

/// A phase of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// Its name.
    pub name: &'static str,
    /// What is done to the client.
    pub about: &'static str,
    /// The transport that the client must be on at the end, where only one can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<&'static str>,
}

const fn phase(name: &'static str, transport: Option<&'static str>, about: &'static str) -> Phase {
    Phase { name, about, transport }
}

impl Phase {
    /// All phases, in the order in which they are to be made.
    pub const ALL: &'static [Self] = &[
        phase("clear", Some("websocket"), "Nothing is done"),
        phase("dropped", None, "Every connection is dropped after one to three seconds"),
        phase("no-websocket", Some("sse"), "WebSockets are refused, as by an old proxy"),
        phase("mute-websocket", Some("sse"), "WebSockets open, and nothing comes through them"),
        phase(
            "only-polling",
            Some("polling"),
            "WebSockets are refused, and streams are held back until they end",
        ),
        phase("polling-dropped", Some("polling"), "As only-polling; and every third poll's answer is lost"),
        phase("slow", None, "Bytes come late, and in pieces of one to nine"),
        phase("reordered", None, "Messages of a WebSocket change places, and come twice"),
        phase("back-again", Some("websocket"), "WebSockets are refused for six seconds, and then not"),
        phase("away", None, "From the third to the seventh second nobody is there"),
    ];

    /// A phase by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|phase| phase.name == name)
    }

    /// What is done to the `number`th connection, of this kind, so long after the phase began.
    pub(super) fn fault(&self, kind: Kind, number: u64, since: Duration) -> Fault {
        let seconds = since.as_secs_f64();
        match (self.name, kind) {
            ("away", _) if (AWAY_S..7.0).contains(&seconds) => Fault::Reset,
            ("away", _) if seconds < AWAY_S => Fault::CutAfter(Duration::from_secs_f64(AWAY_S - seconds)),
            ("dropped", Kind::Socket | Kind::Stream | Kind::Poll) => {
                Fault::CutAfter(Duration::from_millis(1_000 + number * 617 % 2_000))
            }
            ("no-websocket" | "only-polling" | "polling-dropped", Kind::Socket) => Fault::Refuse,
            ("back-again", Kind::Socket) if seconds < 6.0 => Fault::Refuse,
            ("mute-websocket", Kind::Socket) => Fault::Mute,
            ("only-polling" | "polling-dropped", Kind::Stream) => Fault::HoldBack,
            ("polling-dropped", Kind::Poll) if number % 3 == 2 => Fault::LoseAnswer,
            ("slow", Kind::Socket | Kind::Stream | Kind::Poll) => Fault::Trickle(number),
            ("reordered", Kind::Socket) => Fault::Reorder(number),
            _ => Fault::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_away_leaves_nothing_open() {
        let away = Phase::named("away").unwrap();
        let at = |seconds: u64| away.fault(Kind::Socket, 1, Duration::from_secs(seconds));
        assert_eq!(at(1), Fault::CutAfter(Duration::from_secs(2)));
        assert_eq!((at(4), at(8)), (Fault::Reset, Fault::None));
    }
}
