//! One call's socket: audio out, messages in, until all is heard or something breaks.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use model::Channel;
use ports::{SpeechResult, TranscriberError};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, sleep_until},
};
use tokio_tungstenite::tungstenite::{Error, Message, protocol::CloseFrame};

use crate::{
    connect::Socket,
    interleave::FRAME_BYTES,
    pace::Pace,
    queue::{AudioQueue, Next},
    refusal::{StreamError, of_close},
    session::{Act, Session},
    wire::{CLOSE_STREAM, FINALIZE, KEEP_ALIVE},
};

/// Results that may wait for the reader. Beyond it nothing more is read from the socket until some are taken.
const MAX_UNREAD_RESULTS: usize = 1_024;
/// Deepgram asks for messages of 20 to 250 ms of audio.
const MIN_MESSAGE_MS: u32 = 20;
const MAX_MESSAGE_MS: u32 = 200;
/// How long the other side may take to say why a write failed.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) type Item = Result<SpeechResult, TranscriberError>;

/// The times of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    pub(crate) rate_hz: u32,
    pub(crate) max_speed: f64,
    pub(crate) keep_alive_after: Duration,
    pub(crate) no_answer: Duration,
}

/// What the two directions know of each other.
#[derive(Debug, Default)]
struct Progress {
    /// Frames that were sent, or are being sent.
    sent: AtomicU64,
    /// When something was sent to which no answer came since.
    unanswered: Mutex<Option<Instant>>,
    /// `CloseStream` was sent.
    closing: AtomicBool,
    /// Final results are to be asked for.
    finalize: Notify,
}

/// Why no more audio is sent.
enum Written {
    All,
    /// Nobody wants the results.
    Abandoned,
}

/// Carries one call; the results end when it does.
pub(crate) async fn carry(
    socket: Socket,
    queue: Arc<AudioQueue>,
    session: Session,
    times: Times,
    results: mpsc::Sender<Item>,
) {
    let outcome = both_ways(socket, &queue, session, &times, &results).await;
    queue.close();
    if let Err(error) = outcome {
        tracing::debug!(kind = error.kind(), "the stream to Deepgram ended with an error");
        // A reader that is gone needs no error.
        results.send(Err(error)).await.ok();
    }
}

async fn both_ways(
    socket: Socket,
    queue: &AudioQueue,
    mut session: Session,
    times: &Times,
    results: &mpsc::Sender<Item>,
) -> Result<(), TranscriberError> {
    let outcome = until_one_ends(socket, queue, &mut session, times, results).await;
    // Also before an error: what was heard needs not be heard again.
    while let Some(result) = session.next() {
        if results.send(Ok(result)).await.is_err() {
            break;
        }
    }
    outcome
}

async fn until_one_ends(
    socket: Socket,
    queue: &AudioQueue,
    session: &mut Session,
    times: &Times,
    results: &mpsc::Sender<Item>,
) -> Result<(), TranscriberError> {
    let (sink, stream) = socket.split();
    let progress = Progress::default();
    let reading = read(stream, queue, session, times, &progress, results);
    let writing = write(sink, queue, times, &progress);
    tokio::pin!(reading, writing);
    tokio::select! {
        read = &mut reading => return read,
        written = &mut writing => match written {
            Ok(Written::All) => {}
            Ok(Written::Abandoned) => return Ok(()),
            Err(StreamError::Broken(cause)) => {
                // As a rule the other side closed, and its reason is still to be read.
                let read = tokio::time::timeout(LAST_WORDS_TIMEOUT, reading).await;
                return read.unwrap_or(Err(StreamError::Broken(cause).into()));
            }
            Err(error) => return Err(error.into()),
        },
    }
    reading.await
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    queue: &AudioQueue,
    times: &Times,
    progress: &Progress,
) -> Result<Written, StreamError> {
    let frames_of = |ms: u32| usize::try_from(times.rate_hz / 1_000 * ms).unwrap_or(usize::MAX).max(1);
    let (fewest, most) = (frames_of(MIN_MESSAGE_MS), frames_of(MAX_MESSAGE_MS));
    let mut last_sent = Instant::now();
    let mut pace = Pace::new(times.rate_hz, times.max_speed, last_sent);
    loop {
        let allowed = pace.allowed(Instant::now());
        match queue.next(if allowed < fewest { 0 } else { allowed.min(most) }) {
            Next::Audio(bytes) => {
                let frames = bytes.len() / FRAME_BYTES;
                pace.spend(frames);
                progress.sending(frames);
                send(&mut sink, Message::Binary(bytes)).await?;
                last_sent = Instant::now();
            }
            Next::Finished => {
                progress.close();
                send(&mut sink, Message::text(FINALIZE)).await?;
                send(&mut sink, Message::text(CLOSE_STREAM)).await?;
                return Ok(Written::All);
            }
            Next::Abandoned => return Ok(Written::Abandoned),
            Next::Overflow(overflow) => return Err(overflow.into()),
            Next::Wait { waiting } => tokio::select! {
                () = queue.changed(), if waiting == 0 => {}
                () = sleep(pace.wait_for(fewest)), if waiting > 0 => {}
                () = progress.finalize.notified() => send(&mut sink, Message::text(FINALIZE)).await?,
                () = sleep_until(last_sent + times.keep_alive_after) => {
                    send(&mut sink, Message::text(KEEP_ALIVE)).await?;
                    last_sent = Instant::now();
                }
            },
        }
    }
}

