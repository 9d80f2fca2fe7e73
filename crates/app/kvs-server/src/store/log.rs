//! A stream's fragments, oldest first.

use std::collections::VecDeque;

use model::{FragmentNumber, Timestamp};

use super::{Content, DiskRef, Entry, FragmentInfo};

/// The index of one stream: at most `Limits::stream_fragments` entries, of which the newest hold their content in
/// memory up to `Limits::stream_memory_bytes`. Its users trim it after each append.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    /// Entries before it hold no content in memory.
    first_in_memory: usize,
    memory_bytes: u64,
    next_sequence: u64,
}

impl Log {
    /// An index that was read from disk.
    pub(crate) fn restored(entries: VecDeque<Entry>) -> Self {
        let first_in_memory = entries.len();
        Self { next_sequence: first_in_memory as u64, entries, first_in_memory, memory_bytes: 0 }
    }

    /// Adds the newest fragment.
    pub(crate) fn push(&mut self, info: FragmentInfo, content: Content) {
        let bytes = content.bytes();
        self.memory_bytes += bytes;
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.entries.push_back(Entry { info, sequence, bytes, content: Some(content), disk: None });
    }

    /// Notes that a fragment is on disk now.
    pub(crate) fn persisted(&mut self, number: &FragmentNumber, at: DiskRef) {
        if let Ok(index) = self.entries.binary_search_by(|entry| entry.info.number.cmp(number))
            && let Some(entry) = self.entries.get_mut(index)
        {
            entry.disk = Some(at);
        }
    }

    /// Bytes of content in memory.
    pub(crate) const fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(crate) fn newest(&self) -> Option<&Entry> {
        self.entries.back()
    }

    /// The fragment of this number.
    pub(crate) fn find(&self, number: &FragmentNumber) -> Option<&Entry> {
        let index = self.entries.binary_search_by(|entry| entry.info.number.cmp(number)).ok()?;
        self.entries.get(index)
    }

    /// The fragments after this number, or all.
    pub(crate) fn after(&self, number: Option<&FragmentNumber>) -> impl Iterator<Item = &Entry> {
        let index =
            number.map_or(0, |number| self.entries.partition_point(|entry| entry.info.number <= *number));
        self.entries.range(index..)
    }

    /// When the oldest fragment that is in memory came in.
    pub(crate) fn oldest_in_memory(&self) -> Option<Timestamp> {
        self.entries.get(self.first_in_memory).map(|entry| entry.info.server)
    }

    /// Takes the oldest content out of memory, and its fragment out of the index when it is nowhere else.
    /// `None` when there is none in memory; `Some(true)` when the fragment is gone.
    pub(crate) fn evict_oldest_content(&mut self) -> Option<bool> {
        let entry = self.entries.get_mut(self.first_in_memory)?;
        entry.content = None;
        self.memory_bytes = self.memory_bytes.saturating_sub(entry.bytes);
        if entry.disk.is_some() {
            self.first_in_memory += 1;
            return Some(false);
        }
        self.entries.remove(self.first_in_memory);
        Some(true)
    }

    /// Takes the oldest fragment out of the index while `gone` holds for it; gives how many went.
    pub(crate) fn drop_while(&mut self, mut gone: impl FnMut(&Entry) -> bool) -> u64 {
        let mut dropped = 0;
        while self.entries.front().is_some_and(&mut gone) {
            let Some(entry) = self.entries.pop_front() else { break };
            if entry.content.is_some() {
                self.memory_bytes = self.memory_bytes.saturating_sub(entry.bytes);
            }
            self.first_in_memory = self.first_in_memory.saturating_sub(1);
            dropped += 1;
        }
        dropped
    }

    /// Takes those fragments out of the index that were only on disk, in segments before `segment`.
    pub(crate) fn forget_disk_before(&mut self, segment: u64) -> u64 {
        for entry in &mut self.entries {
            match entry.disk {
                Some(at) if at.segment < segment => entry.disk = None,
                Some(_) | None => {}
            }
        }
        let before = self.entries.len();
        self.entries.retain(|entry| entry.content.is_some() || entry.disk.is_some());
        self.first_in_memory = self.entries.partition_point(|entry| entry.content.is_none());
        (before - self.entries.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn number(n: usize) -> FragmentNumber {
        FragmentNumber::new(&n.to_string()).unwrap()
    }

    fn log(count: usize) -> Log {
        let mut log = Log::default();
        for n in 1..=count {
            let at = Timestamp::from_millis(i64::try_from(n).unwrap() * 1_000);
            let info = FragmentInfo { number: number(n), producer: at, server: at, duration_ms: 1_000 };
            log.push(info, Content { cluster: Bytes::from_static(b"0123456789"), ..Content::default() });
        }
        log
    }

    const AT: DiskRef = DiskRef { segment: 1, offset: 0, lengths: [0, 0, 10, 0] };

    #[test]
    fn a_reader_goes_on_after_its_last_number_also_when_that_one_is_gone() {
        let mut log = log(10);
        assert_eq!(log.after(Some(&number(9))).next().unwrap().info.number, number(10));
        assert!(log.after(Some(&number(10))).next().is_none());
        log.drop_while(|entry| entry.info.number < number(5));
        assert_eq!(log.after(Some(&number(2))).next().unwrap().info.number, number(5));
        assert_eq!(log.after(None).next().unwrap().info.number, number(5));
    }

    #[test]
    fn content_that_is_only_in_memory_takes_its_fragment_along() {
        let mut log = log(3);
        log.persisted(&number(1), AT);
        assert_eq!(log.evict_oldest_content(), Some(false));
        assert_eq!(log.evict_oldest_content(), Some(true));
        assert_eq!(log.len(), 2);
        assert_eq!(log.memory_bytes(), 10);
        assert!(log.find(&number(1)).unwrap().content.is_none());
        assert!(log.find(&number(2)).is_none());
        assert_eq!(log.evict_oldest_content(), Some(true));
        assert_eq!(log.evict_oldest_content(), None);
        assert_eq!(log.memory_bytes(), 0);
    }

    #[test]
    fn a_lost_segment_takes_only_what_is_nowhere_else() {
        let mut log = log(3);
        for n in 1..=2 {
            log.persisted(&number(n), AT);
        }
        log.evict_oldest_content();
        assert_eq!(log.forget_disk_before(2), 1);
        assert!(log.find(&number(1)).is_none());
        assert!(log.find(&number(2)).unwrap().content.is_some());
        assert_eq!(log.oldest_in_memory(), Some(Timestamp::from_millis(2_000)));
    }
}
