//! Stretches of audio as people and programs write them.

use serde_json::{Map, Value};
use thiserror::Error;

/// The most spans of one list.
pub const MAX_SPANS: usize = 100_000;

/// A recording is never longer: a time beyond is a mistake, such as milliseconds for seconds.
const MAX_SECONDS: f64 = 48.0 * 3_600.0;

/// The longest name of what a span holds.
const MAX_ENTITY_CHARS: usize = 64;

/// Which channels a span lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanChannel {
    /// Every one.
    All,
    /// The one of this number, from 0.
    Number(u16),
    /// The customer's: the first; in a recording of one channel, that one.
    Customer,
    /// What the customer hears: the second; in a recording of one channel, that one.
    Agent,
}

/// One stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioSpan {
    /// Where it lies.
    pub channel: SpanChannel,
    /// Its start, in microseconds from the first sample.
    pub from_us: u64,
    /// Its end.
    pub to_us: u64,
    /// What it holds.
    pub entity: Option<String>,
}

/// What is wrong with a list of spans. Spans are counted from 1.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpansError {
    /// It is no JSON.
    #[error("the spans are no JSON")]
    Json(#[source] serde_json::Error),
    /// It is another JSON.
    #[error("the spans are a JSON list of objects, or an object with such a list under \"spans\"")]
    NoList,
    /// There are too many.
    #[error("there are more than {MAX_SPANS} spans")]
    TooMany,
    /// One of them is wrong.
    #[error("span {number}: {what}")]
    Span {
        /// Which one.
        number: usize,
        /// What is wrong with it, and what is allowed.
        what: String,
    },
}

/// Reads a list of spans: `[{"channel": 0, "start_ms": 1200, "end_ms": 3400, "entity": "card"}]`.
///
/// `channel` is a number, `"customer"` or `"agent"`, or left out for all; times are `start_ms` and `end_ms`, or `start`
/// and `end` in seconds.
///
/// # Errors
/// The first span that cannot be what was meant.
pub fn parse_spans(text: &str) -> Result<Vec<AudioSpan>, SpansError> {
    let json: Value = serde_json::from_str(text).map_err(SpansError::Json)?;
    let list = match &json {
        Value::Array(list) => list,
        Value::Object(object) => object.get("spans").and_then(Value::as_array).ok_or(SpansError::NoList)?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(SpansError::NoList),
    };
    if list.len() > MAX_SPANS {
        return Err(SpansError::TooMany);
    }
    let numbered = list.iter().zip(1..);
    numbered.map(|(value, number)| span(value).map_err(|what| SpansError::Span { number, what })).collect()
}

fn span(value: &Value) -> Result<AudioSpan, String> {
    let object = value.as_object().ok_or("it is no object")?;
    let from_us = time(object, "start")?;
    let to_us = time(object, "end")?;
    if to_us < from_us {
        return Err("it ends before it starts".to_owned());
    }
    Ok(AudioSpan { channel: channel(object.get("channel"))?, from_us, to_us, entity: entity(object)? })
}

/// Microseconds, from either way of writing it.
fn time(object: &Map<String, Value>, name: &str) -> Result<u64, String> {
    let in_ms = format!("{name}_ms");
    let (value, seconds_each, written) = match (object.get(name), object.get(&in_ms)) {
        (Some(_), Some(_)) => return Err(format!("it has both {name} and {in_ms}")),
        (Some(value), None) => (value, 1.0, name),
        (None, Some(value)) => (value, 0.001, in_ms.as_str()),
        (None, None) => return Err(format!("it has neither {in_ms} nor {name} (in seconds)")),
    };
    let number = value.as_f64().ok_or_else(|| format!("{written} is no number"))?;
    let seconds = number * seconds_each;
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        return Err(format!("{written} is {number}: no time of a recording"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the range just checked"
    )]
    let us = (seconds * 1e6).round() as u64;
    Ok(us)
}

fn channel(value: Option<&Value>) -> Result<SpanChannel, String> {
    const ALLOWED: &str = "channel is 0, 1, \"customer\" or \"agent\", or left out for all";
    match value {
        None | Some(Value::Null) => Ok(SpanChannel::All),
        Some(Value::Number(number)) => number
            .as_u64()
            .and_then(|number| u16::try_from(number).ok())
            .map(SpanChannel::Number)
            .ok_or_else(|| ALLOWED.to_owned()),
        Some(Value::String(name)) => match name.as_str() {
            "customer" => Ok(SpanChannel::Customer),
            "agent" | "to_customer" => Ok(SpanChannel::Agent),
            "all" | "both" => Ok(SpanChannel::All),
            digits => digits.parse().map(SpanChannel::Number).map_err(|_| ALLOWED.to_owned()),
        },
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(ALLOWED.to_owned()),
    }
}

fn entity(object: &Map<String, Value>) -> Result<Option<String>, String> {
    match object.get("entity") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name))
            if name.chars().count() <= MAX_ENTITY_CHARS && !name.chars().any(char::is_control) =>
        {
            Ok(Some(name.clone()))
        }
        Some(_) => Err(format!("entity is a name of at most {MAX_ENTITY_CHARS} characters")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_ways_of_writing_times_and_channels_are_read() {
        let spans = parse_spans(
            r#"[{"channel":"agent","start_ms":1200,"end_ms":3400.5,"entity":"card"},
                {"start":1.2,"end":3.4005,"channel":1}, {"start":0,"end":0}]"#,
        )
        .unwrap();
        let of = |span: &AudioSpan| (span.channel, span.from_us, span.to_us);
        assert_eq!(of(&spans[0]), (SpanChannel::Agent, 1_200_000, 3_400_500));
        assert_eq!(of(&spans[1]), (SpanChannel::Number(1), 1_200_000, 3_400_500));
        assert_eq!(of(&spans[2]), (SpanChannel::All, 0, 0));
        assert_eq!(spans[0].entity.as_deref(), Some("card"));
        assert_eq!(parse_spans(r#"{"spans":[]}"#).unwrap(), []);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_number_and_the_reason() {
        for (text, why) in [
            ("7", "the spans are a JSON list of objects, or an object with such a list under \"spans\""),
            (r#"[{"start":1,"end":2},{"start":3,"end":2}]"#, "span 2: it ends before it starts"),
            (r#"[{"start":1}]"#, "span 1: it has neither end_ms nor end (in seconds)"),
            (r#"[{"start":-1,"end":2}]"#, "span 1: start is -1: no time of a recording"),
            (r#"[{"start":"1","end":2}]"#, "span 1: start is no number"),
            (r#"[{"start":1,"start_ms":1000,"end":2}]"#, "span 1: it has both start and start_ms"),
            (
                r#"[{"start":1,"end":2,"channel":"left"}]"#,
                "span 1: channel is 0, 1, \"customer\" or \"agent\", or left out for all",
            ),
            ("[[]]", "span 1: it is no object"),
        ] {
            assert_eq!(parse_spans(text).unwrap_err().to_string(), why);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}") {
            drop(parse_spans(&text));
        }
    }
}
