//! What a stream hears and costs.

use metrics::{Counter, counter};
use model::Channel;

use crate::{
    names,
    tier::{Billing, Tier},
};

/// Counts one stream's audio. A vendor bills what it is sent, also silence and what is sent again.
pub(crate) struct Meter {
    rate_hz: u32,
    /// Micro-dollars per second of audio that is billed.
    price: f64,
    billing: Billing,
    sent: [u64; 2],
    counted_ms: u64,
    counted_cost: u64,
    audio_ms: Counter,
    cost: Counter,
}

impl Meter {
    pub(crate) fn new(tier: &Tier, rate_hz: u32) -> Self {
        Self {
            rate_hz: rate_hz.max(1),
            price: tier.price_per_minute_usd.unwrap_or(0.0) * 1e6 / 60.0,
            billing: tier.billing,
            sent: [0; 2],
            counted_ms: 0,
            counted_cost: 0,
            audio_ms: counter!(names::AUDIO_MS, "recogniser" => tier.name.clone()),
            cost: counter!(names::COST_MICRO_USD, "recogniser" => tier.name.clone()),
        }
    }

    /// So many samples of a channel were sent.
    pub(crate) fn sent(&mut self, channel: Channel, samples: usize) {
        self.sent[channel.index()] += samples as u64;
        let ms = self.ms();
        // Once a second of audio is often enough.
        if ms.saturating_sub(self.counted_ms) >= 1_000 {
            self.count();
        }
    }

    fn count(&mut self) {
        let (ms, cost) = (self.ms(), self.cost());
        self.audio_ms.increment(ms.saturating_sub(self.counted_ms));
        self.cost.increment(cost.saturating_sub(self.counted_cost));
        self.counted_ms = ms;
        self.counted_cost = cost;
    }

    fn ms(&self) -> u64 {
        (self.sent[0] + self.sent[1]) * 1_000 / u64::from(self.rate_hz)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float that becomes an integer stays within its bounds"
    )]
    fn cost(&self) -> u64 {
        let samples = match self.billing {
            Billing::Stream => self.sent[0].max(self.sent[1]),
            Billing::Channel => self.sent[0] + self.sent[1],
        };
        (samples as f64 / f64::from(self.rate_hz) * self.price) as u64
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.count();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ports::testing::ScriptedTranscriber;

    use super::*;

    fn meter(billing: Billing) -> Meter {
        let tier = Tier::new(Arc::new(ScriptedTranscriber::default()));
        Meter::new(&Tier { price_per_minute_usd: Some(0.024), billing, ..tier }, 8_000)
    }

    #[test]
    fn a_minute_costs_its_price_by_channel_or_by_stream() {
        for (billing, micro_usd) in [(Billing::Channel, 48_000), (Billing::Stream, 24_000)] {
            let mut meter = meter(billing);
            for _ in 0..60 {
                meter.sent(Channel::Customer, 8_000);
                meter.sent(Channel::ToCustomer, 8_000);
            }
            assert_eq!(meter.ms(), 120_000);
            assert_eq!(meter.cost(), micro_usd, "{billing:?}");
        }
    }

    #[test]
    fn what_is_counted_in_pieces_adds_up() {
        let mut meter = meter(Billing::Stream);
        for _ in 0..1_234 {
            meter.sent(Channel::Customer, 160);
        }
        meter.count();
        assert_eq!(meter.counted_ms, 1_234 * 20);
        assert_eq!(meter.counted_cost, meter.cost());
    }

    #[test]
    fn what_has_no_price_costs_nothing() {
        let tier = Tier::new(Arc::new(ScriptedTranscriber::default()));
        let mut meter = Meter::new(&tier, 8_000);
        meter.sent(Channel::Customer, 80_000);
        assert_eq!(meter.cost(), 0);
    }
}
