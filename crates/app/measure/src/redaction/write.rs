//! Documents with truth to files, as they are read again.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    ops::Range,
    path::Path,
};

use anyhow::Context;
use dialogues::{Dialogue, Text, Truth, Turn};
use model::Channel;
use serde_json::{Value, json};

use super::corpus::{Documents, EITHER, HARMLESS};

impl Documents {
    /// A file for each sort, in a folder that is made.
    pub(super) fn write(sets: &[Self], folder: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for set in sets {
            let path = folder.join(format!("{}.jsonl", set.name.replace(' ', "-")));
            set.write_file(&path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn write_file(&self, path: &Path) -> std::io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for text in &self.texts {
            writeln!(file, "{}", line_of_text(text))?;
        }
        for dialogue in &self.dialogues {
            writeln!(file, "{}", line_of_dialogue(dialogue))?;
        }
        file.flush()
    }
}

fn line_of_text(text: &Text) -> Value {
    let span = |entity: &str, from: usize, to: usize| json!({"entity": entity, "start": from, "end": to});
    let secrets = text.secrets.iter().map(|(secret, at)| span(secret.kind.as_str(), at.from, at.to));
    let harmless = text.harmless.iter().map(|at| span(HARMLESS, at.from, at.to));
    json!({"id": text.id, "text": text.text, "spans": secrets.chain(harmless).collect::<Vec<_>>()})
}

fn line_of_dialogue(dialogue: &Dialogue) -> Value {
    let turns: Vec<Value> = dialogue.turns.iter().map(|turn| turn_of(turn, dialogue)).collect();
    json!({"id": dialogue.id, "turns": turns})
}

fn turn_of(turn: &Turn, dialogue: &Dialogue) -> Value {
    let channel = match turn.channel {
        Channel::Customer => "customer",
        Channel::ToCustomer => "agent",
    };
    let spans: Vec<Value> =
        stretches(turn).into_iter().filter_map(|(at, truth)| span_of(at, truth, dialogue)).collect();
    json!({"channel": channel, "text": turn.text(), "spans": spans})
}

fn span_of(at: Range<usize>, truth: Truth, dialogue: &Dialogue) -> Option<Value> {
    let (entity, secret) = match truth {
        Truth::Plain => return None,
        Truth::Harmless(_) => (HARMLESS, None),
        Truth::Between(which) => (EITHER, Some(which)),
        Truth::Secret(which) | Truth::Echo(which) => {
            (dialogue.secrets.get(which)?.kind.as_str(), Some(which))
        }
    };
    Some(json!({"entity": entity, "start": at.start, "end": at.end, "secret": secret}))
}

/// Words of one truth that follow each other, by their places in the turn's text.
fn stretches(turn: &Turn) -> Vec<(Range<usize>, Truth)> {
    let mut out: Vec<(Range<usize>, Truth)> = Vec::new();
    let mut at = 0;
    for word in &turn.words {
        let end = at + word.text.chars().count();
        match out.last_mut() {
            Some((last, truth)) if *truth == word.truth => last.end = end,
            Some(_) | None => out.push((at..end, word.truth)),
        }
        at = end + 1;
    }
    out
}
