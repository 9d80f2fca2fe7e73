//! A call's fragments as Connect writes them.

use crate::{
    Block, Fragment, Track, tag,
    write::{self, Document, Info, Tracks},
};

/// The name of the track with what the customer says.
pub const AUDIO_FROM_CUSTOMER: &str = "AUDIO_FROM_CUSTOMER";
/// The name of the track with what the customer hears.
pub const AUDIO_TO_CUSTOMER: &str = "AUDIO_TO_CUSTOMER";

const BLOCK_BYTES: usize = 1_024;
const BLOCK_MS: i64 = 64;

/// Connect's two tracks; the order in which they are numbered is not fixed.
#[must_use]
pub fn connect_tracks(from_first: bool) -> Vec<Track> {
    let (first, second) = match from_first {
        true => (AUDIO_FROM_CUSTOMER, AUDIO_TO_CUSTOMER),
        false => (AUDIO_TO_CUSTOMER, AUDIO_FROM_CUSTOMER),
    };
    let track = |number: u64, name: &str| Track {
        number,
        uid: number.wrapping_mul(0x0123_4567_89AB_CDEF),
        name: name.to_owned(),
        codec_id: "A_AAC".to_owned(),
        track_type: 2,
        codec_private: vec![0x11, 0x90],
    };
    vec![track(1, first), track(2, second)]
}

/// One fragment, to be changed before it is written.
#[derive(Clone, Debug)]
pub struct ConnectFragment {
    /// Tracks, cluster, blocks, producer's tags.
    pub fragment: Fragment,
    /// The service's tags before the cluster.
    pub before: Vec<(&'static str, String)>,
    /// The service's tags at the end.
    pub after: Vec<(&'static str, String)>,
}

impl ConnectFragment {
    /// Writes it as `GetMedia` sends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let before: Vec<_> = self.before.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let after: Vec<_> = self.after.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let document = Document {
            info: Info::Connect { segment_uuid: [0x5A; 16] },
            tracks: Tracks::Entries(&self.fragment.tracks),
            before: &before,
            fragment: &self.fragment,
            after: &after,
        };
        write::document(out, &document);
    }
}

/// Makes the fragments of one call, one after another, the same for the same seed.
#[derive(Clone, Debug)]
pub struct ConnectStream {
    /// The `ContactId` of the next fragments; `None` leaves the identity tags out.
    pub contact: Option<String>,
    /// When the next fragment begins.
    pub next_ms: u64,
    /// The last digits of the next fragment's number.
    pub next_number: u64,
    /// Whether the customer's track has number 1.
    pub from_first: bool,
    /// Blocks of each track in a fragment.
    pub blocks_per_track: usize,
    noise: u64,
}

impl ConnectStream {
    /// A call of `contact` from `start_ms` on, filled with noise of `seed`.
    #[must_use]
    pub fn new(contact: &str, start_ms: u64, seed: u64) -> Self {
        Self {
            contact: Some(contact.to_owned()),
            next_ms: start_ms,
            next_number: 1,
            from_first: true,
            blocks_per_track: 16,
            noise: seed | 1,
        }
    }

    /// The next fragment.
    pub fn fragment(&mut self) -> ConnectFragment {
        let start_ms = self.next_ms;
        let number = format!("91343852333181432392682062622220590765191{:06}", self.next_number);
        let seconds = |ms: u64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
        let mut fragment = Fragment {
            tracks: connect_tracks(self.from_first),
            timecode_ms: Some(start_ms),
            ..Fragment::default()
        };
        for index in 0..self.blocks_per_track {
            let after = i64::try_from(index).unwrap_or(0).saturating_mul(BLOCK_MS);
            let timecode_ms = i64::try_from(start_ms).unwrap_or(0).saturating_add(after);
            for track in [1, 2] {
                self.block(&mut fragment, track, timecode_ms);
            }
        }
        self.identity(&mut fragment);
        let blocks = u64::try_from(self.blocks_per_track).unwrap_or(0);
        self.next_ms = start_ms.saturating_add(blocks.saturating_mul(BLOCK_MS.unsigned_abs()));
        self.next_number = self.next_number.wrapping_add(1);
        ConnectFragment {
            fragment,
            before: vec![
                (tag::FRAGMENT_NUMBER, number.clone()),
                (tag::SERVER_TIMESTAMP, seconds(start_ms.saturating_add(120))),
                (tag::PRODUCER_TIMESTAMP, seconds(start_ms)),
            ],
            after: vec![(tag::MILLIS_BEHIND_NOW, "0".to_owned()), (tag::CONTINUATION_TOKEN, number)],
        }
    }

    /// Writes the next `count` fragments.
    pub fn write(&mut self, count: usize, out: &mut Vec<u8>) {
        for _ in 0..count {
            self.fragment().write(out);
        }
    }

    fn block(&mut self, fragment: &mut Fragment, track: u64, timecode_ms: i64) {
        let start = fragment.payload.len();
        for _ in 0..BLOCK_BYTES / 8 {
            // Xorshift: noise holds every byte, so also those that look like ids and sizes.
            self.noise ^= self.noise << 13;
            self.noise ^= self.noise >> 7;
            self.noise ^= self.noise << 17;
            fragment.payload.extend_from_slice(&self.noise.to_le_bytes());
        }
        let bytes = start..fragment.payload.len();
        fragment.blocks.push(Block { track, timecode_ms, bytes });
    }

    fn identity(&self, fragment: &mut Fragment) {
        let Some(contact) = &self.contact else { return };
        let tags = [
            (tag::CONTACT_ID, contact.as_str()),
            ("InstanceId", "9308c2a1-9bc6-4cea-8290-6c0b4a6d38fa"),
            ("MimeType", "audio/L16;rate=8000;channels=1;"),
            (AUDIO_FROM_CUSTOMER, "1"),
            (AUDIO_TO_CUSTOMER, "2"),
            ("Events", "[]"),
        ];
        fragment.tags = tags.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    }
}
