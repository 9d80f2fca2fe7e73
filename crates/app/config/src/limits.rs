//! Numbers that have bounds, and why.

use std::ops::RangeInclusive;

use crate::{Config, ConfigError};

/// What Kinesis Video Streams itself allows: ten years.
const RETENTION_HOURS: RangeInclusive<u64> = 1..=87_600;
const IDLE_SECONDS: RangeInclusive<u64> = 1..=86_400;
const CALLS: RangeInclusive<u64> = 1..=100_000;
const THREADS: RangeInclusive<u64> = 1..=1_024;

pub(crate) fn check(config: &Config) -> Result<(), ConfigError> {
    let Config { kvs, engine, recognition, .. } = config;
    let calls = engine.max_calls as u64;
    within("engine.max_calls", calls, &CALLS, "0 would refuse every call")?;
    within(
        "engine.idle_seconds",
        engine.idle_seconds,
        &IDLE_SECONDS,
        "0 would ask after every call at once",
    )?;
    let hours = u64::from(kvs.retention_hours);
    let why = "0 would keep five minutes and no archive, so that a restart would lose audio";
    within("kvs.retention_hours", hours, &RETENTION_HOURS, why)?;
    let threads = recognition.threads.map_or(1, |threads| threads as u64);
    within("recognition.threads", threads, &THREADS, "leave it out for one per core")
}

fn within(key: &str, value: u64, bounds: &RangeInclusive<u64>, why: &str) -> Result<(), ConfigError> {
    if bounds.contains(&value) {
        return Ok(());
    }
    let (least, most) = (bounds.start(), bounds.end());
    Err(ConfigError::Value(format!("{key} is {value}: give {least} to {most}; {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_bounds_are_refused_with_the_reason() {
        for (name, value, reason) in [
            ("TRUNKLINE_ENGINE__MAX_CALLS", "0", "refuse every call"),
            ("TRUNKLINE_ENGINE__IDLE_SECONDS", "0", "at once"),
            ("TRUNKLINE_ENGINE__IDLE_SECONDS", "9000000000000000000", "86400"),
            ("TRUNKLINE_KVS__RETENTION_HOURS", "0", "five minutes"),
            ("TRUNKLINE_RECOGNITION__THREADS", "0", "leave it out"),
        ] {
            let error = Config::load(None, [(name.to_owned(), value.to_owned())]).unwrap_err().to_string();
            assert!(error.contains(reason), "{name}={value}: {error}");
        }
    }
}
