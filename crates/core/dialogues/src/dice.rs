//! Randomness that is the same on every machine and in every run.

/// A seeded generator (`SplitMix64`). Not for keys.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of one of many documents: neighbours have nothing in common.
    #[must_use]
    pub const fn of(seed: u64, stream: u64, number: u64) -> Self {
        let mut mixed = Self(seed ^ stream.rotate_left(48));
        let salt = mixed.next();
        Self(salt ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`; 0 where there are none.
    pub const fn roll(&mut self, sides: usize) -> usize {
        if sides == 0 {
            return 0;
        }
        (self.next() % sides as u64) as usize
    }

    /// A number from `least` to `most`, both included.
    pub const fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.roll(most.saturating_sub(least) + 1)
    }

    /// True in so many of a hundred throws.
    pub const fn percent(&mut self, chance: usize) -> bool {
        self.roll(100) < chance
    }

    /// One of some things.
    ///
    /// # Panics
    /// When there are none.
    pub const fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    /// A decimal digit.
    pub fn digit(&mut self) -> char {
        char::from(b'0' + u8::try_from(self.roll(10)).unwrap_or_default())
    }

    /// So many decimal digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| self.digit()).collect()
    }

    /// So many capital letters.
    pub fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'A' + u8::try_from(self.roll(26)).unwrap_or_default())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_falls_the_same_and_neighbours_differ() {
        let throw = |seed, number| Dice::of(seed, 1, number).digits(30);
        assert_eq!(throw(7, 3), throw(7, 3));
        assert_ne!(throw(7, 3), throw(7, 4));
        assert_ne!(throw(7, 3), throw(8, 3));
    }

    #[test]
    fn throws_stay_within_their_bounds() {
        let mut dice = Dice::new(1);
        for _ in 0..1_000 {
            assert!((3..=5).contains(&dice.between(3, 5)));
            assert!(dice.roll(6) < 6);
        }
        assert_eq!(dice.roll(0), 0);
    }
}
