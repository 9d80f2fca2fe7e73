//! Memory of fragments that were given back, to be filled again.

use crate::{Fragment, Limits, Track};

/// The most empty fragments kept: the one that is filled next, and one in the consumer's hands.
const MAX_SPARE_FRAGMENTS: usize = 2;
/// A larger payload is given back to the allocator.
const MAX_SPARE_PAYLOAD_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Pool {
    limits: Limits,
    fragments: Vec<Fragment>,
    tracks: Vec<Track>,
    tags: Vec<(String, String)>,
}

impl Pool {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, fragments: Vec::new(), tracks: Vec::new(), tags: Vec::new() }
    }

    pub(crate) fn fragment(&mut self) -> Fragment {
        self.fragments.pop().unwrap_or_default()
    }

    pub(crate) fn track(&mut self) -> Track {
        self.tracks.pop().unwrap_or_default()
    }

    pub(crate) fn tag(&mut self) -> (String, String) {
        self.tags.pop().unwrap_or_default()
    }

    pub(crate) fn copy_track(&mut self, track: &Track) -> Track {
        let mut copy = self.track();
        copy.number = track.number;
        copy.uid = track.uid;
        copy.track_type = track.track_type;
        copy.name.push_str(&track.name);
        copy.codec_id.push_str(&track.codec_id);
        copy.codec_private.extend_from_slice(&track.codec_private);
        copy
    }

    /// Takes tracks back; beyond the cap of one fragment's tracks they are dropped.
    pub(crate) fn put_tracks(&mut self, tracks: &mut Vec<Track>) {
        for mut track in tracks.drain(..) {
            if self.tracks.len() >= self.limits.tracks {
                continue;
            }
            track.number = 0;
            track.uid = 0;
            track.track_type = 0;
            track.name.clear();
            track.codec_id.clear();
            track.codec_private.clear();
            self.tracks.push(track);
        }
    }

    /// Empties a fragment and keeps the memory of its parts.
    pub(crate) fn empty(&mut self, fragment: &mut Fragment) {
        self.put_tracks(&mut fragment.tracks);
        for (mut name, mut value) in fragment.tags.drain(..) {
            if self.tags.len() >= self.limits.tags {
                continue;
            }
            name.clear();
            value.clear();
            self.tags.push((name, value));
        }
        fragment.clear();
    }

    /// Takes a fragment back.
    pub(crate) fn put(&mut self, mut fragment: Fragment) {
        self.empty(&mut fragment);
        if self.fragments.len() < MAX_SPARE_FRAGMENTS
            && fragment.payload.capacity() <= MAX_SPARE_PAYLOAD_BYTES
        {
            self.fragments.push(fragment);
        }
    }
}
