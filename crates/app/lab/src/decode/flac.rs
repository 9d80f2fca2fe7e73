//! FLAC, by `claxon`.

use std::io::ErrorKind;

use super::{DecodeCause, DecodedAudio, MAX_SAMPLES, check_channels, check_rate};

const KIND: &str = "FLAC";

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedAudio, DecodeCause> {
    let mut reader = claxon::FlacReader::new(bytes).map_err(cause)?;
    let info = reader.streaminfo();
    let count = usize::try_from(info.channels).unwrap_or(usize::MAX);
    check_channels(KIND, count)?;
    check_rate(KIND, info.sample_rate)?;
    let mut channels = vec![Vec::new(); count];
    let mut blocks = reader.blocks();
    let mut buffer = Vec::new();
    while let Some(block) = blocks.read_next_or_eof(buffer).map_err(cause)? {
        if channels.iter().map(Vec::len).sum::<usize>() > MAX_SAMPLES {
            return Err(DecodeCause::TooLarge);
        }
        for (n, channel) in (0..block.channels()).zip(&mut channels) {
            channel.extend(block.channel(n).iter().map(|&sample| to_16(sample, info.bits_per_sample)));
        }
        buffer = block.into_buffer();
    }
    if channels.iter().any(Vec::is_empty) {
        return Err(DecodeCause::NoSamples(KIND));
    }
    Ok(DecodedAudio { channels, sample_rate_hz: info.sample_rate })
}

/// A sample of any width as sixteen bits.
fn to_16(sample: i32, bits: u32) -> i16 {
    let wide = i64::from(sample);
    let scaled = if bits > 16 { wide >> (bits - 16).min(16) } else { wide << (16 - bits) };
    i16::try_from(scaled.clamp(i64::from(i16::MIN), i64::from(i16::MAX))).unwrap_or_default()
}

fn cause(error: claxon::Error) -> DecodeCause {
    match error {
        claxon::Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            DecodeCause::Truncated(KIND)
        }
        claxon::Error::IoError(error) => DecodeCause::Io(error),
        claxon::Error::FormatError(detail) => DecodeCause::Damaged { kind: KIND, detail: detail.into() },
        claxon::Error::Unsupported(detail) => DecodeCause::Unsupported(format!("FLAC, {detail}")),
    }
}
