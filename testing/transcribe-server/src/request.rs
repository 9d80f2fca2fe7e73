//! What a request asks for, and which requests are refused.

use http::HeaderMap;

use crate::config::ServerConfig;

/// What a stream is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamRequest {
    pub(crate) rate_hz: u32,
    pub(crate) channels: usize,
    /// Whether results say whether their words are stable.
    pub(crate) stabilizes: bool,
    pub(crate) language: Language,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Asked(String),
    Found(String),
}

impl StreamRequest {
    pub(crate) const fn bytes_per_frame(&self) -> usize {
        self.channels * 2
    }
}

/// A request that is refused before its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self { status: 400, code: "BadRequestException".to_owned(), message: message.into() }
    }
}

/// Reads the headers and checks the rules between them.
pub(crate) fn read(headers: &HeaderMap, config: &ServerConfig) -> Result<StreamRequest, Refusal> {
    let headers = Headers(headers);
    if headers.raw("content-type") != Some("application/vnd.amazon.eventstream") {
        return Err(Refusal::bad("the content type is not application/vnd.amazon.eventstream"));
    }
    let rate_hz = headers.get("sample-rate").and_then(|rate| rate.parse().ok());
    let rate_hz = rate_hz.filter(|rate| (8_000..=48_000).contains(rate));
    let rate_hz = rate_hz.ok_or_else(|| Refusal::bad("MediaSampleRateHertz must be from 8000 to 48000"))?;
    if headers.get("media-encoding") != Some("pcm") {
        return Err(Refusal::bad("MediaEncoding must be pcm; others are not played here"));
    }
    let stabilizes = headers.flag("enable-partial-results-stabilization")?;
    let stability = headers.get("partial-results-stability");
    if stability.is_some_and(|level| !stabilizes || !["low", "medium", "high"].contains(&level)) {
        return Err(Refusal::bad(
            "PartialResultsStability is low, medium or high, with stabilization enabled",
        ));
    }
    Ok(StreamRequest {
        rate_hz,
        channels: channels(&headers)?,
        stabilizes,
        language: language(&headers, config)?,
    })
}

fn channels(headers: &Headers<'_>) -> Result<usize, Refusal> {
    let identifies = headers.flag("enable-channel-identification")?;
    match (headers.get("number-of-channels"), identifies) {
        (None, false) => Ok(1),
        (Some("2"), true) => Ok(2),
        (None, true) => Err(Refusal::bad("EnableChannelIdentification needs NumberOfChannels")),
        (Some("2"), false) => Err(Refusal::bad("NumberOfChannels needs EnableChannelIdentification")),
        (Some(_), _) => Err(Refusal::bad("NumberOfChannels must be 2")),
    }
}

fn language(headers: &Headers<'_>, config: &ServerConfig) -> Result<Language, Refusal> {
    let one = headers.flag("identify-language")?;
    let many = headers.flag("identify-multiple-languages")?;
    let known = |tag: &str| config.languages.iter().any(|language| language == tag);
    let options: Vec<&str> =
        headers.get("language-options").map_or(Vec::new(), |text| text.split(',').collect());
    match (headers.get("language-code"), one, many) {
        (Some(tag), false, false) if known(tag) => {
            vocabulary(headers, "vocabulary-name", "vocabulary-names", config)?;
            Ok(Language::Asked(tag.to_owned()))
        }
        (Some(_), false, false) => Err(Refusal::bad("LanguageCode is not one that is supported")),
        (None, true, false) | (None, false, true) => {
            vocabulary(headers, "vocabulary-names", "vocabulary-name", config)?;
            check_options(&options, known)?;
            let spoken = options.iter().find(|option| **option == config.spoken).or_else(|| options.first());
            Ok(Language::Found(spoken.map_or(String::new(), |tag| (*tag).to_owned())))
        }
        (None, false, false) => Err(Refusal::bad(
            "one of LanguageCode, IdentifyLanguage and IdentifyMultipleLanguages is required",
        )),
        (Some(_), ..) | (None, true, true) => Err(Refusal::bad(
            "LanguageCode, IdentifyLanguage and IdentifyMultipleLanguages exclude each other",
        )),
    }
}

fn check_options(options: &[&str], known: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    let dialect_of = |tag: &&str| tag.split('-').next().unwrap_or_default().to_owned();
    let mut languages: Vec<String> = options.iter().map(dialect_of).collect();
    languages.sort_unstable();
    languages.dedup();
    if options.len() < 2 {
        return Err(Refusal::bad("LanguageOptions must have at least two languages"));
    }
    if languages.len() < options.len() {
        return Err(Refusal::bad("LanguageOptions may have one dialect of each language"));
    }
    if options.iter().any(|option| !known(option)) {
        return Err(Refusal::bad("LanguageOptions has a language that is not supported"));
    }
    Ok(())
}

fn vocabulary(headers: &Headers<'_>, name: &str, other: &str, config: &ServerConfig) -> Result<(), Refusal> {
    if headers.get(other).is_some() {
        return Err(Refusal::bad(format!("{other} does not go with how the language is asked for")));
    }
    let names = headers.get(name).map_or(Vec::new(), |names| names.split(',').collect());
    match names.iter().find(|name| !config.vocabularies.iter().any(|known| known == *name)) {
        Some(_) => Err(Refusal::bad("The requested vocabulary couldn't be found.")),
        None => Ok(()),
    }
}

/// The request's headers by their names behind the service's prefix.
struct Headers<'a>(&'a HeaderMap);

impl<'a> Headers<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.raw(&format!("x-amzn-transcribe-{name}"))
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(|value| value.to_str().ok())
    }

    fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::bad(format!("{name} is true or false"))),
        }
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
