//! The shapes of what is found; serialised, they are the lines of `trunkline inspect --json`.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::{DamageReason, FragmentEnd};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Finding {
    /// A fragment.
    Fragment(FragmentReport),
    /// Something odd.
    Anomaly(Anomaly),
}

/// A fragment in brief.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FragmentReport {
    /// Counts fragments from 1.
    pub index: u64,
    /// Where it begins in the stream.
    pub offset: u64,
    /// Its number, by its tag.
    pub fragment_number: Option<String>,
    /// Its time by the producer, as its tag has it.
    pub producer_timestamp: Option<String>,
    /// Its time by the service, as its tag has it.
    pub server_timestamp: Option<String>,
    /// Whose sound it holds.
    pub contact_id: Option<String>,
    /// The timecode of its first cluster.
    pub first_timecode_ms: Option<u64>,
    /// Its declared tracks.
    pub tracks: Vec<TrackReport>,
    /// Sound that is missing since the fragment before, or within this one. Known only of PCM.
    pub gaps: Vec<Gap>,
    /// Errors that the service reports in the body.
    pub errors: Vec<StreamError>,
    /// All tags: an object, with a list where a name repeats.
    #[serde(serialize_with = "as_object")]
    pub tags: Vec<(String, String)>,
    /// How its end was known.
    pub end: FragmentEnd,
}

/// A track of a fragment in brief.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrackReport {
    /// Its number in this fragment.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// Its codec, as declared.
    pub codec_id: String,
    /// How many blocks it has here.
    pub blocks: u64,
    /// How many bytes they hold.
    pub bytes: u64,
    /// How many samples they hold, when it is PCM.
    pub samples: Option<u64>,
    /// The timecode of its first block.
    pub first_timecode_ms: Option<i64>,
}

/// A stretch without sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The track's name, or its number when it has none.
    pub track: String,
    /// The timecode at which sound ends.
    pub from_ms: i64,
    /// The timecode at which it begins again.
    pub to_ms: i64,
    /// The length.
    pub ms: u64,
}

/// An error in the body, after HTTP 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StreamError {
    /// The error's code.
    pub code: Option<String>,
    /// The error's id.
    pub id: Option<String>,
    /// What the service says of it.
    pub message: Option<String>,
}

/// Something odd. `fragment` is the index of the fragment that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Anomaly {
    /// Bytes that could not be read.
    Damage {
        /// Where the lost bytes begin.
        offset: u64,
        /// How many they are.
        skipped_bytes: u64,
        /// What was wrong.
        reason: DamageReason,
    },
    /// A fragment number that was there before.
    DuplicateFragment {
        /// The later fragment.
        fragment: u64,
        /// The number.
        number: String,
        /// The fragment that had it first.
        first: u64,
    },
    /// A fragment number below one that was there before.
    NumberGoesBack {
        /// The later fragment.
        fragment: u64,
        /// Its number.
        number: String,
        /// The highest number before it.
        after: String,
    },
    /// Another contact's sound follows.
    ContactChange {
        /// The first fragment of the other contact.
        fragment: u64,
        /// The contact before.
        from: String,
        /// The contact now.
        to: String,
    },
    /// A fragment of Connect's that does not say whose sound it holds.
    MissingContactId {
        /// The fragment.
        fragment: u64,
    },
    /// Connect's tag gives a track another number than the track has; told when it begins. The track is right.
    TrackTagMismatch {
        /// The fragment.
        fragment: u64,
        /// The track's name.
        track: String,
        /// The track's number.
        number: u64,
        /// The number in the tag.
        tagged: String,
    },
    /// Blocks of a track that the fragment does not declare.
    UndeclaredTrack {
        /// The fragment.
        fragment: u64,
        /// The track's number.
        number: u64,
        /// How many blocks.
        blocks: u64,
    },
    /// Sound that begins before the sound in front of it ends.
    Overlap {
        /// The fragment.
        fragment: u64,
        /// The track's name, or its number when it has none.
        track: String,
        /// The timecode at which it begins.
        at_ms: i64,
        /// How much of it was there before.
        ms: u64,
    },
    /// The stream ends in the middle of an element.
    Truncated {
        /// The fragment.
        fragment: u64,
        /// Where the fragment begins.
        offset: u64,
    },
}

/// The whole stream in brief.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many fragments.
    pub fragments: u64,
    /// How many contacts.
    pub contacts: u64,
    /// Bytes of sound or pictures.
    pub payload_bytes: u64,
    /// The sound of the longest track, gaps not counted; 0 when it is not PCM.
    pub audio_ms: u64,
    /// How many gaps, of all tracks.
    pub gaps: u64,
    /// Their length together.
    pub gap_ms: u64,
    /// Errors that the service reports.
    pub errors: u64,
    /// Bytes that could not be read.
    pub damaged_bytes: u64,
    /// How many anomalies.
    pub anomalies: u64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMore<'a> {
    One(&'a str),
    More(Vec<&'a str>),
}

fn as_object<S: Serializer>(tags: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = BTreeMap::<&str, OneOrMore<'_>>::new();
    for (name, value) in tags {
        let entry = object.remove(name.as_str());
        let merged = match entry {
            None => OneOrMore::One(value),
            Some(OneOrMore::One(first)) => OneOrMore::More(vec![first, value]),
            Some(OneOrMore::More(mut all)) => {
                all.push(value);
                OneOrMore::More(all)
            }
        };
        object.insert(name, merged);
    }
    serializer.collect_map(object)
}
