//! Splits a producer's endless Matroska stream into fragments, each byte of which stays as the producer wrote it.
//!
//! A cluster begins a fragment. It ends with the next cluster, the next EBML header, or the end of the stream, so
//! tags after a cluster belong to it; tags before the first cluster of a document belong to that one.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use mkv::{
    element::{Element, Header},
    id, write,
};

use super::{ack::AckError, check};
use crate::{config::Limits, store::Content};

/// The longest element header: four bytes of id, eight of size.
const MAX_ELEMENT_HEADER: usize = 12;
/// The longest EBML header, `Info`, `Tracks` or `Tags` that is taken.
const MAX_META_BYTES: u64 = 64 * 1024;

/// What the bytes so far tell.
#[derive(Debug)]
pub(crate) enum Event {
    /// A fragment begins at this timecode, in milliseconds.
    Began(u64),
    /// The fragment is whole.
    Complete(Split),
}

/// A whole fragment.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) timecode_ms: u64,
    pub(crate) duration_ms: u64,
    pub(crate) content: Content,
}

/// The state of one producer's stream. Holds at most one fragment of `Limits::fragment_bytes` and one element.
#[derive(Debug)]
pub(crate) struct Splitter {
    limits: Limits,
    input: BytesMut,
    /// Bytes of an element that nobody needs, still to come.
    skip: u64,
    head: Head,
    fragment: Option<Open>,
    /// Tags that came before their cluster.
    tags_before: Vec<u8>,
    tags_before_count: usize,
    /// The length of the last cluster, which the next one will be close to.
    usual_bytes: usize,
}

/// The document's elements before its first cluster.
#[derive(Debug, Default)]
struct Head {
    written: Vec<u8>,
    shared: Option<Bytes>,
    tracks: Vec<u64>,
    scale_ns: u64,
}

/// The fragment that is being taken.
#[derive(Debug)]
struct Open {
    cluster: Vec<u8>,
    tags_after: Vec<u8>,
    tags: usize,
    /// Bytes of a cluster of known size still to come; `None` while its end is not known.
    rest: Option<u64>,
    /// No element of the cluster is open: a segment's element or the end may follow.
    ended: bool,
    timecode_ms: Option<u64>,
    blocks: check::Blocks,
}

