//! Whether a load was carried in full, and where it was not.

use std::time::Duration;

use crate::heard::Heard;

/// A load counts as offered when this share of the fragments went out.
const OFFERED: f64 = 0.995;
/// The share of the events that must have come.
const EVENTS: f64 = 0.90;
/// A server that falls behind at a steady rate shows in the median: a third later, it may not be later by more.
const MEDIAN_SLACK: Duration = Duration::from_millis(500);
/// The same where words are recognised: how late they are depends on what is said, too.
const SPEECH_SLACK: Duration = Duration::from_secs(2);
/// One that breaks down shows in the tail: this many times later, and some more, is too late.
const TAIL_GROWTH: u32 = 3;
const TAIL_SLACK: Duration = Duration::from_secs(1);

/// Half of the events may not be later than this, steadily or not.
const MAX_MEDIAN: Duration = Duration::from_secs(5);

/// What a load is judged by.
#[derive(Debug)]
pub struct Facts<'h> {
    /// Calls at once.
    pub calls: usize,
    /// The share of the audio that went out.
    pub offered: f64,
    /// What the generator was refused or could not do.
    pub errors: usize,
    /// Events that are due in the window; unknown when they depend on what is said.
    pub expected: Option<f64>,
    /// How late events came.
    pub heard: &'h Heard,
}

/// What was not carried; empty when all was.
#[must_use]
pub fn shortfalls(facts: &Facts<'_>) -> Vec<String> {
    let mut short = Vec::new();
    if facts.offered < OFFERED {
        short.push(format!("{:.1} % of the audio was not taken", (1.0 - facts.offered) * 100.0));
    }
    if facts.errors > 0 {
        short.push(format!("{} errors", facts.errors));
    }
    let silent = facts.calls.saturating_sub(facts.heard.calls.len());
    if silent > 0 {
        short.push(format!("{silent} calls without words"));
    }
    let came = facts.heard.parts.iter().map(|part| part.len()).sum::<u64>() as f64;
    match facts.expected {
        Some(expected) if came < expected * EVENTS => {
            short.push(format!("{:.0} % of the events came", came / expected * 100.0));
        }
        None if came == 0.0 => short.push("no events came".to_owned()),
        _ => {}
    }
    let median = Duration::from_micros(facts.heard.late().value_at_quantile(0.5));
    if median > MAX_MEDIAN {
        short.push(format!("half of the events are {} ms late or more", median.as_millis()));
    }
    let slack = if facts.expected.is_some() { MEDIAN_SLACK } else { SPEECH_SLACK };
    if let Some((first, last)) = growth(facts.heard, slack) {
        short.push(format!("events come later and later ({first} ms, then {last} ms)"));
    }
    short
}

/// How late the first and the last third of the window are, in milliseconds, when that is no steady state.
fn growth(heard: &Heard, slack: Duration) -> Option<(u64, u64)> {
    let at = |quantile| {
        let [first, .., last] =
            heard.parts.each_ref().map(|part| Duration::from_micros(part.value_at_quantile(quantile)));
        (first, last)
    };
    let ((median, later_median), (tail, later_tail)) = (at(0.5), at(0.99));
    let ms = |(first, last): (Duration, Duration)| (first.as_millis() as u64, last.as_millis() as u64);
    if later_median > median + slack {
        return Some(ms(at(0.5)));
    }
    (later_tail > tail * TAIL_GROWTH + TAIL_SLACK).then(|| ms(at(0.99)))
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    const LENGTH: Duration = Duration::from_secs(30);

    /// Two calls with an event a second each, as late as told at each second.
    fn heard(late_ms: impl Fn(u64) -> u64) -> Heard {
        let start = Timestamp::from_millis(1_000_000);
        let mut heard = Heard::new().unwrap();
        heard.measure(start, LENGTH);
        for second in 0..LENGTH.as_secs() {
            let due = start + Duration::from_secs(second);
            for call in ["a", "b"] {
                heard.take(call, due, due + Duration::from_millis(late_ms(second)));
            }
        }
        heard
    }

    fn facts(heard: &Heard) -> Facts<'_> {
        Facts { calls: 2, offered: 1.0, errors: 0, expected: Some(60.0), heard }
    }

    #[test]
    fn steady_lateness_is_carried() {
        assert_eq!(shortfalls(&facts(&heard(|_| 800))), Vec::<String>::new());
        assert_eq!(shortfalls(&facts(&heard(|second| 100 + second % 10 * 90))), Vec::<String>::new());
    }

    #[test]
    fn lateness_that_grows_is_not() {
        for late in [|second| 200 + second * 50, |second| if second == 29 { 2_000 } else { 5 }] {
            let short = shortfalls(&facts(&heard(late)));
            assert!(short.len() == 1 && short[0].contains("later and later"), "{short:?}");
        }
    }

    #[test]
    fn recognised_words_may_vary_more() {
        let heard = heard(|second| if second < 15 { 500 } else { 1_900 });
        assert_eq!(shortfalls(&facts(&heard)).len(), 1);
        assert!(shortfalls(&Facts { expected: None, ..facts(&heard) }).is_empty());
    }

    #[test]
    fn steady_lateness_of_many_seconds_is_not_carried() {
        let heard = heard(|_| 8_000);
        let short = shortfalls(&Facts { expected: None, ..facts(&heard) });
        assert!(short.len() == 1 && short[0].starts_with("half of the events are 8"), "{short:?}");
    }

    #[test]
    fn a_call_without_words_is_named() {
        let heard = heard(|_| 5);
        assert_eq!(shortfalls(&Facts { calls: 3, ..facts(&heard) }), ["1 calls without words"]);
    }

    #[test]
    fn events_that_did_not_come_are_counted() {
        let heard = heard(|_| 5);
        assert_eq!(shortfalls(&Facts { expected: Some(67.0), ..facts(&heard) }), ["90 % of the events came"]);
        assert!(shortfalls(&Facts { expected: Some(66.0), ..facts(&heard) }).is_empty());
        let nothing = Heard::new().unwrap();
        let short = shortfalls(&Facts { calls: 0, expected: None, ..facts(&nothing) });
        assert_eq!(short, ["no events came"]);
    }

    #[test]
    fn events_due_outside_of_the_window_do_not_count() {
        let start = Timestamp::from_millis(1_000_000);
        let mut heard = Heard::new().unwrap();
        heard.measure(start, LENGTH);
        heard.take("a", Timestamp::from_millis(999_999), start);
        heard.take("a", start + LENGTH, start + LENGTH);
        assert_eq!((heard.late().len(), heard.calls.len()), (0, 1));
    }
}
