//! One stream from its first frame to its last event.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    auth::Chain,
    config::ServerConfig,
    faults::Fault,
    frames::{self, Event, FrameError, Frames},
    recogniser::{Format, Recogniser},
    request::StreamRequest,
    server::Counters,
};

/// After so much audio without words an event without results is sent.
const QUIET_EVENT: Duration = Duration::from_secs(1);
/// How long the rest of the audio is read after the stream was ended, so that its end arrives.
const DRAIN: Duration = Duration::from_secs(5);

/// A stream that runs.
pub(crate) struct Stream {
    chain: Chain,
    config: Arc<ServerConfig>,
    fault: Fault,
    counters: Arc<Counters>,
    events: mpsc::Sender<Bytes>,
    cut: Arc<Notify>,
    request: StreamRequest,
    recognisers: Vec<Recogniser>,
    /// How much audio has come.
    heard: Duration,
    /// Up to where the client knows that it was heard.
    told: Duration,
}

/// Why a stream is over.
enum End {
    /// All audio was heard.
    Done,
    /// By an exception.
    Exception(String, String),
    /// Nobody listens any more.
    Gone,
    /// The connection is cut.
    Cut,
}

impl End {
    fn bad(message: &str) -> Self {
        Self::Exception("BadRequestException".to_owned(), message.to_owned())
    }
}

impl Stream {
    pub(crate) fn new(
        request: StreamRequest,
        chain: Chain,
        config: Arc<ServerConfig>,
        fault: Fault,
        counters: Arc<Counters>,
        events: mpsc::Sender<Bytes>,
        cut: Arc<Notify>,
    ) -> Self {
        let of = |channel| Recogniser::new(Format::of(&request, channel, config.punctuates));
        let recognisers = (0..request.channels).map(of).collect();
        let (heard, told) = (Duration::ZERO, Duration::ZERO);
        Self { chain, config, fault, counters, events, cut, request, recognisers, heard, told }
    }

    pub(crate) async fn run(mut self, mut body: Incoming) {
        self.counters.opened.fetch_add(1, Ordering::Relaxed);
        self.counters.running.fetch_add(1, Ordering::Relaxed);
        self.counters.changed.notify_waiters();
        let end = match self.listen(&mut body).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        self.counters.running.fetch_sub(1, Ordering::Relaxed);
        self.counters.changed.notify_waiters();
        match end {
            End::Done | End::Gone => {}
            End::Exception(code, message) => {
                // Whoever is gone does not need to know.
                let _gone = self.events.send(frames::exception(&code, &message)).await;
            }
            End::Cut => {
                self.cut.notify_one();
                return;
            }
        }
        drop(self);
        drain(body).await;
    }

    /// Hears the audio until there is no more of it, or something is wrong.
    async fn listen(&mut self, body: &mut Incoming) -> Result<std::convert::Infallible, End> {
        let mut frames = Frames::new(self.config.max_chunk_bytes);
        let mut deadline = Instant::now() + self.config.audio_timeout;
        loop {
            let Ok(piece) = timeout_at(deadline, body.frame()).await else {
                return Err(End::bad(&format!(
                    "Your request timed out because no new audio was received for {} seconds.",
                    self.config.audio_timeout.as_secs()
                )));
            };
            match piece {
                None => {
                    return Err(End::bad("A complete signal was sent without the preceding empty frame."));
                }
                Some(Err(_broken)) => return Err(End::Gone),
                Some(Ok(piece)) => frames.push(piece.data_ref().map_or(&[][..], |data| data)),
            }
            while let Some(frame) = frames.next().map_err(wrong)? {
                self.chain.check(&frame, SystemTime::now()).map_err(End::bad)?;
                match frames::open(&frame).map_err(wrong)? {
                    Event::Audio(audio) => {
                        self.hear(&audio).await?;
                        deadline = Instant::now() + self.config.audio_timeout;
                    }
                    Event::End => return Err(self.finish().await),
                    Event::Unknown => return Err(End::bad("An event is not known.")),
                }
            }
        }
    }

