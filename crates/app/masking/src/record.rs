//! One line of JSON: a text or a dialogue.

use std::borrow::Cow;

use model::{Channel, MediaTime};
use serde::{Deserialize, Deserializer};
use serde_json::{error::Category, value::RawValue};

/// The longest id.
const MAX_ID: usize = 256;

/// The latest time of a word, in seconds: four months.
const MAX_SECONDS: f64 = 10_000_000.0;

/// What stands in a line. Other fields are passed over.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "text")]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    words: Option<Vec<RawWord<'a>>>,
    #[serde(borrow)]
    turns: Option<Vec<RawTurn<'a>>>,
}

#[derive(Deserialize)]
struct RawTurn<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    words: Option<Vec<RawWord<'a>>>,
}

#[derive(Deserialize)]
struct RawWord<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    start: Option<f64>,
    end: Option<f64>,
}

/// A string that is borrowed where it can be; serde alone would copy each.
fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Borrowed<'a>>::deserialize(deserializer)?.map(|borrowed| borrowed.0))
}

/// A line that was understood.
pub(crate) struct Record<'a> {
    /// The id as it was written.
    pub(crate) id: Option<&'a RawValue>,
    /// It is a dialogue, and not one text.
    pub(crate) is_dialogue: bool,
    pub(crate) turns: Vec<Turn<'a>>,
    /// What was not as it should be, and what was done about it.
    pub(crate) notes: Vec<&'static str>,
}

/// What one side says.
pub(crate) struct Turn<'a> {
    pub(crate) channel: Channel,
    pub(crate) text: Cow<'a, str>,
    /// When each stretch between white space was said.
    pub(crate) times: Option<Vec<(MediaTime, MediaTime)>>,
}

/// Reads a line. The reason why it cannot be read quotes nothing of it.
pub(crate) fn read(line: &[u8]) -> Result<Record<'_>, String> {
    let line = std::str::from_utf8(line)
        .map_err(|error| format!("is not UTF-8 from byte {} on", error.valid_up_to() + 1))?;
    let raw: Raw<'_> = serde_json::from_str(line).map_err(|error| why(&error))?;
    if raw.id.is_some_and(|id| id.get().starts_with(['{', '[']) || id.get().len() > MAX_ID) {
        return Err(format!("\"id\" must be a string or a number of at most {MAX_ID} bytes"));
    }
    let is_dialogue = raw.turns.is_some();
    let turns = match raw.turns {
        Some(_) if raw.text.is_some() => return Err("has both \"text\" and \"turns\"".to_owned()),
        Some(turns) => turns,
        None if raw.text.is_none() && raw.words.is_none() => {
            return Err("has neither \"text\" nor \"turns\"".to_owned());
        }
        None => vec![RawTurn { channel: Some(Cow::Borrowed("customer")), text: raw.text, words: raw.words }],
    };
    let mut notes = Vec::new();
    let mut turns =
        (1..).zip(turns).map(|(n, raw)| turn(n, raw, &mut notes)).collect::<Result<Vec<_>, _>>()?;
    check_times(&mut turns, &mut notes);
    Ok(Record { id: raw.id, is_dialogue, turns, notes })
}

fn why(error: &serde_json::Error) -> String {
    let column = error.column();
    match error.classify() {
        // What is at fault may be a secret: serde's own words quote it.
        Category::Data => format!(
            "needs \"text\" (a string) or \"turns\" (a list of {{\"channel\", \"text\"}}); column {column} has \
             something else"
        ),
        Category::Eof => "is cut off".to_owned(),
        Category::Syntax | Category::Io => format!("is not valid JSON at column {column}"),
    }
}

fn turn<'a>(n: usize, raw: RawTurn<'a>, notes: &mut Vec<&'static str>) -> Result<Turn<'a>, String> {
    let channel = match raw.channel.as_deref() {
        Some("customer") => Channel::Customer,
        Some("agent" | "to_customer") => Channel::ToCustomer,
        Some(_) => return Err(format!("turn {n} is on an unknown channel: give \"customer\" or \"agent\"")),
        None => return Err(format!("turn {n} has no \"channel\": give \"customer\" or \"agent\"")),
    };
    let words = raw.words.unwrap_or_default();
    let times = times(&words);
    let text = match raw.text {
        Some(text) => text,
        None if words.is_empty() => return Err(format!("turn {n} has neither \"text\" nor \"words\"")),
        None => Cow::Owned(words.iter().map(|word| word.text.as_ref()).collect::<Vec<_>>().join(" ")),
    };
    if words.is_empty() {
        return Ok(Turn { channel, text, times: None });
    }
    let same = text.split_ascii_whitespace().eq(words.iter().map(|word| word.text.as_ref()));
    if !same {
        note(notes, "words are not those of the text: their times are not used");
    } else if times.is_none() {
        note(notes, "words without times, or with times that run backwards: times are not used");
    }
    Ok(Turn { channel, text, times: times.filter(|_| same) })
}

