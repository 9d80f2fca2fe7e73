//! Samples to words.

use std::f64::consts::TAU;

use crate::{
    WORDS,
    encode::samples,
    words::{frequency_at, places_near},
};

/// What is louder is sound. Above the noise of a line and of G.711's rounding, far below a word's tone.
const LOUD: u16 = 1_000;
/// Quiet for this long ends a burst. Longer than half a period of the lowest tone, shorter than the gap of words.
const HANG_MS: u32 = 10;
/// What is shorter is a click.
const MIN_BURST_MS: u32 = 40;
/// What is longer is no word but music or a dial tone; nothing of it is kept beyond this.
const MAX_BURST_MS: u32 = 400;
/// The least part of a burst's energy that its tone must have.
const MIN_PURITY: f64 = 0.6;

/// One word that was heard. Positions count samples from the decoder's first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The word.
    pub word: &'static str,
    /// Its first sample.
    pub start_sample: u64,
    /// The sample after its last one.
    pub end_sample: u64,
}

/// Hears words in a stream of samples, however it is cut.
#[derive(Clone, Debug)]
pub struct Decoder {
    rate_hz: u32,
    position: u64,
    /// The sample after the last loud one.
    quiet_from: u64,
    burst: Option<Burst>,
}

/// A sound that is not over.
#[derive(Clone, Debug)]
struct Burst {
    start: u64,
    /// At most [`MAX_BURST_MS`]; what follows is counted by `quiet_from` alone.
    samples: Vec<i16>,
}

impl Decoder {
    /// A decoder that has heard nothing.
    #[must_use]
    pub const fn new(rate_hz: u32) -> Self {
        Self { rate_hz, position: 0, quiet_from: 0, burst: None }
    }

    /// Takes the next samples; gives the words that are over.
    pub fn push(&mut self, samples: &[i16]) -> Vec<Heard> {
        samples.iter().filter_map(|&sample| self.take(sample)).collect()
    }

    /// No more samples will come: gives the word that still sounds.
    pub fn finish(&mut self) -> Option<Heard> {
        let burst = self.burst.take()?;
        self.recognise(&burst)
    }

    /// How many samples were taken.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Where the silence began that lasts until now; `None` while something sounds.
    #[must_use]
    pub const fn silence_since(&self) -> Option<u64> {
        match self.burst {
            Some(_) => None,
            None => Some(self.quiet_from),
        }
    }

    /// Where the sound began that lasts until now; `None` in silence.
    #[must_use]
    pub fn sounding_since(&self) -> Option<u64> {
        self.burst.as_ref().map(|burst| burst.start)
    }

    /// Where the sound began that may still become a word; `None` in silence, and when it is too long for one.
    #[must_use]
    pub fn word_since(&self) -> Option<u64> {
        let longest = count(MAX_BURST_MS, self.rate_hz);
        self.sounding_since().filter(|start| self.position - start < longest)
    }

    fn take(&mut self, sample: i16) -> Option<Heard> {
        let at = self.position;
        self.position += 1;
        if sample.unsigned_abs() >= LOUD {
            self.quiet_from = self.position;
            self.burst.get_or_insert_with(|| Burst { start: at, samples: Vec::new() });
        }
        let burst = self.burst.as_mut()?;
        if burst.samples.len() < samples(MAX_BURST_MS, self.rate_hz) {
            burst.samples.push(sample);
        }
        if self.position - self.quiet_from < count(HANG_MS, self.rate_hz) {
            return None;
        }
        let burst = self.burst.take()?;
        self.recognise(&burst)
    }

    fn recognise(&self, burst: &Burst) -> Option<Heard> {
        let length = self.quiet_from - burst.start;
        if length < count(MIN_BURST_MS, self.rate_hz) || length >= count(MAX_BURST_MS, self.rate_hz) {
            return None;
        }
        let sound = burst.samples.get(..usize::try_from(length).ok()?)?;
        let word = word_of(sound, self.rate_hz)?;
        Some(Heard { word, start_sample: burst.start, end_sample: self.quiet_from })
    }
}

/// The word whose tone has most of the energy. How often the signal changes its sign says where to look.
fn word_of(sound: &[i16], rate_hz: u32) -> Option<&'static str> {
    let changes = sound.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
    let seconds = sound.len() as f64 / f64::from(rate_hz);
    let about_hz = changes as f64 / 2.0 / seconds;
    let energy: f64 = sound.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    let (place, purity) = places_near(about_hz)
        .map(|place| (place, power(sound, frequency_at(place), rate_hz) / energy))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (purity >= MIN_PURITY).then(|| WORDS.get(place).copied()).flatten()
}

