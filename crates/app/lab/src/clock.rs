//! Wall time, and how AWS spells it.

use std::time::{SystemTime, UNIX_EPOCH};

use model::Timestamp;
use time::OffsetDateTime;

/// The machine's own clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// `2021-08-04T17:17:53.000Z`, as Connect's events have it.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let t = civil(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second(),
        t.millisecond()
    )
}

/// `20210804T171753Z`, as signatures have it.
pub(crate) fn amz_date(at: Timestamp) -> String {
    let t = civil(at);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

fn civil(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_micros()) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_as_aws_does() {
        let at = Timestamp::from_millis(1_628_097_473_045);
        assert_eq!(rfc3339(at), "2021-08-04T17:17:53.045Z");
        assert_eq!(amz_date(at), "20210804T171753Z");
    }
}
