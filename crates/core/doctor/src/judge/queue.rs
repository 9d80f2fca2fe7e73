//! The queue that triggers wait in.

use crate::{Finding, checks};

/// Handling a trigger takes no longer.
const LEAST_VISIBILITY_SECONDS: u64 = 60;
/// More than this wait only where nobody takes them.
const MANY_WAITING: u64 = 1_000;
/// What streams keep as a rule.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// How a queue is set, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFacts {
    /// How long a message that was received is away.
    pub visibility_seconds: u64,
    /// How long a message is kept.
    pub retention_seconds: u64,
    /// How often a message is received before it goes to the dead letters; none when it comes for ever.
    pub max_receives: Option<u32>,
    /// About how many messages wait.
    pub waiting: u64,
}

/// What a queue's settings mean. `media_hours` is the longest that streams are known to keep media.
#[must_use]
pub fn queue(facts: QueueFacts, media_hours: Option<u32>) -> Vec<Finding> {
    let redrive = match facts.max_receives {
        Some(most) => checks::QUEUE_REDRIVE.ok(format!("dead letters are put aside after {most} receives")),
        None => {
            checks::QUEUE_REDRIVE.warning("there is no redrive policy: what cannot be handled comes for ever")
        }
    };
    let wanted = media_hours
        .map_or(DAY_SECONDS, |hours| (u64::from(hours) * 3_600).min(14 * DAY_SECONDS))
        .max(DAY_SECONDS);
    let kept = facts.retention_seconds;
    let retention = if kept < wanted {
        let what = format!(
            "triggers are kept for {} h, and media for {} h: an outage in between loses calls whose audio is there",
            kept / 3_600,
            wanted / 3_600
        );
        checks::QUEUE_RETENTION
            .warning(what)
            .fix(format!("Set the queue's MessageRetentionPeriod to {wanted}."))
    } else {
        checks::QUEUE_RETENTION.ok(format!("triggers are kept for {} h", kept / 3_600))
    };
    let away = facts.visibility_seconds;
    let visibility = if away < LEAST_VISIBILITY_SECONDS {
        checks::QUEUE_VISIBILITY
            .warning(format!("a trigger that is being handled comes again after {away} s"))
    } else {
        checks::QUEUE_VISIBILITY.ok(format!("a trigger stays away for {away} s"))
    };
    let waiting = facts.waiting;
    let backlog = if waiting > MANY_WAITING {
        checks::QUEUE_BACKLOG.warning(format!("about {waiting} triggers wait: calls begin late"))
    } else {
        checks::QUEUE_BACKLOG.ok(format!("about {waiting} triggers wait"))
    };
    vec![redrive, retention, visibility, backlog]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    const GOOD: QueueFacts = QueueFacts {
        visibility_seconds: 60,
        retention_seconds: 4 * DAY_SECONDS,
        max_receives: Some(10),
        waiting: 3,
    };

    fn wrong(facts: QueueFacts, media_hours: Option<u32>) -> Vec<&'static str> {
        let bad = queue(facts, media_hours).into_iter().filter(|one| one.severity > Severity::Ok);
        bad.map(|one| one.check.id).collect()
    }

    #[test]
    fn a_good_queue_has_nothing_wrong() {
        assert!(wrong(GOOD, Some(96)).is_empty());
    }

    #[test]
    fn each_setting_is_judged_by_itself() {
        assert_eq!(wrong(QueueFacts { max_receives: None, ..GOOD }, None), ["queue.redrive"]);
        assert_eq!(wrong(QueueFacts { visibility_seconds: 30, ..GOOD }, None), ["queue.visibility"]);
        assert_eq!(wrong(QueueFacts { retention_seconds: 3_600, ..GOOD }, None), ["queue.retention"]);
        assert_eq!(wrong(GOOD, Some(24 * 5)), ["queue.retention"]);
        assert_eq!(wrong(QueueFacts { waiting: 100_000, ..GOOD }, None), ["queue.backlog"]);
    }

    #[test]
    fn no_more_is_asked_than_a_queue_can_keep() {
        assert!(wrong(QueueFacts { retention_seconds: 14 * DAY_SECONDS, ..GOOD }, Some(87_600)).is_empty());
    }
}
