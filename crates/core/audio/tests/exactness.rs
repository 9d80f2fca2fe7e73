//! What a mask promises: nothing of the original inside, not a bit changed outside, at any rate, also through G.711.
#![expect(clippy::unwrap_used, reason = "a test whose numbers do not fit has failed")]

use audio::{Masker, SampleRange, TONE_HZ, g711, join_ranges, mask_ranges};
use proptest::prelude::*;

fn rates() -> impl Strategy<Value = u32> {
    prop_oneof![
        Just(8_000_u32),
        Just(11_025),
        Just(16_000),
        Just(22_050),
        Just(44_100),
        Just(48_000),
        7_000_u32..100_000
    ]
}

fn ranges(len: u64) -> impl Strategy<Value = Vec<SampleRange>> {
    let range = (0..len, 1..len / 2).prop_map(|(from, long)| SampleRange { from, to: from + long });
    prop::collection::vec(range, 0..6)
}

fn inside(ranges: &[SampleRange], n: usize) -> bool {
    let n = u64::try_from(n).unwrap();
    ranges.iter().any(|range| (range.from..range.to).contains(&n))
}

fn through_g711(samples: &[i16]) -> Vec<i16> {
    samples.iter().map(|sample| g711::decode_ulaw(g711::encode_ulaw(*sample))).collect()
}

/// The largest agreement of two sounds at any delay of up to 40 samples, after the tone is taken out of both.
fn largest_agreement(a: &[i16], b: &[i16], rate_hz: u32) -> f64 {
    let notched = |samples: &[i16]| -> Vec<f64> {
        // Zeros on the unit circle at the tone.
        let cos = 2.0 * (f64::from(TONE_HZ) / f64::from(rate_hz) * std::f64::consts::TAU).cos();
        samples.windows(3).map(|w| f64::from(w[0]) - cos * f64::from(w[1]) + f64::from(w[2])).collect()
    };
    let (a, b) = (notched(a), notched(b));
    let norm = |x: &[f64]| x.iter().map(|v| v * v).sum::<f64>().sqrt().max(1.0);
    let scale = norm(&a) * norm(&b);
    (0..40)
        .map(|lag| a.iter().zip(&b[lag..]).map(|(a, b)| a * b).sum::<f64>().abs() / scale)
        .fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn outside_no_bit_changes_and_inside_nothing_depends_on_the_original(
        rate in rates(),
        ranges in ranges(6_000),
        sound in prop::collection::vec(any::<i16>(), 6_000),
        other in prop::collection::vec(any::<i16>(), 6_000),
    ) {
        let (mut masked, mut masked_other) = (sound.clone(), other);
        mask_ranges(&mut masked, &ranges, rate);
        mask_ranges(&mut masked_other, &ranges, rate);
        for n in 0..sound.len() {
            if inside(&ranges, n) {
                prop_assert_eq!(masked[n], masked_other[n]);
            } else {
                prop_assert_eq!(masked[n], sound[n]);
            }
        }
    }

    #[test]
    fn masking_again_changes_nothing(
        rate in rates(),
        ranges in ranges(6_000),
        sound in prop::collection::vec(any::<i16>(), 6_000),
    ) {
        let mut once = sound;
        mask_ranges(&mut once, &ranges, rate);
        let mut twice = once.clone();
        mask_ranges(&mut twice, &ranges, rate);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn the_way_through_g711_adds_nothing_the_second_time(
        ranges in ranges(6_000),
        sound in prop::collection::vec(any::<i16>(), 6_000),
    ) {
        let mut masked = through_g711(&sound);
        mask_ranges(&mut masked, &ranges, 8_000);
        let once = through_g711(&masked);
        prop_assert_eq!(&through_g711(&once), &once);
        let outside = |n: &usize| !inside(&ranges, *n);
        prop_assert!((0..sound.len()).filter(outside).all(|n| once[n] == masked[n]));
    }

    #[test]
    fn joined_ranges_hold_all_that_the_ranges_held(ranges in ranges(6_000), gap in 0_u64..500) {
        let joined = join_ranges(ranges.clone(), gap);
        prop_assert!((0..9_000).all(|n| !inside(&ranges, n) || inside(&joined, n)));
        prop_assert!(joined.windows(2).all(|pair| pair[0].to + gap < pair[1].from));
    }
}

#[test]
fn a_masked_voice_agrees_with_nothing_that_was_there() {
    let rate = 8_000;
    let voice: Vec<i16> = (0..16_000)
        .map(|n| {
            let t = f64::from(n) / 8_000.0;
            let pitch = 120.0 + 30.0 * (t * 3.0).sin();
            let wave: f64 = (1..15).map(|h| (t * pitch * f64::from(h) * std::f64::consts::TAU).sin()).sum();
            (wave * 1_500.0) as i16
        })
        .collect();
    let range = SampleRange { from: 2_000, to: 14_000 };
    let mut masked = voice.clone();
    Masker::new(rate, vec![range]).process(&mut masked);
    // The ramps are no steady tone, and rest on nothing that was there either.
    let steady = 2_100..13_900;
    assert!(largest_agreement(&masked[steady.clone()], &voice[steady], rate) < 0.02);
}
