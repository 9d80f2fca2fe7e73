//! Words and spans to what is shown, and to the audio that is replaced.

use std::time::Duration;

use events::{EntityKind, TranscriptUtterance, TranscriptWord};
use model::{Channel, MediaTime, Participant, Utterance};

use crate::{Mute, Policy};

/// Words `from..to` of an utterance are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first word.
    pub from: usize,
    /// The first word after it.
    pub to: usize,
    /// What it is.
    pub kind: EntityKind,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// Why it is hidden, in words of ours.
    pub reason: &'static str,
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
                if says_more(&span, last) {
                    (last.kind, last.confidence, last.reason) = (span.kind, span.confidence, span.reason);
                }
            }
            Some(_) | None => out.push(span),
        }
    }
    out
}

/// Which of two spans that overlap names what is hidden: the one whose kind says more, then the surer one. The name in
/// an e-mail address is a part of that.
fn says_more(a: &Span, b: &Span) -> bool {
    let rank =
        |span: &Span| (span.kind != EntityKind::Number, span.kind != EntityKind::Name, span.confidence);
    rank(a) > rank(b)
}

/// The kind to show where two ranges overlap: the one that says more.
fn stricter(a: EntityKind, b: EntityKind) -> EntityKind {
    if a == EntityKind::Number { b } else { a }
}

/// The utterance as it may be shown: each span is one word that tells what the policy leaves of it.
pub(crate) fn shown(
    utterance: &Utterance,
    participant: Participant,
    spans: &[Span],
    masks: &[String],
) -> TranscriptUtterance {
    let mut words = Vec::with_capacity(utterance.words.len());
    let mut spans = spans.iter().zip(masks).peekable();
    let mut at = 0;
    while let Some(word) = utterance.words.get(at) {
        match spans.next_if(|(span, _)| span.from <= at) {
            Some((span, mask)) => {
                let hidden = utterance.words.get(at..span.to).unwrap_or_default();
                let end = hidden.iter().map(|word| word.end).max().unwrap_or(word.end);
                words.push(TranscriptWord {
                    text: mask.clone(),
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
    let stretches = spans.iter().filter_map(|span| {
        let hidden = utterance.words.get(span.from..span.to).unwrap_or_default();
        let start = hidden.iter().map(|word| word.start).min()?;
        let end = hidden.iter().map(|word| word.end).max().unwrap_or(start);
        Some((start, end, span.kind))
    });
    padded(utterance.id.channel(), stretches, policy)
}

/// The audio to replace of an utterance that was redacted before: of each masked stretch that it shows. For the next
/// owner of a call, who reads from the log what was masked.
#[must_use]
pub fn mutes_of(redacted: &TranscriptUtterance, policy: &Policy) -> Vec<Mute> {
    let stretches = redacted.words.iter().filter_map(|word| {
        let (start, end) = (MediaTime::from_millis(word.start_ms), MediaTime::from_millis(word.end_ms));
        // Shown times are cut to milliseconds.
        Some((start, end + Duration::from_millis(1), word.masked?))
    });
    padded(redacted.channel, stretches, policy)
}

fn padded(
    channel: Channel,
    stretches: impl Iterator<Item = (MediaTime, MediaTime, EntityKind)>,
    policy: &Policy,
) -> Vec<Mute> {
    let mut out: Vec<Mute> = Vec::new();
    for (start, end, kind) in stretches {
        let mute = Mute {
            channel,
            from: start.saturating_sub(policy.pad_before),
            to: end.max(start) + policy.pad_after,
            kind,
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
