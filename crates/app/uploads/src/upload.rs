//! One upload: what was taken of it, what the engine has read, and what is still kept.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use model::{FragmentNumber, Timestamp};

use crate::{
    UploadId,
    cutter::{Cutter, Piece},
    format::PER_MS,
    fragment,
    uploads::UploadError,
};

/// The longest piece that is taken at once.
pub const MAX_CHUNK_MS: u64 = 1_000;
/// How much is held that the engine has not read. Then the client is told to wait.
pub const MAX_AHEAD_MS: u64 = 30_000;
/// How much is kept that the engine has read. Older audio is forgotten.
pub const MAX_KEPT_MS: u64 = 120_000;
/// The longest stretch that a client may say it lost.
pub const MAX_SKIP_MS: u64 = 60 * 60 * 1_000;

/// A fragment that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    start: u64,
    pub(crate) end: u64,
    pub(crate) bytes: Bytes,
}

/// One upload.
#[derive(Debug)]
pub(crate) struct Upload {
    id: UploadId,
    cutter: Cutter,
    /// The offset up to which everything was taken.
    offset: u64,
    fragments: VecDeque<Kept>,
    /// The end of the newest fragment.
    written: u64,
    /// The end of the newest fragment that was read.
    read: u64,
    finished: bool,
    /// How many bodies are open.
    readers: usize,
    /// Since when there is none.
    unread_since: Timestamp,
    /// When something was last done with it.
    pub(crate) touched: Timestamp,
}

impl Upload {
    /// An upload that goes on at a position of its timeline; zero is its beginning.
    pub(crate) fn new(id: UploadId, position: u64, now: Timestamp) -> Self {
        let position = position / PER_MS * PER_MS;
        let offset = id.format().offset(position);
        Self {
            cutter: Cutter::new(id.format(), position),
            id,
            offset,
            fragments: VecDeque::new(),
            written: position,
            read: position,
            finished: false,
            readers: 0,
            unread_since: now,
            touched: now,
        }
    }

    pub(crate) const fn id(&self) -> &UploadId {
        &self.id
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// A body was opened.
    pub(crate) const fn opened(&mut self) {
        self.readers += 1;
    }

    /// A body was dropped.
    pub(crate) fn closed(&mut self, now: Timestamp) {
        self.readers = self.readers.saturating_sub(1);
        self.unread_since = now;
        self.touched = now;
    }

    /// How long no call has read it; none while one does.
    pub(crate) fn unread_for(&self, now: Timestamp) -> Option<Duration> {
        (self.readers == 0).then(|| now.since(self.unread_since))
    }

    /// Whether another piece would be taken.
    pub(crate) const fn has_room(&self) -> bool {
        self.written.saturating_sub(self.read) < MAX_AHEAD_MS * PER_MS
    }

    /// Takes a piece, or nothing of it.
    pub(crate) fn push(&mut self, offset: u64, frames: &[u8]) -> Result<u64, UploadError> {
        let format = self.id.format();
        let (frame, longest) = (format.frame_bytes(), format.bytes_in_ms(MAX_CHUNK_MS));
        if frames.len() as u64 > longest {
            return Err(UploadError::TooLong { max_bytes: longest });
        }
        if !(frames.len() as u64).is_multiple_of(frame) {
            return Err(UploadError::BrokenFrame { frame_bytes: frame });
        }
        self.expects(offset)?;
        if !self.has_room() {
            return Err(UploadError::Wait { offset: self.offset });
        }
        self.cutter.push(self.id.format(), frames);
        while let Some(piece) = self.cutter.next() {
            self.keep(&piece);
        }
        self.offset += frames.len() as u64;
        Ok(self.offset)
    }

    /// The client has lost what lies before `to`; gives how long that is, in milliseconds.
    pub(crate) fn skip(&mut self, to: u64) -> Result<u64, UploadError> {
        let format = self.id.format();
        let frame = format.frame_bytes();
        if !to.is_multiple_of(frame) {
            return Err(UploadError::BrokenFrame { frame_bytes: frame });
        }
        if self.finished || to < self.offset {
            return Err(self.unexpected());
        }
        if to > self.offset + format.bytes_in_ms(MAX_SKIP_MS) {
            return Err(UploadError::SkipsTooFar);
        }
        let (before, position) = (self.written, self.id.format().position(to));
        self.cut_off();
        // What the last samples before the hole reach beyond its end is theirs.
        let position = position.max(self.written.div_ceil(PER_MS) * PER_MS);
        self.cutter = Cutter::new(self.id.format(), position);
        self.offset = to;
        Ok(position.saturating_sub(before) / PER_MS)
    }

    /// Nothing more will come. Saying it again is no error.
    pub(crate) fn finish(&mut self, offset: Option<u64>) -> Result<(), UploadError> {
        if offset.is_some_and(|offset| offset != self.offset) {
            return Err(UploadError::WrongOffset { offset: self.offset });
        }
        if !self.finished {
            self.cut_off();
            self.finished = true;
        }
        Ok(())
    }

    /// The number of the last fragment, and when its audio ends.
    pub(crate) fn end(&self) -> (FragmentNumber, Timestamp) {
        (self.id.number(self.written), self.id.at(self.written))
    }

    /// The first kept fragment that ends after a position; it counts as read.
    pub(crate) fn read_after(&mut self, position: u64) -> Option<Kept> {
        let index = self.fragments.partition_point(|kept| kept.end <= position);
        let next = self.fragments.get(index)?.clone();
        if next.end > self.read {
            self.read = next.end;
            self.forget();
        }
        Some(next)
    }

    fn expects(&self, offset: u64) -> Result<(), UploadError> {
        if self.finished || offset != self.offset { Err(self.unexpected()) } else { Ok(()) }
    }

    const fn unexpected(&self) -> UploadError {
        match self.finished {
            true => UploadError::Finished,
            false => UploadError::WrongOffset { offset: self.offset },
        }
    }

    fn cut_off(&mut self) {
        if let Some(piece) = self.cutter.finish() {
            self.keep(&piece);
        }
    }

    fn keep(&mut self, piece: &Piece) {
        let bytes = fragment::write(&self.id, piece.start, piece.end, &piece.audio);
        self.fragments.push_back(Kept { start: piece.start, end: piece.end, bytes });
        self.written = piece.end;
    }

    /// Forgets what was read long ago, by the length of what was read since.
    fn forget(&mut self) {
        let oldest = self.read.saturating_sub(MAX_KEPT_MS * PER_MS);
        while self.fragments.front().is_some_and(|kept| kept.start < oldest && kept.end <= oldest) {
            self.fragments.pop_front();
        }
    }
}
