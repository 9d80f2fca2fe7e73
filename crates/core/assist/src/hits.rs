//! Which utterances met what a playbook listens for.

use events::EntityKind;
use model::UtteranceId;
use playbook::{Speaker, Words};

use crate::compiled::{CompiledPlaybook, Leaf, LeafTest};

/// As many utterances that met one test are remembered: the first, and the latest.
pub(crate) const MAX_HITS: usize = 64;

/// Something that happened at a moment, and the utterance that it was, where it was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) at_ms: u64,
    pub(crate) utterance: Option<UtteranceId>,
}

/// An utterance as playbooks hear it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    pub(crate) id: UtteranceId,
    /// When its last word ended.
    pub(crate) at_ms: u64,
    pub(crate) who: Speaker,
    pub(crate) words: &'a Words,
    /// Its text in small letters.
    pub(crate) text: &'a str,
    pub(crate) masked: &'a [EntityKind],
    pub(crate) partial: bool,
}

/// For each leaf of a playbook, the utterances that met it, in time's order.
#[derive(Debug)]
pub(crate) struct Hits(Vec<Vec<Occurrence>>);

impl Hits {
    pub(crate) fn new(book: &CompiledPlaybook) -> Self {
        Self(vec![Vec::new(); book.leaves.len()])
    }

    /// Those that met a leaf, in time's order.
    pub(crate) fn of(&self, leaf: usize) -> &[Occurrence] {
        self.0.get(leaf).map_or(&[], Vec::as_slice)
    }

    /// Looks at an utterance: what it met in an earlier revision and meets no more is forgotten. What it means is told
    /// by [`Self::mean`].
    pub(crate) fn hear(&mut self, book: &CompiledPlaybook, said: &Said<'_>) {
        for (leaf, hits) in book.leaves.iter().zip(&mut self.0) {
            hits.retain(|hit| hit.utterance != Some(said.id));
            if leaf.hears(said) {
                insert(hits, Occurrence { at_ms: said.at_ms, utterance: Some(said.id) });
            }
        }
    }

    /// Forgets an utterance that turned out to hold no words.
    pub(crate) fn forget(&mut self, id: UtteranceId) {
        for hits in &mut self.0 {
            hits.retain(|hit| hit.utterance != Some(id));
        }
    }

    /// Takes in what an utterance means, by the vectors of its sentences.
    pub(crate) fn mean(
        &mut self,
        book: &CompiledPlaybook,
        occurrence: Occurrence,
        who: Speaker,
        meant: &dyn Fn(usize) -> bool,
    ) {
        for (leaf, hits) in book.leaves.iter().zip(&mut self.0) {
            let LeafTest::Means(meaning) = leaf.test else { continue };
            if fits(leaf.who, who) && meant(meaning) {
                hits.retain(|hit| hit.utterance != occurrence.utterance);
                insert(hits, occurrence);
            }
        }
    }
}

impl Leaf {
    fn hears(&self, said: &Said<'_>) -> bool {
        if !fits(self.who, said.who) {
            return false;
        }
        match &self.test {
            LeafTest::Says { any, all, none, pattern, partials } => {
                (!said.partial || *partials)
                    && (any.is_empty() || any.iter().any(|phrase| phrase.matches(said.words)))
                    && all.iter().all(|phrase| phrase.matches(said.words))
                    && pattern.as_ref().is_none_or(|pattern| pattern.found_in(said.text))
                    && !none.iter().any(|phrase| phrase.matches(said.words))
            }
            LeafTest::Masked(kinds) => !said.partial && said.masked.iter().any(|kind| kinds.contains(kind)),
            LeafTest::Means(_) => false,
        }
    }
}

/// Whether words of one speaker are those that are asked for.
pub(crate) fn fits(wanted: Speaker, who: Speaker) -> bool {
    match wanted {
        Speaker::Anyone => true,
        Speaker::Customer | Speaker::Agent => wanted == who,
    }
}

fn insert(hits: &mut Vec<Occurrence>, hit: Occurrence) {
    let place = hits.partition_point(|known| known.at_ms <= hit.at_ms);
    hits.insert(place, hit);
    if hits.len() > MAX_HITS {
        hits.remove(1);
    }
}
