//! Whether a condition holds now, since when, by whose words, and when that can change by itself.

use model::UtteranceId;
use playbook::{MetricName, MetricTest};

use crate::{
    compiled::{Member, Node},
    course::Course,
    guide::{ItemStatus, RuleState},
    hits::{Hits, Occurrence},
};

/// How often a number that slides with time is looked at again.
const SLIDING_MS: u64 = 1_000;

/// How a condition stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) holds: bool,
    /// When the latest thing happened by which it holds; 0 where it rests on no event.
    pub(crate) at_ms: u64,
    /// The utterance that it was.
    pub(crate) cause: Option<UtteranceId>,
    /// When it can change though nothing happens.
    pub(crate) wake_ms: Option<u64>,
}

impl Truth {
    fn state(holds: bool) -> Self {
        Self { holds, ..Self::default() }
    }

    fn by(occurrence: Option<Occurrence>) -> Self {
        occurrence.map_or_else(Self::default, |one| Self {
            holds: true,
            at_ms: one.at_ms,
            cause: one.utterance,
            wake_ms: None,
        })
    }
}

/// What a condition is evaluated by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) course: &'a Course,
    pub(crate) hits: &'a Hits,
    /// When each watched condition began to hold.
    pub(crate) began: &'a [Vec<Occurrence>],
    pub(crate) items: &'a [ItemStatus],
    pub(crate) rules: &'a [RuleState],
    /// Only words that ended after this count.
    pub(crate) after_ms: Option<u64>,
}

impl Evidence<'_> {
    pub(crate) fn truth(&self, node: &Node) -> Truth {
        match node {
            Node::Heard(leaf) => Truth::by(self.newest(self.hits.of(*leaf))),
            Node::Metric(test) => self.metric(test),
            Node::Fact { name, is, matches } => {
                Truth::state(self.course.facts.meet(name, is, matches.as_ref()))
            }
            Node::Elapsed(time_ms) => self.reached(Some(0), *time_ms),
            Node::WithAgent(time_ms) => self.reached(self.course.line.agent_since_ms(), *time_ms),
            Node::OnHold(held) => Truth::state(self.course.line.is_on_hold() == *held),
            Node::Done(item) => Truth::state(self.items.get(*item).is_some_and(ItemStatus::is_done)),
            Node::Fired(rule) => Truth::state(self.rules.get(*rule).is_some_and(|rule| rule.count > 0)),
            Node::All(of) => self.all(of),
            Node::Any(of) => self.any(of),
            Node::Not(of) => {
                let inner = self.truth(of);
                Truth { wake_ms: inner.wake_ms, ..Truth::state(!inner.holds) }
            }
            Node::Within { time_ms, of } => Truth::by(within(*time_ms, &self.members(of))),
            Node::Sequence { time_ms, of } => Truth::by(sequence(*time_ms, &self.members(of))),
        }
    }

    fn newest(&self, hits: &[Occurrence]) -> Option<Occurrence> {
        hits.last().copied().filter(|hit| self.counts(hit))
    }

    fn counts(&self, occurrence: &Occurrence) -> bool {
        self.after_ms.is_none_or(|after| occurrence.at_ms > after)
    }

    fn members(&self, of: &[Member]) -> Vec<Vec<Occurrence>> {
        of.iter()
            .map(|member| {
                let all = match member {
                    Member::Heard(leaf) => self.hits.of(*leaf),
                    Member::Began(watched) => self.began.get(*watched).map_or(&[][..], Vec::as_slice),
                };
                all.iter().filter(|one| self.counts(one)).copied().collect()
            })
            .collect()
    }

    fn all(&self, of: &[Node]) -> Truth {
        let mut whole = Truth::state(true);
        for truth in of.iter().map(|node| self.truth(node)) {
            whole.holds &= truth.holds;
            add(&mut whole, &truth);
        }
        if whole.holds { whole } else { Truth { wake_ms: whole.wake_ms, ..Truth::default() } }
    }

    fn any(&self, of: &[Node]) -> Truth {
        let mut whole = Truth::default();
        for truth in of.iter().map(|node| self.truth(node)) {
            whole.holds |= truth.holds;
            if truth.holds {
                add(&mut whole, &truth);
            } else {
                whole.wake_ms = sooner(whole.wake_ms, truth.wake_ms);
            }
        }
        whole
    }

    /// Holds from so long after a moment.
    fn reached(&self, since_ms: Option<u64>, time_ms: u64) -> Truth {
        let Some(since_ms) = since_ms else { return Truth::default() };
        let at_ms = since_ms.saturating_add(time_ms);
        if self.course.now_ms >= at_ms {
            Truth { holds: true, at_ms, ..Truth::default() }
        } else {
            Truth { wake_ms: Some(at_ms), ..Truth::default() }
        }
    }

    fn metric(&self, test: &MetricTest) -> Truth {
        let value = self.course.metric(test);
        let holds = value.is_some_and(|value| {
            test.at_least.is_none_or(|least| value >= least) && test.at_most.is_none_or(|most| value <= most)
        });
        Truth { wake_ms: self.metric_wakes(test, value, holds), ..Truth::state(holds) }
    }

    /// Silence and hold grow with the clock, so that the moment when they pass a bound is known before.
    fn metric_wakes(&self, test: &MetricTest, value: Option<f64>, holds: bool) -> Option<u64> {
        let now_ms = self.course.now_ms;
        match test.name {
            MetricName::Silence | MetricName::Hold | MetricName::HoldTotal => {
                let value = value?;
                let grows = test.name == MetricName::Silence || self.course.line.is_on_hold();
                let bounds = [test.at_least, test.at_most];
                let ahead = bounds.into_iter().flatten().filter(|bound| *bound >= value && grows);
                ahead.map(|bound| now_ms.saturating_add(whole_ms(bound - value).max(1))).min()
            }
            MetricName::TalkOver
            | MetricName::TalkRatio
            | MetricName::WordsPerMinute
            | MetricName::Interruptions => {
                let slides = test.over.is_some() && value.is_some_and(|value| value > 0.0);
                let counts = matches!(test.name, MetricName::TalkOver | MetricName::Interruptions);
                // A count only sinks as time passes: it can leave its lower bound, or come to its upper one.
                let may_change = !counts || holds || test.at_most.is_some();
                (slides && may_change).then(|| now_ms.saturating_add(SLIDING_MS))
            }
            MetricName::Sentiment => None,
        }
    }
}

