//! MPEG audio layers 1 to 3, by `nanomp3`.

use nanomp3::{Channels, SliceReader};

use super::{DecodeCause, DecodedAudio, MAX_SAMPLES, check_rate};

const KIND: &str = "MP3";

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedAudio, DecodeCause> {
    let mut reader = SliceReader::<i16>::new(bytes);
    let count = match reader.channels() {
        Some(Channels::Mono) => 1,
        Some(Channels::Stereo) => 2,
        None => return Err(DecodeCause::NotAudio),
    };
    check_rate(KIND, reader.sample_rate())?;
    let mut channels = vec![Vec::new(); count];
    let mut held = 0;
    loop {
        let frame = reader.read_frame().map_err(damaged)?;
        let Some(frame) = frame.filter(|frame| !frame.is_empty()) else { break };
        held += frame.len();
        if held > MAX_SAMPLES {
            return Err(DecodeCause::TooLarge);
        }
        for (n, channel) in channels.iter_mut().enumerate() {
            channel.extend(frame.iter().skip(n).step_by(count));
        }
    }
    if channels.iter().any(Vec::is_empty) {
        return Err(DecodeCause::NoSamples(KIND));
    }
    Ok(DecodedAudio { channels, sample_rate_hz: reader.sample_rate() })
}

fn damaged(error: nanomp3::Error) -> DecodeCause {
    DecodeCause::Damaged { kind: KIND, detail: error.to_string() }
}
