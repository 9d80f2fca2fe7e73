//! The header of a WAV file of 16-bit PCM.

/// The length of what [`wav_header`] gives.
pub const WAV_HEADER_BYTES: usize = 44;

/// What the size fields hold when the length is not known yet, or does not fit: "until the file ends".
const UNKNOWN: u32 = u32::MAX;

/// The bytes between the RIFF size field and the data.
const HEADER_AFTER_SIZE: u32 = 36;

const BYTES_PER_SAMPLE: u16 = 2;

/// The header before `data_bytes` of interleaved samples; `None` for a stream of unknown length.
#[must_use]
pub fn wav_header(channels: u16, rate_hz: u32, data_bytes: Option<u64>) -> [u8; WAV_HEADER_BYTES] {
    let frame_bytes = channels.saturating_mul(BYTES_PER_SAMPLE);
    let fits = |bytes: u64| u32::try_from(bytes).ok().filter(|bytes| *bytes < UNKNOWN - HEADER_AFTER_SIZE);
    let data = data_bytes.and_then(fits);
    let mut out = [0; WAV_HEADER_BYTES];
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &data.map_or(UNKNOWN, |bytes| bytes + HEADER_AFTER_SIZE).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(), // PCM
        &channels.to_le_bytes(),
        &rate_hz.to_le_bytes(),
        &rate_hz.saturating_mul(u32::from(frame_bytes)).to_le_bytes(),
        &frame_bytes.to_le_bytes(),
        &(BYTES_PER_SAMPLE * 8).to_le_bytes(),
        b"data",
        &data.unwrap_or(UNKNOWN).to_le_bytes(),
    ];
    for (place, byte) in out.iter_mut().zip(fields.into_iter().flatten()) {
        *place = *byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn u32_at(header: &[u8; 44], at: usize) -> u32 {
        u32::from_le_bytes(header[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn a_stereo_call_of_one_second_has_the_canonical_header() {
        let header = wav_header(2, 8_000, Some(32_000));
        assert_eq!(&header[..4], b"RIFF");
        assert_eq!(u32_at(&header, 4), 32_036);
        assert_eq!(&header[8..16], b"WAVEfmt ");
        assert_eq!(header[20..24], [1, 0, 2, 0]);
        assert_eq!((u32_at(&header, 24), u32_at(&header, 28)), (8_000, 32_000));
        assert_eq!(header[32..36], [4, 0, 16, 0]);
        assert_eq!(&header[36..40], b"data");
        assert_eq!(u32_at(&header, 40), 32_000);
    }

    #[test]
    fn an_unknown_or_too_large_length_means_until_the_end() {
        for length in [None, Some(u64::MAX), Some(u64::from(u32::MAX))] {
            let header = wav_header(2, 8_000, length);
            assert_eq!((u32_at(&header, 4), u32_at(&header, 40)), (u32::MAX, u32::MAX));
        }
    }
}
