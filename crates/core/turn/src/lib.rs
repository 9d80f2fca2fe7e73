//! Where speech starts, pauses and ends.
//!
//! Pure state machines over 32 ms frames of 8 kHz audio: what a frame holds is judged elsewhere, here it is
//! decided what that means. The same frames and answers always give the same segments.

mod detector;
mod gate;

pub use detector::{Ended, Frame, Input, Output, Segment, TurnConfig, TurnDetector};
pub use gate::EnergyGate;

/// Samples in a frame.
pub const FRAME_SAMPLES: usize = 256;
/// Samples in a second.
pub const SAMPLE_RATE_HZ: u32 = 8_000;

/// How many frames cover `ms` milliseconds.
#[must_use]
pub const fn frames(ms: u32) -> u32 {
    (ms * (SAMPLE_RATE_HZ / 1_000)).div_ceil(FRAME_SAMPLES as u32)
}
