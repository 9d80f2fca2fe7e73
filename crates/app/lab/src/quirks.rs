//! What is odd about Connect's streams, and how much of it a call gets.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// How a call's fragments look. Chances are per thousand; the same seed gives the same fragments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// Which track has number 1.
    pub track_order: TrackOrder,
    /// Blocks per track and fragment: 16 of 64 ms make Connect's fragments of 1.024 s.
    pub blocks_per_fragment: usize,
    /// Samples per block and track: 512 are Connect's 1024 bytes.
    pub block_samples: usize,
    /// Chance that a silent block is cut to 192 bytes while the timecodes stay on their grid.
    pub short_block: u16,
    /// Chance that a fragment in the middle carries no tags at all.
    pub untagged: u16,
    /// Chance that a fragment in the middle carries tags without `ContactId`.
    pub partly_tagged: u16,
    /// Fragments at the start without `ContactId`: it comes late.
    pub late_identity: usize,
    /// Whether the last fragment lacks its tags.
    pub untagged_end: bool,
    /// Whether the tags also come before the first cluster.
    pub tags_before: bool,
    /// Whether names are padded with zero bytes.
    pub padded_names: bool,
    /// Chance that a second of the call is never sent.
    pub missing_second: u16,
    /// Whether a silent block holds the bytes of an EBML header.
    pub header_in_audio: bool,
}

/// Which track has number 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackOrder {
    /// What the customer says.
    CustomerFirst,
    /// What the customer hears.
    ToCustomerFirst,
    /// The seed decides.
    Either,
}

impl Quirks {
    /// None: every fragment tagged, every block whole.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            track_order: TrackOrder::CustomerFirst,
            blocks_per_fragment: 16,
            block_samples: 512,
            short_block: 0,
            untagged: 0,
            partly_tagged: 0,
            late_identity: 0,
            untagged_end: false,
            tags_before: false,
            padded_names: false,
            missing_second: 0,
            header_in_audio: false,
        }
    }

    /// What real streams show every day.
    #[must_use]
    pub const fn connect() -> Self {
        Self {
            track_order: TrackOrder::Either,
            short_block: 10,
            untagged: 80,
            partly_tagged: 80,
            untagged_end: true,
            tags_before: true,
            ..Self::plain()
        }
    }

    /// What a stream may show on its worst day.
    #[must_use]
    pub const fn hostile() -> Self {
        Self {
            short_block: 60,
            untagged: 250,
            partly_tagged: 250,
            late_identity: 2,
            tags_before: false,
            padded_names: true,
            missing_second: 40,
            header_in_audio: true,
            ..Self::connect()
        }
    }
}

impl Default for Quirks {
    fn default() -> Self {
        Self::connect()
    }
}

/// A name of no preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("quirks are plain, connect or hostile")]
pub struct UnknownQuirks;

impl FromStr for Quirks {
    type Err = UnknownQuirks;

    fn from_str(name: &str) -> Result<Self, UnknownQuirks> {
        match name {
            "plain" => Ok(Self::plain()),
            "connect" => Ok(Self::connect()),
            "hostile" => Ok(Self::hostile()),
            _ => Err(UnknownQuirks),
        }
    }
}

/// A small generator of numbers that depend on nothing but its seed (Steele et al., `SplitMix64`).
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True with this chance per thousand.
    pub(crate) const fn chance(&mut self, per_mille: u16) -> bool {
        // A u16 always fits.
        self.roll() % 1_000 < per_mille as u64
    }

    /// An id of the form of a UUID, version 4.
    pub(crate) fn uuid(&mut self) -> uuid::Uuid {
        let bits = (u128::from(self.roll()) << 64) | u128::from(self.roll());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dice")
    }
}
