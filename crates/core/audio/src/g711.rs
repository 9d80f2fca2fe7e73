//! ITU-T G.711: 8-bit companded samples, µ-law and A-law, to 16-bit PCM and back.

/// Added to a magnitude before µ-law takes its logarithm, in 16-bit steps.
const BIAS: i32 = 132;
/// The largest magnitude that µ-law can tell from a larger one.
const CLIP: i32 = 32_635;
/// A-law codes travel with every second bit inverted (G.711, table 1a, note 2).
const ALAW_TOGGLE: u8 = 0x55;

const ULAW: [i16; 256] = table(true);
const ALAW: [i16; 256] = table(false);

/// The sample of a µ-law code.
#[must_use]
pub fn decode_ulaw(code: u8) -> i16 {
    ULAW[usize::from(code)]
}

/// The sample of an A-law code.
#[must_use]
pub fn decode_alaw(code: u8) -> i16 {
    ALAW[usize::from(code)]
}

/// The µ-law code of a sample.
#[must_use]
pub fn encode_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0x00 };
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    // The biased magnitude has its top bit in 7..=14: that is the segment.
    let segment = (31 - magnitude.leading_zeros()).saturating_sub(7);
    !(sign | low_byte(segment << 4) | low_byte((magnitude.unsigned_abs() >> (segment + 3)) & 0x0f))
}

/// The A-law code of a sample.
#[must_use]
pub fn encode_alaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x00 } else { 0x80 };
    // One's complement: the two halves of the scale are mirror images around -1/2.
    let magnitude = if sample < 0 { !sample } else { sample }.unsigned_abs() >> 4;
    let code = if magnitude < 32 {
        // The two lowest segments have steps of one.
        u32::from(magnitude)
    } else {
        let segment = 12 - magnitude.leading_zeros();
        (segment << 4) | (u32::from(magnitude) >> (segment - 1) & 0x0f)
    };
    (sign | low_byte(code)) ^ ALAW_TOGGLE
}

/// Appends the samples of µ-law bytes to `out`.
pub fn decode_ulaw_into(codes: &[u8], out: &mut Vec<i16>) {
    out.extend(codes.iter().copied().map(decode_ulaw));
}

/// Appends the samples of A-law bytes to `out`.
pub fn decode_alaw_into(codes: &[u8], out: &mut Vec<i16>) {
    out.extend(codes.iter().copied().map(decode_alaw));
}

fn low_byte(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

const fn table(ulaw: bool) -> [i16; 256] {
    let mut out = [0; 256];
    let mut code = 0;
    while code < 256 {
        let wide = if ulaw { expand_ulaw(code) } else { expand_alaw(code) };
        // Both laws stay within ±32256.
        #[expect(clippy::cast_possible_truncation, reason = "a const fn has no try_from")]
        {
            out[code as usize] = wide as i16;
        }
        code += 1;
    }
    out
}

const fn expand_ulaw(code: i32) -> i32 {
    let bits = !code;
    let magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits & 0x70) >> 4)) - BIAS;
    if bits & 0x80 != 0 { -magnitude } else { magnitude }
}

const fn expand_alaw(code: i32) -> i32 {
    let bits = code ^ 0x55;
    let (segment, step) = ((bits & 0x70) >> 4, bits & 0x0f);
    let magnitude = if segment == 0 { (step << 4) + 8 } else { ((step << 4) + 0x108) << (segment - 1) };
    if bits & 0x80 != 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.711 table 2a: the value of step `v` of segment `s`, on the 14-bit scale.
    fn ulaw_definition(segment: u32, step: i32) -> i32 {
        (2 * step + 33) * 2_i32.pow(segment) - 33
    }

    /// G.711 table 1a: the value on the 13-bit scale; the two lowest segments are one line.
    fn alaw_definition(segment: u32, step: i32) -> i32 {
        if segment == 0 { 2 * step + 1 } else { (2 * step + 33) * 2_i32.pow(segment - 1) }
    }

    #[test]
    fn ulaw_values_are_those_of_the_definition() {
        for segment in 0..8_u8 {
            for step in 0..16_u8 {
                let value = i16::try_from(4 * ulaw_definition(segment.into(), step.into())).unwrap();
                let code = segment << 4 | step;
                assert_eq!(decode_ulaw(!code), value);
                assert_eq!(decode_ulaw(!(code | 0x80)), -value);
            }
        }
    }

    #[test]
    fn alaw_values_are_those_of_the_definition() {
        for segment in 0..8_u8 {
            for step in 0..16_u8 {
                let value = i16::try_from(8 * alaw_definition(segment.into(), step.into())).unwrap();
                let code = segment << 4 | step;
                assert_eq!(decode_alaw((code | 0x80) ^ 0x55), value);
                assert_eq!(decode_alaw(code ^ 0x55), -value);
            }
        }
    }

    #[test]
    fn known_codes_of_the_standard() {
        assert_eq!([decode_ulaw(0x00), decode_ulaw(0x80), decode_ulaw(0xff)], [-32_124, 32_124, 0]);
        assert_eq!([decode_alaw(0xaa), decode_alaw(0x2a), decode_alaw(0xd5)], [32_256, -32_256, 8]);
        assert_eq!([encode_ulaw(0), encode_ulaw(-1), encode_ulaw(i16::MIN)], [0xff, 0x7f, 0x00]);
        assert_eq!([encode_alaw(0), encode_alaw(-1), encode_alaw(i16::MAX)], [0xd5, 0x55, 0xaa]);
    }

    #[test]
    fn ulaw_codes_begin_at_the_decision_values_of_the_standard() {
        for code in 1..128_u8 {
            let (segment, step) = (u32::from(code >> 4), i32::from(code & 15));
            let decision = i16::try_from(4 * ((2 * step + 32) * 2_i32.pow(segment) - 33)).unwrap();
            assert_eq!([encode_ulaw(decision - 1), encode_ulaw(decision)], [!(code - 1), !code]);
            assert_eq!(
                [encode_ulaw(1 - decision), encode_ulaw(-decision)],
                [0x7f & !(code - 1), 0x7f & !code]
            );
        }
    }

    #[test]
    fn alaw_codes_begin_at_the_decision_values_of_the_standard() {
        for code in 1..128_u8 {
            let (segment, step) = (u32::from(code >> 4), i32::from(code & 15));
            let wide = if segment == 0 { 2 * step } else { (2 * step + 32) * 2_i32.pow(segment - 1) };
            let decision = i16::try_from(8 * wide).unwrap();
            let toggled = |code: u8| (code | 0x80) ^ 0x55;
            assert_eq!(
                [encode_alaw(decision - 1), encode_alaw(decision)],
                [toggled(code - 1), toggled(code)]
            );
            assert_eq!([encode_alaw(-decision), encode_alaw(!decision)], [(code - 1) ^ 0x55, code ^ 0x55]);
        }
    }

    #[test]
    fn codes_survive_a_round_trip() {
        for code in 0..=255 {
            assert_eq!(encode_alaw(decode_alaw(code)), code);
            // µ-law has two zeros; the negative one comes back as the positive one.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(encode_ulaw(decode_ulaw(code)), expected);
        }
    }
}
