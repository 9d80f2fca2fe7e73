//! Scores today's redactor and prints what it gets wrong: `scores [HALF] [SEED] [DOCUMENTS]`.
#![expect(clippy::print_stdout, reason = "an example for reading")]

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use dialogues::{Corpus, Dialogue, Half, Secret, Style, Text, Truth, Turn, Word};
use leak::{Failure, KindTally, Script, Tally, What, Witness, segments_of_text, strict_policy, wilson};
use model::Channel;
use redaction::{Redactor, masked, redact_text};

/// Failures that are shown of each sort of secret, how many sorts, and of words that hold none.
const SHOWN: usize = 2;
const GROUPS: usize = 40;
const SHOWN_PLAIN: usize = 12;

fn main() {
    let mut args = std::env::args().skip(1);
    let half = if args.next().as_deref() == Some("held-out") { Half::HeldOut } else { Half::Tune };
    let mut number = |default| args.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seed, count) = (number(1), number(1_000));
    let corpus = Corpus::new(seed, half);
    let (noisy, calls): (Vec<_>, Vec<_>) =
        (0..count / 2).map(|n| corpus.dialogue(n)).partition(|dialogue| dialogue.noisy);
    let parts = [
        Part::texts("WRITTEN", (0..count).map(|n| corpus.text(n)).collect()),
        Part::play("UTTERANCES", (0..count).map(|n| corpus.utterance(n)).collect()),
        Part::play("CALLS", calls),
        Part::play("CALLS WITH RECOGNITION ERRORS", noisy),
    ];
    println!("{} half, seed {seed}", half.as_str());
    parts.iter().for_each(Part::table);
    parts.iter().for_each(Part::failures);
}

/// One sort of documents, as they were redacted.
struct Part {
    title: &'static str,
    tally: Tally,
    documents: BTreeMap<String, (Dialogue, BTreeMap<usize, String>)>,
}

impl Part {
    fn texts(title: &'static str, texts: Vec<Text>) -> Self {
        let mut part = Self { title, tally: Tally::default(), documents: BTreeMap::new() };
        for text in texts {
            let spans = redact_text(&text.text, strict_policy());
            let masks: Vec<_> =
                spans.iter().map(|span| (span.chars.start, span.chars.end, span.kind)).collect();
            let secrets: Vec<Secret> = text.secrets.iter().map(|(secret, _)| secret.clone()).collect();
            part.tally.add(&text.id, &secrets, &segments_of_text(&text, &masks));
            let masked = masked(&text.text, &spans);
            let words =
                text.text.split_whitespace().map(|word| Word { text: word.to_owned(), truth: Truth::Plain });
            let turns = vec![Turn { channel: Channel::Customer, words: words.collect() }];
            let id = text.id.clone();
            let document = Dialogue { id: text.id, style: Style::Formatted, noisy: false, turns, secrets };
            part.documents.insert(id, (document, BTreeMap::from([(0, masked)])));
        }
        part
    }

    fn play(title: &'static str, documents: Vec<Dialogue>) -> Self {
        let mut part = Self { title, tally: Tally::default(), documents: BTreeMap::new() };
        for document in documents {
            let (mut redactor, mut witness) = (Redactor::new(strict_policy()), Witness::new(&document));
            let mut finals = BTreeMap::new();
            let mut turns = BTreeMap::new();
            for step in Script::word_by_word(&document) {
                let out = redactor.redact(&step.utterance, step.participant);
                witness.hear(&step, &out);
                turns.insert(step.utterance.id, step.turn);
                finals.insert(step.turn, out.utterance.text());
                for revised in &out.revised {
                    if let Some(turn) = turns.get(&revised.utterance.id) {
                        finals.insert(*turn, revised.utterance.text());
                    }
                }
            }
            part.tally.add(&document.id, &document.secrets, &witness.segments());
            part.tally.add_seen(&document, witness.seen());
            part.documents.insert(document.id.clone(), (document, finals));
        }
        part
    }

    fn table(&self) {
        println!("\n== {}: {} documents", self.title, self.tally.documents);
        println!(
            "{:<16} {:>5} {:>6}  {:<18} {:>6} {:>9} {:>9} {:>7} {:>5} {:>7} {:>7}",
            "kind",
            "told",
            "leaked",
            "leak % (95 %)",
            "digits",
            "split",
            "echo",
            "partial",
            "late",
            "typed R",
            "typed P"
        );
        for (kind, tally) in self.tally.kinds() {
            println!("{}", row(kind.as_str(), &tally));
        }
        let (harmless, plain, heard) = (self.tally.harmless, self.tally.plain, self.tally.heard);
        println!(
            "harmless numbers masked {}/{} = {} %; over-masked {:.2} per 1,000 plain characters; masked words still heard {}/{}",
            harmless.1,
            harmless.0,
            share(harmless.1, harmless.0),
            1_000.0 * plain.1 as f64 / plain.0.max(1) as f64,
            heard.1,
            heard.0,
        );
    }

    fn failures(&self) {
        println!("\n== failures in {}", self.title);
        let failures = &self.tally.failures;
        let about = |one: &Failure| (one.document.clone(), one.secret.as_ref().map(|secret| secret.kind));
        let leaks: BTreeSet<_> = failures.iter().filter(|one| one.what == What::Leak).map(about).collect();
        let mut groups: BTreeMap<(What, String), Vec<&Failure>> = BTreeMap::new();
        for one in failures {
            // What leaks in the end was shown before, too.
            if matches!(one.what, What::Partial | What::Late) && leaks.contains(&about(one)) {
                continue;
            }
            let sort =
                one.secret.as_ref().map(|secret| format!("{} ({})", secret.kind.as_str(), secret.sort));
            groups.entry((one.what, sort.unwrap_or_default())).or_default().push(one);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, failures)| Reverse(failures.len()));
        for ((what, sort), failures) in groups.iter().take(GROUPS) {
            println!("{} {} {sort}", failures.len(), what.as_str());
            let most = if sort.is_empty() { SHOWN_PLAIN } else { SHOWN };
            failures.iter().take(most).for_each(|one| self.failure(one));
        }
    }

    fn failure(&self, one: &Failure) {
        let (document, finals) = &self.documents[&one.document];
        println!("   {} turn {}", one.document, one.turn);
        for turn in one.turn.saturating_sub(2)..=one.turn {
            println!("      {}: {}", document.turns[turn].channel, document.turns[turn].text());
        }
        println!("      => {}", finals[&one.turn]);
    }
}

fn row(name: &str, tally: &KindTally) -> String {
    let (low, high) = wilson(tally.leaked, tally.told);
    let leak = format!("{} ({:.1}-{:.1})", share(tally.leaked, tally.told), low * 100.0, high * 100.0);
    let of = |(all, hit): (u64, u64)| format!("{hit}/{all}");
    format!(
        "{name:<16} {:>5} {:>6}  {leak:<18} {:>6} {:>9} {:>9} {:>7} {:>5} {:>7} {:>7}",
        tally.told,
        tally.leaked,
        tally.digits.1,
        of(tally.split),
        of(tally.echoed),
        tally.shown_before.0,
        tally.shown_before.1,
        share(tally.stretches.1, tally.stretches.0),
        share(tally.masks.1, tally.masks.0),
    )
}

fn share(hits: u64, of: u64) -> String {
    if of == 0 { "-".to_owned() } else { format!("{:.1}", 100.0 * hits as f64 / of as f64) }
}
