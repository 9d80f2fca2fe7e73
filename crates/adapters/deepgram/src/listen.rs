//! What is asked for: the address of one stream.

use http::Uri;
use ports::{Language, TranscriberError, TranscriptionRequest};

use crate::config::{ConfigError, DeepgramConfig};

const PATH: &str = "/v1/listen";
/// Deepgram's name for speech in any of its languages.
const MULTILINGUAL: &str = "multi";
/// The rates that Deepgram decodes.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// A checked endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Scheme, authority and path, to which a query is added.
    base: String,
}

impl Endpoint {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError::Endpoint(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let secure = match uri.scheme_str() {
            Some("wss") => true,
            Some("ws") => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(wrong)?;
        if uri.query().is_some() {
            return Err(wrong());
        }
        let path = uri.path().trim_end_matches('/');
        let path = if path.ends_with(PATH) { path.to_owned() } else { format!("{path}{PATH}") };
        let scheme = if secure { "wss" } else { "ws" };
        Ok(Self {
            secure,
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            base: format!("{scheme}://{authority}{path}"),
        })
    }

    /// The address of one call's stream. What Deepgram takes in no case is refused here.
    pub(crate) fn stream(
        &self,
        config: &DeepgramConfig,
        request: &TranscriptionRequest,
    ) -> Result<String, TranscriberError> {
        let rate_hz = request.sample_rate_hz;
        if !RATES_HZ.contains(&rate_hz) {
            let text = format!("Deepgram takes audio of 8000 to 48000 Hz, not of {rate_hz}; resample it");
            return Err(TranscriberError::Unavailable(text));
        }
        let mut url = self.base.clone();
        for (place, (name, value)) in parameters(config, request)?.into_iter().enumerate() {
            url.push(if place == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            push_encoded(&mut url, &value);
        }
        Ok(url)
    }
}

fn parameters(
    config: &DeepgramConfig,
    request: &TranscriptionRequest,
) -> Result<Vec<(&'static str, String)>, TranscriberError> {
    let flag = |on: bool| on.to_string();
    let mut out = vec![
        ("model", config.model.clone()),
        ("encoding", "linear16".to_owned()),
        ("sample_rate", request.sample_rate_hz.to_string()),
        ("channels", "2".to_owned()),
        ("multichannel", flag(true)),
        ("interim_results", flag(true)),
        ("punctuate", flag(config.punctuate)),
        ("smart_format", flag(false)),
        ("numerals", flag(false)),
        ("endpointing", config.endpointing.as_millis().to_string()),
        ("utterance_end_ms", config.utterance_end.as_millis().to_string()),
        ("mip_opt_out", flag(config.opt_out_of_training)),
    ];
    out.extend(language(config, &request.language));
    if let Some(name) = &request.vocabulary {
        let terms = config.vocabularies.get(name).ok_or_else(|| {
            TranscriberError::Unavailable(format!(
                "Deepgram's configuration has no vocabulary {name:?}; add it, or take the name out of the profile"
            ))
        })?;
        let parameter = if config.takes_keyterms() { "keyterm" } else { "keywords" };
        out.extend(terms.iter().map(|term| (parameter, term.clone())));
    }
    Ok(out)
}

/// Whether the stream tells which language is spoken.
pub(crate) fn identifies(config: &DeepgramConfig, wanted: &Language) -> bool {
    language(config, wanted).iter().any(|(name, value)| *name == "language" && value == MULTILINGUAL)
}

/// Deepgram detects one language of a recording, but not of a stream: there, its multilingual model hears whatever is
/// spoken, says word by word which language it is, and takes the expected ones as hints.
fn language(config: &DeepgramConfig, language: &Language) -> Vec<(&'static str, String)> {
    match language {
        Language::Default => vec![("language", config.language.clone())],
        Language::Tag(tag) => vec![("language", tag.clone())],
        Language::Identify(expected) => {
            let hints = expected.iter().map(|tag| ("language_hint", tag.clone()));
            std::iter::once(("language", MULTILINGUAL.to_owned())).chain(hints).collect()
        }
    }
}

/// RFC 3986, 2.1: everything but unreserved characters is encoded.
fn push_encoded(out: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{CallId, TenantId};

    use super::*;
    use crate::ApiKey;

    fn request() -> TranscriptionRequest {
        TranscriptionRequest::new(TenantId::new("tenant").unwrap(), CallId::new("call").unwrap(), 8_000)
    }

    fn url(config: &DeepgramConfig, request: &TranscriptionRequest) -> String {
        Endpoint::parse(&config.endpoint).unwrap().stream(config, request).unwrap()
    }

    #[test]
    fn both_channels_are_asked_for_at_the_calls_own_rate_and_numbers_stay_words() {
        let url = url(&DeepgramConfig::new(ApiKey::new("key")), &request());
        assert!(url.starts_with("wss://api.deepgram.com/v1/listen?model=nova-3&"), "{url}");
        for part in [
            "encoding=linear16",
            "sample_rate=8000",
            "channels=2",
            "multichannel=true",
            "interim_results=true",
            "smart_format=false",
            "numerals=false",
            "language=en-US",
        ] {
            assert!(url.split(['?', '&']).any(|found| found == part), "{part} in {url}");
        }
        assert!(!url.contains("key"));
    }

    #[test]
    fn a_language_is_named_or_found_out_with_the_expected_ones_as_hints() {
        let config = DeepgramConfig::new(ApiKey::new("key"));
        let tag = TranscriptionRequest { language: Language::Tag("de".to_owned()), ..request() };
        assert!(url(&config, &tag).ends_with("&language=de"));
        let expected = vec!["en-US".to_owned(), "es".to_owned()];
        let identify = TranscriptionRequest { language: Language::Identify(expected), ..request() };
        assert!(url(&config, &identify).ends_with("&language=multi&language_hint=en-US&language_hint=es"));
    }

    #[test]
    fn a_rate_that_deepgram_does_not_take_is_refused() {
        let config = DeepgramConfig::new(ApiKey::new("key"));
        let endpoint = Endpoint::parse(&config.endpoint).unwrap();
        for sample_rate_hz in [0, 4_000, 96_000] {
            let request = TranscriptionRequest { sample_rate_hz, ..request() };
            assert!(matches!(endpoint.stream(&config, &request), Err(TranscriberError::Unavailable(_))));
        }
    }

    #[test]
    fn a_vocabulary_is_sent_as_the_model_takes_it_and_an_unknown_one_is_refused() {
        let terms = vec!["Trunkline & Co".to_owned()];
        let mut config = DeepgramConfig::new(ApiKey::new("key"));
        config.vocabularies = BTreeMap::from([("names".to_owned(), terms)]);
        let named = TranscriptionRequest { vocabulary: Some("names".to_owned()), ..request() };
        assert!(url(&config, &named).ends_with("&keyterm=Trunkline%20%26%20Co"));
        config.model = "nova-2".to_owned();
        assert!(url(&config, &named).ends_with("&keywords=Trunkline%20%26%20Co"));

        let unknown = TranscriptionRequest { vocabulary: Some("other".to_owned()), ..request() };
        let endpoint = Endpoint::parse(&config.endpoint).unwrap();
        let error = endpoint.stream(&config, &unknown).unwrap_err();
        assert!(matches!(error, TranscriberError::Unavailable(text) if text.contains("other")));
    }

    #[test]
    fn an_endpoint_is_a_websocket_address_with_or_without_the_path() {
        let parsed =
            |text| Endpoint::parse(text).map(|endpoint| (endpoint.host, endpoint.port, endpoint.base));
        let base = |text: &str| text.to_owned();
        assert_eq!(
            parsed("ws://[::1]:9000/").unwrap(),
            (base("::1"), 9_000, base("ws://[::1]:9000/v1/listen"))
        );
        assert_eq!(
            parsed("wss://eu.example/dg/v1/listen").unwrap(),
            (base("eu.example"), 443, base("wss://eu.example/dg/v1/listen"))
        );
        for wrong in ["https://api.deepgram.com", "api.deepgram.com", "", "ws://", "ws://a?b=c", "ws://u:p@a"]
        {
            parsed(wrong).unwrap_err();
        }
    }
}
