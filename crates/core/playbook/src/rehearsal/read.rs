//! A rehearsal's file to a rehearsal, or to all that is wrong with it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use events::EntityKind;
use model::Participant;

use super::{CallFacts, Expectation, Line, MAX_EXPECTED, MAX_LINES, Moment, Outcome, Rehearsal};
use crate::cursor::{Cursor, Notes, Table};
use crate::problem::Problems;
use crate::{Span, yaml};

/// How much sooner or later something may be where the file does not say.
const TOLERANCE: Span = Span::secs(2);
/// How long a word takes that nobody timed.
const WORD_MS: u64 = 330;
/// Any time of a call.
const TIMES: RangeInclusive<Span> = Span::secs(0)..=Span::secs(12 * 3_600);
/// As many characters a title or name may have.
const MAX_NAME_CHARS: usize = 200;
const HAPPENINGS: [&str; 8] =
    ["customer", "agent", "prompt", "bot", "agent_connected", "agent_disconnected", "hold", "ended"];
const OUTCOMES: [&str; 9] =
    ["fired", "card", "said", "withdrawn", "alert", "ticked", "missed", "workflow", "disposition"];

impl Rehearsal {
    /// Reads a rehearsal's file.
    ///
    /// # Errors
    /// When anything is wrong with it: all of it at once.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let mut notes = Notes::default();
        let rehearsal = match yaml::parse(text) {
            Ok(root) => rehearsal(&Cursor::root(&root), &mut notes),
            Err(problem) => {
                notes.0.push(problem);
                None
            }
        };
        match rehearsal {
            Some(rehearsal) => Problems::of(notes.0).map_or(Ok(rehearsal), Err),
            None => Err(Problems::of_unread(notes.0)),
        }
    }
}

fn rehearsal(root: &Cursor<'_>, notes: &mut Notes) -> Option<Rehearsal> {
    let mut table = root.table(notes)?;
    let title = table.need("rehearsal", notes).and_then(|at| at.short(MAX_NAME_CHARS, notes));
    let playbook = table.need("playbook", notes).and_then(|at| at.short(MAX_NAME_CHARS, notes));
    let call = table.take("call").and_then(|at| facts(&at, notes)).unwrap_or_default();
    let script = table.need("script", notes).map(|at| script(&at, notes)).unwrap_or_default();
    let expect = expectations(&mut table, "expect", notes);
    let never = expectations(&mut table, "never", notes);
    if table.take("expect").is_none() && table.take("never").is_none() {
        notes.add(root, "expects nothing: it needs expect or never");
    }
    table.close(notes);
    Some(Rehearsal { title: title?, playbook: playbook?, call, script, expect, never })
}

fn facts(at: &Cursor<'_>, notes: &mut Notes) -> Option<CallFacts> {
    let mut table = at.table(notes)?;
    let mut name = |key| table.take(key).and_then(|at| at.short(MAX_NAME_CHARS, notes));
    let (queue, profile, language) = (name("queue"), name("profile"), name("language"));
    let attributes = table.take("attributes").map(|at| at.entries(notes)).unwrap_or_default();
    let attributes: BTreeMap<String, String> = attributes
        .into_iter()
        .filter_map(|(name, at)| Some((name.to_owned(), at.short(MAX_NAME_CHARS, notes)?)))
        .collect();
    table.close(notes);
    Some(CallFacts { queue, profile, language, attributes })
}

fn script(at: &Cursor<'_>, notes: &mut Notes) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for at in at.list(MAX_LINES, notes) {
        let Some(line) = line(&at, notes) else {
            continue;
        };
        if lines.last().is_some_and(|before| before.at > line.at) {
            notes.add(&at, "begins before the line above it");
        }
        let speaks = |line: &Line| match &line.what {
            Moment::Said { who, .. } => Some(*who == Participant::Customer),
            Moment::AgentConnected(_) | Moment::AgentDisconnected(_) | Moment::OnHold(_) | Moment::Ended => {
                None
            }
        };
        let before = lines.iter().rev().find(|other| speaks(other) == speaks(&line));
        if speaks(&line).is_some() && before.is_some_and(|before| before.at == line.at) {
            notes.add(&at, "begins at the same time as what was said before it on the same channel");
        }
        if lines.iter().any(|line| line.what == Moment::Ended) {
            notes.add(&at, "comes after the end of the call");
        }
        lines.push(line);
    }
    lines
}

