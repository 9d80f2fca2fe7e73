//! The faults of one call, in the order in which it meets them.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::FaultKind;

/// A quarter of a second's bytes at a time, when a body is slowed down.
const SLICES_PER_SECOND: u64 = 4;

/// What happens in a call, and how many fragments it has seen.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    fragments: u64,
    close_at: Option<Instant>,
    close_after: Option<u64>,
    stall: Option<(u64, Option<Duration>)>,
    reset_after: Option<u64>,
    error: Option<(u64, u16)>,
    corrupt: Option<(u64, u64, u64)>,
    drop_every: Option<u64>,
    bytes_per_second: Option<u64>,
}

impl Plan {
    pub(crate) fn new(faults: &[FaultKind], now: Instant) -> Self {
        let mut plan = Self::default();
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        for fault in faults {
            match *fault {
                FaultKind::Close { after_seconds, after_fragments } => {
                    plan.close_at = after_seconds.map(|after| now + seconds(after)).or(plan.close_at);
                    plan.close_after = after_fragments.or(plan.close_after);
                }
                FaultKind::Stall { after_fragments, seconds: length } => {
                    plan.stall = Some((after_fragments, length.map(seconds)));
                }
                FaultKind::Reset { after_fragments } => plan.reset_after = Some(after_fragments),
                FaultKind::Kms { code, after_fragments } | FaultKind::Error { code, after_fragments } => {
                    plan.error = Some((after_fragments, code));
                }
                FaultKind::Corrupt { seed, every, bytes } => plan.corrupt = Some((seed, every, bytes)),
                FaultKind::Slow { bytes_per_second } => plan.bytes_per_second = Some(bytes_per_second),
                FaultKind::Drop { every } => plan.drop_every = Some(every),
                FaultKind::Throttle | FaultKind::Reject { .. } => {}
            }
        }
        plan
    }

    /// A fragment passed.
    pub(crate) const fn count_fragment(&mut self) {
        self.fragments += 1;
    }

    /// When the call is closed, if by time.
    pub(crate) const fn close_at(&self) -> Option<Instant> {
        self.close_at
    }

    /// Whether the call is closed before its next fragment.
    pub(crate) fn closes_now(&self) -> bool {
        self.close_after.is_some_and(|after| self.fragments >= after)
    }

    /// Whether the next fragment breaks off.
    pub(crate) fn resets_now(&self) -> bool {
        self.reset_after.is_some_and(|after| self.fragments >= after)
    }

    /// The error that comes in place of the next fragment.
    pub(crate) fn error_now(&self) -> Option<u16> {
        self.error.filter(|(after, _)| self.fragments >= *after).map(|(_, code)| code)
    }

    /// Takes the stall that comes before the next fragment: for so long, or for ever.
    pub(crate) fn take_stall(&mut self) -> Option<Option<Duration>> {
        if self.stall.is_some_and(|(after, _)| self.fragments >= after) {
            return self.stall.take().map(|(_, length)| length);
        }
        None
    }

    /// Whether the next fragment is left out.
    pub(crate) fn drops_next(&self) -> bool {
        self.drop_every.is_some_and(|every| (self.fragments + 1).is_multiple_of(every))
    }

    /// Changes bytes of the next fragment's cluster, when it is one of those.
    pub(crate) fn corrupt(&self, cluster: Bytes) -> Bytes {
        let Some((seed, every, count)) = self.corrupt else { return cluster };
        if !(self.fragments + 1).is_multiple_of(every) || cluster.is_empty() {
            return cluster;
        }
        let mut bytes = Vec::from(cluster);
        let mut state = seed ^ self.fragments.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for _ in 0..count.min(bytes.len() as u64) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from((state >> 16) % bytes.len() as u64).unwrap_or(0);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= u8::try_from(state >> 8 & 0xFF).unwrap_or(0) | 1;
            }
        }
        Bytes::from(bytes)
    }

    /// How many bytes go in one piece, and how long to wait after `len` of them.
    pub(crate) fn slice_bytes(&self) -> Option<usize> {
        let slice = self.bytes_per_second? / SLICES_PER_SECOND;
        Some(usize::try_from(slice.max(1)).unwrap_or(usize::MAX))
    }

    /// How long `len` bytes take.
    pub(crate) fn pause_after(&self, len: usize) -> Option<Duration> {
        let per_second = self.bytes_per_second?;
        Some(Duration::from_micros((len as u64).saturating_mul(1_000_000) / per_second.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(faults: &[&str]) -> Plan {
        let kinds: Vec<_> =
            faults.iter().map(|text| text.parse::<super::super::Fault>().unwrap().kind).collect();
        Plan::new(&kinds, Instant::now())
    }

    #[test]
    fn the_same_seed_changes_the_same_bytes_of_every_second_fragment() {
        let original = Bytes::from(vec![0; 100]);
        let mut a = plan(&["corrupt:seed=7,every=2,bytes=3"]);
        assert_eq!(a.corrupt(original.clone()), original);
        a.count_fragment();
        let changed = a.corrupt(original.clone());
        assert_ne!(changed, original);
        let mut b = plan(&["corrupt:seed=7,every=2,bytes=3"]);
        b.count_fragment();
        assert_eq!(b.corrupt(original), changed);
    }

    #[test]
    fn counted_faults_come_after_their_fragments_and_a_stall_comes_once() {
        let mut plan =
            plan(&["close:after_fragments=2", "stall:after_fragments=1,seconds=3", "kms:code=4501"]);
        assert_eq!(plan.error_now(), Some(4501));
        assert!(!plan.closes_now());
        assert_eq!(plan.take_stall(), None);
        plan.count_fragment();
        assert_eq!(plan.take_stall(), Some(Some(Duration::from_secs(3))));
        assert_eq!(plan.take_stall(), None);
        plan.count_fragment();
        assert!(plan.closes_now());
    }

    #[test]
    fn a_slow_body_goes_in_slices_with_pauses() {
        let plan = plan(&["slow:bytes_per_second=4000"]);
        assert_eq!(plan.slice_bytes(), Some(1000));
        assert_eq!(plan.pause_after(1000), Some(Duration::from_millis(250)));
    }
}
