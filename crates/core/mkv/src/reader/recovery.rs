//! What is not read: elements of no use, damage, and what the end cuts off.

use super::{FragmentReader, Level, Read, State, Step};
use crate::{
    DamageReason, FragmentEnd, Item,
    buffer::length,
    element::Header,
    id,
    limits::MAX_RESCANS,
    resync::{self, Search},
};

/// What stands around the body of an EBML header: its id and size, and the segment's id.
const HEADER_FRAME_BYTES: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skip {
    from: u64,
    until: u64,
    /// Keep the bytes, for a resync.
    hold: bool,
    /// Look for a header inside: with this id and size, that means that it is no element but damage.
    watch: bool,
}

impl FragmentReader {
    /// Begins to pass over an element.
    pub(super) fn pass_over(&mut self, header: Header, watch: bool) -> Read {
        let total = header.total().ok_or(DamageReason::InvalidElement)?;
        let from = self.buffer.at();
        let hold = self.assembly.began() && total <= length(self.limits.element_bytes);
        if hold {
            self.assembly.hold(total)?;
        } else if self.assembly.began() {
            // Once these bytes are let go, they cannot be read again; so first see whether a header reaches to here.
            let reach = self.limits.header_bytes.saturating_add(HEADER_FRAME_BYTES);
            if self.buffer.rest().len() < reach && !self.finished {
                return Ok(Step::Starved);
            }
            if self.hides_a_header(self.buffer.held_and(reach)) {
                return Err(DamageReason::InvalidElement);
            }
        }
        if watch {
            self.assembly.doubt();
        }
        // The short ids of padding and of cluster parts are easily found in noise, with any size.
        let watch = watch || (!hold && !id::is_segment_child(header.id));
        self.state = State::Skip(Skip { from, until: from.saturating_add(total), hold, watch });
        Ok(Step::Again)
    }

    pub(super) fn skip(&mut self, skip: Skip) -> Step {
        let left = usize::try_from(skip.until.saturating_sub(self.buffer.at())).unwrap_or(usize::MAX);
        let rest = self.buffer.rest();
        let there = rest.get(..left).unwrap_or(rest);
        let complete = there.len() == left;
        let found = match skip.watch {
            true => resync::find_header(there, self.limits.header_bytes, !complete && !self.finished),
            false => Search::Absent(there.len()),
        };
        match found {
            Search::Found(count) => {
                self.pass(count, skip.hold);
                return self.damage(skip.from, DamageReason::InvalidElement);
            }
            Search::Pending(count) | Search::Absent(count) => self.pass(count, skip.hold),
        }
        if !complete {
            return Step::Starved;
        }
        self.state = State::Read;
        Step::Again
    }

    fn pass(&mut self, count: usize, hold: bool) {
        self.buffer.advance(count);
        if !hold {
            self.buffer.forget_read();
        }
    }

    /// Loses the open fragment and begins to look for the next header, first among the bytes of the lost one: a
    /// damaged size may have swallowed it.
    pub(super) fn damage(&mut self, at: u64, reason: DamageReason) -> Step {
        let mut offset = at;
        if self.assembly.began() {
            offset = self.assembly.fragment().offset;
            if self.rescans < MAX_RESCANS {
                self.buffer.rewind();
            }
            if self.buffer.at() == offset {
                self.buffer.advance(1);
            }
        }
        self.rescans = self.rescans.saturating_add(1);
        self.assembly.abandon();
        self.enter(Level::Top, None);
        self.state = State::Scan { offset, reason };
        Step::Again
    }

    pub(super) fn scan(&mut self, offset: u64, reason: DamageReason) -> Step {
        let found = resync::find_header(self.buffer.rest(), self.limits.header_bytes, !self.finished);
        let (Search::Found(count) | Search::Pending(count) | Search::Absent(count)) = found;
        self.buffer.advance(count);
        self.buffer.forget_read();
        if !matches!(found, Search::Found(_)) {
            return Step::Starved;
        }
        self.state = State::Read;
        Step::Item(Item::Damaged { offset, skipped: self.buffer.at().saturating_sub(offset), reason })
    }

    /// What the end of the bytes leaves.
    pub(super) fn at_end(&mut self) -> Option<Item> {
        let cut = !self.buffer.rest().is_empty() || matches!(self.state, State::Skip(_));
        match self.state {
            State::Done => return None,
            State::Scan { offset, reason } => {
                self.state = State::Done;
                let skipped = self.buffer.end().saturating_sub(offset);
                return Some(Item::Damaged { offset, skipped, reason });
            }
            State::Read | State::Skip(_)
                if (cut || self.assembly.is_doubtful())
                    && self.hides_a_header(self.buffer.held_and(usize::MAX)) =>
            {
                self.damage(self.buffer.at(), DamageReason::InvalidElement);
                return self.next();
            }
            State::Read | State::Skip(_) => {}
        }
        if cut && !self.assembly.began() {
            if self.level == Level::Top && !resync::is_header_start(self.buffer.rest()) {
                self.damage(self.buffer.at(), DamageReason::InvalidElement);
                return self.next();
            }
            self.assembly.begin(self.buffer.at());
        }
        self.state = State::Done;
        let open = self.segment_end.is_some() || self.cluster_end.is_some();
        let end = if cut || open { FragmentEnd::Truncated } else { FragmentEnd::EndOfStream };
        self.assembly.began().then(|| Item::Fragment(self.assembly.take(end)))
    }

    /// Whether the open fragment's bytes hold a further header. Sound may, so this is asked only of a fragment that
    /// the end cut off, that has unknown elements, or that passes over more than can be held: of these, damage that
    /// happens to read as elements is likelier.
    pub(super) fn hides_a_header(&self, fragment: &[u8]) -> bool {
        let after_own = fragment.get(1..).unwrap_or_default();
        let found = resync::find_header(after_own, self.limits.header_bytes, false);
        self.assembly.began() && matches!(found, Search::Found(_))
    }
}