    async fn hear(&mut self, audio: &Bytes) -> Result<(), End> {
        if audio.len() > self.config.max_chunk_bytes {
            return Err(wrong(FrameError::TooBig));
        }
        if !audio.len().is_multiple_of(self.request.bytes_per_frame()) {
            return Err(End::bad("The audio does not consist of whole samples of each channel."));
        }
        let frames = audio.len() / self.request.bytes_per_frame();
        let length = Duration::from_secs_f64(to_f64(frames) / f64::from(self.request.rate_hz));
        self.heard += length;
        let ms = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        self.counters.audio_ms.fetch_add(ms, Ordering::Relaxed);
        self.counters.changed.notify_waiters();
        if self.heard > self.config.session_limit {
            let message = "The stream has reached the maximum session duration.".to_owned();
            return Err(End::Exception("LimitExceededException".to_owned(), message));
        }
        let results = self.recognise(audio);
        self.misbehave().await?;
        self.tell(results).await
    }

    fn recognise(&mut self, audio: &Bytes) -> Vec<Value> {
        let channels = self.request.channels;
        let samples: Vec<i16> =
            audio.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
        let mut results = Vec::new();
        for (channel, recogniser) in self.recognisers.iter_mut().enumerate() {
            let own: Vec<i16> = samples.iter().skip(channel).step_by(channels).copied().collect();
            results.extend(recogniser.hear(&own));
        }
        results
    }

    /// Ends the stream after its audio.
    async fn finish(&mut self) -> End {
        let results = self.recognisers.iter_mut().flat_map(Recogniser::finish).collect();
        match self.tell(results).await {
            Ok(()) => End::Done,
            Err(end) => end,
        }
    }

    async fn tell(&mut self, results: Vec<Value>) -> Result<(), End> {
        if self.is_due() && matches!(self.fault, Fault::Stall { .. }) {
            return Ok(());
        }
        for result in &results {
            self.send(frames::results(std::slice::from_ref(result))).await?;
        }
        if results.is_empty() && self.heard - self.told >= QUIET_EVENT {
            self.send(frames::results(&[])).await?;
        }
        Ok(())
    }

    async fn send(&mut self, event: Bytes) -> Result<(), End> {
        if let Fault::Slow { by_ms } = self.fault {
            sleep(Duration::from_millis(by_ms)).await;
        }
        self.told = self.heard;
        let times = if self.fault == Fault::Duplicates { 2 } else { 1 };
        for _ in 0..times {
            self.events.send(event.clone()).await.map_err(|_| End::Gone)?;
        }
        Ok(())
    }

    /// Whether the fault has come, for those that come with the audio.
    fn is_due(&self) -> bool {
        self.fault.after().is_some_and(|after| self.heard >= after)
    }

    async fn misbehave(&mut self) -> Result<(), End> {
        if !self.is_due() {
            return Ok(());
        }
        match std::mem::replace(&mut self.fault, Fault::None) {
            Fault::Exception { code, .. } => Err(End::Exception(code, "as asked for".to_owned())),
            Fault::Garbage { .. } => self.send(Bytes::from_static(&[0x5a; 64])).await,
            Fault::BadShape { .. } => self.send(frames::event(&json!({"Transcript": {"Results": 7}}))).await,
            Fault::BadTimes { .. } => {
                let result = json!({"ResultId": "x", "ChannelId": "ch_0", "IsPartial": true,
                    "StartTime": 1e9, "EndTime": 2e9, "Alternatives": []});
                self.send(frames::results(&[result])).await
            }
            Fault::StopReading { .. } => std::future::pending().await,
            Fault::Drop { .. } => Err(End::Cut),
            Fault::EndEarly { .. } => Err(End::Done),
            stays @ (Fault::Stall { .. }
            | Fault::None
            | Fault::Refuse { .. }
            | Fault::Slow { .. }
            | Fault::Duplicates) => {
                self.fault = stays;
                Ok(())
            }
        }
    }
}

/// Answers a stream for which there is no place.
pub(crate) async fn quota_reached(max_streams: usize, events: mpsc::Sender<Bytes>, body: Incoming) {
    let message =
        format!("You have reached your limit of concurrent streams, {max_streams}. Try again later.");
    // Whoever is gone does not need to know.
    let _gone = events.send(frames::exception("LimitExceededException", &message)).await;
    drop(events);
    drain(body).await;
}

fn wrong(error: FrameError) -> End {
    End::bad(match error {
        FrameError::TooBig => "Your stream is too big. Reduce the frame size and try your request again.",
        FrameError::Broken => "A frame cannot be decoded.",
    })
}

async fn drain(mut body: Incoming) {
    // When the client does not stop, the connection does.
    let _result = timeout(DRAIN, async { while let Some(Ok(_)) = body.frame().await {} }).await;
}

#[expect(clippy::cast_precision_loss, reason = "a chunk has few samples")]
const fn to_f64(count: usize) -> f64 {
    count as f64
}
