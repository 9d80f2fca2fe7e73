//! Reading of fields that Connect fills in more than one way.

use model::Timestamp;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A string that may be null or empty, both of which mean that there is none, or a whole number instead. Whatever else
/// it is, it is no text: what a call does not need must not keep it from being carried.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    };
    Ok(text.filter(|text| !text.trim().is_empty()))
}

/// A part that may be null or of another form; both mean that there is none.
pub(crate) fn part<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// An RFC 3339 time as in `2021-08-04T17:17:53.000Z`.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000).ok().map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_its_fraction_and_offset() {
        assert_eq!(time("1970-01-01T00:00:01.500Z"), Some(Timestamp::from_millis(1_500)));
        assert_eq!(time("1970-01-01T01:00:00+01:00"), Some(Timestamp::from_millis(0)));
        assert_eq!(time("yesterday"), None);
    }
}
