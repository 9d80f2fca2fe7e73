//! Words to samples.

use std::f64::consts::TAU;

use crate::frequency_hz;

/// How long a word sounds.
pub const WORD_MS: u32 = 160;
/// The silence after each word, also after the last one.
pub const GAP_MS: u32 = 60;
/// Loud, with room for what is mixed in.
const AMPLITUDE: f64 = 9_000.0;

/// The samples of `words`, each followed by its gap.
///
/// # Panics
/// When a word is not one of [`crate::WORDS`]: a test that says it would wait for it in vain.
#[must_use]
pub fn encode(words: &[&str], rate_hz: u32) -> Vec<i16> {
    let mut out = Vec::new();
    for word in words {
        let hz = frequency_hz(word).unwrap_or_else(|| panic!("the word {word:?} has no tone"));
        out.extend(tone(hz, rate_hz));
        out.extend(silence(GAP_MS, rate_hz));
    }
    out
}

/// The samples of the words of `text`, as [`encode`].
///
/// # Panics
/// When a word is not one of [`crate::WORDS`].
#[must_use]
pub fn encode_text(text: &str, rate_hz: u32) -> Vec<i16> {
    encode(&text.split_whitespace().collect::<Vec<_>>(), rate_hz)
}

/// Samples of silence.
#[must_use]
pub fn silence(ms: u32, rate_hz: u32) -> Vec<i16> {
    vec![0; samples(ms, rate_hz)]
}

/// How many samples a duration has.
pub(crate) fn samples(ms: u32, rate_hz: u32) -> usize {
    usize::try_from(u64::from(ms) * u64::from(rate_hz) / 1_000).unwrap_or(usize::MAX)
}

/// Begins a quarter of a period in, so that the first sample is loud already and the start exact.
fn tone(hz: u32, rate_hz: u32) -> impl Iterator<Item = i16> {
    let step = TAU * f64::from(hz) / f64::from(rate_hz);
    (0..samples(WORD_MS, rate_hz)).scan(TAU / 4.0, move |phase, _| {
        let sample = AMPLITUDE * phase.sin();
        *phase += step;
        #[expect(clippy::cast_possible_truncation, reason = "the amplitude is far below what 16 bits hold")]
        Some(sample as i16)
    })
}
