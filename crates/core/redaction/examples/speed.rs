//! Measures how fast texts and words are masked: ordinary talk with a number now and then.

#![expect(clippy::print_stdout, reason = "an example for people")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::time::Instant;

use model::{Channel, MediaTime, Participant, Pii, SpokenWord, Utterance, UtteranceId, UtteranceText};
use redaction::{Policy, Redactor, redact_text};

const TALK: &str = "Thank you for calling about your order, let me have a look at that for you. The parcel left our \
warehouse on Monday and should be with you before the weekend, unless the courier has trouble finding the street. \
If nobody answers the door they will leave a note with a neighbour, or take it back to the depot and try again. \
You wrote that the first one arrived broken, so I have asked my colleagues to send another. There is nothing to pay, \
and you can keep what came. I called the shop twice and waited for half an hour, which is more than I can say for the \
bank. Could you tell them that the green one does not fit? It was 20 dollars more than last year. ";
const SECRET: &str = "My number is 415 555 0199 and the card is 4111 1111 1111 1111. ";

fn utterance(text: UtteranceText, start_ms: u64, words: &[&str]) -> Utterance {
    let word = |(n, text): (u64, &&str)| SpokenWord {
        text: Pii::new((*text).to_owned()),
        start: MediaTime::from_millis(start_ms + n * 400),
        end: MediaTime::from_millis(start_ms + n * 400 + 300),
        confidence: 0.9,
    };
    let id = UtteranceId::new(Channel::Customer, MediaTime::from_millis(start_ms));
    let words: Vec<SpokenWord> = (0..).zip(words).map(word).collect();
    Utterance { id, revision: 1, text, end: MediaTime::from_millis(start_ms + 400 * 40), words }
}

fn main() {
    let text: String = (0..2_000).map(|n| if n % 10 == 0 { SECRET } else { TALK }).collect();
    let begun = Instant::now();
    let spans = redact_text(&text, Policy::new([1; 16]));
    let took = begun.elapsed();
    println!("text: {:.1} MB/s, {} spans", text.len() as f64 / 1e6 / took.as_secs_f64(), spans.len());

    let spoken = (TALK.repeat(3) + SECRET + TALK).to_lowercase();
    let words: Vec<&str> = spoken.split_whitespace().collect();
    let mut took = Vec::new();
    let mut redactor = Redactor::new(Policy::new([1; 16]));
    for (turn, said) in (0..).zip(words.chunks(40).cycle().take(200)) {
        for n in 1..=said.len() + 1 {
            let text = if n > said.len() { UtteranceText::Final } else { UtteranceText::Partial };
            let heard = utterance(text, turn * 20_000, &said[..n.min(said.len())]);
            let begun = Instant::now();
            redactor.redact(&heard, Participant::Customer);
            took.push(begun.elapsed());
        }
    }
    took.sort();
    println!(
        "words: p50 {:?}, p99 {:?}, most {:?}",
        took[took.len() / 2],
        took[took.len() * 99 / 100],
        took[took.len() - 1]
    );
}
