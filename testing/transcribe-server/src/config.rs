//! What the server allows.

use std::time::Duration;

/// The key pair that requests must be signed with.
#[derive(Clone)]
pub struct Credentials {
    /// The name of the key.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// What the server allows. The default is what the service does, with the key `test` and the secret `test`.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The key pair that requests must be signed with.
    pub credentials: Credentials,
    /// How many streams may run at once.
    pub max_streams: usize,
    /// How much audio a stream may carry.
    pub session_limit: Duration,
    /// How long a stream may go without audio.
    pub audio_timeout: Duration,
    /// The largest chunk of audio.
    pub max_chunk_bytes: usize,
    /// The languages that it knows.
    pub languages: Vec<String>,
    /// The language that it finds when asked to, where it is an option; otherwise the first option.
    pub spoken: String,
    /// The vocabularies that it keeps.
    pub vocabularies: Vec<String>,
    /// Whether finals end with a full stop, as the service's do.
    pub punctuates: bool,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            port: 0,
            credentials: Credentials { access_key: "test".to_owned(), secret_key: "test".to_owned() },
            max_streams: 25,
            session_limit: Duration::from_secs(4 * 3_600),
            audio_timeout: Duration::from_secs(15),
            max_chunk_bytes: 32 * 1_024,
            languages: [
                "en-US", "en-GB", "en-AU", "es-US", "es-ES", "fr-CA", "fr-FR", "de-DE", "it-IT", "pt-BR",
            ]
            .map(str::to_owned)
            .to_vec(),
            spoken: "en-US".to_owned(),
            vocabularies: vec!["cards".to_owned()],
            punctuates: false,
        }
    }
}
