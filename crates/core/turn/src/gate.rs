//! Keeps the costly judge away from frames that hold nothing.

/// Frames over which a minimum is taken.
const BLOCK_FRAMES: usize = 12;
/// Minima that make up the memory: about three seconds, longer than anybody speaks without a gap.
const BLOCKS: usize = 8;
/// How far above the noise a frame must be to be looked at.
const MARGIN_DB: f32 = 6.0;
/// Below this level nothing is speech.
const QUIETEST_DBFS: f32 = -60.0;
/// Frames for which the gate stays open after the last one above the threshold.
const HOLD_FRAMES: u32 = 16;

/// Opens for frames that stand out of the noise.
///
/// The noise is the lowest level of the last three seconds, so that it follows a channel that becomes louder or
/// quieter, and speech does not count as noise.
#[derive(Clone, Debug)]
pub struct EnergyGate {
    minima: [f32; BLOCKS],
    block: usize,
    in_block: usize,
    lowest: f32,
    hold: u32,
}

impl Default for EnergyGate {
    fn default() -> Self {
        // Until the noise is known, everything that could be speech is let through.
        let unknown = QUIETEST_DBFS - MARGIN_DB;
        Self { minima: [unknown; BLOCKS], block: 0, in_block: 0, lowest: f32::INFINITY, hold: 0 }
    }
}

impl EnergyGate {
    /// Takes the next frame's level and says whether the frame must be looked at.
    pub fn is_open(&mut self, level_dbfs: f32) -> bool {
        let noise = self.minima.iter().copied().fold(self.lowest, f32::min);
        if level_dbfs > (noise + MARGIN_DB).max(QUIETEST_DBFS) {
            self.hold = HOLD_FRAMES;
        } else {
            self.hold = self.hold.saturating_sub(1);
        }
        self.remember(level_dbfs);
        self.hold > 0
    }

    fn remember(&mut self, level_dbfs: f32) {
        self.lowest = self.lowest.min(level_dbfs);
        self.in_block += 1;
        if self.in_block == BLOCK_FRAMES {
            self.minima[self.block] = self.lowest;
            self.block = (self.block + 1) % BLOCKS;
            (self.in_block, self.lowest) = (0, f32::INFINITY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_keeps_it_shut_and_speech_opens_it_at_once() {
        let mut gate = EnergyGate::default();
        assert!((0..200).all(|_| !gate.is_open(-96.0)));
        assert!(gate.is_open(-40.0));
        // It holds over the gap between two words.
        assert!((0..HOLD_FRAMES - 1).all(|_| gate.is_open(-96.0)));
        assert!(!gate.is_open(-96.0));
    }

    #[test]
    fn steady_noise_shuts_it_again_and_speech_above_it_opens_it() {
        let mut gate = EnergyGate::default();
        for _ in 0..BLOCK_FRAMES * (BLOCKS + 1) {
            gate.is_open(-45.0);
        }
        for _ in 0..HOLD_FRAMES {
            gate.is_open(-45.0);
        }
        assert!(!gate.is_open(-44.0));
        assert!(gate.is_open(-30.0));
    }
}
