//! 16-bit little-endian PCM bytes to samples and back.

/// Appends the samples of `bytes` to `out`. A last odd byte is no sample and is returned.
pub fn pcm_from_bytes(bytes: &[u8], out: &mut Vec<i16>) -> Option<u8> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    out.extend(pairs.iter().map(|pair| i16::from_le_bytes(*pair)));
    rest.first().copied()
}

/// Appends the bytes of `samples` to `out`.
pub fn pcm_to_bytes(samples: &[i16], out: &mut Vec<u8>) {
    out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
}

/// Fills `out` with the samples of `bytes`, as far as both reach, and says how many. Allocates nothing.
pub fn copy_from_bytes(bytes: &[u8], out: &mut [i16]) -> usize {
    let (pairs, _) = bytes.as_chunks::<2>();
    out.iter_mut().zip(pairs).map(|(sample, pair)| *sample = i16::from_le_bytes(*pair)).count()
}

/// Fills `out` with the bytes of `samples`, as far as both reach, and says how many samples that were.
/// Allocates nothing.
pub fn copy_to_bytes(samples: &[i16], out: &mut [u8]) -> usize {
    let (pairs, _) = out.as_chunks_mut::<2>();
    pairs.iter_mut().zip(samples).map(|(pair, sample)| *pair = sample.to_le_bytes()).count()
}

/// Appends two channels sample by sample: left, right, left, right. The shorter one is filled with silence.
pub fn interleave(left: &[i16], right: &[i16], out: &mut Vec<i16>) {
    let len = left.len().max(right.len());
    out.reserve(len * 2);
    let padded = |side: &[i16], n: usize| side.get(n).copied().unwrap_or(0);
    out.extend((0..len).flat_map(|n| [padded(left, n), padded(right, n)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_samples_and_the_same_bytes_again() {
        let bytes = [0x00, 0x80, 0xff, 0x7f, 0x34, 0x12];
        let (mut samples, mut back) = (Vec::new(), Vec::new());
        assert_eq!(pcm_from_bytes(&bytes, &mut samples), None);
        assert_eq!(samples, [i16::MIN, i16::MAX, 0x1234]);
        pcm_to_bytes(&samples, &mut back);
        assert_eq!(back, bytes);
    }

    #[test]
    fn an_odd_last_byte_is_given_back() {
        let mut samples = Vec::new();
        assert_eq!(pcm_from_bytes(&[1, 0, 9], &mut samples), Some(9));
        assert_eq!(samples, [1]);
    }

    #[test]
    fn copies_stop_where_the_shorter_side_ends() {
        let (mut samples, mut bytes) = ([7; 3], [7; 5]);
        assert_eq!(copy_from_bytes(&[1, 0, 2, 0, 3], &mut samples), 2);
        assert_eq!(samples, [1, 2, 7]);
        assert_eq!(copy_to_bytes(&[1, 2, 3], &mut bytes), 2);
        assert_eq!(bytes, [1, 0, 2, 0, 7]);
    }

    #[test]
    fn the_shorter_channel_is_filled_with_silence() {
        let mut out = Vec::new();
        interleave(&[1, 2], &[9], &mut out);
        assert_eq!(out, [1, 9, 2, 0]);
    }
}
