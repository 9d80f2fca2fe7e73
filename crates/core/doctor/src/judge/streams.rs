//! Connect's storage configuration, and the streams that it makes.

use crate::{Finding, checks};

/// Below it a call whose worker was away for a night is lost.
const LEAST_HOURS: u32 = 24;

/// One stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFacts {
    /// Its name.
    pub name: String,
    /// How long its media is kept.
    pub retention_hours: u32,
    /// Whether it can be read.
    pub state: StreamState,
}

/// Whether a stream can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// It can.
    Active,
    /// It is being made or changed.
    Changing,
    /// It is being deleted: by whom? Connect's streams are Connect's.
    Deleting,
}

/// How a Connect instance stores live media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageFacts {
    /// What its streams' names begin with; none when it streams no media.
    pub prefix: Option<String>,
    /// How long they keep media.
    pub retention_hours: u32,
    /// The key that they are encrypted with.
    pub key: Option<String>,
}

/// How long media is kept, and whether it can be read.
#[must_use]
pub fn stream(facts: &StreamFacts) -> Vec<Finding> {
    let mut out = vec![retention(facts.retention_hours).about(&facts.name)];
    if facts.state == StreamState::Deleting {
        out.push(
            checks::STREAMS_FOUND
                .warning("it is being deleted, and calls on it are lost")
                .about(&facts.name)
                .fix("Do not delete Connect's streams: Connect makes them and uses them again."),
        );
    }
    out
}

/// Whether an instance streams media, with the prefix that the configuration names.
#[must_use]
pub fn storage(facts: &StorageFacts, configured: Option<&str>) -> Vec<Finding> {
    let Some(prefix) = &facts.prefix else {
        return vec![
            checks::STREAMS_STORAGE
                .error("the instance does not stream live media: it has no storage configuration for it"),
        ];
    };
    // The streams' names have the instance's alias behind the prefix.
    let fits = configured
        .is_none_or(|configured| configured.starts_with(prefix.as_str()) || prefix.starts_with(configured));
    let named = if fits {
        checks::STREAMS_STORAGE.ok(format!("live media goes to streams that begin with {prefix}"))
    } else {
        let configured = configured.unwrap_or_default();
        checks::STREAMS_STORAGE
            .error(format!("the instance's streams begin with {prefix}, and stream_prefix is {configured}"))
            .fix(format!("Set the tenant's stream_prefix to {prefix}."))
    };
    let key = match &facts.key {
        Some(key) => checks::STREAMS_KEY.ok(format!("new streams are encrypted with {key}")),
        None => checks::STREAMS_KEY
            .note("the storage configuration names no key: the service's own encrypts the streams"),
    };
    vec![named, retention(facts.retention_hours), key]
}

fn retention(hours: u32) -> Finding {
    let check = &checks::STREAMS_RETENTION;
    match hours {
        0 => check.warning(
            "nothing is kept: a call that is not read within five minutes is lost, and holes cannot be filled from the archive",
        ),
        1 => check.warning("media is kept for 1 hour only: what an outage leaves behind for longer is lost"),
        hours if hours < LEAST_HOURS => {
            check.warning(format!("media is kept for {hours} hours only: what an outage leaves behind for longer is lost"))
        }
        hours => check.ok(format!("media is kept for {hours} hours")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    #[test]
    fn retention_below_a_day_warns_with_what_is_lost() {
        for (hours, says) in [(0, "five minutes"), (1, "1 hour only"), (23, "23 hours only")] {
            let finding = retention(hours);
            assert_eq!(finding.severity, Severity::Warning);
            assert!(finding.what.contains(says), "{}", finding.what);
        }
        assert_eq!(retention(24).severity, Severity::Ok);
    }

    #[test]
    fn a_stream_that_goes_away_is_told() {
        let facts = StreamFacts { name: "a".to_owned(), retention_hours: 24, state: StreamState::Deleting };
        assert_eq!(stream(&facts).iter().map(|one| one.severity).max(), Some(Severity::Warning));
    }

    #[test]
    fn an_instance_without_media_and_one_with_another_prefix_are_errors() {
        let worst =
            |facts: &StorageFacts, prefix| storage(facts, prefix).iter().map(|one| one.severity).max();
        let facts =
            StorageFacts { prefix: Some("acme".to_owned()), retention_hours: 24, key: Some("k".to_owned()) };
        assert_eq!(worst(&StorageFacts::default(), None), Some(Severity::Error));
        assert_eq!(worst(&facts, Some("other")), Some(Severity::Error));
        assert_eq!(worst(&facts, Some("acme-connect-alias")), Some(Severity::Ok));
        assert_eq!(worst(&facts, None), Some(Severity::Ok));
    }
}
