//! Bytes in, fragments out: the levels of a Matroska stream as one state machine.

mod recovery;

use recovery::Skip;

use crate::{
    DamageReason, Fragment, FragmentEnd, Item, Limits,
    assembly::Assembly,
    buffer::{Buffer, length},
    element::{Element, Header},
    id, resync,
};

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A `GetMedia` body: one document per fragment.
    Consumer,
    /// A `PutMedia` body: one document, each cluster a fragment.
    Producer,
}

/// Where in a document the next element stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Top,
    Segment,
    Cluster,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// An element begins at the reading position.
    Read,
    /// An element of no use is passed over.
    Skip(Skip),
    /// A header is looked for; the stretch from `offset` is lost.
    Scan { offset: u64, reason: DamageReason },
    /// The end was reached and reported.
    Done,
}

/// What one step came to.
enum Step {
    Again,
    Starved,
    Item(Item),
}

type Read = Result<Step, DamageReason>;

/// Reads the body of a `GetMedia` or `PutMedia` call, in pieces of any size.
///
/// Push bytes, then take items until there are none, and so on; then [`finish`](Self::finish), and take the last.
/// It holds the open fragment (at most [`Limits::fragment_bytes`], twice: raw and read) and what was pushed and not yet taken.
#[derive(Debug)]
pub struct FragmentReader {
    source: Source,
    limits: Limits,
    buffer: Buffer,
    state: State,
    level: Level,
    /// Where the segment ends, when its size is known.
    segment_end: Option<u64>,
    /// Where the cluster ends, when its size is known.
    cluster_end: Option<u64>,
    assembly: Assembly,
    /// Resyncs since the last whole fragment.
    rescans: u8,
    finished: bool,
}

