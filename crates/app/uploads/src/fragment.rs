//! A fragment as Amazon Connect writes it.

use bytes::Bytes;
use mkv::{
    Block, Fragment, Track, tag,
    write::{Document, Info, Tracks, document, service_tags},
};
use model::{Channel, Timestamp};

use crate::UploadId;

/// The longest block that is written, in samples: as long as Connect's.
const BLOCK_SAMPLES: usize = 512;
/// What a fragment takes beside its audio, about.
const OVERHEAD_BYTES: usize = 2_048;

/// Writes the audio of each channel from the position `start` to `end`.
pub(crate) fn write(id: &UploadId, start: u64, end: u64, audio: &[(Channel, Vec<i16>)]) -> Bytes {
    let at = id.at(start);
    let timecode_ms = u64::try_from(at.as_millis()).unwrap_or(0);
    let mut fragment = Fragment { timecode_ms: Some(timecode_ms), ..Fragment::default() };
    for (number, (channel, samples)) in (1..).zip(audio) {
        fragment.tracks.push(track(number, *channel));
        let mut block_at = at.as_millis();
        for samples in samples.chunks(BLOCK_SAMPLES) {
            let first = fragment.payload.len();
            audio::pcm_to_bytes(samples, &mut fragment.payload);
            let bytes = first..fragment.payload.len();
            fragment.blocks.push(Block { track: number, timecode_ms: block_at, bytes });
            block_at += (BLOCK_SAMPLES / 8) as i64;
        }
    }
    fragment.tags = vec![(tag::CONTACT_ID.to_owned(), id.contact().to_string())];
    let number = id.number(end);
    let time = seconds(at);
    let after = [(tag::MILLIS_BEHIND_NOW, "0"), (tag::CONTINUATION_TOKEN, number.as_str())];
    let mut out = Vec::with_capacity(fragment.payload.len() + OVERHEAD_BYTES);
    document(
        &mut out,
        &Document {
            info: Info::Connect { segment_uuid: [0x55; 16] },
            tracks: Tracks::Entries(&fragment.tracks),
            before: &service_tags(number.as_str(), &time, &time),
            fragment: &fragment,
            after: &after,
        },
    );
    out.into()
}

fn track(number: u64, channel: Channel) -> Track {
    let name = match channel {
        Channel::Customer => "AUDIO_FROM_CUSTOMER",
        Channel::ToCustomer => "AUDIO_TO_CUSTOMER",
    };
    Track {
        number,
        uid: number,
        name: name.to_owned(),
        codec_id: "A_AAC".to_owned(),
        track_type: 2,
        codec_private: Vec::new(),
    }
}

/// Seconds with milliseconds, as the service writes times.
fn seconds(at: Timestamp) -> String {
    let ms = at.as_millis();
    format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000))
}
