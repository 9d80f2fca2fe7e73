//! Notes what is shown of each word, in every version that comes out.

use std::collections::BTreeMap;

use dialogues::Dialogue;
use events::{EntityKind, TranscriptUtterance};
use model::{MediaTime, UtteranceId, UtteranceText};
use redaction::{Mute, Redacted};

use crate::{
    cells::{Mask, Segment, segments_of_dialogue},
    script::Step,
};

/// What was seen of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// A partial showed it.
    pub in_partial: bool,
    /// A final showed it, if only until it was revised.
    pub in_final: bool,
    /// Its audio is replaced.
    pub muted: bool,
    /// What hides it in the last version. Words that no version shows are hidden by no mask, too.
    mask: Option<(usize, EntityKind)>,
    /// The last version shows it.
    visible: bool,
}

impl Seen {
    /// Whether the last version shows it.
    #[must_use]
    pub const fn is_visible(self) -> bool {
        self.visible
    }
}

/// Watches a dialogue.
#[derive(Debug)]
pub struct Witness<'a> {
    dialogue: &'a Dialogue,
    turns: Vec<Vec<Seen>>,
    /// Utterances of the turns, with the times of their words.
    said: BTreeMap<UtteranceId, (usize, Vec<(MediaTime, MediaTime)>)>,
}

impl<'a> Witness<'a> {
    /// Nothing has been seen yet.
    #[must_use]
    pub fn new(dialogue: &'a Dialogue) -> Self {
        let turns = dialogue.turns.iter().map(|turn| vec![Seen::default(); turn.words.len()]).collect();
        Self { dialogue, turns, said: BTreeMap::new() }
    }

    /// Takes note of what came out for a step.
    pub fn hear(&mut self, step: &Step, out: &Redacted) {
        let times = step.utterance.words.iter().map(|word| (word.start, word.end)).collect();
        self.said.insert(step.utterance.id, (step.turn, times));
        let partial = step.utterance.text == UtteranceText::Partial;
        self.see(&out.utterance, partial);
        for revised in &out.revised {
            self.see(&revised.utterance, false);
        }
        for mute in &out.mutes {
            self.mute(mute);
        }
    }

    fn see(&mut self, shown: &TranscriptUtterance, partial: bool) {
        let Some((turn, times)) = self.said.get(&shown.id) else { return };
        let Some(words) = self.turns.get_mut(*turn) else { return };
        for seen in words.iter_mut() {
            (seen.visible, seen.mask) = (false, None);
        }
        for (span, word) in shown.words.iter().enumerate() {
            let covered = times.iter().zip(words.iter_mut()).filter(|((start, _), _)| {
                let start = start.as_millis();
                start == word.start_ms
                    || (word.masked.is_some() && start > word.start_ms && start < word.end_ms)
            });
            for (_, seen) in covered {
                seen.mask = word.masked.map(|kind| (span, kind));
                seen.visible = word.masked.is_none();
                seen.in_partial |= partial && seen.visible;
                seen.in_final |= !partial && seen.visible;
            }
        }
    }

    fn mute(&mut self, mute: &Mute) {
        for (id, (turn, times)) in &self.said {
            let Some(words) = self.turns.get_mut(*turn).filter(|_| id.channel() == mute.channel) else {
                continue;
            };
            for ((start, end), seen) in times.iter().zip(words) {
                seen.muted |= mute.from <= *start && *end <= mute.to;
            }
        }
    }

    /// What was seen of the words of each turn.
    #[must_use]
    pub fn seen(&self) -> &[Vec<Seen>] {
        &self.turns
    }

    /// The dialogue as its last versions mask it.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        let mut segments = segments_of_dialogue(self.dialogue);
        for (segment, words) in segments.iter_mut().zip(&self.turns) {
            for cell in segment {
                let Some(seen) = words.get(cell.word) else { continue };
                cell.mask = seen.mask.map(|(span, kind)| Mask { span, kind });
                if cell.mask.is_none() && !seen.visible {
                    cell.mask = Some(Mask { span: usize::MAX, kind: EntityKind::Number });
                }
            }
        }
        segments
    }
}
