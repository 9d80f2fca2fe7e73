//! Lines of JSON, one record each.

use std::io::{BufRead, Write};

use redaction::{Policy, Revision, WordByWord, masked, redact_dialogue, redact_text};
use serde::Serialize;

use crate::{
    MaskError,
    input::{Line, MAX_LINE, read_line},
    output::{DialogueOut, ErrorOut, RevisionOut, TextOut, TurnOut},
    record::{self, Record, Turn},
};

/// What became of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinesDone {
    /// Lines with something in them.
    pub lines: u64,
    /// Those of them that could not be read.
    pub broken: u64,
}

/// Masks each line of the input; with `word_by_word` every revision of its turns. A line that cannot be read gives an
/// error in its place.
///
/// # Errors
/// When the input cannot be read or the output not written.
pub fn mask_lines(
    mut input: impl BufRead,
    mut out: impl Write,
    policy: &Policy,
    word_by_word: bool,
) -> Result<LinesDone, MaskError> {
    let mut done = LinesDone::default();
    let mut buffer = Vec::new();
    for line in 1.. {
        let read = read_line(&mut input, &mut buffer).map_err(MaskError::Read)?;
        let bytes = buffer.strip_prefix("\u{feff}".as_bytes()).filter(|_| line == 1).unwrap_or(&buffer);
        let record = match read {
            Line::End => break,
            Line::Whole if bytes.trim_ascii().is_empty() => continue,
            Line::Whole => record::read(bytes),
            Line::TooLong => Err(format!("is longer than {} MB", MAX_LINE >> 20)),
        };
        done.lines += 1;
        match record {
            Ok(record) if word_by_word => revisions(&record, policy, &mut out)?,
            Ok(record) => whole(&record, policy, &mut out)?,
            Err(error) => {
                done.broken += 1;
                write(&mut out, &ErrorOut { error: &error, line })?;
            }
        }
    }
    out.flush().map_err(MaskError::Write)?;
    Ok(done)
}

pub(crate) fn write(out: &mut impl Write, value: &impl Serialize) -> Result<(), MaskError> {
    serde_json::to_writer(&mut *out, value).map_err(|error| MaskError::Write(error.into()))?;
    out.write_all(b"\n").map_err(MaskError::Write)
}

fn said<'a>(turn: &'a Turn<'_>) -> redaction::Turn<'a> {
    redaction::Turn { channel: turn.channel, text: &turn.text, times: turn.times.as_deref() }
}

fn whole(record: &Record<'_>, policy: &Policy, out: &mut impl Write) -> Result<(), MaskError> {
    let turns: Vec<redaction::Turn<'_>> = record.turns.iter().map(said).collect();
    if !record.is_dialogue {
        let Some(turn) = turns.first() else { return Ok(()) };
        let spans = match turn.times {
            None => redact_text(turn.text, policy.clone()),
            Some(_) => redact_dialogue(&turns, policy.clone()).pop().unwrap_or_default(),
        };
        let masked = masked(turn.text, &spans);
        let spans = spans.iter().map(Into::into).collect();
        return write(out, &TextOut { id: record.id, masked: &masked, spans, notes: &record.notes });
    }
    let spans = redact_dialogue(&turns, policy.clone());
    let turns = turns.iter().zip(&spans).map(|(turn, spans)| TurnOut {
        channel: channel(turn.channel),
        masked: masked(turn.text, spans),
        spans: spans.iter().map(Into::into).collect(),
    });
    write(out, &DialogueOut { id: record.id, turns: turns.collect(), notes: &record.notes })
}

const fn channel(channel: model::Channel) -> &'static str {
    match channel {
        model::Channel::Customer => "customer",
        model::Channel::ToCustomer => "agent",
    }
}

fn revisions(record: &Record<'_>, policy: &Policy, out: &mut impl Write) -> Result<(), MaskError> {
    let policy = policy.clone();
    let mut dialogue = if record.is_dialogue { WordByWord::new(policy) } else { WordByWord::of_text(policy) };
    for turn in &record.turns {
        let mut written = Ok(());
        dialogue.say(&said(turn), |text, revision| {
            if written.is_ok() {
                written = write_revision(record.id, text, revision, out);
            }
        });
        written?;
    }
    Ok(())
}

pub(crate) fn write_revision(
    id: Option<&serde_json::value::RawValue>,
    text: &str,
    revision: &Revision,
    out: &mut impl Write,
) -> Result<(), MaskError> {
    let shown = RevisionOut {
        id,
        turn: revision.turn,
        part: revision.part,
        revision: revision.revision,
        is_final: revision.is_final,
        masked: revision.masked(text),
        spans: revision.spans.iter().map(Into::into).collect(),
    };
    write(out, &shown)
}
