//! A call cut into fragments, in the shape in which Connect sends them.
//!
//! Times are milliseconds from the call's first sample; whoever sends a fragment adds the wall time of the start.

use mkv::{Block, Fragment, Track, tag};

use crate::{
    call::Call,
    quirks::{Dice, Quirks, TrackOrder},
};

/// What the false codec id promises: AAC-LC, 8 kHz, mono.
const CODEC_PRIVATE: [u8; 2] = [0x11, 0x90];
/// Length of an odd short block.
const SHORT_BLOCK_SAMPLES: usize = 96;
/// What counts as silence: what is cut off it nobody misses.
const SILENCE_PEAK: u16 = 64;
/// How far names are padded where they are.
const PADDED_NAME_BYTES: usize = 32;

const FROM_CUSTOMER: &str = "AUDIO_FROM_CUSTOMER";
const TO_CUSTOMER: &str = "AUDIO_TO_CUSTOMER";

/// Gives a call's fragments in order.
#[derive(Debug)]
pub(crate) struct Fragments<'c> {
    call: &'c Call,
    quirks: &'c Quirks,
    dice: Dice,
    /// Channels in the order of their track numbers: true is the customer's.
    order: [bool; 2],
    tags: Vec<(String, String)>,
    /// The next sample.
    at: usize,
    index: usize,
    header_in_audio: bool,
}

impl<'c> Fragments<'c> {
    pub(crate) fn new(
        call: &'c Call,
        contact_id: &str,
        instance_id: &str,
        quirks: &'c Quirks,
        seed: u64,
    ) -> Self {
        let mut dice = Dice::new(seed);
        let customer_first = match quirks.track_order {
            TrackOrder::CustomerFirst => true,
            TrackOrder::ToCustomerFirst => false,
            TrackOrder::Either => dice.chance(500),
        };
        Self {
            call,
            quirks,
            dice,
            order: [customer_first, !customer_first],
            tags: identity_tags(contact_id, instance_id),
            at: 0,
            index: 0,
            header_in_audio: quirks.header_in_audio,
        }
    }

    fn tracks(&self) -> Vec<Track> {
        let track = |(number, customer): (u64, bool)| Track {
            number,
            uid: 0x5472_6b00 + number,
            name: self.padded(if customer { FROM_CUSTOMER } else { TO_CUSTOMER }),
            codec_id: self.padded("A_AAC"),
            track_type: 2,
            codec_private: CODEC_PRIVATE.to_vec(),
        };
        (1..).zip(self.order).map(track).collect()
    }

    fn padded(&self, name: &str) -> String {
        let pad = if self.quirks.padded_names { PADDED_NAME_BYTES.saturating_sub(name.len()) } else { 0 };
        format!("{name}{}", "\0".repeat(pad))
    }

    /// The tags of the fragment whose turn it is. Some lack the contact, some have none, and nobody knows why.
    fn tags(&mut self, last: bool) -> Vec<(String, String)> {
        let (untagged, partly) =
            (self.dice.chance(self.quirks.untagged), self.dice.chance(self.quirks.partly_tagged));
        let late = self.index < self.quirks.late_identity;
        let middle = self.index > self.quirks.late_identity;
        if (middle && untagged) || (last && self.quirks.untagged_end && middle) {
            Vec::new()
        } else if late || (middle && partly) {
            self.tags.iter().filter(|(name, _)| name != tag::CONTACT_ID).cloned().collect()
        } else {
            self.tags.clone()
        }
    }

    fn push_block(&mut self, fragment: &mut Fragment, track: u64, customer: bool, from: usize, to: usize) {
        let channel = if customer { &self.call.customer } else { &self.call.to_customer };
        let mut samples = channel.get(from..to).unwrap_or_default();
        let short = self.dice.chance(self.quirks.short_block);
        if short && samples.len() > SHORT_BLOCK_SAMPLES && is_silent(samples) {
            samples = samples.get(..SHORT_BLOCK_SAMPLES).unwrap_or(samples);
        }
        let start = fragment.payload.len();
        audio::pcm_to_bytes(samples, &mut fragment.payload);
        if self.header_in_audio && samples.len() >= SHORT_BLOCK_SAMPLES && is_silent(samples) {
            self.header_in_audio = false;
            let at = start + SHORT_BLOCK_SAMPLES;
            fragment.payload.splice(at..at + 4, mkv::id::EBML.to_be_bytes());
        }
        let timecode_ms = i64::try_from(from / SAMPLES_PER_MS).unwrap_or(i64::MAX);
        fragment.blocks.push(Block { track, timecode_ms, bytes: start..fragment.payload.len() });
    }
}

/// 8 kHz.
pub(crate) const SAMPLES_PER_MS: usize = 8;

