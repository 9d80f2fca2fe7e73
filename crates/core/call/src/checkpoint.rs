//! Where a call's reading stands, to be kept by its owner and given to the next one.

use model::{Channel, FragmentNumber, MediaTime, Timestamp};
use serde::{Deserialize, Serialize};

use crate::SAMPLE_RATE_HZ;

/// Where a call's reading stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last fragment that was read whole and decided on.
    pub last_complete: Option<FragmentNumber>,
    /// The producer's own time up to which audio was given.
    pub producer_time: Option<Timestamp>,
    /// What position zero is; absent before the first accepted fragment.
    pub origin: Option<Origin>,
    /// How many samples of each channel were given, by [`Channel::index`].
    pub samples: [u64; 2],
}

/// What position zero of the timeline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The producer's timecode of the first sample, in milliseconds.
    pub timecode_ms: i64,
    /// The wall time of the first sample.
    pub wall: Timestamp,
}

impl Checkpoint {
    /// How far a channel's audio was given.
    #[must_use]
    pub fn position(&self, channel: Channel) -> MediaTime {
        MediaTime::from_samples(self.samples[channel.index()], SAMPLE_RATE_HZ)
    }

    /// The same call read again from `to`: what both channels gave after it will be given once more.
    ///
    /// A new owner rewinds to the start of the oldest speech that the old one had not finished.
    #[must_use]
    pub fn rewound(mut self, to: MediaTime) -> Self {
        let Some(origin) = self.origin else { return self };
        let to = to.as_samples(SAMPLE_RATE_HZ);
        if self.samples.iter().all(|&given| given <= to) {
            return self;
        }
        let at = MediaTime::from_samples(to, SAMPLE_RATE_HZ);
        self.samples = self.samples.map(|given| given.min(to));
        self.producer_time = Some(Timestamp::from_millis(origin.timecode_ms) + at.since(MediaTime::ZERO));
        self.last_complete = None;
        self
    }
}
