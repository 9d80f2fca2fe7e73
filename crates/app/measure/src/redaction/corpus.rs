//! Documents with truth: made, or read from a folder.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail, ensure};
use dialogues::{Corpus, Dialogue, Half, Secret, Stretch, Style, Text, Truth, Turn, Word};
use events::EntityKind;
use model::Channel;
use serde::Deserialize;

/// The longest line of a file of documents.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// The most documents that are read.
const MAX_DOCUMENTS: usize = 2_000_000;

/// Utterances and texts for each call.
const PER_CALL: u32 = 4;

/// What marks a stretch as a number that should stay readable.
pub(super) const HARMLESS: &str = "harmless";
/// What marks a stretch that is right masked and not: a filler within a number.
pub(super) const EITHER: &str = "either";

/// Documents of one sort.
#[derive(Debug, Default)]
pub(super) struct Documents {
    pub(super) name: String,
    pub(super) texts: Vec<Text>,
    pub(super) dialogues: Vec<Dialogue>,
}

impl Documents {
    pub(super) const fn len(&self) -> usize {
        self.texts.len() + self.dialogues.len()
    }

    /// Documents of the generator.
    pub(super) fn made(seed: u64, half: Half, calls: u32) -> Vec<Self> {
        let corpus = Corpus::new(seed, half);
        let many = u64::from(calls) * u64::from(PER_CALL);
        let (noisy, clean) = (0..u64::from(calls)).map(|n| corpus.dialogue(n)).partition(|call| call.noisy);
        let set = |name: &str, texts, dialogues| Self { name: name.to_owned(), texts, dialogues };
        vec![
            set("written texts", (0..many).map(|n| corpus.text(n)).collect(), Vec::new()),
            set("spoken utterances", Vec::new(), (0..many).map(|n| corpus.utterance(n)).collect()),
            set("calls", Vec::new(), clean),
            set("calls with recognition errors", Vec::new(), noisy),
        ]
    }

    /// Documents of a folder's `.jsonl` files, each file a sort.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Self>> {
        let shown = folder.display();
        let entries = fs::read_dir(folder).with_context(|| format!("cannot read the folder {shown}"))?;
        let mut files: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>, std::io::Error>>()
            .with_context(|| format!("cannot read the folder {shown}"))?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        files.sort();
        ensure!(!files.is_empty(), "{shown} holds no .jsonl file");
        let mut room = MAX_DOCUMENTS;
        files.iter().map(|path| Self::read_file(path, &mut room)).collect()
    }

    fn read_file(path: &Path, room: &mut usize) -> anyhow::Result<Self> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
        let mut lines = BufReader::new(file);
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut out = Self { name, ..Self::default() };
        let mut line = String::new();
        for number in 1_usize.. {
            line.clear();
            let read = lines.by_ref().take(MAX_LINE_BYTES).read_line(&mut line);
            let length = read.with_context(|| format!("{shown}, line {number}"))? as u64;
            if length == 0 {
                break;
            }
            ensure!(length < MAX_LINE_BYTES, "{shown}, line {number} is longer than {MAX_LINE_BYTES} bytes");
            if line.trim().is_empty() {
                continue;
            }
            *room = room.checked_sub(1).ok_or_else(|| anyhow!("more than {MAX_DOCUMENTS} documents"))?;
            out.add(&line, number).with_context(|| format!("{shown}, line {number}"))?;
        }
        Ok(out)
    }

    fn add(&mut self, line: &str, number: usize) -> anyhow::Result<()> {
        let document: Line = serde_json::from_str(line).context("is no document of text or turns")?;
        let id = document.id.map_or_else(|| number.to_string(), |id| id.to_string());
        match (document.text, document.turns) {
            (Some(text), None) => self.texts.push(text_of(id, text, &document.spans)?),
            (None, Some(turns)) => self.dialogues.push(dialogue_of(id, &turns)?),
            (Some(_), Some(_)) | (None, None) => bail!("a document has either \"text\" or \"turns\""),
        }
        Ok(())
    }
}

/// A line of a file.
#[derive(Debug, Deserialize)]
struct Line {
    id: Option<serde_json::Value>,
    text: Option<String>,
    #[serde(default)]
    spans: Vec<GoldSpan>,
    turns: Option<Vec<GoldTurn>>,
}

