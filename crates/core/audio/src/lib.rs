//! Samples of one channel: formats, levels, and the tone that stands where sensitive audio was.
//!
//! Pure functions and small state machines over blocks of 16-bit PCM; nothing here reads files or devices.

pub mod g711;
mod level;
mod mask;
mod pcm;
mod peaks;
mod resample;
mod tone;
mod wav;

pub use level::{SILENCE_DBFS, energy, peak, rms_dbfs};
pub use mask::{Masker, RAMP_MS, SampleRange, mask_ranges};
pub use pcm::{copy_from_bytes, copy_to_bytes, interleave, pcm_from_bytes, pcm_to_bytes};
pub use peaks::{MAX_PEAKS, PEAKS_PER_SECOND, Peaks};
pub use resample::{Resampler, Upsampler2x, resample, upsample_2x};
pub use tone::{TONE_DBFS, TONE_HZ, Tone};
pub use wav::{WAV_HEADER_BYTES, wav_header};