fn note(notes: &mut Vec<&'static str>, text: &'static str) {
    if !notes.contains(&text) {
        notes.push(text);
    }
}

/// The times of words, if all have one and none runs backwards.
fn times(words: &[RawWord<'_>]) -> Option<Vec<(MediaTime, MediaTime)>> {
    let mut last = 0.0;
    let mut out = Vec::with_capacity(words.len());
    for word in words {
        let (start, end) = (word.start?, word.end?);
        if !(last <= start && start <= end && end <= MAX_SECONDS) {
            return None;
        }
        last = start;
        out.push((position(start), position(end)));
    }
    Some(out)
}

fn position(seconds: f64) -> MediaTime {
    let micros = std::time::Duration::from_secs_f64(seconds);
    MediaTime::ZERO + micros
}

/// Times are used for all of a dialogue or for none of it: two clocks in one would say nothing.
fn check_times(turns: &mut [Turn<'_>], notes: &mut Vec<&'static str>) {
    if turns.iter().all(|turn| turn.times.is_none()) {
        return;
    }
    let mut last = [MediaTime::ZERO; 2];
    let mut whole = true;
    for turn in turns.iter() {
        let start = turn.times.as_ref().and_then(|times| times.first()).map(|(start, _)| *start);
        let has_words = !turn.text.trim_ascii().is_empty();
        match start {
            Some(start) if start >= last[turn.channel.index()] => last[turn.channel.index()] = start,
            Some(_) => whole = false,
            None => whole &= !has_words,
        }
    }
    if !whole {
        note(notes, "not all turns have times, or they run backwards: times are not used");
        turns.iter_mut().for_each(|turn| turn.times = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        read(line.as_bytes()).err().expect("it is refused")
    }

    #[test]
    fn what_is_refused_is_not_quoted() {
        for (line, why) in [
            (r#"{"text": 4111111111111111}"#, "column"),
            (r#"{"text": "4111111111111111"#, "is cut off"),
            (r#"{"text": "4111" 1111}"#, "is not valid JSON at column"),
            (r#"{"turns":[{"text":"4111"}]}"#, "turn 1 has no \"channel\""),
            (r#"{"turns":[{"channel":"4111","text":"a"}]}"#, "unknown channel"),
            (r#"{"turns":[{"channel":"agent"}]}"#, "neither \"text\" nor \"words\""),
            (r#"{"txt":"4111"}"#, "neither \"text\" nor \"turns\""),
            (r#"{"text":"4111","turns":[]}"#, "both"),
            (r#"{"id":{"a":"4111"},"text":""}"#, "\"id\" must be"),
            (r#"{"text":"4111 \ud800"}"#, "is not valid JSON"),
            ("[]", "needs \"text\""),
            ("4111", "needs \"text\""),
        ] {
            let reason = refused(line);
            assert!(reason.contains(why) && !reason.contains("4111"), "{line}: {reason}");
        }
        assert!(read(b"{\"text\":\"\xff\"}").is_err());
    }

    #[test]
    fn ids_stay_as_they_are_and_other_fields_do_not_matter() {
        for id in ["7", "\"a\\u0041\"", "1e400", "true"] {
            let line = format!(r#"{{"gold":[1],"id":{id},"text":"a"}}"#);
            assert_eq!(read(line.as_bytes()).ok().and_then(|record| record.id).unwrap().get(), id);
        }
        assert!(read(br#"{"id":null,"text":"a"}"#).unwrap().id.is_none());
    }

    #[test]
    fn words_without_sane_times_are_read_without_them() {
        let times = |words: &str| {
            let line = format!(r#"{{"turns":[{{"channel":"agent","words":[{words}]}}]}}"#);
            let record = read(line.as_bytes()).expect("it is read");
            let turn = record.turns.into_iter().next().expect("a turn");
            (turn.text.into_owned(), turn.times.is_some(), record.notes.len())
        };
        let word = |text: &str, start: &str, end: &str| {
            format!(r#"{{"text":"{text}","start":{start},"end":{end}}}"#)
        };
        let good = [word("four", "0.1", "0.4"), word("one", "0.5", "0.5")].join(",");
        assert_eq!(times(&good), ("four one".to_owned(), true, 0));
        for bad in [
            r#"{"text":"four"},{"text":"one"}"#.to_owned(),
            [word("four", "3", "4"), word("one", "2", "5")].join(","),
            [word("four", "3", "2"), word("one", "4", "5")].join(","),
            [word("four", "-1", "2"), word("one", "4", "5")].join(","),
            [word("four", "1", "2"), word("one", "4", "1e300")].join(","),
            [word("four", "1", "2"), word("one", "null", "3")].join(","),
        ] {
            assert_eq!(times(&bad), ("four one".to_owned(), false, 1), "{bad}");
        }
    }
}