impl Splitter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            input: BytesMut::new(),
            skip: 0,
            head: Head::default(),
            fragment: None,
            tags_before: Vec::new(),
            tags_before_count: 0,
            usual_bytes: 0,
        }
    }

    /// Takes bytes; [`Splitter::next`] must be called until it gives `None` before the next ones.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// What the bytes tell next; `None` when more are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Event>, AckError> {
        loop {
            let skipped = self.skip.min(self.input.len() as u64);
            self.input.advance(usize::try_from(skipped).unwrap_or(0));
            self.skip -= skipped;
            if self.skip > 0 {
                return Ok(None);
            }
            let Some(header) = Header::read(&self.input).map_err(|_| AckError::InvalidMkvData)? else {
                return if self.input.len() > MAX_ELEMENT_HEADER {
                    Err(AckError::InvalidMkvData)
                } else {
                    Ok(None)
                };
            };
            let step =
                if self.is_in_cluster(header.id) { self.cluster_child(header)? } else { self.top(header)? };
            match step {
                Step::Again => {}
                Step::Event(event) => return Ok(Some(event)),
                Step::NeedMore => return Ok(None),
            }
        }
    }

    /// The last fragment, when the stream ends here and leaves nothing open.
    ///
    /// A cluster of unknown size is taken as whole only when the producer ended its stream itself (`clean`) or tags
    /// follow it.
    pub(crate) fn finish(&mut self, clean: bool) -> Result<Option<Split>, AckError> {
        let whole = self.input.is_empty() && self.skip == 0;
        match &self.fragment {
            Some(open) if whole && (open.ended || (clean && open.rest.is_none())) => self.close(),
            Some(_) | None => Ok(None),
        }
    }

    /// Whether a fragment is begun and not complete.
    pub(crate) const fn is_open(&self) -> bool {
        self.fragment.is_some()
    }

    fn is_in_cluster(&self, id: u32) -> bool {
        let Some(open) = &self.fragment else { return false };
        match open.rest {
            Some(rest) => rest > 0,
            None => !open.ended && !is_segment_level(id),
        }
    }

    fn top(&mut self, header: Header) -> Result<Step, AckError> {
        if self.head.written.is_empty() && header.id != id::EBML {
            return Err(AckError::InvalidMkvData);
        }
        if let Some(open) = &mut self.fragment {
            open.ended = true;
        }
        if matches!(header.id, id::EBML | id::CLUSTER)
            && let Some(split) = self.close()?
        {
            return Ok(Step::Event(Event::Complete(split)));
        }
        match header.id {
            id::SEGMENT => {
                write::unknown_size(&mut self.head.written, id::SEGMENT);
                self.input.advance(header.len);
                Ok(Step::Again)
            }
            id::CLUSTER => self.begin(header),
            id::EBML | id::INFO | id::TRACKS | id::TAGS => self.meta(header),
            _ => {
                self.skip = header.total().ok_or(AckError::InvalidMkvData)?;
                Ok(Step::Again)
            }
        }
    }

    fn begin(&mut self, header: Header) -> Result<Step, AckError> {
        if self.head.tracks.is_empty() {
            return Err(AckError::InvalidMkvData);
        }
        let mut cluster = Vec::with_capacity(self.usual_bytes + self.usual_bytes / 16);
        cluster.extend_from_slice(self.input.get(..header.len).unwrap_or_default());
        self.input.advance(header.len);
        self.fragment = Some(Open {
            cluster,
            tags_after: Vec::new(),
            tags: std::mem::take(&mut self.tags_before_count),
            rest: header.size,
            ended: header.size == Some(0),
            timecode_ms: None,
            blocks: check::Blocks::new(&self.head.tracks),
        });
        Ok(Step::Again)
    }

    /// A whole element of the segment that is kept.
    fn meta(&mut self, header: Header) -> Result<Step, AckError> {
        let total =
            header.total().filter(|&total| total <= MAX_META_BYTES).ok_or(AckError::InvalidMkvData)?;
        let total = usize::try_from(total).map_err(|_| AckError::InvalidMkvData)?;
        let Some(bytes) = self.input.get(..total) else { return Ok(Step::NeedMore) };
        let element = Element { id: header.id, body: bytes.get(header.len..).unwrap_or_default() };
        match header.id {
            id::TAGS => {
                let found = check::tags(element)?;
                let (tags, into) = match &mut self.fragment {
                    Some(open) => (&mut open.tags, &mut open.tags_after),
                    None => (&mut self.tags_before_count, &mut self.tags_before),
                };
                *tags += found;
                if *tags > self.limits.fragment_tags {
                    return Err(AckError::FragmentMetadataLimitReached);
                }
                into.extend_from_slice(bytes);
            }
            id::EBML => {
                self.head = Head::default();
                self.head.written.extend_from_slice(bytes);
            }
            id::TRACKS => {
                self.head.tracks = check::tracks(element, self.limits.tracks)?;
                self.head.extend(bytes)?;
            }
            _ => {
                self.head.scale_ns = check::timecode_scale(element)?;
                self.head.extend(bytes)?;
            }
        }
        self.input.advance(total);
        Ok(Step::Again)
    }

    fn cluster_child(&mut self, header: Header) -> Result<Step, AckError> {
        let scale_ns = self.head.scale_ns;
        let Some(open) = &mut self.fragment else { return Err(AckError::InternalError) };
        let total = header.total().ok_or(AckError::InvalidMkvData)?;
        if open.rest.is_some_and(|rest| total > rest) {
            return Err(AckError::InvalidMkvData);
        }
        let total = usize::try_from(total).map_err(|_| AckError::MaxFragmentSizeReached)?;
        if open.cluster.len().saturating_add(total) > self.limits.fragment_bytes {
            return Err(AckError::MaxFragmentSizeReached);
        }
        let Some(bytes) = self.input.get(..total) else { return Ok(Step::NeedMore) };
        let body = bytes.get(header.len..).unwrap_or_default();
        let element = Element { id: header.id, body };
        let mut began = None;
        match header.id {
            id::TIMECODE => {
                let ticks = element.uint().map_err(|_| AckError::InvalidMkvData)?;
                let timecode_ms = check::to_ms(ticks, scale_ns);
                open.timecode_ms = Some(timecode_ms);
                began = Some(timecode_ms);
            }
            id::SIMPLE_BLOCK => open.blocks.block(body)?,
            id::BLOCK_GROUP => open.blocks.group(element)?,
            _ => {}
        }
        open.cluster.extend_from_slice(bytes);
        self.input.advance(total);
        if let Some(rest) = &mut open.rest {
            *rest -= total as u64;
            open.ended = *rest == 0;
        }
        let span_ms = check::to_ms(open.blocks.span_ticks(), scale_ns);
        if Duration::from_millis(span_ms) > self.limits.fragment_duration {
            return Err(AckError::MaxFragmentDurationReached);
        }
        Ok(began.map_or(Step::Again, |timecode_ms| Step::Event(Event::Began(timecode_ms))))
    }

    fn close(&mut self) -> Result<Option<Split>, AckError> {
        let Some(open) = self.fragment.take() else { return Ok(None) };
        let timecode_ms = open.timecode_ms.ok_or(AckError::InvalidMkvData)?;
        let duration_ms = check::to_ms(open.blocks.duration_ticks()?, self.head.scale_ns);
        self.usual_bytes = open.cluster.len();
        let content = Content {
            head: self.head.share(),
            tags_before: Bytes::from(std::mem::take(&mut self.tags_before)),
            cluster: Bytes::from(open.cluster),
            tags_after: Bytes::from(open.tags_after),
        };
        Ok(Some(Split { timecode_ms, duration_ms, content }))
    }
}

enum Step {
    Again,
    NeedMore,
    Event(Event),
}

impl Head {
    fn extend(&mut self, bytes: &[u8]) -> Result<(), AckError> {
        if self.written.len().saturating_add(bytes.len()) as u64 > 2 * MAX_META_BYTES {
            return Err(AckError::InvalidMkvData);
        }
        self.written.extend_from_slice(bytes);
        self.shared = None;
        Ok(())
    }

    fn share(&mut self) -> Bytes {
        self.shared.get_or_insert_with(|| Bytes::copy_from_slice(&self.written)).clone()
    }
}

/// Elements that cannot be in a cluster, and so end one of unknown size.
const fn is_segment_level(id: u32) -> bool {
    matches!(
        id,
        id::EBML
            | id::SEGMENT
            | id::SEEK_HEAD
            | id::INFO
            | id::TRACKS
            | id::TAGS
            | id::CLUSTER
            | id::CUES
            | id::ATTACHMENTS
            | id::CHAPTERS
    )
}

#[cfg(test)]
#[path = "splitter_tests.rs"]
mod tests;
