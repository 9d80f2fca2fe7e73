//! The query of a stream, with Deepgram's rules.

use std::{collections::BTreeMap, time::Duration};

/// Parameters that are known but change nothing here.
const PASSIVE: &[&str] = &[
    "callback",
    "callback_method",
    "dictation",
    "diarize",
    "extra",
    "filler_words",
    "mip_opt_out",
    "no_delay",
    "profanity_filter",
    "redact",
    "replace",
    "search",
    "tag",
    "version",
];
/// Encodings whose audio says nothing of its rate.
const RAW_ENCODINGS: &[&str] = &["linear16", "linear32", "mulaw", "alaw"];
const OTHER_ENCODINGS: &[&str] = &["flac", "amr-nb", "amr-wb", "opus", "ogg-opus", "speex", "g729"];
const MODELS: &[&str] = &["nova-3", "nova-2", "nova", "enhanced", "base"];
const MAX_KEYTERMS: usize = 100;

/// What a stream was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Params {
    pub(crate) rate_hz: u32,
    pub(crate) channels: usize,
    pub(crate) interim_results: bool,
    /// `None` when pauses do not end an utterance.
    pub(crate) endpointing: Option<Duration>,
    pub(crate) utterance_end: Option<Duration>,
    pub(crate) vad_events: bool,
    pub(crate) multilingual: bool,
    pub(crate) model: String,
}

/// Reads the query. The error is what Deepgram's message says.
pub(crate) fn read(query: &[(String, String)]) -> Result<Params, String> {
    let mut single = BTreeMap::new();
    let mut repeated: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, value) in query {
        match name.as_str() {
            "keyterm" | "keywords" | "language_hint" => *repeated.entry(name).or_default() += 1,
            "model" | "language" | "encoding" | "sample_rate" | "channels" | "multichannel"
            | "interim_results" | "endpointing" | "utterance_end_ms" | "vad_events" | "punctuate"
            | "smart_format" | "numerals" => {
                if single.insert(name.as_str(), value.as_str()).is_some() {
                    return Err(format!("Invalid query parameter: {name} is given twice."));
                }
            }
            other if PASSIVE.contains(&other) => {}
            other => return Err(format!("Invalid query parameter: {other} is not known.")),
        }
    }
    let query = Query(single);
    let model = query.text("model").unwrap_or("base").to_owned();
    let family =
        MODELS.iter().find(|known| model == **known || model.strip_prefix(**known).is_some_and(is_variant));
    let Some(family) = family else {
        return Err("No such model/language/tier combination found.".to_owned());
    };
    check_terms(family, &repeated)?;
    let multilingual = query.text("language") == Some("multi");
    if !multilingual && repeated.contains_key("language_hint") {
        return Err("Invalid query parameter: language_hint requires language=multi.".to_owned());
    }
    let (rate_hz, channels) = audio(&query)?;
    let interim_results = query.flag("interim_results")?;
    let utterance_end = query.number::<u64>("utterance_end_ms")?.map(Duration::from_millis);
    if utterance_end.is_some_and(|gap| !interim_results || gap < Duration::from_secs(1)) {
        let rule = "utterance_end_ms must be 1000 or more, and requires interim_results=true.";
        return Err(format!("Invalid query parameter: {rule}"));
    }
    for flag in ["punctuate", "smart_format", "numerals"] {
        query.flag(flag)?;
    }
    Ok(Params {
        rate_hz,
        channels,
        interim_results,
        endpointing: endpointing(&query)?,
        utterance_end,
        vad_events: query.flag("vad_events")?,
        multilingual,
        model,
    })
}