impl FragmentReader {
    /// Reads a `GetMedia` or `GetMediaForFragmentList` body, or a file of one.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with_source(limits, Source::Consumer)
    }

    /// Reads a `PutMedia` body: every cluster begins a fragment, the header's tracks hold for all, and tags belong
    /// to the cluster before them, or to the first one.
    #[must_use]
    pub fn for_producer(limits: Limits) -> Self {
        Self::with_source(limits, Source::Producer)
    }

    fn with_source(limits: Limits, source: Source) -> Self {
        Self {
            source,
            limits,
            buffer: Buffer::default(),
            state: State::Read,
            level: Level::Top,
            segment_end: None,
            cluster_end: None,
            assembly: Assembly::new(limits),
            rescans: 0,
            finished: false,
        }
    }

    /// Takes more bytes of the stream. After [`finish`](Self::finish) they are ignored.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.finished {
            return;
        }
        if !self.assembly.began() {
            self.buffer.forget_read();
        }
        self.buffer.push(bytes);
    }

    /// Says that no more bytes will come.
    pub const fn finish(&mut self) {
        self.finished = true;
    }

    /// The next item; `None` when more bytes are needed, or when the end was reached.
    #[expect(clippy::should_implement_trait, reason = "`None` is not the end: more bytes may follow")]
    pub fn next(&mut self) -> Option<Item> {
        loop {
            match self.step() {
                Step::Item(item) => return Some(item),
                Step::Again => {}
                Step::Starved if self.finished => return self.at_end(),
                Step::Starved => return None,
            }
        }
    }

    /// Gives the memory of a fragment back, to be filled again: then a steady stream allocates nothing.
    pub fn recycle(&mut self, fragment: Fragment) {
        self.assembly.recycle(fragment);
    }

    /// The fragment that is being read, if one has begun. Its tracks are not filled in yet.
    #[must_use]
    pub fn open_fragment(&self) -> Option<&Fragment> {
        self.assembly.began().then(|| self.assembly.fragment())
    }

    /// What is wrong, while the next fragment is looked for after damage. The item that tells of it comes when that is
    /// found, or with the end; who cannot wait, as a server that has to answer, asks here.
    #[must_use]
    pub const fn damage_reason(&self) -> Option<DamageReason> {
        match self.state {
            State::Scan { reason, .. } => Some(reason),
            State::Read | State::Skip(_) | State::Done => None,
        }
    }

    /// The body of the last `Tracks` element as it came, to be written again or walked with
    /// [`Elements`](crate::element::Elements). Empty before the first.
    #[must_use]
    pub fn tracks_body(&self) -> &[u8] {
        self.assembly.tracks_body()
    }

    /// The body of the last `Info` element as it came. Empty before the first.
    #[must_use]
    pub fn info_body(&self) -> &[u8] {
        self.assembly.info_body()
    }

    fn step(&mut self) -> Step {
        match self.state {
            State::Read => {
                let at = self.buffer.at();
                self.read().unwrap_or_else(|reason| self.damage(at, reason))
            }
            State::Skip(skip) => self.skip(skip),
            State::Scan { offset, reason } => self.scan(offset, reason),
            State::Done => Step::Starved,
        }
    }

    fn read(&mut self) -> Read {
        self.close_full_parents();
        let Some(header) = Header::read(self.buffer.rest())? else { return Ok(Step::Starved) };
        let end = header.total().unwrap_or_else(|| length(header.len));
        let parent_end = self.cluster_end.or(self.segment_end).unwrap_or(u64::MAX);
        if self.buffer.at().saturating_add(end) > parent_end {
            return Err(DamageReason::BadNesting);
        }
        match self.level {
            Level::Top => self.read_top(header),
            Level::Segment => self.read_in_segment(header),
            Level::Cluster => self.read_in_cluster(header),
        }
    }

    /// Leaves elements of known size that end here.
    fn close_full_parents(&mut self) {
        let at = Some(self.buffer.at());
        if self.segment_end == at {
            self.enter(Level::Top, None);
        } else if self.cluster_end == at {
            self.enter(Level::Segment, self.segment_end);
        }
    }

    fn enter(&mut self, level: Level, end: Option<u64>) {
        self.level = level;
        match level {
            Level::Top => (self.segment_end, self.cluster_end) = (None, None),
            Level::Segment => (self.segment_end, self.cluster_end) = (end, None),
            Level::Cluster => self.cluster_end = end,
        }
    }

    fn read_top(&mut self, header: Header) -> Read {
        match header.id {
            id::EBML if self.assembly.began() => self.emit(FragmentEnd::NextHeader),
            id::EBML => self.read_document_header(header),
            id::SEGMENT if self.assembly.began() => {
                self.open_master(header, Level::Segment)?;
                Ok(Step::Again)
            }
            id::SEGMENT => Err(DamageReason::BadNesting),
            other if id::is_global(other) => self.pass_over(header, false),
            _ => Err(DamageReason::InvalidElement),
        }
    }

    fn read_document_header(&mut self, header: Header) -> Read {
        if header.size.is_none_or(|size| size > length(self.limits.header_bytes)) {
            return Err(DamageReason::InvalidElement);
        }
        let Some((element, total)) = whole(&self.buffer, header, self.limits.element_bytes)? else {
            return Ok(Step::Starved);
        };
        if !resync::is_matroska_header(element.body) {
            return Err(DamageReason::InvalidElement);
        }
        self.begin_fragment();
        self.assembly.begin_document();
        self.consume(total)?;
        Ok(Step::Again)
    }

    fn read_in_segment(&mut self, header: Header) -> Read {
        match header.id {
            id::EBML if self.segment_end.is_none() => {
                self.enter(Level::Top, None);
                Ok(Step::Again)
            }
            id::EBML | id::SEGMENT => Err(DamageReason::BadNesting),
            id::CLUSTER => self.read_cluster_start(header),
            id::TAGS | id::TRACKS | id::INFO => self.read_declaration(header),
            other if id::is_cluster_child(other) => Err(DamageReason::BadNesting),
            other => self.pass_over(header, !id::is_segment_child(other) && !id::is_global(other)),
        }
    }

    fn read_cluster_start(&mut self, header: Header) -> Read {
        if self.source == Source::Producer && self.assembly.has_cluster() {
            return self.emit(FragmentEnd::NextHeader);
        }
        self.begin_fragment();
        self.open_master(header, Level::Cluster)?;
        self.assembly.begin_cluster();
        Ok(Step::Again)
    }

    fn read_declaration(&mut self, header: Header) -> Read {
        self.begin_fragment();
        let Some((element, total)) = whole(&self.buffer, header, self.limits.element_bytes)? else {
            return Ok(Step::Starved);
        };
        let mut closes = false;
        match element.id {
            id::TAGS => closes = self.assembly.tags(element)?,
            id::TRACKS => self.assembly.tracks(element)?,
            _ => self.assembly.info(element)?,
        }
        self.consume(total)?;
        if closes && self.source == Source::Consumer {
            return self.emit(FragmentEnd::ContinuationToken);
        }
        Ok(Step::Again)
    }

    fn read_in_cluster(&mut self, header: Header) -> Read {
        match header.id {
            id::SIMPLE_BLOCK | id::BLOCK_GROUP | id::TIMECODE => self.read_cluster_child(header),
            other if id::is_segment_child(other) || matches!(other, id::EBML | id::SEGMENT) => {
                if self.cluster_end.is_some() {
                    return Err(DamageReason::BadNesting);
                }
                self.enter(Level::Segment, self.segment_end);
                Ok(Step::Again)
            }
            other => self.pass_over(header, !id::is_cluster_child(other) && !id::is_global(other)),
        }
    }

    fn read_cluster_child(&mut self, header: Header) -> Read {
        let Some((element, total)) = whole(&self.buffer, header, self.limits.element_bytes)? else {
            return Ok(Step::Starved);
        };
        match element.id {
            id::SIMPLE_BLOCK => self.assembly.block(element)?,
            id::BLOCK_GROUP => self.assembly.block_group(element)?,
            _ => self.assembly.timecode(element)?,
        }
        self.consume(total)?;
        Ok(Step::Again)
    }

    /// Enters a segment or cluster.
    fn open_master(&mut self, header: Header, level: Level) -> Result<(), DamageReason> {
        let total = header.total();
        let end = total.map(|total| self.buffer.at().saturating_add(total));
        self.consume(header.len)?;
        self.enter(level, end);
        Ok(())
    }

    fn begin_fragment(&mut self) {
        if !self.assembly.began() {
            self.buffer.forget_read();
            self.assembly.begin(self.buffer.at());
        }
    }

    fn emit(&mut self, end: FragmentEnd) -> Read {
        if self.assembly.is_doubtful() && self.hides_a_header(self.buffer.held_and(0)) {
            return Err(DamageReason::InvalidElement);
        }
        self.rescans = 0;
        self.buffer.forget_read();
        Ok(Step::Item(Item::Fragment(self.assembly.take(end))))
    }

    /// Moves past bytes that belong to the open fragment.
    fn consume(&mut self, count: usize) -> Result<(), DamageReason> {
        self.assembly.hold(length(count))?;
        self.buffer.advance(count);
        Ok(())
    }
}

/// The element at the reading position and its length, once all of it is there.
fn whole(
    buffer: &Buffer,
    header: Header,
    max_bytes: usize,
) -> Result<Option<(Element<'_>, usize)>, DamageReason> {
    let size = header.size.ok_or(DamageReason::InvalidElement)?;
    let size = usize::try_from(size).ok().filter(|&size| size <= max_bytes);
    let size = size.ok_or(DamageReason::ElementTooLarge)?;
    let total = header.len.saturating_add(size);
    let body = buffer.rest().get(header.len..total);
    Ok(body.map(|body| (Element { id: header.id, body }, total)))
}
