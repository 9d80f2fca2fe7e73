//! Maps and sets of words of ours, asked once or more for every word that is heard.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

/// What our words mean.
pub(crate) type WordMap<V> = HashMap<&'static str, V, BuildHasherDefault<Fnv>>;

/// Words of ours.
pub(crate) type WordSet = HashSet<&'static str, BuildHasherDefault<Fnv>>;

/// FNV-1a: fast for short words. What is in the maps is ours alone, so nobody can make words collide in them.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        // The maps take the highest bits and the lowest.
        self.0 ^ (self.0 >> 29)
    }
}
