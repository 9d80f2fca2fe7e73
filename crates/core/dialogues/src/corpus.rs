//! A corpus: as many documents as one likes, each made on demand.

use crate::{
    Half, dialogue,
    dice::Dice,
    inventory::Inventory,
    truth::{Dialogue, Text},
    utterance, written,
};

/// Documents by number. The same seed, half and number give the same document, on every machine.
#[derive(Debug)]
pub struct Corpus {
    half: Half,
    seed: u64,
    inventory: Inventory,
}

impl Corpus {
    /// The corpus of a seed, made from one half of the inventory.
    #[must_use]
    pub fn new(seed: u64, half: Half) -> Self {
        Self { half, seed, inventory: Inventory::of(half) }
    }

    /// A written text.
    #[must_use]
    pub fn text(&self, number: u64) -> Text {
        let mut dice = self.dice(1, number);
        written::text(self.id("text", number), &mut dice, &self.inventory)
    }

    /// A written text in which nothing is secret, of a dozen sentences.
    #[must_use]
    pub fn ordinary(&self, number: u64) -> Text {
        let mut dice = self.dice(4, number);
        written::ordinary(self.id("ordinary", number), &mut dice, &self.inventory)
    }

    /// An utterance, after the question that it answers if there is one.
    #[must_use]
    pub fn utterance(&self, number: u64) -> Dialogue {
        let mut dice = self.dice(2, number);
        utterance::utterance(self.id("utterance", number), &mut dice, &self.inventory)
    }

    /// A whole call.
    #[must_use]
    pub fn dialogue(&self, number: u64) -> Dialogue {
        let mut dice = self.dice(3, number);
        dialogue::dialogue(self.id("call", number), &mut dice, &self.inventory)
    }

    const fn dice(&self, stream: u64, number: u64) -> Dice {
        let half = match self.half {
            Half::Tune => 0,
            Half::HeldOut => 16,
        };
        Dice::of(self.seed, stream + half, number)
    }

    fn id(&self, what: &str, number: u64) -> String {
        format!("{what}-{}-{}-{number}", self.half.as_str(), self.seed)
    }
}
