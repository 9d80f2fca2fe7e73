//! The port's implementation: one task for each stream.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use futures_core::Stream;
use ports::{SpeechResult, Transcriber, TranscriberError, Transcription, TranscriptionRequest};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    config::TranscribeConfig,
    error::StreamFailure,
    feed::{Chunk, Rate},
    language::Choice,
    pace::Pacer,
    session::{Session, SessionConfig},
    sink::{Found, Queue, Sink},
    wire::{Ask, Client, Events, SdkConfig},
};

const NAME: &str = "amazon-transcribe";
/// The sample rates that the service takes.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=48_000;
/// How long an opening waits for the service's answer. One that takes longer goes on, and fails in the results.
const OPENING: Duration = Duration::from_secs(3);
/// After so long without audio silence is sent: the service gives a stream up after 15 s.
const IDLE: Duration = Duration::from_secs(5);
/// How often what is settled is looked at.
const TICK: Duration = Duration::from_millis(250);
/// Chunks on their way to the connection.
const MAX_CHUNKS_AHEAD: usize = 2;
/// Results that wait to be read; beyond it reading from the service waits.
const MAX_RESULTS: usize = 1_024;

/// Recognises speech with Amazon Transcribe.
#[derive(Debug)]
pub struct TranscribeTranscriber {
    client: Client,
    config: TranscribeConfig,
}

impl TranscribeTranscriber {
    /// Uses the service as `aws` says (region, credentials, of an assumed role, say) and as `config` asks.
    #[must_use]
    pub fn from_aws_config(aws: &SdkConfig, config: TranscribeConfig) -> Self {
        Self { client: Client::new(aws, &config), config }
    }

    /// Uses the service as the environment says: the AWS variables, profiles and instance roles.
    pub async fn from_environment(config: TranscribeConfig) -> Self {
        let aws = crate::wire::environment().await;
        Self::from_aws_config(&aws, config)
    }

    /// Uses a server at `config.endpoint`, such as a local one, with a fixed key pair.
    #[must_use]
    pub fn local(region: &str, access_key: &str, secret_key: &str, config: TranscribeConfig) -> Self {
        let aws = crate::wire::fixed(region, access_key, secret_key);
        Self::from_aws_config(&aws, config)
    }
}

#[async_trait]
impl Transcriber for TranscribeTranscriber {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn open(&self, request: TranscriptionRequest) -> Result<Transcription, TranscriberError> {
        let rate_hz = request.sample_rate_hz;
        if !RATES_HZ.contains(&rate_hz) {
            let what = format!("Amazon Transcribe takes 8000 to 48000 Hz, not {rate_hz}");
            return Err(TranscriberError::Unavailable(what));
        }
        let language = Choice::of(&request.language, &self.config.language)?;
        let session = SessionConfig {
            rate_hz,
            start: request.start,
            identifies: matches!(language, Choice::Identify(_)),
            limit: self.config.session_limit,
        };
        let vocabulary = request.vocabulary.or_else(|| self.config.vocabulary.clone());
        let ask = Ask { rate_hz, language, vocabulary, stability: self.config.stability };
        let queue = Arc::new(Queue::new(rate_hz));
        let stream = Running::new(Arc::clone(&queue), session);
        let (opened, is_open) = oneshot::channel();
        let (out, results) = mpsc::channel(MAX_RESULTS);
        let task = stream.run(self.client.clone(), ask, Pacer::new(&self.config.pace), opened, out);
        tokio::spawn(task);
        match timeout(OPENING, is_open).await {
            Ok(Ok(Err(refused))) => return Err(refused),
            Ok(Err(_closed)) => return Err(StreamFailure::ClosedEarly.into()),
            Ok(Ok(Ok(()))) | Err(_) => {}
        }
        Ok(Transcription { audio: Box::new(Sink::new(queue)), results: Box::pin(Results(results)) })
    }
}

type Opened = oneshot::Sender<Result<(), TranscriberError>>;
type Out = mpsc::Sender<Result<SpeechResult, TranscriberError>>;

/// A stream that runs.
struct Running {
    queue: Arc<Queue>,
    session: Mutex<Session>,
    rate_hz: u32,
    began: Instant,
}

impl Running {
    fn new(queue: Arc<Queue>, session: SessionConfig) -> Self {
        let rate_hz = session.rate_hz;
        Self { queue, session: Mutex::new(Session::new(session)), rate_hz, began: Instant::now() }
    }

    /// Runs until the service has said all, something fails, or nobody wants it any more.
    async fn run(self, client: Client, ask: Ask, pacer: Pacer, opened: Opened, out: Out) {
        let (chunks, body) = mpsc::channel(MAX_CHUNKS_AHEAD);
        let receiving = async {
            match client.start(&ask, body).await {
                Ok(events) => {
                    // Nobody waits for it when the opening took too long.
                    let _late = opened.send(Ok(()));
                    self.receive(events, &out).await
                }
                Err(refused) => match opened.send(Err(refused)) {
                    Ok(()) => Ok(()),
                    Err(Ok(())) => Ok(()),
                    Err(Err(refused)) => Err(refused),
                },
            }
        };
        let ended = tokio::select! {
            ended = self.send(pacer, chunks) => ended,
            ended = receiving => ended,
            () = out.closed() => Ok(()),
        };
        if let Err(error) = ended {
            // Whoever does not read any more does not need to know.
            let _unread = out.send(Err(error)).await;
        }
    }

