//! What the service is asked for.

use std::time::Duration;

use ports::Language;

use crate::Pace;

/// The service ends a stream after four hours of audio; a minute is left for what is on its way.
const SESSION_LIMIT: Duration = Duration::from_secs(4 * 3_600 - 60);

/// What the service is asked for, and how fast.
#[derive(Clone, Debug)]
pub struct TranscribeConfig {
    /// Where to go; `None` is the region's own endpoint.
    pub endpoint: Option<String>,
    /// A certificate authority in PEM that is trusted besides the system's, such as that of an inspecting proxy.
    pub extra_root_pem: Option<String>,
    /// The language of calls that ask for none.
    pub language: Language,
    /// The vocabulary of calls that ask for none, by its name at the service.
    pub vocabulary: Option<String>,
    /// How early the words of a partial stop changing.
    pub stability: Stability,
    /// How fast audio is sent.
    pub pace: Pace,
    /// How much audio one stream takes before it is ended for the caller to open the next one.
    pub session_limit: Duration,
}

impl Default for TranscribeConfig {
    /// US English from the region's endpoint.
    fn default() -> Self {
        Self {
            endpoint: None,
            extra_root_pem: None,
            language: Language::Tag("en-US".to_owned()),
            vocabulary: None,
            stability: Stability::default(),
            pace: Pace::default(),
            session_limit: SESSION_LIMIT,
        }
    }
}

/// How early the words of a partial stop changing: earlier words are less exact ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stability {
    /// They may change until the utterance is final.
    Off,
    /// Late.
    Low,
    /// In between.
    #[default]
    Medium,
    /// Early.
    High,
}
