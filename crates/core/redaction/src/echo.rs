//! Remembers which digits were masked, without keeping them.

use std::collections::{BTreeSet, VecDeque};

/// The most fingerprints that one call keeps. Beyond it the oldest are forgotten.
pub(crate) const MAX_FINGERPRINTS: usize = 4_096;

/// How many digits in a row make a fingerprint: fewer would meet harmless numbers by chance.
pub(crate) const NGRAM: usize = 4;

/// A number as short as this is remembered as a whole: a security code.
const SHORT: usize = 3;

/// Keyed fingerprints of masked digits: tells when the other side repeats them. Without the key, which lives
/// as long as the call, they tell nothing.
#[derive(Clone)]
pub(crate) struct EchoMemory {
    key: [u8; 16],
    known: BTreeSet<u64>,
    order: VecDeque<u64>,
}

impl std::fmt::Debug for EchoMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EchoMemory").field("fingerprints", &self.order.len()).finish_non_exhaustive()
    }
}

impl EchoMemory {
    pub(crate) const fn new(key: [u8; 16]) -> Self {
        Self { key, known: BTreeSet::new(), order: VecDeque::new() }
    }

    /// Remembers masked digits.
    pub(crate) fn remember(&mut self, digits: &[u8]) {
        if digits.len() == SHORT {
            self.insert(siphash(self.key, digits));
        }
        // More would only push out what is remembered of the same number.
        for gram in digits.windows(NGRAM).take(MAX_FINGERPRINTS) {
            self.insert(siphash(self.key, gram));
        }
    }

    /// Whether these digits, or four in a row of them, were masked before.
    pub(crate) fn knows(&self, digits: &[u8]) -> bool {
        if self.known.is_empty() {
            return false;
        }
        (digits.len() == SHORT && self.known.contains(&siphash(self.key, digits)))
            || digits.windows(NGRAM).any(|gram| self.known.contains(&siphash(self.key, gram)))
    }

    fn insert(&mut self, fingerprint: u64) {
        if self.known.insert(fingerprint) {
            self.order.push_back(fingerprint);
            if self.order.len() > MAX_FINGERPRINTS
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
    }
}

/// SipHash-2-4 of Aumasson and Bernstein: a keyed hash for short inputs.
fn siphash(key: [u8; 16], input: &[u8]) -> u64 {
    let word = |bytes: &[u8]| {
        let mut block = [0; 8];
        for (place, byte) in block.iter_mut().zip(bytes) {
            *place = *byte;
        }
        u64::from_le_bytes(block)
    };
    let (k0, k1) = (word(&key[..8]), word(&key[8..]));
    let mut state = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let blocks = input.chunks_exact(8);
    let rest = blocks.remainder();
    let length = u64::try_from(input.len()).unwrap_or(0) << 56;
    for block in blocks.map(word).chain([length | word(rest)]) {
        state[3] ^= block;
        round(&mut state);
        round(&mut state);
        state[0] ^= block;
    }
    state[2] ^= 0xff;
    for _ in 0..4 {
        round(&mut state);
    }
    state.iter().fold(0, |hash, part| hash ^ part)
}

fn round([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *c = c.wrapping_add(*d);
    *b = b.rotate_left(13) ^ *a;
    *d = d.rotate_left(16) ^ *c;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*b);
    *a = a.wrapping_add(*d);
    *b = b.rotate_left(17) ^ *c;
    *d = d.rotate_left(21) ^ *a;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        let key = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let input: Vec<u8> = (0..15).collect();
        assert_eq!(siphash(key, &input), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn four_digits_in_a_row_are_known_again() {
        let mut memory = EchoMemory::new([7; 16]);
        memory.remember(b"4111222233334444");
        assert!(memory.knows(b"2222"));
        assert!(memory.knows(b"93333"));
        assert!(!memory.knows(b"9999"));
        assert!(!memory.knows(b"411"));
    }

    #[test]
    fn a_security_code_is_known_only_as_a_whole() {
        let mut memory = EchoMemory::new([7; 16]);
        memory.remember(b"123");
        assert!(memory.knows(b"123"));
        assert!(!memory.knows(b"1234"));
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = EchoMemory::new([7; 16]);
        for n in 0..9_000 {
            memory.remember(format!("{n:04}").as_bytes());
        }
        assert_eq!((memory.known.len(), memory.order.len()), (MAX_FINGERPRINTS, MAX_FINGERPRINTS));
        assert!(memory.knows(b"8999"));
    }

    #[test]
    fn printing_shows_neither_key_nor_fingerprints() {
        let mut memory = EchoMemory::new([7; 16]);
        memory.remember(b"1234");
        assert_eq!(format!("{memory:?}"), "EchoMemory { fingerprints: 1, .. }");
    }
}