async fn send(sink: &mut SplitSink<Socket, Message>, message: Message) -> Result<(), StreamError> {
    sink.send(message).await.map_err(|error| {
        let cause = if let Error::Io(cause) = error { Some(cause) } else { None };
        StreamError::Broken(cause)
    })
}

async fn read(
    mut stream: SplitStream<Socket>,
    queue: &AudioQueue,
    session: &mut Session,
    times: &Times,
    progress: &Progress,
    results: &mpsc::Sender<Item>,
) -> Result<(), TranscriberError> {
    loop {
        let has_room = session.waiting() < MAX_UNREAD_RESULTS;
        tokio::select! {
            () = results.closed() => return Ok(()),
            permit = results.reserve(), if session.waiting() > 0 => {
                if let (Ok(permit), Some(result)) = (permit, session.next()) {
                    permit.send(Ok(result));
                }
            }
            message = stream.next(), if has_room => {
                match taken(message, session, progress)? {
                    Act::None => {}
                    Act::Finalize => progress.finalize.notify_one(),
                    Act::Ended => break,
                }
            }
            () = sleep_until(progress.deadline(times.no_answer)), if has_room => {
                if progress.waits_since().is_some_and(|since| since.elapsed() >= times.no_answer) {
                    return Err(StreamError::NoAnswer(times.no_answer.as_secs()).into());
                }
            }
        }
    }
    session.finish(progress.sent(), Channel::ALL.map(|channel| queue.pushed(channel)))?;
    Ok(())
}

/// What a message, or the end of them, asks for. `Ended` only once all audio was sent.
fn taken(
    message: Option<Result<Message, Error>>,
    session: &mut Session,
    progress: &Progress,
) -> Result<Act, TranscriberError> {
    let closing = progress.is_closing();
    match message {
        Some(Ok(Message::Text(text))) => {
            progress.answered();
            let act = session.take(&text, progress.sent())?;
            Ok(if act == Act::Ended && !closing { Act::None } else { act })
        }
        Some(Ok(Message::Binary(_))) => {
            Err(TranscriberError::Garbled("Deepgram sent a binary message".to_owned()))
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Act::None),
        Some(Ok(Message::Close(frame))) => match frame {
            Some(CloseFrame { code, .. }) if closing && u16::from(code) == 1000 => Ok(Act::Ended),
            Some(CloseFrame { code, reason }) => Err(of_close(code.into(), &reason).into()),
            None if closing => Ok(Act::Ended),
            None => Err(StreamError::Broken(None).into()),
        },
        Some(Err(Error::Capacity(_))) => {
            Err(TranscriberError::Garbled("Deepgram sent a message beyond its limit".to_owned()))
        }
        Some(Err(Error::Utf8(_))) => {
            Err(TranscriberError::Garbled("Deepgram sent text that is no UTF-8".to_owned()))
        }
        Some(Err(Error::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        )))
        | None => Err(StreamError::Broken(None).into()),
        Some(Err(Error::Io(error))) => Err(StreamError::Broken(Some(error)).into()),
        Some(Err(_)) => Err(StreamError::Protocol.into()),
    }
}

impl Progress {
    fn sending(&self, frames: usize) {
        self.sent.fetch_add(u64::try_from(frames).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.lock().get_or_insert_with(Instant::now);
    }

    fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        *self.lock() = Some(Instant::now());
    }

    fn answered(&self) {
        *self.lock() = None;
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    fn waits_since(&self) -> Option<Instant> {
        *self.lock()
    }

    /// When to look whether an answer came. Where none is due, that of audio sent right now would be.
    fn deadline(&self, no_answer: Duration) -> Instant {
        self.waits_since().unwrap_or_else(Instant::now) + no_answer
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
