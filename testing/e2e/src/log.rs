//! What workers say of themselves in their logs.

use std::{fs, path::Path};

use model::Timestamp;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A worker took a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// When.
    pub at: Timestamp,
    /// Which worker, by its number in the fleet.
    pub worker: usize,
    /// Which call.
    pub call: String,
}

/// Which calls a worker took, by the log that it wrote.
pub(crate) fn carried(worker: usize, log: &Path) -> Vec<Carried> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let took = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        let said = line.pointer("/fields/message")?.as_str()?;
        let call = line.pointer("/span/call.id")?.as_str()?.to_owned();
        let at = time_of(line.get("timestamp")?.as_str()?)?;
        (said == "carrying a call").then_some(Carried { at, worker, call })
    };
    text.lines().filter_map(took).collect()
}

/// Errors and panics in a log, as `times x message`.
pub(crate) fn complaints(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let complaint = |line: &str| match serde_json::from_str::<Value>(line) {
        Ok(line) => {
            let is_error = line.get("level").and_then(Value::as_str) == Some("ERROR");
            let said = line.pointer("/fields/message").and_then(Value::as_str).unwrap_or_default();
            is_error.then(|| said.to_owned())
        }
        Err(_) => line.contains("panicked").then(|| line.to_owned()),
    };
    text.lines().filter_map(complaint).collect()
}

fn time_of(text: &str) -> Option<Timestamp> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000).ok().map(Timestamp::from_micros)
}
