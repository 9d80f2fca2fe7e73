//! What a pooled stream holds: contacts one after another, and what each fragment truly is.

use call::Origin;
use mkv::{
    Fragment,
    testing::{ConnectFragment, connect_tracks},
};
use model::{Channel, Timestamp};

use super::rng::Rng;
use crate::support::{T0, number, push_block};

/// One block as it was spoken.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) channel: Channel,
    /// Milliseconds after [`T0`].
    pub(crate) at_ms: i64,
    /// The value of all its samples; no other block of this channel has it.
    pub(crate) value: i16,
    pub(crate) samples: u64,
}

/// One fragment as the stream keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) number: u64,
    pub(crate) contact: &'static str,
    /// It names the contact that the call was transferred to.
    pub(crate) transferred: bool,
    pub(crate) tagged: bool,
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
    /// When a reader can have it, in milliseconds after [`T0`].
    pub(crate) available_ms: i64,
    pub(crate) blocks: Vec<Truth>,
    pub(crate) bytes: Vec<u8>,
    /// The same as the archive gives it.
    pub(crate) archived: Vec<u8>,
}

/// What position zero of a call is whose first fragment has this number.
pub(crate) fn origin(stored: &[Stored], first: u64) -> Origin {
    let blocks = stored.iter().filter(|stored| stored.number == first).flat_map(|stored| &stored.blocks);
    let timecode_ms = T0 + blocks.map(|truth| truth.at_ms).min().unwrap();
    Origin { timecode_ms, wall: Timestamp::from_millis(timecode_ms) }
}

/// The contact under which the call `mine` goes on after a transfer.
pub(crate) const NEXT: &str = "mine-next";

/// Contacts one after another on one stream; the call to carry is `mine`.
pub(crate) fn stream(rng: &mut Rng) -> Vec<Stored> {
    let mut script = Script { rng: rng.clone(), stored: Vec::new(), at_ms: 0, serial: 0 };
    if script.rng.percent(50) {
        script.contact("before");
    }
    script.contact("mine");
    if script.rng.percent(50) {
        script.contact("after");
    }
    *rng = script.rng;
    script.stored
}

struct Script {
    rng: Rng,
    stored: Vec<Stored>,
    at_ms: i64,
    serial: i16,
}

impl Script {
    fn contact(&mut self, contact: &'static str) {
        self.at_ms += self.rng.between(3_000, 40_000);
        let from_first = self.rng.percent(50);
        let one_direction = self.rng.percent(5);
        let untagged = [0, 15, 60][self.rng.index(3)];
        let count = self.rng.between(1, 30);
        let is_transferred = contact == "mine" && self.rng.percent(20);
        let transfer_at = if is_transferred { self.rng.between(1, count) } else { count };
        for n in 0..count {
            if self.rng.percent(3) {
                self.at_ms += self.rng.between(64, 5_000);
            }
            self.fragment(contact, n >= transfer_at, from_first, one_direction, untagged);
        }
    }

    fn fragment(
        &mut self,
        contact: &'static str,
        transferred: bool,
        from_first: bool,
        one_direction: bool,
        untagged: u64,
    ) {
        let start_ms = self.at_ms;
        let jitter = if self.rng.percent(20) { 3 } else { 0 };
        let missing = self.rng.percent(2);
        let mut fragment = Fragment {
            timecode_ms: Some(u64::try_from(T0 + start_ms).unwrap()),
            tracks: connect_tracks(from_first),
            ..Fragment::default()
        };
        if one_direction {
            fragment.tracks.retain(|track| track.name == "AUDIO_FROM_CUSTOMER");
        }
        let mut blocks = Vec::new();
        for _ in 0..self.rng.between(12, 17) {
            self.serial += 1;
            let samples = if self.rng.percent(3) { 96 } else { 512 };
            for track in fragment.tracks.clone() {
                let customer = track.name == "AUDIO_FROM_CUSTOMER";
                if missing && !customer {
                    continue;
                }
                let channel = if customer { Channel::Customer } else { Channel::ToCustomer };
                let value = if customer { self.serial } else { -self.serial };
                let at_ms = (self.at_ms + self.rng.between(-jitter, jitter)).max(start_ms);
                push_block(&mut fragment, track.number, T0 + at_ms, &vec![value; samples]);
                blocks.push(Truth { channel, at_ms, value, samples: samples as u64 });
            }
            self.at_ms += 64;
        }
        if !self.rng.percent(untagged) {
            let named = if transferred { NEXT } else { contact };
            fragment.tags.push(("ContactId".to_owned(), named.to_owned()));
        }
        let tagged = !fragment.tags.is_empty();
        self.store(contact, transferred, tagged, start_ms, blocks, fragment);
    }

    fn store(
        &mut self,
        contact: &'static str,
        transferred: bool,
        tagged: bool,
        start_ms: i64,
        blocks: Vec<Truth>,
        fragment: Fragment,
    ) {
        let n = self.stored.len() as u64 + 1;
        let seconds = |ms: i64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
        let (mut bytes, mut archived) = (Vec::new(), Vec::new());
        ConnectFragment {
            fragment: fragment.clone(),
            before: vec![
                (mkv::tag::FRAGMENT_NUMBER, number(n).to_string()),
                (mkv::tag::SERVER_SIDE_TIMESTAMP, seconds(T0 + start_ms - 900)),
                (mkv::tag::PRODUCER_SIDE_TIMESTAMP, seconds(T0 + start_ms)),
            ],
            after: Vec::new(),
        }
        .write(&mut archived);
        ConnectFragment {
            fragment,
            before: vec![
                (mkv::tag::FRAGMENT_NUMBER, number(n).to_string()),
                (mkv::tag::SERVER_TIMESTAMP, seconds(T0 + start_ms - 900)),
                (mkv::tag::PRODUCER_TIMESTAMP, seconds(T0 + start_ms)),
            ],
            after: vec![
                (mkv::tag::MILLIS_BEHIND_NOW, "0".to_owned()),
                (mkv::tag::CONTINUATION_TOKEN, number(n).to_string()),
            ],
        }
        .write(&mut bytes);
        let available_ms = self.at_ms + self.rng.between(50, 900);
        let end_ms = self.at_ms;
        self.stored.push(Stored {
            number: n,
            contact,
            transferred,
            tagged,
            start_ms,
            end_ms,
            available_ms,
            blocks,
            bytes,
            archived,
        });
    }
}
