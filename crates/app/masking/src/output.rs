//! What is written for a record.

use redaction::TextSpan;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A masked place.
#[derive(Serialize)]
pub(crate) struct SpanOut<'a> {
    entity: &'a str,
    start: usize,
    end: usize,
    #[serde(serialize_with = "share")]
    confidence: u8,
    reason: &'a str,
}

impl<'a> From<&'a TextSpan> for SpanOut<'a> {
    fn from(span: &'a TextSpan) -> Self {
        Self {
            entity: span.kind.as_str(),
            start: span.chars.start,
            end: span.chars.end,
            confidence: span.confidence,
            reason: span.reason,
        }
    }
}

/// Percent as 0 to 1.
fn share<S: Serializer>(percent: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*percent) / 100.0)
}

#[derive(Serialize)]
pub(crate) struct TextOut<'a> {
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) masked: &'a str,
    pub(crate) spans: Vec<SpanOut<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) notes: &'a [&'static str],
}

#[derive(Serialize)]
pub(crate) struct DialogueOut<'a> {
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) turns: Vec<TurnOut<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) notes: &'a [&'static str],
}

#[derive(Serialize)]
pub(crate) struct TurnOut<'a> {
    pub(crate) channel: &'static str,
    pub(crate) masked: String,
    pub(crate) spans: Vec<SpanOut<'a>>,
}

#[derive(Serialize)]
pub(crate) struct RevisionOut<'a> {
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) turn: usize,
    #[serde(skip_serializing_if = "is_first")]
    pub(crate) part: usize,
    pub(crate) revision: u32,
    #[serde(rename = "final")]
    pub(crate) is_final: bool,
    pub(crate) masked: String,
    pub(crate) spans: Vec<SpanOut<'a>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
const fn is_first(part: &usize) -> bool {
    *part == 0
}

/// A line of a plain text.
#[derive(Serialize)]
pub(crate) struct LineOut<'a> {
    pub(crate) line: u64,
    pub(crate) masked: &'a str,
    pub(crate) spans: Vec<SpanOut<'a>>,
}

#[derive(Serialize)]
pub(crate) struct ErrorOut<'a> {
    pub(crate) error: &'a str,
    pub(crate) line: u64,
}
