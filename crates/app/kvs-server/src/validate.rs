//! The constraints of the service's API on what clients send.

use std::collections::BTreeMap;

use crate::error::ApiError;

/// The most tags of a stream.
pub(crate) const MAX_STREAM_TAGS: usize = 50;
/// The longest retention: ten years.
const MAX_RETENTION_HOURS: i64 = 87_600;

/// `StreamName`, and the device name, which has the same letters.
pub(crate) fn name<'a>(field: &str, value: &'a str, max: usize) -> Result<&'a str, ApiError> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    if (1..=max).contains(&value.len()) && value.bytes().all(good) {
        return Ok(value);
    }
    Err(constraint(field, value, &format!("1 to {max} characters of [a-zA-Z0-9_.-]")))
}

/// `DataRetentionInHours`.
pub(crate) fn retention(hours: i64) -> Result<u32, ApiError> {
    if (0..=MAX_RETENTION_HOURS).contains(&hours) {
        return u32::try_from(hours).map_err(|error| ApiError::invalid(error.to_string()));
    }
    Err(constraint(
        "dataRetentionInHours",
        &hours.to_string(),
        &format!("a value from 0 to {MAX_RETENTION_HOURS}"),
    ))
}

/// A number with a range.
pub(crate) fn range(field: &str, value: i64, max: i64) -> Result<usize, ApiError> {
    if (1..=max).contains(&value) {
        return usize::try_from(value).map_err(|error| ApiError::invalid(error.to_string()));
    }
    Err(constraint(field, &value.to_string(), &format!("a value from 1 to {max}")))
}

/// `MediaType`: `type/subtype`, several with commas between them.
pub(crate) fn media_type(value: &str) -> Result<(), ApiError> {
    let word = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-.+".contains(c))
    };
    let one = |text: &str| text.split_once('/').is_some_and(|(kind, sub)| word(kind) && word(sub));
    if value.len() <= 128 && value.split(',').all(one) {
        return Ok(());
    }
    Err(constraint("mediaType", value, "type/subtype, several with commas"))
}

/// A stream's tags.
pub(crate) fn stream_tags(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let good = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if tags.is_empty() || tags.len() > MAX_STREAM_TAGS {
        return Err(constraint("tags", &tags.len().to_string(), &format!("1 to {MAX_STREAM_TAGS} tags")));
    }
    for (key, value) in tags {
        if !(1..=128).contains(&key.chars().count()) || !key.chars().all(good) {
            return Err(constraint("tags.key", key, "1 to 128 letters, digits, spaces or _.:/=+-@"));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(constraint("tags.key", key, "a key that does not begin with aws:"));
        }
        if value.chars().count() > 256 || !value.chars().all(good) {
            return Err(constraint("tags.value", value, "up to 256 letters, digits, spaces or _.:/=+-@"));
        }
    }
    Ok(())
}

/// A fragment number or a continuation token made of one.
pub(crate) fn fragment_number(field: &str, value: &str) -> Result<model::FragmentNumber, ApiError> {
    model::FragmentNumber::new(value).map_err(|_| constraint(field, value, "1 to 128 digits"))
}

/// The service's sentence for a value outside its constraint.
pub(crate) fn constraint(field: &str, value: &str, must: &str) -> ApiError {
    let shown: String = value.chars().take(128).collect();
    ApiError::invalid(format!(
        "1 validation error detected: Value '{shown}' at '{field}' failed to satisfy constraint: Member must be {must}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_service_pattern() {
        assert!(name("streamName", "acme-connect-x_1.contact", 256).is_ok());
        for bad in ["", "a b", "a/b", "ü", &"x".repeat(257)] {
            assert!(name("streamName", bad, 256).is_err(), "{bad}");
        }
    }

    #[test]
    fn media_types_are_pairs() {
        assert!(media_type("audio/L16,video/h264").is_ok());
        for bad in ["audio", "audio/", "audio/x,", "a b/c", ""] {
            assert!(media_type(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_have_limits_of_number_and_letters() {
        let tags =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert!(stream_tags(&tags(&[("stage", "dev"), ("größe", "")])).is_ok());
        assert!(stream_tags(&tags(&[])).is_err());
        assert!(stream_tags(&tags(&[("aws:x", "")])).is_err());
        assert!(stream_tags(&tags(&[("a", "<b>")])).is_err());
        let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
        assert!(stream_tags(&many.into_iter().map(|n| (n, String::new())).collect()).is_err());
    }
}
