//! What redaction lets through, what it hides too much, and how fast it is, as `trunkline bench redaction` shows it.

mod corpus;
mod json;
mod outcome;
mod peer;
mod speed;
mod table;
mod write;

use std::path::{Path, PathBuf};

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
    /// Writes the documents into a folder, as [`corpus`](Self::corpus) reads them, instead of measuring.
    ///
    /// # Errors
    /// When the folder or a file of it cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        Documents::write(&Documents::made(self.seed, self.half, self.calls), folder)
    }

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
        let speed = speed::measure(&sets, self, timed);
        Ok(RedactionReport {
            bench: self.clone(),
            machine: crate::Machine::here(),
            outcomes,
            speed,
            left_out,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(corpus: Option<PathBuf>) -> RedactionBench {
        RedactionBench { calls: 3, seed: 2, half: Half::Tune, corpus, peer: false }
    }

    #[test]
    fn the_same_seed_counts_the_same_and_every_set_has_its_table() {
        let counts = || {
            let report = small(None).run(&mut |_| {}).unwrap();
            (report.json()["sets"].clone(), report.text())
        };
        let ((sets, text), (again, _)) = (counts(), counts());
        assert_eq!(sets, again);
        for title in ["WRITTEN TEXTS: 12 documents", "SPOKEN UTTERANCES", "CALLS: ", "word to mask"] {
            assert!(text.contains(title), "{title} is not in:\n{text}");
        }
    }

    #[test]
    fn what_is_written_is_counted_the_same_when_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        small(None).write(folder.path()).unwrap();
        let told = |report: &RedactionReport| {
            let mut told: Vec<_> = report
                .outcomes
                .iter()
                .map(|outcome| {
                    let all = outcome.ours.total(&[]);
                    (
                        outcome.ours.documents,
                        all.told,
                        all.characters,
                        outcome.ours.plain,
                        outcome.ours.harmless,
                    )
                })
                .collect();
            told.sort_unstable();
            told
        };
        let made = small(None).run(&mut |_| {}).unwrap();
        let read = small(Some(folder.path().to_owned())).run(&mut |_| {}).unwrap();
        assert_eq!(told(&made), told(&read));
    }

    #[test]
    fn a_folder_of_documents_is_measured_file_by_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "mine.jsonl",
            "{\"text\":\"SSN 123-45-6789\",\"spans\":[{\"entity\":\"ssn\",\"start\":4,\"end\":15}]}\n\n",
        );
        write("notes.txt", "no documents");
        let report = small(Some(folder.path().to_owned())).run(&mut |_| {}).unwrap().json();
        assert_eq!(report["sets"][0]["name"], "mine");
        assert_eq!(report["sets"][0]["ours"]["kinds"]["ssn"]["told"], 1);
        write("mine.jsonl", "{}\n");
        let error = small(Some(folder.path().to_owned())).run(&mut |_| {}).unwrap_err();
        assert!(format!("{error:#}").contains("mine.jsonl, line 1"), "{error:#}");
    }
}