impl Iterator for Fragments<'_> {
    type Item = Fragment;

    fn next(&mut self) -> Option<Fragment> {
        let total = self.call.customer.len();
        let step = self.quirks.block_samples.max(SAMPLES_PER_MS);
        if self.index > 0 && self.dice.chance(self.quirks.missing_second) {
            self.at += step * self.quirks.blocks_per_fragment;
        }
        let end = (self.at + step * self.quirks.blocks_per_fragment.max(1)).min(total);
        if self.at >= end {
            return None;
        }
        let mut fragment = Fragment {
            tracks: self.tracks(),
            timecode_ms: Some((self.at / SAMPLES_PER_MS) as u64),
            ..Fragment::default()
        };
        for from in (self.at..end).step_by(step) {
            for (track, customer) in (1..).zip(self.order) {
                self.push_block(&mut fragment, track, customer, from, (from + step).min(end));
            }
        }
        fragment.tags = self.tags(end == total);
        self.at = end;
        self.index += 1;
        Some(fragment)
    }
}

/// What Connect's producer says of every fragment. The track numbers in it are constants that mean nothing.
fn identity_tags(contact_id: &str, instance_id: &str) -> Vec<(String, String)> {
    [
        (tag::CONTACT_ID, contact_id),
        ("InstanceId", instance_id),
        ("MimeType", "audio/L16;rate=8000;channels=1;"),
        (FROM_CUSTOMER, "1"),
        (TO_CUSTOMER, "2"),
        ("Events", "[]"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn is_silent(samples: &[i16]) -> bool {
    samples.iter().all(|sample| sample.unsigned_abs() < SILENCE_PEAK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(seconds: usize) -> Call {
        let customer: Vec<i16> = (0..seconds * 8_000).map(|n| i16::try_from(n % 20_000).unwrap()).collect();
        let to_customer = vec![0; seconds * 8_000];
        Call::new("x", customer, to_customer)
    }

    fn fragments(call: &Call, quirks: &Quirks, seed: u64) -> Vec<Fragment> {
        Fragments::new(call, "contact-1", "instance-1", quirks, seed).collect()
    }

    /// A channel put together again by the timecodes of its track.
    fn channel(fragments: &[Fragment], name: &str, samples: usize) -> Vec<i16> {
        let mut out = vec![0; samples];
        for fragment in fragments {
            let track =
                fragment.tracks.iter().find(|track| track.name.trim_end_matches('\0') == name).unwrap();
            for block in fragment.blocks.iter().filter(|block| block.track == track.number) {
                let mut samples = Vec::new();
                audio::pcm_from_bytes(fragment.data(block), &mut samples);
                let at = usize::try_from(block.timecode_ms).unwrap() * SAMPLES_PER_MS;
                out[at..at + samples.len()].copy_from_slice(&samples);
            }
        }
        out
    }

    #[test]
    fn every_sample_is_sent_once_at_its_time() {
        let call = call(7);
        for quirks in [Quirks::plain(), Quirks::connect()] {
            for seed in 0..20 {
                let sent = fragments(&call, &quirks, seed);
                assert_eq!(channel(&sent, FROM_CUSTOMER, 56_000), *call.customer, "seed {seed}");
            }
        }
    }

    #[test]
    fn plain_fragments_are_sixteen_blocks_of_each_track_with_all_tags() {
        let sent = fragments(&call(3), &Quirks::plain(), 1);
        assert_eq!(sent[0].blocks.len(), 32);
        assert!(sent[0].blocks.iter().all(|block| block.bytes.len() == 1_024));
        assert_eq!([sent[0].timecode_ms, sent[1].timecode_ms], [Some(0), Some(1_024)]);
        assert!(sent.iter().all(|fragment| fragment.tag(tag::CONTACT_ID) == Some("contact-1")));
    }

    #[test]
    fn connects_oddities_all_occur_and_the_seed_decides_them() {
        let call = call(60);
        let quirks = Quirks::connect();
        let all: Vec<Vec<Fragment>> = (0..20).map(|seed| fragments(&call, &quirks, seed)).collect();
        assert!(all.iter().all(|sent| sent[0].tag(tag::CONTACT_ID).is_some()));
        assert!(all.iter().all(|sent| sent.last().unwrap().tags.is_empty()));
        assert!(all.iter().flatten().any(|f| !f.tags.is_empty() && f.tag(tag::CONTACT_ID).is_none()));
        assert!(all.iter().any(|sent| sent[0].tracks[0].name == TO_CUSTOMER));
        assert!(all.iter().any(|sent| sent[0].tracks[0].name == FROM_CUSTOMER));
        let is_odd = |block: &Block| block.bytes.len() == 192 && block.timecode_ms % 64 == 0;
        assert!(all.iter().flatten().flat_map(|f| &f.blocks).any(is_odd));
        assert_eq!(fragments(&call, &quirks, 7), all[7]);
    }

    #[test]
    fn a_hostile_stream_names_its_contact_late_skips_seconds_and_hides_a_header_in_the_audio() {
        let call = call(120);
        let sent = fragments(&call, &Quirks::hostile(), 3);
        assert!(sent[..2].iter().all(|fragment| fragment.tag(tag::CONTACT_ID).is_none()));
        assert_eq!(sent[2].tag(tag::CONTACT_ID), Some("contact-1"));
        assert!(
            sent.windows(2).any(|pair| pair[1].timecode_ms.unwrap() - pair[0].timecode_ms.unwrap() > 2_000)
        );
        let magic = mkv::id::EBML.to_be_bytes();
        assert!(sent.iter().any(|fragment| fragment.payload.windows(4).any(|window| window == magic)));
        assert!(sent[0].tracks[0].name.ends_with('\0'));
    }
}
