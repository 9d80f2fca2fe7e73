//! One `PutMedia` connection.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use model::{FragmentNumber, Timestamp};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{
    Target,
    ack::{Ack, AckError},
    splitter::{Event, Split, Splitter},
};
use crate::{
    faults::Plan,
    limits::Permit,
    router::App,
    store::{DiskError, FragmentInfo},
    stream::{Signal, Stream},
};

/// How long a producer's bytes are still read after its last acknowledgement, so that it can read that one.
const DRAIN: Duration = Duration::from_secs(1);

/// Takes one producer's stream into the store.
pub(super) struct Session {
    app: Arc<App>,
    stream: Arc<Stream>,
    target: Target,
    plan: Plan,
    acks: mpsc::Sender<io::Result<Bytes>>,
    splitter: Splitter,
    /// The fragment that is being taken.
    open: Option<Open>,
    last_timecode_ms: Option<u64>,
    _permit: Permit,
}

struct Open {
    number: FragmentNumber,
    server: Timestamp,
    timecode_ms: u64,
}

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The producer ended its stream.
    Clean,
    /// The producer is gone.
    Gone,
    /// The server closes without a word: a fault, or the server ends.
    Closed,
    /// The connection is broken off on purpose.
    Reset,
    /// The producer is told what is wrong.
    Error(AckError),
}

impl Session {
    pub(super) fn new(
        app: Arc<App>,
        stream: Arc<Stream>,
        target: Target,
        plan: Plan,
        acks: mpsc::Sender<io::Result<Bytes>>,
        permit: Permit,
    ) -> Self {
        let splitter = Splitter::new(app.config.limits.clone());
        Self {
            app,
            stream,
            target,
            plan,
            acks,
            splitter,
            open: None,
            last_timecode_ms: None,
            _permit: permit,
        }
    }

    pub(super) async fn run(mut self, mut body: Incoming) {
        let end = self.take(&mut body).await;
        tracing::debug!(stream.name = %self.stream.name, ?end, "a producer's connection ended");
        let last = match end {
            End::Clean => self.splitter.finish(true),
            End::Gone | End::Closed => self.splitter.finish(false),
            End::Reset | End::Error(_) => Ok(None),
        };
        match last {
            Ok(Some(split)) => {
                if let Err(End::Error(error)) = self.store(split).await {
                    self.fail(error).await;
                }
            }
            Ok(None) => {}
            Err(error) => self.fail(error).await,
        }
        if self.splitter.is_open() {
            self.app.registry.counters.fragments_refused.add(1);
        }
        match end {
            End::Error(error) => self.fail(error).await,
            End::Reset => self.send(Err(io::ErrorKind::ConnectionReset.into())).await,
            End::Clean | End::Gone | End::Closed => {}
        }
        let (closed, _) = mpsc::channel(1);
        // Ends the body of acknowledgements.
        drop(std::mem::replace(&mut self.acks, closed));
        // A timeout is the usual end of a producer that never looks at its answers.
        drop(tokio::time::timeout(DRAIN, async { while let Some(Ok(_)) = body.frame().await {} }).await);
    }

