//! Masks what is typed: each line of the input is an utterance, "a: " before it makes it the agent's, and an
//! empty line begins another call. With `--partials` every beginning of an utterance is masked first, and what
//! only the final hides is reported; with `--verbose` each is printed.

#![expect(clippy::print_stdout, reason = "an example for people")]

use std::io::{BufRead, stdin};

use model::{Channel, MediaTime, Participant, Pii, SpokenWord, Utterance, UtteranceId, UtteranceText};
use redaction::{Policy, Redactor};

/// How long each word lasts, in milliseconds, pause included.
const WORD_MS: u64 = 400;

fn utterance(channel: Channel, start_ms: u64, text: UtteranceText, words: &[&str]) -> Utterance {
    let mut at = start_ms;
    let words = words
        .iter()
        .map(|word| {
            let start = MediaTime::from_millis(at);
            at += WORD_MS;
            let end = MediaTime::from_millis(at - 100);
            SpokenWord { text: Pii::new((*word).to_owned()), start, end, confidence: 0.9 }
        })
        .collect();
    let id = UtteranceId::new(channel, MediaTime::from_millis(start_ms));
    Utterance { id, revision: 1, text, end: MediaTime::from_millis(at), words }
}

fn main() {
    let verbose = std::env::args().any(|arg| arg == "--verbose");
    let partials = verbose || std::env::args().any(|arg| arg == "--partials");
    let mut redactor = Redactor::new(Policy::new([7; 16]));
    let mut now_ms = 1_000;
    for line in stdin().lock().lines().map_while(Result::ok) {
        if line.trim().is_empty() {
            redactor = Redactor::new(Policy::new([7; 16]));
            println!();
            continue;
        }
        let (channel, said) = match line.split_once(": ") {
            Some(("a", said)) => (Channel::ToCustomer, said),
            Some(("c", said)) => (Channel::Customer, said),
            Some(_) | None => (Channel::Customer, line.as_str()),
        };
        let words: Vec<&str> = said.split_whitespace().collect();
        let mut shown_early = Vec::new();
        for n in 1..=if partials { words.len() } else { 0 } {
            let heard = utterance(channel, now_ms, UtteranceText::Partial, &words[..n]);
            let shown = redactor.redact(&heard, Participant::Customer).utterance;
            if verbose {
                println!("   {}", shown.text());
            }
            shown_early.extend(shown.words.iter().filter(|w| w.masked.is_none()).map(|w| w.start_ms));
        }
        let whole = utterance(channel, now_ms, UtteranceText::Final, &words);
        now_ms = whole.end.as_millis() + 300;
        let out = redactor.redact(&whole, Participant::Customer);
        println!("{}: {}", if channel == Channel::Customer { "c" } else { "a" }, out.utterance.text());
        for span in &out.spans {
            let hidden = whole.words.iter().take(span.to).skip(span.from);
            for word in hidden.filter(|word| shown_early.contains(&word.start.as_millis())) {
                println!("   shown before: {}", word.text.expose());
            }
        }
        for revised in &out.revised {
            println!("   revised: {}", revised.utterance.text());
        }
    }
}