    /// Sends audio as it comes and as fast as it may. Comes back only when the stream is not to go on.
    async fn send(&self, mut pacer: Pacer, chunks: mpsc::Sender<Vec<u8>>) -> Result<(), TranscriberError> {
        loop {
            let chunk = match self.queue.find() {
                Found::Chunk(chunk) => chunk,
                Found::Nothing => {
                    if timeout(IDLE, self.queue.news()).await.is_ok() {
                        continue;
                    }
                    self.queue.fill()
                }
                Found::End => break,
                Found::Failure(failure) => return Err(failure.into()),
                Found::GivenUp => return Ok(()),
            };
            let wait = pacer.wait(self.now());
            if !wait.is_zero() {
                sleep(wait).await;
            }
            let now = self.now();
            pacer.sent(self.rate_hz.duration(length(&chunk)), now);
            self.session().sent(&chunk, now)?;
            if chunks.send(bytes(&chunk)).await.is_err() {
                // The connection is gone; whoever receives says why.
                return std::future::pending().await;
            }
        }
        self.session().finished(self.now());
        // The service knows the end of the audio by an event without any.
        let _gone = chunks.send(Vec::new()).await;
        drop(chunks);
        self.until_given_up().await;
        Ok(())
    }

    /// After the end of the audio there is nothing to find but that.
    async fn until_given_up(&self) {
        while !matches!(self.queue.find(), Found::GivenUp) {
            self.queue.news().await;
        }
    }

    /// Gives the results until the service ends the stream.
    async fn receive(&self, mut events: Events, out: &Out) -> Result<(), TranscriberError> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let event = {
                let mut next = pin!(events.next());
                loop {
                    tokio::select! {
                        event = &mut next => break event?,
                        _ = ticks.tick() => {
                            let results = self.session().tick(self.now())?;
                            give(results, out).await;
                        }
                    }
                }
            };
            let Some(results) = event else { break };
            let results = self.session().said(results, self.now())?;
            give(results, out).await;
        }
        let last = self.session().ended(self.queue.pushed())?;
        give(last, out).await;
        Ok(())
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn give(results: Vec<SpeechResult>, out: &Out) {
    for result in results {
        // When nobody reads any more the stream is ended from there.
        let _unread = out.send(Ok(result)).await;
    }
}

fn length(chunk: &Chunk) -> u64 {
    u64::try_from(chunk.samples.len() / 2).unwrap_or(u64::MAX)
}

fn bytes(chunk: &Chunk) -> Vec<u8> {
    chunk.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

struct Results(mpsc::Receiver<Result<SpeechResult, TranscriberError>>);

impl Stream for Results {
    type Item = Result<SpeechResult, TranscriberError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

#[cfg(test)]
mod tests {
    use model::{Channel, MediaTime};
    use ports::AudioSink;

    use super::*;
    use crate::Pace;

    const RATE_HZ: u32 = 8_000;
    /// A tenth of a second of both channels.
    const CHUNK_BYTES: usize = 3_200;

    fn running() -> (Running, Sink) {
        let queue = Arc::new(Queue::new(RATE_HZ));
        let limit = Duration::from_secs(3_600);
        let session = SessionConfig { rate_hz: RATE_HZ, start: MediaTime::ZERO, identifies: false, limit };
        (Running::new(Arc::clone(&queue), session), Sink::new(queue))
    }

    /// Sends until `count` pieces came; gives them, and how long it took.
    async fn pieces(running: &Running, count: usize) -> (Vec<Vec<u8>>, Duration) {
        let (chunks, mut body) = mpsc::channel(MAX_CHUNKS_AHEAD);
        let mut pieces = Vec::new();
        let began = Instant::now();
        let receiving = async {
            while pieces.len() < count {
                pieces.extend(body.recv().await);
            }
        };
        tokio::select! {
            ended = running.send(Pacer::new(&Pace::default()), chunks) => panic!("sending ended with {ended:?}"),
            () = receiving => {}
        }
        (pieces, began.elapsed())
    }

    fn push(sink: &mut Sink, samples: &[i16]) {
        for channel in Channel::ALL {
            sink.push(channel, MediaTime::ZERO, samples);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_nothing_is_pushed_a_little_silence_is_sent_often_enough() {
        let (running, mut sink) = running();
        push(&mut sink, &[7; 80]);
        let (sent, took) = pieces(&running, 3).await;
        assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [CHUNK_BYTES; 3]);
        let (audio, silence) = sent[0].split_at(80 * 4);
        assert!(audio.iter().any(|byte| *byte != 0), "what waited is sent, too");
        assert!(silence.iter().chain(&sent[1]).all(|byte| *byte == 0));
        assert_eq!(took, IDLE * 3, "well within the 15 s of the service");
    }

    #[tokio::test(start_paused = true)]
    async fn audio_that_waits_is_sent_no_faster_than_the_service_hears() {
        let (running, mut sink) = running();
        for _ in 0..60 {
            push(&mut sink, &[7; 8_000]);
        }
        let (_, took) = pieces(&running, 600).await;
        // A minute, less the burst of five seconds, at half as fast again.
        assert!(took.abs_diff(Duration::from_secs(35)) < Duration::from_millis(200), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_the_audio_is_an_empty_piece() {
        let (running, mut sink) = running();
        push(&mut sink, &[7; 900]);
        sink.finish();
        let (sent, _) = pieces(&running, 3).await;
        assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [CHUNK_BYTES, 400, 0]);
    }
}
