//! The outline of a recording, for drawing it.

/// How many peaks one second has.
pub const PEAKS_PER_SECOND: u32 = 20;

/// The most peaks that are kept: 24 hours. What comes after is not drawn.
pub const MAX_PEAKS: usize = 24 * 3_600 * 20;

const FULL_SCALE: u32 = 32_768;

/// Collects the largest magnitude of each twentieth of a second, 0 to 100 in linear scale.
#[derive(Clone, Debug)]
pub struct Peaks {
    rate_hz: u32,
    done: Vec<u8>,
    /// Samples of all blocks so far.
    seen: u64,
    /// The largest magnitude of the open stretch.
    loudest: u16,
    /// The number of the first sample after the open stretch.
    boundary: u64,
}

impl Peaks {
    /// Peaks of one channel.
    #[must_use]
    pub fn new(rate_hz: u32) -> Self {
        let rate_hz = rate_hz.max(PEAKS_PER_SECOND);
        Self { rate_hz, done: Vec::new(), seen: 0, loudest: 0, boundary: boundary(rate_hz, 0) }
    }

    /// Takes the next block.
    pub fn push(&mut self, mut block: &[i16]) {
        while !block.is_empty() && self.done.len() < MAX_PEAKS {
            let room = usize::try_from(self.boundary - self.seen).unwrap_or(usize::MAX);
            let (now, later) = block.split_at(room.min(block.len()));
            self.loudest = self.loudest.max(crate::peak(now));
            self.seen += u64::try_from(now.len()).unwrap_or(0);
            if self.seen == self.boundary {
                self.done.push(percent(self.loudest));
                self.loudest = 0;
                self.boundary = boundary(self.rate_hz, self.done.len());
            }
            block = later;
        }
    }

    /// All peaks; a last stretch that is shorter counts as one.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let last = boundary(self.rate_hz, self.done.len()).min(self.boundary);
        let opened = self.done.len().checked_sub(1).map_or(0, |n| boundary(self.rate_hz, n));
        if self.seen > opened && self.seen < last && self.done.len() < MAX_PEAKS {
            self.done.push(percent(self.loudest));
        }
        self.done
    }
}

/// The number of the first sample after stretch `n`. Exact for rates that twenty does not divide.
fn boundary(rate_hz: u32, n: usize) -> u64 {
    let after = u64::try_from(n).unwrap_or(u64::MAX).saturating_add(1);
    after.saturating_mul(u64::from(rate_hz)) / u64::from(PEAKS_PER_SECOND)
}

/// Rounded up: what is not silent is seen.
fn percent(magnitude: u16) -> u8 {
    u8::try_from((u32::from(magnitude) * 100).div_ceil(FULL_SCALE)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peaks(rate_hz: u32, blocks: &[&[i16]]) -> Vec<u8> {
        let mut peaks = Peaks::new(rate_hz);
        for block in blocks {
            peaks.push(block);
        }
        peaks.finish()
    }

    #[test]
    fn one_second_has_twenty_peaks_at_every_rate() {
        for rate in [8_000, 11_025, 16_000, 44_100] {
            let second = vec![1; usize::try_from(rate).unwrap()];
            assert_eq!(peaks(rate, &[&second]), vec![1; 20]);
        }
    }

    #[test]
    fn each_stretch_shows_its_own_loudest_sample() {
        let mut sound = vec![0; 1_000];
        sound[399] = i16::MIN;
        sound[400] = 16_384;
        sound[900] = -328;
        assert_eq!(peaks(8_000, &[&sound]), [100, 50, 2]);
    }

    #[test]
    fn any_cut_into_blocks_gives_the_same() {
        let sound: Vec<i16> = (0..1_900).map(|n| i16::try_from(n * 17).unwrap()).collect();
        let whole = peaks(8_000, &[&sound]);
        for cut in [1, 7, 399, 400, 401] {
            assert_eq!(peaks(8_000, &sound.chunks(cut).collect::<Vec<_>>()), whole);
        }
    }

    #[test]
    fn nothing_has_no_peaks() {
        assert_eq!(peaks(8_000, &[]), [0_u8; 0]);
    }
}
