//! Log-mel features as Whisper's models hear them: 25 ms windows every 10 ms, 80 bands up to 8 kHz.

use std::{f64::consts::PI, sync::Arc};

use rustfft::{Fft, FftPlanner, num_complex::Complex32};

/// Bands.
pub(super) const MELS: usize = 80;
const SAMPLE_RATE_HZ: f64 = 16_000.0;
const WINDOW: usize = 400;
const HOP: usize = 160;
const BINS: usize = WINDOW / 2 + 1;
/// What lies further below the loudest value counts as this far below.
const RANGE: f32 = 8.0;

/// The tables that features are made with.
pub(super) struct LogMel {
    fft: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    /// Per band its weights, from its first bin on.
    bands: Vec<(usize, Vec<f32>)>,
}

impl LogMel {
    pub(super) fn new() -> Self {
        let hann = |n: usize| (0.5 - 0.5 * (2.0 * PI * n as f64 / WINDOW as f64).cos()) as f32;
        Self {
            fft: FftPlanner::new().plan_fft_forward(WINDOW),
            window: (0..WINDOW).map(hann).collect(),
            bands: bands(),
        }
    }

    /// Bands x frames, one frame per 10 ms.
    pub(super) fn features(&self, samples: &[f32]) -> Vec<f32> {
        let frames = samples.len() / HOP;
        let mut out = vec![0.0; MELS * frames];
        let mut buffer = vec![Complex32::default(); WINDOW];
        let mut scratch = vec![Complex32::default(); self.fft.get_inplace_scratch_len()];
        for frame in 0..frames {
            for (n, slot) in buffer.iter_mut().enumerate() {
                *slot = Complex32::new(mirrored(samples, frame * HOP + n) * self.window[n], 0.0);
            }
            self.fft.process_with_scratch(&mut buffer, &mut scratch);
            for (band, (first, weights)) in self.bands.iter().enumerate() {
                let power: f32 =
                    weights.iter().zip(&buffer[*first..]).map(|(weight, bin)| weight * bin.norm_sqr()).sum();
                out[band * frames + frame] = power.max(1e-10).log10();
            }
        }
        let floor = out.iter().copied().fold(f32::NEG_INFINITY, f32::max) - RANGE;
        for value in &mut out {
            *value = (value.max(floor) + 4.0) / 4.0;
        }
        out
    }
}

/// The sample at `at`, counted from half a window before the first; the ends are mirrored.
fn mirrored(samples: &[f32], at: usize) -> f32 {
    let distance = at.abs_diff(WINDOW / 2);
    let last = samples.len().saturating_sub(1);
    let index = if distance > last { (2 * last).saturating_sub(distance) } else { distance };
    samples.get(index).copied().unwrap_or(0.0)
}

/// Triangles of equal area on the mel scale.
fn bands() -> Vec<(usize, Vec<f32>)> {
    let top = hz_to_mel(SAMPLE_RATE_HZ / 2.0);
    let edges: Vec<f64> = (0..MELS + 2).map(|n| mel_to_hz(top * n as f64 / (MELS + 1) as f64)).collect();
    edges
        .windows(3)
        .map(|edge| {
            let (low, mid, high) = (edge[0], edge[1], edge[2]);
            let weight = |bin: usize| {
                let hz = bin as f64 * SAMPLE_RATE_HZ / WINDOW as f64;
                let shape = ((hz - low) / (mid - low)).min((high - hz) / (high - mid)).max(0.0);
                (shape * 2.0 / (high - low)) as f32
            };
            let first = (0..BINS).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
            (first, (first..BINS).map(weight).take_while(|&weight| weight > 0.0).collect())
        })
        .collect()
}

/// Slaney's scale: linear up to 1 kHz, logarithmic above.
fn hz_to_mel(hz: f64) -> f64 {
    if hz < 1_000.0 { hz * 3.0 / 200.0 } else { 15.0 + (hz / 1_000.0).ln() * 27.0 / 6.4_f64.ln() }
}

fn mel_to_hz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1_000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_loudest_in_the_band_of_its_frequency() {
        let samples: Vec<f32> =
            (0..16_000).map(|n| (2.0 * PI * 1_000.0 * f64::from(n) / SAMPLE_RATE_HZ).sin() as f32).collect();
        let features = LogMel::new().features(&samples);
        let frames = features.len() / MELS;
        assert_eq!(frames, 100);
        let at = |band: usize| features[band * frames + 50];
        let loudest = (0..MELS).max_by(|&a, &b| at(a).total_cmp(&at(b))).unwrap();
        let centre = mel_to_hz(hz_to_mel(8_000.0) * (loudest + 1) as f64 / (MELS + 1) as f64);
        assert!((centre - 1_000.0).abs() < 40.0, "{centre}");
        // Two units are the range of 80 dB.
        let lowest = features.iter().copied().fold(f32::INFINITY, f32::min);
        assert!((at(loudest) - lowest - 2.0).abs() < 0.1);
    }

    #[test]
    fn every_band_hears_something() {
        assert!(bands().iter().all(|(_, weights)| !weights.is_empty()));
    }
}