/// Whether this follows a family's name, as in `nova-3-medical`.
fn is_variant(rest: &str) -> bool {
    rest.strip_prefix('-')
        .is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn audio(query: &Query<'_>) -> Result<(u32, usize), String> {
    let rate_hz = query.number::<u32>("sample_rate")?;
    let channels = query.number::<usize>("channels")?.unwrap_or(1);
    let multichannel = query.flag("multichannel")?;
    let rate_hz = match query.text("encoding") {
        Some("linear16") => {
            rate_hz.ok_or("Invalid query parameter: sample_rate is required with encoding.")?
        }
        Some(other) if RAW_ENCODINGS.contains(&other) || OTHER_ENCODINGS.contains(&other) => {
            return Err(format!("The stand-in does not decode {other}; send linear16."));
        }
        Some(other) => return Err(format!("Invalid query parameter: encoding {other} is not supported.")),
        None => return Err("The stand-in reads no containers; give encoding and sample_rate.".to_owned()),
    };
    if !(8_000..=48_000).contains(&rate_hz) {
        return Err("Invalid query parameter: sample_rate must be 8000 to 48000.".to_owned());
    }
    if !(1..=20).contains(&channels) || (channels > 1) != multichannel {
        return Err(
            "Invalid query parameter: channels above 1 and multichannel=true require each other.".to_owned()
        );
    }
    Ok((rate_hz, channels))
}

fn check_terms(family: &str, repeated: &BTreeMap<&str, usize>) -> Result<(), String> {
    let count = |name| repeated.get(name).copied().unwrap_or(0);
    if family == "nova-3" && count("keywords") > 0 {
        return Err("Keywords are not supported for Nova-3. Please use keyterm instead.".to_owned());
    }
    if family != "nova-3" && count("keyterm") > 0 {
        return Err("Keyterms are only supported for Nova-3.".to_owned());
    }
    if count("keyterm").max(count("keywords")) > MAX_KEYTERMS {
        return Err("Keyterm limit exceeded.".to_owned());
    }
    Ok(())
}

/// Ten milliseconds unless it is set or switched off.
fn endpointing(query: &Query<'_>) -> Result<Option<Duration>, String> {
    match query.text("endpointing") {
        Some("false") => Ok(None),
        Some("true") | None => Ok(Some(Duration::from_millis(10))),
        Some(_) => Ok(query.number::<u64>("endpointing")?.map(Duration::from_millis)),
    }
}

struct Query<'a>(BTreeMap<&'a str, &'a str>);

impl Query<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).copied()
    }

    fn flag(&self, name: &str) -> Result<bool, String> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(format!("Invalid query parameter: {name} must be true or false.")),
        }
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        let number = self.text(name).map(str::parse).transpose();
        number.map_err(|_| format!("Invalid query parameter: {name} must be a number."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "model=nova-3&encoding=linear16&sample_rate=8000&channels=2&multichannel=true";

    fn of(query: &str) -> Result<Params, String> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        read(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn a_good_request_is_taken() {
        let params =
            of(&format!("{GOOD}&interim_results=true&endpointing=300&utterance_end_ms=1000")).unwrap();
        assert_eq!((params.rate_hz, params.channels), (8_000, 2));
        assert_eq!(params.endpointing, Some(Duration::from_millis(300)));
        assert_eq!(of(&format!("{GOOD}&endpointing=false")).unwrap().endpointing, None);
        of(&format!("{GOOD}&language=multi&language_hint=en&language_hint=es&keyterm=a&keyterm=b")).unwrap();
    }

    #[test]
    fn each_rule_is_enforced() {
        let bad = [
            "model=nova-3&encoding=linear16&channels=2&multichannel=true",
            "model=nova-3&encoding=pcm&sample_rate=8000",
            "model=nova-3&encoding=linear16&sample_rate=8000&channels=2",
            "model=nova-3&encoding=linear16&sample_rate=8000&multichannel=true",
            "model=nova-3&encoding=linear16&sample_rate=800",
            "model=nova-9x&encoding=linear16&sample_rate=8000",
        ];
        for query in bad {
            of(query).unwrap_err();
        }
        let additions = [
            "sample_rat=1",
            "utterance_end_ms=1000",
            "interim_results=true&utterance_end_ms=500",
            "interim_results=yes",
            "keywords=a",
            "endpointing=soon",
            "language_hint=en",
            "encoding=linear16",
        ];
        for addition in additions {
            of(&format!("{GOOD}&{addition}")).unwrap_err();
        }
    }
}
