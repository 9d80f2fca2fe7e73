//! Documents through a redactor, counted.

use std::time::Duration;

use dialogues::Secret;
use events::EntityKind;
use leak::{Script, Tally, Witness, segments_of_text, strict_policy};
use redaction::{Redactor, redact_text};

use super::{RedactionBench, Speed, corpus::Documents, speed::Words};
use crate::Machine;

/// What became of documents of one sort.
#[derive(Debug)]
pub struct Outcome {
    /// What they are called.
    pub name: String,
    /// What our redactor showed and hid.
    pub ours: Tally,
    /// Whether utterances were seen on the way, in partials.
    pub spoken: bool,
    /// What the peer showed and hid.
    pub peer: Option<PeerOutcome>,
}

/// What a peer did.
#[derive(Debug)]
pub struct PeerOutcome {
    /// Its version.
    pub version: String,
    /// What it showed and hid.
    pub tally: Tally,
    /// Bytes of text, and how long it took for them.
    pub speed: (u64, Duration),
}

/// All of it.
#[derive(Debug)]
pub struct RedactionReport {
    /// What was asked for.
    pub bench: RedactionBench,
    /// Where it was measured.
    pub machine: Machine,
    /// By sort of documents.
    pub outcomes: Vec<Outcome>,
    /// How fast.
    pub speed: Speed,
    /// Why no peer was measured.
    pub left_out: Option<String>,
}

/// Texts at once, dialogues word by word.
pub(super) fn ours(documents: &Documents, words: &mut Words) -> Outcome {
    let mut tally = Tally::default();
    for text in &documents.texts {
        let spans = redact_text(&text.text, strict_policy());
        let masks: Vec<(usize, usize, EntityKind)> =
            spans.iter().map(|span| (span.chars.start, span.chars.end, span.kind)).collect();
        let secrets: Vec<Secret> = text.secrets.iter().map(|(secret, _)| secret.clone()).collect();
        tally.add(&text.id, &secrets, &segments_of_text(text, &masks));
    }
    for dialogue in &documents.dialogues {
        let (mut redactor, mut witness) = (Redactor::new(strict_policy()), Witness::new(dialogue));
        for step in Script::word_by_word(dialogue) {
            let out = words.timed(|| redactor.redact(&step.utterance, step.participant));
            witness.hear(&step, &out);
        }
        tally.add(&dialogue.id, &dialogue.secrets, &witness.segments());
        tally.add_seen(dialogue, witness.seen());
    }
    Outcome { name: documents.name.clone(), ours: tally, spoken: !documents.dialogues.is_empty(), peer: None }
}
