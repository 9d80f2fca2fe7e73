//! How a call is summed up.

use super::names::ids;
use super::{MAX_TITLE_CHARS, Reader};
use crate::cursor::{Cursor, Notes};
use crate::{Condition, Section, SectionKind, Summary, Wrap};

/// As many sections a summary may have.
pub(super) const MAX_SECTIONS: usize = 20;
/// As many ways to wrap a call up.
pub(super) const MAX_DISPOSITIONS: usize = 50;
/// As many characters a language model is told of a section.
const MAX_ASK_CHARS: usize = 500;

const SECTION_KINDS: &[(&str, SectionKind)] = &[
    ("reason", SectionKind::Reason),
    ("steps", SectionKind::Steps),
    ("outcome", SectionKind::Outcome),
    ("matching", SectionKind::Matching),
];

impl Reader<'_> {
    pub(super) fn summary(&mut self, at: &Cursor<'_>) -> Option<Summary> {
        let mut table = at.table(self.notes)?;
        ids(table.need("sections", self.notes).as_ref(), MAX_SECTIONS, self.notes);
        let sections = self.each(&mut table, "sections", MAX_SECTIONS, Self::section);
        let mut codes = Vec::new();
        let dispositions =
            self.each(&mut table, "dispositions", MAX_DISPOSITIONS, |reader, at| reader.wrap(at, &mut codes));
        table.close(self.notes);
        Some(Summary { sections, dispositions })
    }

    fn section(&mut self, at: &Cursor<'_>) -> Option<Section> {
        let mut table = at.table(self.notes)?;
        let id = table.need("id", self.notes).and_then(|at| at.id(self.notes));
        let title = self.title(&mut table);
        let kind = table.need("kind", self.notes).and_then(|at| at.one_of(SECTION_KINDS, self.notes));
        let when_at = table.take("when");
        let when = when_at.as_ref().and_then(|at| self.condition(at));
        let ask = table.take("ask").and_then(|at| at.short(MAX_ASK_CHARS, self.notes));
        table.close(self.notes);
        match (kind, when_at) {
            (Some(SectionKind::Matching), None) => {
                self.notes.add(at, "needs the key \"when\": it is made of the sentences that meet it");
            }
            (Some(SectionKind::Reason | SectionKind::Steps | SectionKind::Outcome), Some(at)) => {
                self.notes.add(&at, "has no place here: only sections of the kind matching have it");
            }
            (_, Some(at)) if when.as_ref().is_some_and(|when| !is_of_sentence(when)) => self.notes.choice(
                &at,
                "must be told by a sentence alone",
                ["says", "means", "any"].map(str::to_owned).to_vec(),
            ),
            _ => {}
        }
        Some(Section { id: id?, title: title?, kind: kind?, when, ask })
    }

    fn wrap(&mut self, at: &Cursor<'_>, codes: &mut Vec<String>) -> Option<Wrap> {
        let mut table = at.table(self.notes)?;
        let code = table.need("code", self.notes).and_then(|at| code(&at, codes, self.notes));
        let title = table.need("title", self.notes).and_then(|at| at.short(MAX_TITLE_CHARS, self.notes));
        let when = table.take("when").and_then(|at| self.condition(&at));
        table.close(self.notes);
        Some(Wrap { code: code?, title: title?, when })
    }
}

fn code(at: &Cursor<'_>, codes: &mut Vec<String>, notes: &mut Notes) -> Option<String> {
    let code = at.text(notes)?;
    if code.len() > 64 || !code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        notes.add(at, "must have letters, digits, dashes, dots and underscores, 64 at the most");
    }
    if codes.iter().any(|other| other == code) {
        notes.add(at, "is there twice");
    }
    codes.push(code.to_owned());
    Some(code.to_owned())
}

/// Whether one sentence tells whether it holds.
fn is_of_sentence(condition: &Condition) -> bool {
    match condition {
        Condition::Says(_) | Condition::Means(_) => true,
        Condition::Any(of) => of.iter().all(is_of_sentence),
        Condition::Masked(_)
        | Condition::Metric(_)
        | Condition::Fact(_)
        | Condition::Elapsed(_)
        | Condition::WithAgent(_)
        | Condition::OnHold(_)
        | Condition::Done(_)
        | Condition::Fired(_)
        | Condition::All(_)
        | Condition::Not(_)
        | Condition::Within(_)
        | Condition::Sequence(_) => false,
    }
}
