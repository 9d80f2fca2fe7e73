//! Which track of a fragment is which channel. Only the name says it, anew in each fragment.

use mkv::{Fragment, Track};
use model::Channel;

use crate::Anomaly;

/// Characters of an unknown track's name that are told.
const MAX_TOLD_NAME_CHARS: usize = 64;

/// Connect's name for the only track of older streams; it carries the customer.
const LEGACY_NAME: &str = "Track_audio/L16";

/// The track number of each channel, by [`Channel::index`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tracks {
    numbers: [Option<u64>; 2],
}

impl Tracks {
    /// Reads the names; what is odd about them goes to `tell`.
    pub(crate) fn of(fragment: &Fragment, mut tell: impl FnMut(Anomaly)) -> Self {
        let mut tracks = Self::default();
        for track in &fragment.tracks {
            if let Some(channel) = named(track) {
                tracks.take(channel, track, &mut tell);
            }
        }
        for track in &fragment.tracks {
            if named(track).is_some() {
                continue;
            }
            if matches!(trimmed(track), "" | LEGACY_NAME) {
                tracks.take(Channel::Customer, track, &mut tell);
            } else {
                let name = trimmed(track).chars().take(MAX_TOLD_NAME_CHARS).collect();
                tell(Anomaly::UnknownTrack { name });
            }
        }
        tracks.tell_undeclared(fragment, &mut tell);
        tracks
    }

    /// The number of a channel's track.
    pub(crate) const fn number(&self, channel: Channel) -> Option<u64> {
        self.numbers[channel.index()]
    }

    fn take(&mut self, channel: Channel, track: &Track, tell: &mut impl FnMut(Anomaly)) {
        let taken = self.numbers.contains(&Some(track.number));
        match &mut self.numbers[channel.index()] {
            slot @ None if !taken => *slot = Some(track.number),
            _ => tell(Anomaly::DuplicateTrack { channel }),
        }
    }

    fn tell_undeclared(&self, fragment: &Fragment, tell: &mut impl FnMut(Anomaly)) {
        let declared = |number| fragment.tracks.iter().any(|track| track.number == number);
        let undeclared = fragment.blocks.iter().find(|block| !declared(block.track));
        if let Some(block) = undeclared {
            tell(Anomaly::UndeclaredTrack { number: block.track });
        }
    }
}

fn trimmed(track: &Track) -> &str {
    track.name.trim_end_matches('\0').trim()
}

fn named(track: &Track) -> Option<Channel> {
    match trimmed(track) {
        "AUDIO_FROM_CUSTOMER" => Some(Channel::Customer),
        "AUDIO_TO_CUSTOMER" => Some(Channel::ToCustomer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[(u64, &str)]) -> (Tracks, Vec<Anomaly>) {
        let tracks = names
            .iter()
            .map(|(number, name)| Track { number: *number, name: (*name).to_owned(), ..Track::default() })
            .collect();
        let fragment = Fragment { tracks, ..Fragment::default() };
        let mut told = Vec::new();
        let tracks = Tracks::of(&fragment, |anomaly| told.push(anomaly));
        (tracks, told)
    }

    #[test]
    fn the_name_says_the_channel_whatever_the_number() {
        let (tracks, told) = read(&[(1, "AUDIO_TO_CUSTOMER"), (2, "AUDIO_FROM_CUSTOMER\0\0")]);
        assert_eq!(tracks.number(Channel::Customer), Some(2));
        assert_eq!(tracks.number(Channel::ToCustomer), Some(1));
        assert!(told.is_empty());
    }

    #[test]
    fn legacy_and_empty_names_are_the_customer() {
        for name in ["Track_audio/L16", "", "\0\0\0"] {
            assert_eq!(read(&[(7, name)]).0.number(Channel::Customer), Some(7), "{name:?}");
        }
    }

    #[test]
    fn a_true_name_wins_over_an_empty_one() {
        let (tracks, told) = read(&[(1, ""), (2, "AUDIO_FROM_CUSTOMER")]);
        assert_eq!(tracks.number(Channel::Customer), Some(2));
        assert_eq!(told, [Anomaly::DuplicateTrack { channel: Channel::Customer }]);
    }

    #[test]
    fn two_names_on_one_number_never_give_one_track_two_channels() {
        let (tracks, told) = read(&[(1, "AUDIO_FROM_CUSTOMER"), (1, "AUDIO_TO_CUSTOMER")]);
        assert_eq!(tracks.number(Channel::Customer), Some(1));
        assert_eq!(tracks.number(Channel::ToCustomer), None);
        assert_eq!(told.len(), 1);
    }

    #[test]
    fn an_unknown_name_is_told_cut_to_a_bound() {
        let (tracks, told) = read(&[(1, &"x".repeat(500))]);
        assert_eq!(tracks, Tracks::default());
        assert_eq!(told, [Anomaly::UnknownTrack { name: "x".repeat(64) }]);
    }
}