#[derive(Debug, Deserialize)]
struct GoldTurn {
    channel: GoldChannel,
    text: String,
    #[serde(default)]
    spans: Vec<GoldSpan>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GoldChannel {
    Customer,
    #[serde(alias = "to_customer")]
    Agent,
}

/// What a stretch of a text is, in Unicode scalar values.
#[derive(Debug, Deserialize)]
struct GoldSpan {
    entity: String,
    start: usize,
    end: usize,
    /// Stretches of one dialogue with the same number are one secret.
    secret: Option<u64>,
}

/// What a span says.
#[derive(Clone, Copy, Debug)]
enum Says {
    Secret(EntityKind),
    Harmless,
    Either,
}

impl GoldSpan {
    fn says(&self, length: usize) -> anyhow::Result<Says> {
        let Self { entity, start, end, .. } = self;
        ensure!(
            start < end && *end <= length,
            "the span {start}..{end} is not in a text of {length} characters"
        );
        match entity.as_str() {
            HARMLESS => return Ok(Says::Harmless),
            EITHER => return Ok(Says::Either),
            _ => {}
        }
        let kind = EntityKind::ALL.iter().find(|kind| kind.as_str() == entity);
        let kinds = || EntityKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        let wrong = || anyhow!("no entity is called {entity:?}: {HARMLESS}, {EITHER}, {}", kinds());
        kind.copied().map(Says::Secret).ok_or_else(wrong)
    }
}

const fn secret(kind: EntityKind) -> Secret {
    Secret { kind, sort: "" }
}

fn text_of(id: String, text: String, spans: &[GoldSpan]) -> anyhow::Result<Text> {
    let length = text.chars().count();
    let (mut secrets, mut harmless) = (Vec::new(), Vec::new());
    for span in spans {
        let stretch = Stretch { from: span.start, to: span.end };
        match span.says(length)? {
            Says::Secret(kind) => secrets.push((secret(kind), stretch)),
            Says::Harmless => harmless.push(stretch),
            // Of a text every stretch is a secret, or none.
            Says::Either => {}
        }
    }
    Ok(Text { id, text, secrets, harmless })
}

fn dialogue_of(id: String, turns: &[GoldTurn]) -> anyhow::Result<Dialogue> {
    let mut secrets: Vec<(Secret, Option<u64>, Channel)> = Vec::new();
    let (mut out, mut numbers) = (Vec::new(), 0);
    for turn in turns {
        let channel = match turn.channel {
            GoldChannel::Customer => Channel::Customer,
            GoldChannel::Agent => Channel::ToCustomer,
        };
        let length = turn.text.chars().count();
        let mut truths = Vec::new();
        for span in &turn.spans {
            let truth = match span.says(length)? {
                Says::Harmless => {
                    numbers += 1;
                    Truth::Harmless(numbers - 1)
                }
                Says::Either => {
                    let of = secrets
                        .iter()
                        .position(|(_, number, _)| span.secret.is_some() && *number == span.secret);
                    Truth::Between(of.unwrap_or(usize::MAX))
                }
                Says::Secret(kind) => known(&mut secrets, secret(kind), span.secret, channel),
            };
            truths.push((span.start..span.end, truth));
        }
        let words = words(&turn.text, &truths);
        if !words.is_empty() {
            out.push(Turn { channel, words });
        }
    }
    let secrets = secrets.into_iter().map(|(secret, ..)| secret).collect();
    Ok(Dialogue { id, style: Style::Formatted, noisy: false, turns: out, secrets })
}

/// The secret that a span is of: a new one, or one that was told before, an echo when the other side told it.
fn known(
    secrets: &mut Vec<(Secret, Option<u64>, Channel)>,
    secret: Secret,
    number: Option<u64>,
    channel: Channel,
) -> Truth {
    let same =
        secrets.iter().position(|(one, of, _)| number.is_some() && *of == number && one.kind == secret.kind);
    match same {
        Some(which) if secrets.get(which).is_some_and(|(.., by)| *by != channel) => Truth::Echo(which),
        Some(which) => Truth::Secret(which),
        None => {
            secrets.push((secret, number, channel));
            Truth::Secret(secrets.len() - 1)
        }
    }
}

/// The words between white space. A word is what any part of it is.
fn words(text: &str, truths: &[(std::ops::Range<usize>, Truth)]) -> Vec<Word> {
    let mut at = 0;
    let mut out = Vec::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let place = at..at + piece.chars().count();
        let over = truths.iter().find(|(span, _)| span.start < place.end && place.start < span.end);
        let bare = piece.trim();
        if !bare.is_empty() {
            let truth = over.map_or(Truth::Plain, |(_, truth)| *truth);
            out.push(Word { text: bare.to_owned(), truth });
        }
        at = place.end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(line: &str) -> anyhow::Result<Documents> {
        let mut out = Documents::default();
        out.add(line, 7)?;
        Ok(out)
    }

    #[test]
    fn texts_and_dialogues_are_read_with_their_spans() {
        let text = add(r#"{"id":"a","text":"SSN 123-45-6789 in 5 days","spans":[{"entity":"ssn","start":4,"end":15},{"entity":"harmless","start":19,"end":20}]}"#).unwrap();
        assert_eq!(text.texts[0].secrets, [(secret(EntityKind::Ssn), Stretch { from: 4, to: 15 })]);
        assert_eq!(text.texts[0].harmless, [Stretch { from: 19, to: 20 }]);
        let dialogue = add(
            r#"{"turns":[{"channel":"customer","text":"it is four two.","spans":[{"entity":"pin","start":6,"end":14,"secret":1}]},
            {"channel":"agent","text":"four two","spans":[{"entity":"pin","start":0,"end":8,"secret":1}]}]}"#,
        )
        .unwrap();
        let truths =
            |n: usize| dialogue.dialogues[0].turns[n].words.iter().map(|word| word.truth).collect::<Vec<_>>();
        assert_eq!(truths(0), [Truth::Plain, Truth::Plain, Truth::Secret(0), Truth::Secret(0)]);
        assert_eq!(truths(1), [Truth::Echo(0), Truth::Echo(0)]);
        assert_eq!(dialogue.dialogues[0].secrets, [secret(EntityKind::Pin)]);
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        let says = |line: &str| format!("{:#}", add(line).unwrap_err());
        assert!(says(r#"{"id":"a"}"#).contains("either \"text\" or \"turns\""));
        assert!(says(r#"{"text":"ab","spans":[{"entity":"ssn","start":1,"end":3}]}"#).contains("1..3"));
        let unknown = says(r#"{"text":"ab","spans":[{"entity":"iq","start":0,"end":1}]}"#);
        assert!(unknown.contains("\"iq\"") && unknown.contains("card"), "{unknown}");
    }
}