/// Seconds as milliseconds, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float's cast to an integer saturates"
)]
fn whole_ms(seconds: f64) -> u64 {
    (seconds * 1_000.0).ceil() as u64
}

fn add(whole: &mut Truth, truth: &Truth) {
    if truth.at_ms > whole.at_ms || (whole.cause.is_none() && truth.at_ms == whole.at_ms) {
        whole.cause = truth.cause.or(whole.cause);
        whole.at_ms = truth.at_ms;
    } else if whole.cause.is_none() {
        whole.cause = truth.cause;
    }
    whole.wake_ms = sooner(whole.wake_ms, truth.wake_ms);
}

pub(crate) fn sooner(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// The end of the latest stretch no longer than this in which each happened.
fn within(time_ms: u64, members: &[Vec<Occurrence>]) -> Option<Occurrence> {
    let mut moments: Vec<(Occurrence, usize)> = members
        .iter()
        .enumerate()
        .flat_map(|(member, of)| of.iter().map(move |one| (*one, member)))
        .collect();
    moments.sort_by_key(|(one, member)| (one.at_ms, *member));
    let mut last: Vec<Option<u64>> = vec![None; members.len()];
    let mut found = None;
    for (one, member) in moments {
        if let Some(slot) = last.get_mut(member) {
            *slot = Some(one.at_ms);
        }
        let oldest = last.iter().copied().min().flatten();
        if oldest.is_some_and(|oldest| one.at_ms - oldest <= time_ms) {
            found = Some(one);
        }
    }
    found
}

/// The last of the latest row in which each happened after the one before it.
fn sequence(time_ms: Option<u64>, members: &[Vec<Occurrence>]) -> Option<Occurrence> {
    let (last, before) = members.split_last()?;
    last.iter().rev().copied().find(|end| {
        let start = before.iter().rev().try_fold(end.at_ms, |next, of| {
            let place = of.partition_point(|one| one.at_ms < next);
            place.checked_sub(1).and_then(|place| of.get(place)).map(|one| one.at_ms)
        });
        start.is_some_and(|start| time_ms.is_none_or(|time| end.at_ms - start <= time))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(times: &[u64]) -> Vec<Occurrence> {
        times.iter().map(|at_ms| Occurrence { at_ms: *at_ms, utterance: None }).collect()
    }

    #[test]
    fn within_finds_the_latest_stretch_that_has_all() {
        let end = |time, members: &[Vec<Occurrence>]| within(time, members).map(|one| one.at_ms);
        assert_eq!(end(10, &[at(&[5, 100]), at(&[12, 104])]), Some(104));
        assert_eq!(end(10, &[at(&[5, 100]), at(&[12])]), Some(12));
        assert_eq!(end(10, &[at(&[5]), at(&[16])]), None);
        assert_eq!(end(10, &[at(&[5]), at(&[])]), None);
        assert_eq!(end(0, &[at(&[5]), at(&[5])]), Some(5));
    }

    #[test]
    fn a_sequence_is_in_order_and_in_time() {
        let end = |time, members: &[Vec<Occurrence>]| sequence(time, members).map(|one| one.at_ms);
        assert_eq!(end(None, &[at(&[5]), at(&[3, 9])]), Some(9));
        assert_eq!(end(None, &[at(&[9]), at(&[3])]), None);
        assert_eq!(end(None, &[at(&[5]), at(&[5])]), None, "one thing is not after itself");
        assert_eq!(end(Some(3), &[at(&[5]), at(&[9])]), None);
        assert_eq!(end(Some(10), &[at(&[1, 20]), at(&[2, 22]), at(&[25, 90])]), Some(25));
    }
}
