//! The samples of a recording.

/// The two channels of a 16-bit stereo WAV.
pub(crate) fn stereo(bytes: &[u8]) -> Option<[Vec<i16>; 2]> {
    let start = bytes.windows(4).position(|four| four == b"data")? + 8;
    let mut channels = [Vec::new(), Vec::new()];
    for frame in bytes.get(start..)?.chunks_exact(4) {
        let &[a, b, c, d] = frame else { return None };
        channels[0].push(i16::from_le_bytes([a, b]));
        channels[1].push(i16::from_le_bytes([c, d]));
    }
    Some(channels)
}
