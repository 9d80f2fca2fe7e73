//! What a recogniser is told when it is made.

use std::{collections::BTreeMap, fmt, time::Duration};

use thiserror::Error;

/// The most terms of one vocabulary: Deepgram takes up to a hundred keyterms per request.
pub(crate) const MAX_VOCABULARY_TERMS: usize = 100;

/// A key of a Deepgram project. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How to reach Deepgram, and what to ask of it.
#[derive(Clone, Debug)]
pub struct DeepgramConfig {
    /// Where it is: `wss://api.deepgram.com`, a regional or self-hosted endpoint. `/v1/listen` is added.
    pub endpoint: String,
    /// The project's key.
    pub api_key: ApiKey,
    /// Which model listens.
    pub model: String,
    /// The language where a request names none, such as `en-US`; `multi` for speech that switches languages.
    pub language: String,
    /// Whether words carry punctuation and case. It moves no word in time, unlike smart formatting, which joins spoken
    /// numbers into one written token and stays off, as numerals do: redaction reads numbers as they were spoken.
    pub punctuate: bool,
    /// The silence that ends an utterance.
    pub endpointing: Duration,
    /// The gap between words that ends an utterance where noise hides the silence; a second at the least.
    pub utterance_end: Duration,
    /// Lists of terms by the name that a request's vocabulary gives.
    pub vocabularies: BTreeMap<String, Vec<String>>,
    /// Keeps the audio out of Deepgram's model improvement programme, at Deepgram's price for it.
    pub opt_out_of_training: bool,
    /// Certificates, in DER, that are trusted beside the operating system's: for a self-hosted endpoint.
    pub extra_roots: Vec<Vec<u8>>,
    /// How long it may take until the socket is open.
    pub connect_timeout: Duration,
    /// After how long without audio the socket is kept open by a message; it closes after ten seconds.
    pub keep_alive_after: Duration,
    /// How long audio may go without any answer before the stream counts as broken.
    pub no_answer_timeout: Duration,
    /// How much faster than real time audio is sent that waits, after the first seconds, which go at once. Deepgram's
    /// live service is made for live audio.
    pub max_speed: f64,
}

impl DeepgramConfig {
    /// Deepgram's own service and model for American English.
    #[must_use]
    pub fn new(api_key: ApiKey) -> Self {
        Self {
            endpoint: "wss://api.deepgram.com".to_owned(),
            api_key,
            model: "nova-3".to_owned(),
            language: "en-US".to_owned(),
            punctuate: true,
            endpointing: Duration::from_millis(300),
            utterance_end: Duration::from_millis(1_000),
            vocabularies: BTreeMap::new(),
            opt_out_of_training: true,
            extra_roots: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            keep_alive_after: Duration::from_secs(4),
            no_answer_timeout: Duration::from_secs(20),
            max_speed: 1.25,
        }
    }

    /// Whether the model takes keyterms; the ones before `nova-3` take keywords.
    pub(crate) fn takes_keyterms(&self) -> bool {
        self.model.starts_with("nova-3") || self.model.starts_with("flux")
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The endpoint is no WebSocket address.
    #[error("the endpoint {0:?} is not of the form wss://host")]
    Endpoint(String),
    /// The key is empty or has characters that no key has.
    #[error("the API key is empty or holds characters that a key cannot have")]
    ApiKey,
    /// A name is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A number is out of its range.
    #[error("{name} must be {allowed}")]
    OutOfRange {
        /// The field.
        name: &'static str,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A vocabulary is larger than Deepgram takes.
    #[error("the vocabulary {0:?} has more than {MAX_VOCABULARY_TERMS} terms")]
    Vocabulary(String),
    /// The certificates cannot be used.
    #[error("the certificates to trust cannot be used")]
    Certificates(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DeepgramConfig {
    /// Checks what can be checked without asking Deepgram.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let key = self.api_key.expose();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::ApiKey);
        }
        for (name, value) in [("the model", &self.model), ("the language", &self.language)] {
            if value.is_empty() {
                return Err(ConfigError::Empty(name));
            }
        }
        if self.utterance_end < Duration::from_secs(1) {
            return Err(ConfigError::OutOfRange { name: "utterance_end", allowed: "1 s or more" });
        }
        if !(self.max_speed >= 1.0 && self.max_speed.is_finite()) {
            return Err(ConfigError::OutOfRange { name: "max_speed", allowed: "1 or more" });
        }
        let large = self.vocabularies.iter().find(|(_, terms)| terms.len() > MAX_VOCABULARY_TERMS);
        large.map_or(Ok(()), |(name, _)| Err(ConfigError::Vocabulary(name.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_printed() {
        let config = DeepgramConfig::new(ApiKey::new("dg-secret-key"));
        assert!(!format!("{config:?}").contains("dg-secret-key"));
    }

    #[test]
    fn what_cannot_work_is_told_before_a_call_needs_it() {
        let good = DeepgramConfig::new(ApiKey::new("key"));
        good.check().unwrap();
        let terms = vec!["term".to_owned(); MAX_VOCABULARY_TERMS + 1];
        let bad = [
            DeepgramConfig { api_key: ApiKey::new(""), ..good.clone() },
            DeepgramConfig { api_key: ApiKey::new("two\nlines"), ..good.clone() },
            DeepgramConfig { model: String::new(), ..good.clone() },
            DeepgramConfig { utterance_end: Duration::from_millis(300), ..good.clone() },
            DeepgramConfig { max_speed: f64::NAN, ..good.clone() },
            DeepgramConfig { vocabularies: BTreeMap::from([("all".to_owned(), terms)]), ..good },
        ];
        for config in bad {
            config.check().unwrap_err();
        }
    }
}
