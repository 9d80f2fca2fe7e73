//! Ogg Vorbis, by `lewton`. Other codings inside Ogg are named in the error: there is no well-kept decoder of Opus
//! without native code yet.

use std::io::{Cursor, ErrorKind};

use lewton::{OggReadError, VorbisError, inside_ogg::OggStreamReader};

use super::{DecodeCause, DecodedAudio, MAX_SAMPLES, check_channels, check_rate};

const KIND: &str = "Ogg";

/// How far into the file the first packet's magic is looked for: a page's head is at most 282 bytes.
const HEAD_BYTES: usize = 512;

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedAudio, DecodeCause> {
    if let Some(coding) = foreign_coding(bytes) {
        return Err(DecodeCause::Unsupported(format!("Ogg {coding}; convert it to FLAC or WAV")));
    }
    let mut reader = OggStreamReader::new(Cursor::new(bytes)).map_err(cause)?;
    let rate = reader.ident_hdr.audio_sample_rate;
    let count = usize::from(reader.ident_hdr.audio_channels);
    check_channels(KIND, count)?;
    check_rate(KIND, rate)?;
    let mut channels = vec![Vec::new(); count];
    let mut held = 0;
    while let Some(packet) = reader.read_dec_packet().map_err(cause)? {
        held += packet.iter().map(Vec::len).sum::<usize>();
        if held > MAX_SAMPLES {
            return Err(DecodeCause::TooLarge);
        }
        for (channel, samples) in channels.iter_mut().zip(packet) {
            channel.extend(samples);
        }
    }
    if channels.iter().any(Vec::is_empty) {
        return Err(DecodeCause::NoSamples(KIND));
    }
    Ok(DecodedAudio { channels, sample_rate_hz: rate })
}

/// The name of a coding other than Vorbis that the first page announces.
fn foreign_coding(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..HEAD_BYTES.min(bytes.len()))?;
    let holds = |magic: &[u8]| head.windows(magic.len()).any(|window| window == magic);
    [(&b"OpusHead"[..], "Opus"), (b"\x7fFLAC", "FLAC"), (b"Speex   ", "Speex"), (b"\x80theora", "Theora")]
        .into_iter()
        .find(|(magic, _)| holds(magic))
        .map(|(_, name)| name)
}

fn cause(error: VorbisError) -> DecodeCause {
    if let VorbisError::OggError(OggReadError::ReadError(error)) = error {
        return if error.kind() == ErrorKind::UnexpectedEof {
            DecodeCause::Truncated(KIND)
        } else {
            DecodeCause::Io(error)
        };
    }
    DecodeCause::Damaged { kind: KIND, detail: error.to_string() }
}
