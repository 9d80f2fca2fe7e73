//! Words and spans to what is shown, and to the audio that is replaced.

use events::{EntityKind, TranscriptUtterance, TranscriptWord};
use model::{Participant, Utterance};

use crate::{Mute, Policy};

/// Words `from..to` of an utterance are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: EntityKind,
}

/// Sorted, disjoint spans; touching spans of one kind become one.
pub(crate) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.to);
    spans.sort_by_key(|span| (span.from, span.to));
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.from < last.to || (span.from == last.to && span.kind == last.kind) => {
                last.to = last.to.max(span.to);
                last.kind = stricter(last.kind, span.kind);
            }
            Some(_) | None => out.push(span),
        }
    }
    out
}

/// The kind to show where two overlap: the one that says more.
fn stricter(a: EntityKind, b: EntityKind) -> EntityKind {
    if a == EntityKind::Number { b } else { a }
}

/// The utterance as it may be shown: each span is one word that tells its kind and nothing else.
pub(crate) fn shown(utterance: &Utterance, participant: Participant, spans: &[Span]) -> TranscriptUtterance {
    let mut words = Vec::with_capacity(utterance.words.len());
    let mut spans = spans.iter().peekable();
    let mut at = 0;
    while let Some(word) = utterance.words.get(at) {
        match spans.next_if(|span| span.from <= at) {
            Some(span) => {
                let hidden = utterance.words.get(at..span.to).unwrap_or_default();
                let end = hidden.iter().map(|word| word.end).max().unwrap_or(word.end);
                words.push(TranscriptWord {
                    text: format!("[{}]", span.kind.as_str()),
                    start_ms: word.start.as_millis(),
                    end_ms: end.as_millis(),
                    confidence: 1.0,
                    masked: Some(span.kind),
                });
                at = span.to.max(at + 1);
            }
            None => {
                words.push(TranscriptWord {
                    text: word.text.expose().clone(),
                    start_ms: word.start.as_millis(),
                    end_ms: word.end.as_millis(),
                    confidence: word.confidence,
                    masked: None,
                });
                at += 1;
            }
        }
    }
    TranscriptUtterance {
        id: utterance.id,
        revision: utterance.revision,
        channel: utterance.id.channel(),
        participant,
        start_ms: utterance.id.start().as_millis(),
        end_ms: utterance.end.as_millis(),
        words,
    }
}

/// The audio of the spans, padded, with small gaps closed.
pub(crate) fn mutes(utterance: &Utterance, spans: &[Span], policy: &Policy) -> Vec<Mute> {
    let mut out: Vec<Mute> = Vec::with_capacity(spans.len());
    for span in spans {
        let hidden = utterance.words.get(span.from..span.to).unwrap_or_default();
        let Some(start) = hidden.iter().map(|word| word.start).min() else { continue };
        let end = hidden.iter().map(|word| word.end).max().unwrap_or(start).max(start);
        let mute = Mute {
            channel: utterance.id.channel(),
            from: start.saturating_sub(policy.pad_before),
            to: end + policy.pad_after,
            kind: span.kind,
        };
        match out.last_mut() {
            Some(last) if mute.from <= last.to + policy.merge_gap => {
                last.from = last.from.min(mute.from);
                last.to = last.to.max(mute.to);
                last.kind = stricter(last.kind, mute.kind);
            }
            Some(_) | None => out.push(mute),
        }
    }
    out
}
