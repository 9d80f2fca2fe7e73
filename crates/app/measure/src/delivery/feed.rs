//! The events, and when each is due.

use std::time::Duration;

use events::{Envelope, Event, Stages, TranscriptUtterance, TranscriptWord};
use model::{CallId, Channel, MediaTime, Participant, TenantId, Timestamp, UtteranceId};
use tokio::time::{self, Instant};

use crate::clock::now;

/// Words of an event: a partial in the middle of a sentence.
const WORDS: [&str; 12] =
    ["I", "would", "like", "to", "change", "the", "address", "of", "my", "contract", "from", "tomorrow"];
/// What a template has in place of a call, a revision and a time; each as long as what is put there.
const CALL: &str = "call-0000000";
const REVISION: u32 = 4_000_000_001;
const TIME: i64 = 1_000_000_000_000_001;
/// Events that are due within this go out together.
const TOGETHER: Duration = Duration::from_millis(2);

/// Events of some calls, each at its own times.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// How many calls.
    pub calls: usize,
    /// How often each has an event.
    pub interval: Duration,
}

impl Feed {
    /// What a server is told of it.
    pub(super) fn arguments(self) -> [String; 4] {
        let interval = self.interval.as_micros().to_string();
        ["--calls".to_owned(), self.calls.to_string(), "--interval-us".to_owned(), interval]
    }

    /// The name of a call.
    pub(super) fn call(number: usize) -> String {
        format!("call-{number:07}")
    }

    /// Hands out each event when it is due, for ever. Whoever is behind hands out what was missed with its time.
    pub async fn publish(self, tenant: TenantId, mut publish: impl FnMut(Envelope)) {
        let (began, began_at) = (Instant::now(), now());
        let apart = self.interval / u32::try_from(self.calls.max(1)).unwrap_or(u32::MAX);
        for n in 0_u32.. {
            let due = apart * n;
            if began.elapsed() + TOGETHER < due {
                time::sleep_until(began + due).await;
            }
            let call = Self::call(n as usize % self.calls.max(1));
            let revision = n / u32::try_from(self.calls.max(1)).unwrap_or(u32::MAX) + 1;
            let call = CallId::new(call).expect("the name is valid");
            publish(envelope(tenant.clone(), call, revision, began_at + due));
        }
    }

    /// A message as a subscriber gets it, with places for the call, the revision and the time.
    pub(super) fn template() -> String {
        let tenant = TenantId::new("local").expect("the name is valid");
        let call = CallId::new(CALL).expect("the name is valid");
        let event = envelope(tenant, call, REVISION, Timestamp::from_micros(TIME));
        let event = serde_json::to_string(&event).expect("events are plain data");
        format!("{{\"type\":\"event\",\"id\":\"1\",\"event\":{event}}}")
    }

    /// What a peer puts its own values for.
    pub(super) fn places() -> [String; 3] {
        [CALL.to_owned(), REVISION.to_string(), TIME.to_string()]
    }
}

fn envelope(tenant: TenantId, call_id: CallId, revision: u32, due: Timestamp) -> Envelope {
    let words = (0_u64..).zip(WORDS).map(|(n, text)| TranscriptWord {
        text: text.to_owned(),
        start_ms: 1_000 + n * 250,
        end_ms: 1_200 + n * 250,
        confidence: 0.9,
        masked: None,
    });
    let said = TranscriptUtterance {
        id: UtteranceId::new(Channel::Customer, MediaTime::from_micros(1_000_000)),
        revision,
        channel: Channel::Customer,
        participant: Participant::Customer,
        start_ms: 1_000,
        end_ms: 4_000,
        words: words.collect(),
    };
    let stages = Stages { captured_us: Some(due), ..Stages::default() };
    Envelope { v: 1, tenant, call_id, seq: 0, position: 0, stages, event: Event::UtteranceUpdated(said) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_each_place_once() {
        let template = Feed::template();
        for place in Feed::places() {
            assert_eq!(template.matches(&place).count(), 1, "{place}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_call_has_its_events_in_turn() {
        let feed = Feed { calls: 2, interval: Duration::from_millis(100) };
        let mut said = Vec::new();
        let publish = feed.publish(TenantId::new("local").unwrap(), |event| {
            let Event::UtteranceUpdated(partial) = &event.event else { panic!("only partials") };
            said.push((event.call_id.to_string(), partial.revision));
        });
        drop(time::timeout(Duration::from_millis(175), publish).await);
        let call = Feed::call;
        assert_eq!(said, [(call(0), 1), (call(1), 1), (call(0), 2), (call(1), 2)]);
    }
}
