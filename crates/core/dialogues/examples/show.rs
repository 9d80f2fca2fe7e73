//! Prints a few documents with what is secret in them in brackets: `show [HALF] [SEED] [COUNT]`.
#![expect(clippy::print_stdout, reason = "an example for reading")]

use dialogues::{Corpus, Dialogue, Half, Truth};

fn main() {
    let mut args = std::env::args().skip(1);
    let half = if args.next().as_deref() == Some("held-out") { Half::HeldOut } else { Half::Tune };
    let mut number = |default| args.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seed, count) = (number(1), number(5));
    let corpus = Corpus::new(seed, half);
    for n in 0..count {
        println!("{}", corpus.text(n).text);
    }
    for n in 0..count {
        show(&corpus.utterance(n));
    }
    for n in 0..count {
        show(&corpus.dialogue(n));
    }
}

fn show(document: &Dialogue) {
    println!("\n{} {}", document.id, document.style.as_str());
    for turn in &document.turns {
        print!("{:>12}:", turn.channel.as_str());
        for word in &turn.words {
            match word.truth {
                Truth::Plain => print!(" {}", word.text),
                Truth::Harmless(_) => print!(" ({})", word.text),
                Truth::Between(_) => print!(" ~{}", word.text),
                Truth::Secret(which) => print!(" [{} {}]", document.secrets[which].kind.as_str(), word.text),
                Truth::Echo(which) => print!(" <{} {}>", document.secrets[which].kind.as_str(), word.text),
            }
        }
        println!();
    }
}
