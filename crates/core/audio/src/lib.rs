//! Samples of one channel: formats, levels, and the tone that stands where sensitive audio was.
//!
//! Pure functions and small state machines over blocks of 16-bit PCM; nothing here reads files or devices.

mod cross_talk;
pub mod g711;
mod level;
mod mask;
mod pcm;
mod peaks;
mod resample;
mod residue;
mod tone;
mod wav;

pub use cross_talk::{CrossTalk, MAX_COMPARED_SECONDS, MAX_LAG_MS, cross_talk};
pub use level::{SILENCE_DBFS, energy, peak, rms_dbfs};
pub use mask::{Masker, RAMP_MS, SampleRange, join_ranges, mask_ranges};
pub use pcm::{copy_from_bytes, copy_to_bytes, interleave, pcm_from_bytes, pcm_to_bytes};
pub use peaks::{MAX_PEAKS, PEAKS_PER_SECOND, Peaks};
pub use resample::{Resampler, Upsampler2x, resample, upsample_2x};
pub use residue::{MAX_RESIDUE_DBFS, Residue, ResidueMeter};
pub use tone::{TONE_DBFS, TONE_HZ, Tone};
pub use wav::{MAX_WAV_HEAD_BYTES, WAV_HEADER_BYTES, WavError, WavLayout, wav_header};
