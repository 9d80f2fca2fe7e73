//! Speech in, words with times out.

use std::pin::Pin;

use async_trait::async_trait;
use futures_core::Stream;
use model::{CallId, Channel, MediaTime, SpokenWord, TenantId};
use thiserror::Error;

/// What a transcription is for.
#[derive(Clone, Debug)]
pub struct TranscriptionRequest {
    /// Whose call it is: quotas and fairness go by tenant.
    pub tenant: TenantId,
    /// Which call it is.
    pub call: CallId,
    /// Sample rate of the audio that will be pushed, the same for both channels.
    pub sample_rate_hz: u32,
    /// In which language people speak.
    pub language: Language,
    /// The name of a vocabulary or term list that the recogniser keeps for this tenant or profile.
    pub vocabulary: Option<String>,
    /// Where the pushed audio begins on the call's timeline, the same for both channels. Not zero when another
    /// recogniser or owner has heard what lies before.
    pub start: MediaTime,
}

impl TranscriptionRequest {
    /// A call from its first sample, in the recogniser's own language.
    #[must_use]
    pub const fn new(tenant: TenantId, call: CallId, sample_rate_hz: u32) -> Self {
        Self {
            tenant,
            call,
            sample_rate_hz,
            language: Language::Default,
            vocabulary: None,
            start: MediaTime::ZERO,
        }
    }
}

/// In which language people speak. Tags are BCP 47, such as `en-US`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// The recogniser's own: its configuration or its model says which.
    #[default]
    Default,
    /// This one.
    Tag(String),
    /// The recogniser finds out which of these it is. One that cannot takes the first.
    Identify(Vec<String>),
}

/// Why words cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TranscriberError {
    /// The recogniser has no model or no valid key, or does not take this request: the text says what to do about it.
    /// Trying again does not help until someone has done it.
    #[error("the recogniser is not available: {0}")]
    Unavailable(String),
    /// The recogniser takes no more now: a quota of streams, starts or minutes is used up. Another one may.
    #[error("the recogniser is busy: {0}")]
    Busy(String),
    /// The recogniser answered what nobody can understand. The text says what was wrong with the shape, never what
    /// was said.
    #[error("the recogniser's answer is not understood: {0}")]
    Garbled(String),
    /// The recogniser failed while it worked.
    #[error("the recogniser failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl TranscriberError {
    /// Whether trying again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) => false,
            Self::Busy(_) | Self::Garbled(_) | Self::Failed(_) => true,
        }
    }

    /// A short name for metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Busy(_) => "busy",
            Self::Garbled(_) => "garbled",
            Self::Failed(_) => "failed",
        }
    }
}

/// What a recogniser says of one call. Results of one channel come in time order.
#[derive(Clone, Debug, PartialEq)]
pub enum SpeechResult {
    /// Words so far of the utterance that starts at `start`. The next result of the same start replaces it.
    Partial {
        /// The channel that speaks.
        channel: Channel,
        /// The start of speech; with the channel it names the utterance.
        start: MediaTime,
        /// The end of the audio that the words rest on.
        end: MediaTime,
        /// The words so far.
        words: Vec<SpokenWord>,
        /// The recogniser took this up later than its deadline.
        late: bool,
    },
    /// The words of the utterance as they stay; empty when what sounded like speech was none.
    Final {
        /// The channel that spoke.
        channel: Channel,
        /// The start of speech.
        start: MediaTime,
        /// The end of speech.
        end: MediaTime,
        /// The words.
        words: Vec<SpokenWord>,
        /// The recogniser took this up later than its deadline.
        late: bool,
    },
    /// Every word before `through` on this channel has been given as a final. Comes in silence, too, at least for
    /// every 30 s of audio: whoever pushes faster than real time waits for it.
    Settled {
        /// The channel.
        channel: Channel,
        /// The position up to which nothing more will come.
        through: MediaTime,
    },
    /// The recogniser was asked to find out the language, and found this one, or another one than before.
    LanguageIdentified {
        /// BCP 47, such as `en-US`.
        tag: String,
    },
    /// Another recogniser hears the call from here on, or one that was away is back.
    RecogniserChanged {
        /// Its name.
        name: String,
    },
}

/// The results of one call. It ends after the last result that follows [`AudioSink::finish`].
pub type ResultStream = Pin<Box<dyn Stream<Item = Result<SpeechResult, TranscriberError>> + Send>>;

/// One call's recognition.
pub struct Transcription {
    /// Takes the audio.
    pub audio: Box<dyn AudioSink>,
    /// Gives the words.
    pub results: ResultStream,
}

impl std::fmt::Debug for Transcription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transcription")
    }
}

/// Recognises speech.
#[async_trait]
pub trait Transcriber: Send + Sync {
    /// The recogniser's name as people know it, such as `moonshine-base-en`.
    fn name(&self) -> &str;

    /// Begins the recognition of one call with two channels.
    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError>;
}

/// Takes the audio of one call. Each channel's first samples are at [`TranscriptionRequest::start`]; the channels are
/// pushed in turn and drift apart by no more than seconds. Never blocks and never loses audio: a slow recogniser makes results late.
pub trait AudioSink: Send {
    /// Takes the next samples of a channel. `at` is the position of the first; each channel's audio comes in
    /// order and without holes (gaps are filled with silence before they come here).
    fn push(&mut self, channel: Channel, at: MediaTime, samples: &[i16]);

    /// No more audio will come: what is open becomes final.
    fn finish(&mut self);
}
