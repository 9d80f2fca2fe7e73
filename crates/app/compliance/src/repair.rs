//! What is masked after the call: words in the log, and the sound of the recording.

use std::{collections::BTreeMap, time::Duration};

use engine::{OutlineMask, recording_key};
use events::{EntityKind, Event, Recording, TranscriptUtterance, TranscriptWord, UtteranceRevised};
use model::{CallKey, Channel, Epoch, MediaTime, UtteranceId};
use ports::BlobStore;
use redaction::{Act, TenantPolicy};

use crate::{
    recording::RecordingError,
    rerender::{leaks, rerender},
};

/// Something to hide, in words, in sound, or both.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hide {
    pub(crate) channel: Channel,
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    pub(crate) entity: EntityKind,
    /// Words `from..to` of an utterance; none hides the words that sound within the range.
    pub(crate) words: Option<(UtteranceId, usize, usize)>,
    /// Only the sound: the words are masked already.
    pub(crate) sound_only: bool,
    pub(crate) reason: String,
}

/// Revisions that hide these words; an utterance each.
pub(crate) fn revisions(
    utterances: &[TranscriptUtterance],
    hides: &[Hide],
    policy: &TenantPolicy,
) -> Vec<Event> {
    let mut by_utterance: BTreeMap<UtteranceId, Vec<(usize, usize, EntityKind, &str)>> = BTreeMap::new();
    for hide in hides.iter().filter(|hide| !hide.sound_only) {
        if let Some((utterance, from, to)) = hide.words {
            by_utterance.entry(utterance).or_default().push((from, to, hide.entity, &hide.reason));
            continue;
        }
        for utterance in utterances.iter().filter(|utterance| utterance.channel == hide.channel) {
            if let Some((from, to)) = words_within(utterance, hide.from_ms, hide.to_ms) {
                by_utterance.entry(utterance.id).or_default().push((from, to, hide.entity, &hide.reason));
            }
        }
    }
    let revised = |utterance: &TranscriptUtterance| {
        let spans = by_utterance.get(&utterance.id)?;
        let words = hidden(&utterance.words, spans, policy);
        let reason = format!("verified: {}", spans.first().map_or("", |(.., reason)| *reason));
        (words != utterance.words).then(|| {
            let revision = utterance.revision.saturating_add(1);
            let utterance = TranscriptUtterance { words, revision, ..utterance.clone() };
            Event::UtteranceRevised(UtteranceRevised { utterance, reason })
        })
    };
    utterances.iter().filter_map(revised).collect()
}

/// The words of which any part sounds within a range.
fn words_within(utterance: &TranscriptUtterance, from_ms: u64, to_ms: u64) -> Option<(usize, usize)> {
    let touches =
        |word: &TranscriptWord| word.start_ms < to_ms && from_ms < word.end_ms.max(word.start_ms + 1);
    let first = utterance.words.iter().position(touches)?;
    let last = utterance.words.iter().rposition(touches)?;
    Some((first, last + 1))
}

/// The words with each span as one masked word. Masks that are in a span go up in it.
fn hidden(
    words: &[TranscriptWord],
    spans: &[(usize, usize, EntityKind, &str)],
    policy: &TenantPolicy,
) -> Vec<TranscriptWord> {
    let mut spans: Vec<(usize, usize, EntityKind)> =
        spans.iter().map(|(from, to, kind, _)| (*from, (*to).min(words.len()), *kind)).collect();
    spans.sort_unstable_by_key(|(from, to, _)| (*from, *to));
    let mut out = Vec::with_capacity(words.len());
    let mut spans = spans.into_iter().peekable();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let mut end = at;
        let mut kind = None;
        while let Some((_, to, of)) = spans.next_if(|(from, ..)| *from <= at.max(end.saturating_sub(1))) {
            if to > end {
                end = to;
                kind.get_or_insert(of);
            }
        }
        let Some(kind) = kind.filter(|_| end > at) else {
            out.push(word.clone());
            at += 1;
            continue;
        };
        let covered = words.get(at..end).unwrap_or_default();
        // What was masked knows better what it was.
        let kind = covered
            .iter()
            .find_map(|word| word.masked)
            .filter(|_| kind == EntityKind::Number)
            .unwrap_or(kind);
        out.push(TranscriptWord {
            text: mask(kind, policy),
            start_ms: word.start_ms,
            end_ms: covered.iter().map(|word| word.end_ms).max().unwrap_or(word.end_ms),
            confidence: 1.0,
            masked: Some(kind),
        });
        at = end;
    }
    out
}

/// What is shown for a kind. Nothing of what was found after the call is kept.
fn mask(kind: EntityKind, policy: &TenantPolicy) -> String {
    match policy.acts.of(kind) {
        Act::Cross => "XXXX".to_owned(),
        Act::Name | Act::LastFour | Act::Show => format!("[{}]", kind.as_str()),
    }
}

