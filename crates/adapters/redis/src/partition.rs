//! Which stream a key goes to.

/// The most streams that a bus or a queue is spread over.
pub(crate) const MAX_PARTITIONS: u32 = 1_024;

/// The partition of a key: the same on every host and in every version, since each side computes it by itself.
/// `partitions` is a power of two.
pub(crate) fn partition_of(key: &str, partitions: u32) -> u32 {
    // FNV-1a, folded so that the low bits depend on all.
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let folded = hash ^ (hash >> 32) ^ (hash >> 16);
    let low = u32::try_from(folded & u64::from(u32::MAX)).unwrap_or(0);
    low & (partitions - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_partition_over_versions() {
        assert_eq!(partition_of("acme/call-1", 64), 16);
        assert_eq!(partition_of("", 64), 35);
    }

    #[test]
    fn keys_that_differ_little_are_spread_evenly() {
        let mut counts = [0_u32; 64];
        for n in 0..6_400 {
            counts[partition_of(&format!("acme/call-{n}"), 64) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (50..200).contains(count)), "{counts:?}");
    }
}