/// The energy that a tone of this frequency has in the samples, by Goertzel's recurrence.
fn power(sound: &[i16], hz: u32, rate_hz: u32) -> f64 {
    let twice_cos = 2.0 * (TAU * f64::from(hz) / f64::from(rate_hz)).cos();
    let (last, before) = sound.iter().fold((0.0_f64, 0.0_f64), |(last, before), &sample| {
        (f64::from(sample) + twice_cos * last - before, last)
    });
    let squared = last * last + before * before - twice_cos * last * before;
    squared * 2.0 / sound.len() as f64
}

fn count(ms: u32, rate_hz: u32) -> u64 {
    u64::from(ms) * u64::from(rate_hz) / 1_000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{GAP_MS, WORD_MS, encode, silence};

    fn hear(samples: &[i16], rate_hz: u32) -> Vec<Heard> {
        let mut decoder = Decoder::new(rate_hz);
        let mut heard = decoder.push(samples);
        heard.extend(decoder.finish());
        heard
    }

    fn words(heard: &[Heard]) -> Vec<&'static str> {
        heard.iter().map(|heard| heard.word).collect()
    }

    #[test]
    fn every_word_is_heard_as_itself_at_every_rate() {
        for rate_hz in [8_000, 16_000, 24_000, 44_100, 48_000] {
            assert_eq!(words(&hear(&encode(WORDS, rate_hz), rate_hz)), WORDS, "{rate_hz}");
        }
    }

    #[test]
    fn a_word_lies_where_its_tone_lies() {
        let mut samples = silence(250, 8_000);
        samples.extend(encode(&["card", "card"], 8_000));
        let heard = hear(&samples, 8_000);
        let starts: Vec<u64> = heard.iter().map(|heard| heard.start_sample).collect();
        assert_eq!(starts, [2_000, 2_000 + count(WORD_MS + GAP_MS, 8_000)]);
        assert!(heard.iter().all(|heard| heard.end_sample - heard.start_sample <= count(WORD_MS, 8_000)));
        assert!(heard.iter().all(|heard| heard.end_sample - heard.start_sample >= count(WORD_MS - 3, 8_000)));
    }

    #[test]
    fn silence_and_sound_are_told_apart_as_they_come() {
        let mut decoder = Decoder::new(8_000);
        assert_eq!(decoder.silence_since(), Some(0));
        decoder.push(&silence(100, 8_000));
        assert_eq!(decoder.silence_since(), Some(0));
        decoder.push(&encode(&["yes"], 8_000)[..400]);
        assert_eq!((decoder.silence_since(), decoder.sounding_since()), (None, Some(800)));
        let heard = decoder.push(&silence(20, 8_000));
        assert_eq!(decoder.silence_since(), Some(heard[0].end_sample));
        assert_eq!(decoder.position(), 1_360);
    }

    #[test]
    fn clicks_music_and_noise_are_no_words() {
        let click = [9_000; 80];
        let dial_tone: Vec<i16> = encode(&["yes"], 8_000)[..1_280].repeat(4);
        let mut seed = 1_u32;
        let noise: Vec<i16> = (0..1_280)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                i16::from_be_bytes([(seed >> 24) as u8, (seed >> 16) as u8])
            })
            .collect();
        for sound in [&click[..], &dial_tone, &noise] {
            assert_eq!(hear(sound, 8_000), []);
        }
        let mut decoder = Decoder::new(8_000);
        decoder.push(&dial_tone);
        assert_eq!((decoder.sounding_since(), decoder.word_since()), (Some(0), None));
    }

    proptest! {
        #[test]
        fn what_is_heard_depends_neither_on_the_cuts_nor_on_the_place(
            said in proptest::collection::vec(0..WORDS.len(), 0..8),
            before in 0_usize..3_000,
            cuts in proptest::collection::vec(1_usize..700, 1..40),
        ) {
            let said: Vec<&str> = said.iter().map(|&place| WORDS[place]).collect();
            let mut samples = vec![0; before];
            samples.extend(encode(&said, 8_000));
            let whole = hear(&samples, 8_000);
            prop_assert_eq!(words(&whole), said);

            let mut decoder = Decoder::new(8_000);
            let (mut heard, mut rest, mut cuts) = (Vec::new(), &samples[..], cuts.iter().cycle());
            while let (Some(&cut), false) = (cuts.next(), rest.is_empty()) {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                heard.extend(decoder.push(now));
                rest = later;
            }
            heard.extend(decoder.finish());
            prop_assert_eq!(heard, whole);
        }

        #[test]
        fn any_samples_are_taken(samples in proptest::collection::vec(any::<i16>(), 0..9_000)) {
            let heard = hear(&samples, 8_000);
            prop_assert!(heard.iter().all(|heard| heard.end_sample <= samples.len() as u64));
        }
    }
}
