//! Fragment numbers: 47 decimal digits that grow with time.

use std::sync::atomic::{AtomicI64, Ordering};

use model::{FragmentNumber, InvalidId, Timestamp};

/// The leading digits that numbers of the real service share.
const PREFIX: &str = "91343852333";
/// Where the microseconds stand in a number.
const MICROS: std::ops::Range<usize> = 11..27;

/// Gives numbers that never repeat and never fall, also when the clock does.
#[derive(Debug, Default)]
pub(crate) struct NumberSource {
    last_us: AtomicI64,
}

impl NumberSource {
    /// Lets later numbers be larger than `number`.
    pub(crate) fn seen(&self, number: &FragmentNumber) {
        let us = number.as_str().get(MICROS).and_then(|digits| digits.parse().ok());
        self.last_us.fetch_max(us.unwrap_or(0), Ordering::Relaxed);
    }

    /// The next number at `now`.
    pub(crate) fn next(&self, now: Timestamp) -> Result<FragmentNumber, InvalidId> {
        let now_us = now.as_micros().max(0);
        let next = |last: i64| now_us.max(last.saturating_add(1));
        let last = self.last_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        let us = next(last.unwrap_or(now_us));
        FragmentNumber::new(&format!("{PREFIX}{us:016}{:020}", scatter(us)))
    }
}

/// Tail digits that look as arbitrary as the service's, and are the same for the same time.
fn scatter(us: i64) -> u64 {
    let mut x = us.unsigned_abs().wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_47_digits_and_grow_even_when_the_clock_falls() {
        let source = NumberSource::default();
        let now = Timestamp::from_millis(1_726_677_688_724);
        let mut last = source.next(now).unwrap();
        for step in 0..200_i64 {
            let number = source.next(Timestamp::from_micros(now.as_micros() - step * 1_000)).unwrap();
            assert_eq!(number.as_str().len(), 47);
            assert!(number > last);
            last = number;
        }
    }

    #[test]
    fn numbers_go_on_above_those_of_an_earlier_run() {
        let before = NumberSource::default().next(Timestamp::from_millis(2_000_000_000_000)).unwrap();
        let source = NumberSource::default();
        source.seen(&before);
        assert!(source.next(Timestamp::from_millis(1_700_000_000_000)).unwrap() > before);
    }
}
