//! Reading of fields that Connect fills in more than one way.

use model::Timestamp;
use serde::{Deserialize, Deserializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A string that may be null or empty; both mean that there is none.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.trim().is_empty()))
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
