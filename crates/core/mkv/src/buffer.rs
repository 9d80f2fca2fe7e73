//! The bytes that are not read yet, and those of the open fragment, which a resync may have to read again.

/// How much more than needed is reserved at once, so that a fragment's growth costs few allocations and little slack.
const GROWTH_BYTES: usize = 1 << 10;

#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// Stream offset of the first held byte.
    base: u64,
    /// Index of the next byte to read.
    pos: usize,
    /// Index of the first byte that is still needed.
    keep: usize,
}

impl Buffer {
    /// Takes more bytes of the stream and forgets those that are no longer needed.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.keep > 0 {
            self.bytes.drain(..self.keep.min(self.bytes.len()));
            self.base = self.base.saturating_add(length(self.keep));
            self.pos = self.pos.saturating_sub(self.keep);
            self.keep = 0;
        }
        append(&mut self.bytes, bytes);
    }

    /// Moves the reading position on.
    pub(crate) fn advance(&mut self, count: usize) {
        self.pos = self.pos.saturating_add(count).min(self.bytes.len());
    }

    /// Needs nothing before the reading position any more.
    pub(crate) const fn forget_read(&mut self) {
        self.keep = self.pos;
    }

    /// Goes back to the first byte that is still needed.
    pub(crate) const fn rewind(&mut self) {
        self.pos = self.keep;
    }

    /// The unread bytes.
    pub(crate) fn rest(&self) -> &[u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    /// The bytes from the first that is still needed, to at most so many beyond the reading position.
    pub(crate) fn held_and(&self, beyond: usize) -> &[u8] {
        let end = self.pos.saturating_add(beyond).min(self.bytes.len());
        self.bytes.get(self.keep..end).unwrap_or_default()
    }

    /// The stream offset of the reading position.
    pub(crate) fn at(&self) -> u64 {
        self.base.saturating_add(length(self.pos))
    }

    /// The stream offset of the first byte that was not pushed yet.
    pub(crate) fn end(&self) -> u64 {
        self.base.saturating_add(length(self.bytes.len()))
    }
}

/// Appends with modest slack: `Vec`'s doubling would hold twice a fragment for every call.
pub(crate) fn append(to: &mut Vec<u8>, bytes: &[u8]) {
    if to.capacity().saturating_sub(to.len()) < bytes.len() {
        to.reserve_exact(bytes.len().saturating_add(to.len() >> 4).saturating_add(GROWTH_BYTES));
    }
    to.extend_from_slice(bytes);
}

pub(crate) fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