fn line(at: &Cursor<'_>, notes: &mut Notes) -> Option<Line> {
    let mut table = at.table(notes)?;
    let when = table.need("at", notes).and_then(|at| at.span(TIMES, notes));
    let until = table.take("until");
    let (name, value) = only_one(&mut table, &HAPPENINGS, at, notes)?;
    let what = match name {
        "agent_connected" => value.short(MAX_NAME_CHARS, notes).map(Moment::AgentConnected),
        "agent_disconnected" => value.short(MAX_NAME_CHARS, notes).map(Moment::AgentDisconnected),
        "hold" => value.flag(notes).map(Moment::OnHold),
        "ended" => value.flag(notes).map(|_| Moment::Ended),
        _ => said(name, &value, when.unwrap_or_default(), until.as_ref(), notes),
    };
    if let (Some(until), "agent_connected" | "agent_disconnected" | "hold" | "ended") = (&until, name) {
        notes.add(until, "has no place here: only what is said lasts until a time");
    }
    table.close(notes);
    Some(Line { at: when?, what: what? })
}

fn said(
    name: &str,
    value: &Cursor<'_>,
    at: Span,
    until: Option<&Cursor<'_>>,
    notes: &mut Notes,
) -> Option<Moment> {
    let text = value.text(notes)?.to_owned();
    for mask in text.split_whitespace().filter_map(mask_of) {
        if !EntityKind::ALL.iter().any(|kind| kind.as_str() == mask) {
            value.unknown(mask, EntityKind::ALL.iter().map(|kind| kind.as_str()), notes);
        }
    }
    let words = u64::try_from(text.split_whitespace().count()).unwrap_or(u64::MAX);
    let usual =
        Span(at.0 + std::time::Duration::from_millis(words.saturating_mul(WORD_MS).clamp(600, 60_000)));
    let until = match until {
        Some(until) => {
            let read = until.span(TIMES, notes)?;
            if read <= at {
                notes.add(until, "is not after its beginning");
            }
            read
        }
        None => usual,
    };
    let who = match name {
        "customer" => Participant::Customer,
        "agent" => Participant::Agent,
        "bot" => Participant::Bot,
        _ => Participant::System,
    };
    Some(Moment::Said { who, text, until })
}

/// The kind that a word in brackets is masked as.
pub(super) fn mask_of(word: &str) -> Option<&str> {
    word.trim_end_matches(['.', ',', '!', '?', ';', ':']).strip_prefix('[')?.strip_suffix(']')
}

fn expectations(table: &mut Table<'_>, key: &'static str, notes: &mut Notes) -> Vec<Expectation> {
    let Some(at) = table.take(key) else {
        return Vec::new();
    };
    at.list(MAX_EXPECTED, notes).iter().filter_map(|at| expectation(at, notes)).collect()
}

fn expectation(at: &Cursor<'_>, notes: &mut Notes) -> Option<Expectation> {
    let mut table = at.table(notes)?;
    let when = table.take("at").and_then(|at| at.span(TIMES, notes));
    let tolerance = table.take("tolerance").and_then(|at| at.span(TIMES, notes));
    let by_meaning = table.take("meaning").and_then(|at| at.flag(notes)).unwrap_or(false);
    let step_at = table.take("step");
    let (name, value) = only_one(&mut table, &OUTCOMES, at, notes)?;
    let step = step_at.as_ref().and_then(|at| at.id(notes));
    if let (Some(step), true) = (&step_at, name != "workflow") {
        notes.add(step, "has no place here: only a workflow has steps");
    }
    table.close(notes);
    let of = value.short(MAX_NAME_CHARS, notes)?;
    let outcome = match name {
        "fired" => Outcome::Fired(of),
        "card" => Outcome::Card(of),
        "said" => Outcome::Said(of),
        "withdrawn" => Outcome::Withdrawn(of),
        "alert" => Outcome::Alert(of),
        "ticked" => Outcome::Ticked(of),
        "missed" => Outcome::Missed(of),
        "workflow" => Outcome::Workflow(of, step),
        _ => Outcome::Disposition(of),
    };
    let (line, column) = at.place();
    Some(Expectation {
        line,
        column,
        outcome,
        at: when,
        tolerance: tolerance.unwrap_or(TOLERANCE),
        by_meaning,
    })
}

/// The one of these keys that is there.
fn only_one<'a>(
    table: &mut Table<'a>,
    known: &'static [&'static str],
    at: &Cursor<'a>,
    notes: &mut Notes,
) -> Option<(&'static str, Cursor<'a>)> {
    let found: Vec<(&str, Cursor<'a>)> =
        known.iter().filter_map(|key| Some((*key, table.take(key)?))).collect();
    if let [one] = found.as_slice() {
        return Some(one.clone());
    }
    let allowed = known.iter().map(|&name| name.to_owned()).collect();
    notes.choice(at, "must have one of these keys", allowed);
    None
}
