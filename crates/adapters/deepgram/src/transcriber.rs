//! The port's implementation.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Channel, MediaTime};
use ports::{AudioSink, Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    config::{ConfigError, DeepgramConfig},
    connect::Connector,
    listen::identifies,
    queue::AudioQueue,
    session::Session,
    stream::{Times, carry},
};

/// Results between the socket's task and the reader; more wait within the task.
const RESULTS_IN_CHANNEL: usize = 32;

/// Deepgram's live streaming. Needs a Tokio runtime.
pub struct DeepgramTranscriber {
    name: String,
    config: DeepgramConfig,
    connector: Connector,
}

impl DeepgramTranscriber {
    /// Makes a recogniser. Nothing is sent until a call is opened.
    pub fn new(config: DeepgramConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let connector = Connector::new(&config)?;
        Ok(Self { name: format!("deepgram-{}", config.model), config, connector })
    }
}

impl std::fmt::Debug for DeepgramTranscriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeepgramTranscriber").field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl Transcriber for DeepgramTranscriber {
    fn name(&self) -> &str {
        &self.name
    }

    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        let url = self.connector.endpoint().stream(&self.config, &request)?;
        let socket = self.connector.open(&url, &self.config).await?;
        let queue = Arc::new(AudioQueue::new(request.sample_rate_hz));
        let identifies = identifies(&self.config, &request.language);
        let session = Session::new(request.start, request.sample_rate_hz, identifies);
        let times = Times {
            rate_hz: request.sample_rate_hz,
            max_speed: self.config.max_speed,
            keep_alive_after: self.config.keep_alive_after,
            no_answer: self.config.no_answer_timeout,
        };
        let (sender, receiver) = mpsc::channel(RESULTS_IN_CHANNEL);
        tokio::spawn(carry(socket, Arc::clone(&queue), session, times, sender));
        Ok(Transcription { audio: Box::new(Sink(queue)), results: Box::pin(ReceiverStream::new(receiver)) })
    }
}

/// The caller's end of a stream.
struct Sink(Arc<AudioQueue>);

impl AudioSink for Sink {
    /// The position is not needed: a channel's audio has no holes, and its first sample is at the request's start.
    fn push(&mut self, channel: Channel, _at: MediaTime, samples: &[i16]) {
        self.0.push(channel, samples);
    }

    fn finish(&mut self) {
        self.0.finish();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