    async fn take(&mut self, body: &mut Incoming) -> End {
        let app = Arc::clone(&self.app);
        let limits = &app.config.limits;
        let deadline = Instant::now() + limits.max_connection;
        let close_at = self.plan.close_at().unwrap_or(deadline).min(deadline);
        let mut heard = Instant::now();
        let mut next_idle_ack = heard + limits.put_media_idle_ack;
        let mut changes = self.stream.watch();
        loop {
            if let Some(end) = self.due() {
                return end;
            }
            if let Some(length) = self.plan.take_stall() {
                stall(length, &self.app).await;
            }
            let frame = tokio::select! {
                biased;
                () = self.app.closing.cancelled() => return End::Closed,
                () = deleted(&mut changes) => return End::Error(AckError::StreamNotActive),
                () = tokio::time::sleep_until(close_at) => {
                    let by_fault = close_at < deadline;
                    return if by_fault { End::Closed } else { End::Error(AckError::MaxConnectionDurationReached) };
                }
                () = tokio::time::sleep_until(heard + limits.put_media_idle_close) => {
                    return End::Error(AckError::StreamReadError);
                }
                () = tokio::time::sleep_until(next_idle_ack) => {
                    next_idle_ack += limits.put_media_idle_ack;
                    self.ack(&Ack::IDLE).await;
                    continue;
                }
                frame = body.frame() => frame,
            };
            heard = Instant::now();
            next_idle_ack = heard + limits.put_media_idle_ack;
            let data = match frame {
                None => return End::Clean,
                Some(Err(_)) => return End::Gone,
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            if let Err(end) = self.feed(&data).await {
                return end;
            }
            if let Some(pause) = self.plan.pause_after(data.len()) {
                stall(Some(pause), &self.app).await;
            }
        }
    }

    async fn feed(&mut self, data: &[u8]) -> Result<(), End> {
        self.splitter.push(data);
        loop {
            match self.splitter.next() {
                Ok(None) => return Ok(()),
                Ok(Some(Event::Began(timecode_ms))) => self.begin(timecode_ms).await?,
                Ok(Some(Event::Complete(split))) => {
                    self.store(split).await?;
                    if let Some(end) = self.due() {
                        return Err(end);
                    }
                }
                Err(error) => return Err(End::Error(error)),
            }
        }
    }

    /// What the faults order at this point.
    fn due(&self) -> Option<End> {
        if self.plan.resets_now() {
            return Some(End::Reset);
        }
        if let Some(code) = self.plan.error_now() {
            return Some(End::Error(AckError::of(code)));
        }
        self.plan.closes_now().then_some(End::Closed)
    }

    async fn begin(&mut self, timecode_ms: u64) -> Result<(), End> {
        let server = self.app.registry.now();
        let number = self.stream.numbers.next(server).map_err(|_| End::Error(AckError::InternalError))?;
        let previous = self.last_timecode_ms.replace(timecode_ms);
        let open = self.open.insert(Open { number, server, timecode_ms });
        if previous.is_some_and(|previous| timecode_ms < previous) {
            return Err(End::Error(AckError::FragmentTimecodeLesserThanPrevious));
        }
        let line = Ack::of("BUFFERING", timecode_ms, &open.number).line();
        self.line(line).await;
        Ok(())
    }

    async fn store(&mut self, mut split: Split) -> Result<(), End> {
        let Some(open) = self.open.take() else { return Err(End::Error(AckError::InternalError)) };
        let Open { number, server, timecode_ms } = open;
        let Some(producer) = self.producer_time(split.timecode_ms) else {
            self.open = Some(Open { number, server, timecode_ms });
            return Err(End::Error(AckError::InvalidProducerTimestamp));
        };
        let info = FragmentInfo { number: number.clone(), producer, server, duration_ms: split.duration_ms };
        let dropped = self.plan.drops_next();
        split.content.cluster = self.plan.corrupt(split.content.cluster);
        self.plan.count_fragment();
        if !dropped {
            self.app.registry.receive(&self.stream, info.clone(), split.content.clone());
        }
        self.ack(&Ack::of("RECEIVED", timecode_ms, &number)).await;
        if dropped {
            return Ok(());
        }
        match self.app.registry.persist(&self.stream, info, split.content).await {
            Ok(true) => self.ack(&Ack::of("PERSISTED", timecode_ms, &number)).await,
            // The real service persists nothing without retention either.
            Ok(false) => {}
            // The fragment stays in memory and readers have it: the producer may go on.
            Err(error) => {
                report(&self.stream, &error);
                let line = Ack::error(AckError::ArchivalError, Some((timecode_ms, &number))).line();
                self.line(line).await;
            }
        }
        Ok(())
    }

    fn producer_time(&self, timecode_ms: u64) -> Option<Timestamp> {
        let ms = i64::try_from(timecode_ms).ok().filter(|&ms| ms < i64::MAX / 1_000)?;
        match self.target.relative_to {
            None => Some(Timestamp::from_millis(ms)),
            Some(start) => Some(start + Duration::from_millis(timecode_ms)),
        }
    }

    async fn fail(&mut self, error: AckError) {
        tracing::info!(
            stream.name = %self.stream.name,
            error.id = error.id(),
            error.code = error.code(),
            "refused a producer's media"
        );
        let open = self.open.take();
        let line = Ack::error(error, open.as_ref().map(|open| (open.timecode_ms, &open.number))).line();
        self.send(Ok(line)).await;
    }

    async fn ack(&self, ack: &Ack<'_>) {
        self.line(ack.line()).await;
    }

    async fn line(&self, line: Bytes) {
        if self.target.wants_acks {
            self.send(Ok(line)).await;
        }
    }

    async fn send(&self, line: io::Result<Bytes>) {
        // A producer that is gone needs no acknowledgement.
        drop(self.acks.send(line).await);
    }
}

fn report(stream: &Stream, error: &DiskError) {
    let error: &dyn std::error::Error = error;
    tracing::error!(stream.name = %stream.name, error, "a fragment cannot be stored");
}

/// Waits until the stream is deleted.
async fn deleted(changes: &mut watch::Receiver<Signal>) {
    if changes.wait_for(|signal| signal.deleted).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits for this long, or until the server ends.
pub(crate) async fn stall(length: Option<Duration>, app: &App) {
    tokio::select! {
        () = app.closing.cancelled() => {}
        () = async {
            match length {
                Some(length) => tokio::time::sleep(length).await,
                None => std::future::pending().await,
            }
        } => {}
    }
}
