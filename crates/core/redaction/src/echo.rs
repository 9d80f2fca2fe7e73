//! Remembers which digits were masked, without keeping them.

use std::collections::{BTreeMap, VecDeque};

use events::EntityKind;

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
    known: BTreeMap<u64, EntityKind>,
    order: VecDeque<u64>,
}

impl std::fmt::Debug for EchoMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EchoMemory").field("fingerprints", &self.order.len()).finish_non_exhaustive()
    }
}

impl EchoMemory {
    pub(crate) const fn new(key: [u8; 16]) -> Self {
        Self { key, known: BTreeMap::new(), order: VecDeque::new() }
    }

    /// Remembers masked digits, or the characters of a masked code.
    pub(crate) fn remember(&mut self, digits: &[u8], kind: EntityKind) {
        if digits.len() == SHORT {
            self.insert(siphash(self.key, digits), kind);
        }
        // More would only push out what is remembered of the same number.
        for gram in digits.windows(NGRAM).take(MAX_FINGERPRINTS) {
            self.insert(siphash(self.key, gram), kind);
        }
    }

    /// What these digits, or four in a row of them, were masked as before.
    pub(crate) fn kind_of(&self, digits: &[u8]) -> Option<EntityKind> {
        if self.known.is_empty() {
            return None;
        }
        let known = |part: &[u8]| self.known.get(&siphash(self.key, part)).copied();
        let whole = if digits.len() == SHORT { known(digits) } else { None };
        whole.or_else(|| digits.windows(NGRAM).find_map(known))
    }

    fn insert(&mut self, fingerprint: u64, kind: EntityKind) {
        if self.known.insert(fingerprint, kind).is_none() {
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
pub(crate) fn siphash(key: [u8; 16], input: &[u8]) -> u64 {
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
        memory.remember(b"4111222233334444", EntityKind::Card);
        assert_eq!(memory.kind_of(b"2222"), Some(EntityKind::Card));
        assert_eq!(memory.kind_of(b"93333"), Some(EntityKind::Card));
        assert_eq!(memory.kind_of(b"9999"), None);
        assert_eq!(memory.kind_of(b"411"), None);
    }

    #[test]
    fn a_security_code_is_known_only_as_a_whole() {
        let mut memory = EchoMemory::new([7; 16]);
        memory.remember(b"123", EntityKind::Card);
        assert_eq!(memory.kind_of(b"123"), Some(EntityKind::Card));
        assert_eq!(memory.kind_of(b"1234"), None);
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = EchoMemory::new([7; 16]);
        for n in 0..9_000 {
            memory.remember(format!("{n:04}").as_bytes(), EntityKind::Card);
        }
        assert_eq!((memory.known.len(), memory.order.len()), (MAX_FINGERPRINTS, MAX_FINGERPRINTS));
        assert_eq!(memory.kind_of(b"8999"), Some(EntityKind::Card));
    }

    #[test]
    fn printing_shows_neither_key_nor_fingerprints() {
        let mut memory = EchoMemory::new([7; 16]);
        memory.remember(b"1234", EntityKind::Card);
        assert_eq!(format!("{memory:?}"), "EchoMemory { fingerprints: 1, .. }");
    }
}
