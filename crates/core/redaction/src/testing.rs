//! For tests and fuzzing: what must hold for any text at all.

use std::collections::BTreeMap;

use model::Channel;

use crate::{Policy, TextSpan, TextStream, Turn, WordByWord, masked, redact_dialogue, redact_text};

/// How much of a text is said word by word: that costs the square of a part's words.
const MAX_SAID: usize = 2_048;

/// The longest stretch without white space of which places are compared: a longer one is cut.
const MAX_WORD: usize = 256;

fn policy() -> Policy {
    Policy::new([11; 16])
}

/// Any bytes, read as a text, a stream, a dialogue of its lines, and word by word.
///
/// # Panics
/// When a rule is broken: places are in order, apart, and on whole characters; a stream is masked as the whole is,
/// however it comes; and what is masked of a turn in the end does not depend on what was shown of it before.
pub fn check_any_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let whole = redact_text(&text, policy());
    check_places(&text, &whole);
    let size = bytes.first().map_or(1, |byte| usize::from(*byte) + 1);
    assert_eq!(streamed(&text, size), masked(&text, &whole), "a stream is masked as the whole is");
    check_turns(&text);
}

fn check_places(text: &str, spans: &[TextSpan]) {
    let mut last = 0;
    for span in spans {
        assert!(span.bytes.start >= last && span.bytes.start < span.bytes.end, "places are in order");
        let before = text.get(..span.bytes.start).expect("places begin with a character");
        let inside = text.get(span.bytes.clone()).expect("places end with a character");
        assert_eq!(span.chars, before.chars().count()..before.chars().count() + inside.chars().count());
        last = span.bytes.end;
    }
}

fn streamed(text: &str, size: usize) -> String {
    let mut stream = TextStream::new(policy());
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = (size..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        stream.push(piece);
        rest = after;
        while let Some(part) = stream.next() {
            check_places(&part.text, &part.spans);
            out.push_str(&masked(&part.text, &part.spans));
        }
    }
    stream.finish();
    while let Some(part) = stream.next() {
        out.push_str(&masked(&part.text, &part.spans));
    }
    out
}

fn check_turns(text: &str) {
    let end = (0..=MAX_SAID.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let text = text.get(..end).unwrap_or_default();
    if text.split_ascii_whitespace().any(|word| word.len() > MAX_WORD) {
        return;
    }
    let turns: Vec<Turn<'_>> = text
        .split('\n')
        .zip(Channel::ALL.into_iter().cycle())
        .map(|(text, channel)| Turn { channel, text, times: None })
        .collect();
    let whole = redact_dialogue(&turns, policy());
    let mut said: BTreeMap<(usize, usize), Vec<TextSpan>> = BTreeMap::new();
    let mut dialogue = WordByWord::new(policy());
    for turn in &turns {
        dialogue.say(turn, |text, revision| {
            check_places(text, &revision.spans);
            assert!(text.is_char_boundary(revision.bytes.end), "what is shown ends with a character");
            if revision.is_final {
                said.insert((revision.turn, revision.part), revision.spans.clone());
            }
        });
    }
    for (n, spans) in whole.iter().enumerate() {
        let finals: Vec<TextSpan> =
            said.range((n, 0)..(n + 1, 0)).flat_map(|(_, spans)| spans.iter().cloned()).collect();
        assert_eq!(&finals, spans, "the end does not depend on what was shown before");
    }
}
