//! A media source that plays a script.

use std::{
    collections::{BTreeMap, VecDeque},
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use model::{StreamName, TenantId};

use crate::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};

/// How a script fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaFailure {
    /// [`MediaSourceError::Gone`].
    Gone,
    /// [`MediaSourceError::Throttled`].
    Throttled,
    /// [`MediaSourceError::RoleRefused`].
    RoleRefused,
    /// [`MediaSourceError::Connection`].
    Connection,
}

/// What a scripted body does next. After its last step the body is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyStep {
    /// Gives bytes.
    Bytes(Bytes),
    /// Fails, once.
    Fail(MediaFailure),
    /// Gives nothing any more and stays open, as a live stream without audio does.
    Stall,
}

/// Plays a script for each stream: the first opening of a stream gets its first body, and so on. A stream
/// without a body left is gone.
#[derive(Clone, Debug, Default)]
pub struct ScriptedMediaSource {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    bodies: BTreeMap<StreamName, VecDeque<Result<VecDeque<BodyStep>, MediaFailure>>>,
    opened: Vec<(StreamName, StartAt)>,
    /// What the archive holds of a stream, whatever the time that is asked for.
    archives: BTreeMap<StreamName, VecDeque<BodyStep>>,
    archive_reads: Vec<(StreamName, TimeRange)>,
}

#[derive(Debug)]
struct Body {
    stream: StreamName,
    steps: VecDeque<BodyStep>,
}

impl ScriptedMediaSource {
    /// A source without streams.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the next opening of a stream gives.
    pub fn add_body(&self, stream: &StreamName, steps: impl IntoIterator<Item = BodyStep>) {
        let steps = Ok(steps.into_iter().collect());
        self.lock().bodies.entry(stream.clone()).or_default().push_back(steps);
    }

    /// Adds a body of whole bytes, cut into pieces of `piece_bytes`, then closed.
    pub fn add_bytes(&self, stream: &StreamName, bytes: &[u8], piece_bytes: usize) {
        let pieces = bytes.chunks(piece_bytes.max(1)).map(|piece| BodyStep::Bytes(piece.to_vec().into()));
        self.add_body(stream, pieces);
    }

    /// Adds a failure of the next opening of a stream.
    pub fn add_refusal(&self, stream: &StreamName, failure: MediaFailure) {
        self.lock().bodies.entry(stream.clone()).or_default().push_back(Err(failure));
    }

    /// Says what every reading of a stream's archive gives; without it the archive is empty.
    pub fn set_archive(&self, stream: &StreamName, steps: impl IntoIterator<Item = BodyStep>) {
        self.lock().archives.insert(stream.clone(), steps.into_iter().collect());
    }

    /// What was read of archives so far, in order.
    #[must_use]
    pub fn archive_reads(&self) -> Vec<(StreamName, TimeRange)> {
        self.lock().archive_reads.clone()
    }

    /// What was opened so far, in order.
    #[must_use]
    pub fn opened(&self) -> Vec<(StreamName, StartAt)> {
        self.lock().opened.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MediaSource for ScriptedMediaSource {
    async fn open(
        &self,
        stream: &MediaStream,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let stream = &stream.address.name;
        let mut state = self.lock();
        state.opened.push((stream.clone(), start.clone()));
        let next = state.bodies.get_mut(stream).and_then(VecDeque::pop_front);
        match next.unwrap_or(Err(MediaFailure::Gone)) {
            Ok(steps) => Ok(Box::new(Body { stream: stream.clone(), steps })),
            Err(failure) => Err(failure.of(stream)),
        }
    }

    async fn open_archive(
        &self,
        stream: &MediaStream,
        range: TimeRange,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let stream = &stream.address.name;
        let mut state = self.lock();
        state.archive_reads.push((stream.clone(), range));
        let steps = state.archives.get(stream).cloned().unwrap_or_default();
        Ok(Box::new(Body { stream: stream.clone(), steps }))
    }

    async fn streams(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<MediaStream>, MediaSourceError> {
        let state = self.lock();
        let names =
            state.bodies.keys().chain(state.archives.keys()).collect::<std::collections::BTreeSet<_>>();
        let named = names.into_iter().filter(|name| name.as_str().starts_with(prefix));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(named.take(limit).map(|name| MediaStream::named(tenant.clone(), name.clone())).collect())
    }
}

#[async_trait]
impl MediaBody for Body {
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError> {
        if self.steps.front() == Some(&BodyStep::Stall) {
            // Stays at the stall, however often the caller gives up and asks again.
            return pending().await;
        }
        match self.steps.pop_front() {
            Some(BodyStep::Bytes(bytes)) => Ok(Some(bytes)),
            Some(BodyStep::Fail(failure)) => Err(failure.of(&self.stream)),
            Some(BodyStep::Stall) | None => Ok(None),
        }
    }
}

impl MediaFailure {
    fn of(self, stream: &StreamName) -> MediaSourceError {
        let stream = stream.clone();
        match self {
            Self::Gone => MediaSourceError::Gone { stream, source: None },
            Self::Throttled => MediaSourceError::Throttled { stream, source: None },
            Self::RoleRefused => MediaSourceError::RoleRefused { stream, source: None },
            Self::Connection => MediaSourceError::Connection { stream, source: None },
        }
    }
}