/// The ranges of sound, padded.
pub(crate) fn sound_masks(
    hides: &[Hide],
    policy: &TenantPolicy,
    rate_hz: u32,
    duration_ms: u64,
) -> Vec<OutlineMask> {
    let (before, after) = (policy.pad_before_ms, policy.pad_after_ms + 1);
    let within = hides.iter().filter(|hide| hide.from_ms < duration_ms);
    let mask = |hide: &Hide| {
        let from = MediaTime::from_millis(hide.from_ms).saturating_sub(Duration::from_millis(before));
        let to = MediaTime::from_millis(hide.to_ms) + Duration::from_millis(after);
        let to = to.min(MediaTime::from_millis(duration_ms));
        let range = audio::SampleRange::covering(from, to, rate_hz);
        OutlineMask { added: true, ..OutlineMask::new(hide.channel, range, hide.entity, rate_hz) }
    };
    within.map(mask).collect()
}

/// Writes the recording again with more masks, under the key of this owner.
pub(crate) async fn mask_sound(
    blobs: &dyn BlobStore,
    key: &CallKey,
    epoch: Epoch,
    recording: &Recording,
    known: &[OutlineMask],
    added: &[OutlineMask],
) -> Result<Recording, RecordingError> {
    let mut all = known.to_vec();
    // The tone of a mask that is there already needs no comparison: it has nothing to leak.
    all.extend(leaks(blobs, &recording.key, added).await?);
    all.extend_from_slice(added);
    all.sort_unstable_by_key(|mask| (mask.from_sample, mask.channel, mask.to_sample));
    all.dedup();
    let to = recording_key(&key.tenant, &key.call, epoch);
    rerender(blobs, &recording.key, &to, &all).await
}

#[cfg(test)]
mod tests {
    use model::Participant;

    use super::*;

    fn said(text: &str) -> TranscriptUtterance {
        let words = text.split(' ').zip(0..).map(|(text, n)| TranscriptWord {
            text: text.to_owned(),
            start_ms: n * 100,
            end_ms: n * 100 + 80,
            confidence: 0.9,
            masked: text.starts_with('[').then_some(EntityKind::Card),
        });
        TranscriptUtterance {
            id: UtteranceId::new(Channel::Customer, MediaTime::ZERO),
            revision: 1,
            channel: Channel::Customer,
            participant: Participant::Customer,
            start_ms: 0,
            end_ms: 5_000,
            words: words.collect(),
        }
    }

    fn hide(from_ms: u64, to_ms: u64, words: Option<(usize, usize)>) -> Hide {
        Hide {
            channel: Channel::Customer,
            from_ms,
            to_ms,
            entity: EntityKind::Number,
            words: words.map(|(from, to)| (said("").id, from, to)),
            sound_only: false,
            reason: "why".to_owned(),
        }
    }

    fn revised(utterances: &[TranscriptUtterance], hides: &[Hide]) -> Vec<Event> {
        revisions(utterances, hides, &TenantPolicy::default())
    }

    fn text(events: &[Event]) -> Vec<String> {
        let text = |event: &Event| {
            if let Event::UtteranceRevised(revised) = event {
                revised.utterance.text()
            } else {
                String::new()
            }
        };
        events.iter().map(text).collect()
    }

    #[test]
    fn spans_become_masks_and_take_in_the_masks_between() {
        let said = [said("it is four [card] one and two")];
        assert_eq!(text(&revised(&said, &[hide(0, 0, Some((2, 5)))])), ["it is [card] and two"]);
        let two = [hide(0, 0, Some((2, 3))), hide(0, 0, Some((6, 7)))];
        assert_eq!(text(&revised(&said, &two)), ["it is [number] [card] one and [number]"]);
        assert_eq!(
            text(&revised(&said, &[hide(0, 0, Some((1, 3))), hide(0, 0, Some((2, 4)))])),
            ["it [card] one and two"]
        );
    }

    #[test]
    fn a_range_hides_the_words_that_sound_in_it() {
        let said = [said("a b c d e")];
        assert_eq!(text(&revised(&said, &[hide(150, 320, None)])), ["a [number] e"]);
        assert_eq!(revised(&said, &[hide(9_000, 9_100, None)]), []);
        assert_eq!(revised(&said, &[Hide { sound_only: true, ..hide(0, 500, None) }]), []);
    }

    #[test]
    fn what_is_hidden_already_is_no_revision() {
        let said = [said("a [number] e")];
        let again = revised(&said, &[hide(0, 0, Some((1, 2)))]);
        // The kind that the mask had stays.
        assert_eq!(text(&again), ["a [card] e"]);
        assert_eq!(revised(&[], &[hide(0, 0, Some((1, 2)))]), []);
    }

    #[test]
    fn sound_is_masked_with_padding_and_within_the_recording() {
        let [mask] = sound_masks(&[hide(1_000, 1_500, None)], &TenantPolicy::default(), 8_000, 1_600)[..]
        else {
            panic!("one mask")
        };
        assert_eq!((mask.from_ms, mask.to_ms, mask.added), (850, 1_600, true));
        assert_eq!(sound_masks(&[hide(2_000, 2_500, None)], &TenantPolicy::default(), 8_000, 1_600), []);
    }
}
