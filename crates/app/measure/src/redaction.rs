//! What redaction lets through, what it hides too much, and how fast it is, as `trunkline bench redaction` shows it.

mod corpus;
mod json;
mod outcome;
mod peer;
mod speed;
mod table;

use std::path::PathBuf;

use dialogues::Half;

pub use outcome::{Outcome, PeerOutcome, RedactionReport};
pub use speed::Speed;

use self::{corpus::Documents, peer::Presidio};

/// What is measured.
#[derive(Clone, Debug)]
pub struct RedactionBench {
    /// Calls that are made; of utterances and of texts, four times as many.
    pub calls: u32,
    /// What they are made from.
    pub seed: u64,
    /// Which half of the inventory.
    pub half: Half,
    /// A folder of documents to measure on instead.
    pub corpus: Option<PathBuf>,
    /// Whether Presidio is measured beside us.
    pub peer: bool,
}

impl RedactionBench {
    /// Measures; says what it is at.
    ///
    /// # Errors
    /// When the folder cannot be read, or a line of it is no document; the error names file and line.
    pub fn run(&self, say: &mut dyn FnMut(&str)) -> anyhow::Result<RedactionReport> {
        let sets = match &self.corpus {
            Some(folder) => Documents::read(folder)?,
            None => Documents::made(self.seed, self.half, self.calls),
        };
        let (mut timed, mut outcomes) = (speed::Words::new()?, Vec::new());
        for documents in &sets {
            say(&format!("{}: {} documents", documents.name, documents.len()));
            outcomes.push(outcome::ours(documents, &mut timed));
        }
        let mut left_out = None;
        if self.peer {
            match Presidio::find() {
                Ok(presidio) => {
                    for (documents, outcome) in sets.iter().zip(&mut outcomes) {
                        say(&format!("presidio, {}", documents.name));
                        outcome.peer = Some(presidio.measure(documents)?);
                    }
                }
                Err(why) => left_out = Some(format!("{why:#}")),
            }
        }
        say("speed");
        let speed = speed::measure(&sets, self.seed, timed);
        Ok(RedactionReport {
            bench: self.clone(),
            machine: crate::Machine::here(),
            outcomes,
            speed,
            left_out,
        })
    }
}
