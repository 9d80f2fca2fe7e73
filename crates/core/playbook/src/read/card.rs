//! What a rule does.

use std::ops::RangeInclusive;

use events::{AlertKind, HintKind, Severity};

use super::{MAX_TITLE_CHARS, Reader};
use crate::cursor::{Cursor, Table};
use crate::{Action, Alert, Ask, Card, Span};

/// As many words an agent is given to say: what is taken in at a glance.
pub(super) const MAX_SAY_WORDS: usize = 25;
/// As long a card may stay, and as short.
pub(super) const LIFE: RangeInclusive<Span> = Span::secs(3)..=Span::secs(600);

const HINT_KINDS: &[(&str, HintKind)] = &[
    ("standard", HintKind::Standard),
    ("knowledge", HintKind::Knowledge),
    ("workflow", HintKind::Workflow),
    ("compliance", HintKind::Compliance),
];
const ALERT_KINDS: &[(&str, AlertKind)] = &[
    ("compliance", AlertKind::Compliance),
    ("sentiment", AlertKind::Sentiment),
    ("silence", AlertKind::Silence),
    ("talk_over", AlertKind::TalkOver),
    ("hold", AlertKind::Hold),
    ("other", AlertKind::Other),
];
const SEVERITIES: &[(&str, Severity)] = &[("warning", Severity::Warning), ("critical", Severity::Critical)];
const ACTIONS: [&str; 5] = ["card", "alert", "workflow", "answer", "model"];

impl Reader<'_> {
    pub(super) fn action(&mut self, at: &Cursor<'_>) -> Option<Action> {
        let (name, value) = self.variant(at, &ACTIONS)?;
        match name {
            "card" => self.card(&value).map(Action::Card),
            "alert" => self.alert(&value).map(Action::Alert),
            "workflow" => {
                let names = self.names;
                self.reference(&value, &names.workflows).map(Action::Workflow)
            }
            "answer" => self.ask(&value, false).map(Action::Answer),
            _ => self.ask(&value, true).map(Action::Model),
        }
    }

    fn card(&mut self, at: &Cursor<'_>) -> Option<Card> {
        let mut table = at.table(self.notes)?;
        let kind = table.take("kind").and_then(|at| at.one_of(HINT_KINDS, self.notes));
        let title = self.title(&mut table);
        let say = table.take("say").and_then(|at| self.say(&at));
        let why = table.take("why").and_then(|at| at.short(MAX_TITLE_CHARS, self.notes));
        let topic = table.take("topic").and_then(|at| at.id(self.notes));
        let priority = self.priority(&mut table);
        let life = table.take("life").and_then(|at| at.span(LIFE, self.notes));
        let until = table.take("until").and_then(|at| self.condition(&at));
        table.close(self.notes);
        Some(Card {
            kind: kind.unwrap_or(HintKind::Standard),
            title: title?,
            say,
            why,
            topic,
            priority,
            life,
            until,
        })
    }

    fn alert(&mut self, at: &Cursor<'_>) -> Option<Alert> {
        let mut table = at.table(self.notes)?;
        let kind = table.need("kind", self.notes).and_then(|at| at.one_of(ALERT_KINDS, self.notes));
        let severity = table.need("severity", self.notes).and_then(|at| at.one_of(SEVERITIES, self.notes));
        let title = self.title(&mut table);
        table.close(self.notes);
        Some(Alert { kind: kind?, severity: severity?, title: title? })
    }

    fn ask(&mut self, at: &Cursor<'_>, of_model: bool) -> Option<Ask> {
        let mut table = at.table(self.notes)?;
        let title = self.title(&mut table);
        let prompt = if of_model { table.take("prompt").and_then(|at| at.id(self.notes)) } else { None };
        let score = self.share(&mut table, "score", Ask::SCORE);
        let priority = self.priority(&mut table);
        let topic = table.take("topic").and_then(|at| at.id(self.notes));
        table.close(self.notes);
        Some(Ask { title: title?, prompt, score, priority, topic })
    }

    /// Words for the agent.
    pub(super) fn say(&mut self, at: &Cursor<'_>) -> Option<String> {
        let text = at.text(self.notes)?;
        let words = text.split_whitespace().count();
        if words > MAX_SAY_WORDS {
            self.notes.add(
                at,
                format!(
                    "has {words} words, and {MAX_SAY_WORDS} are the most: an agent takes it in at a glance"
                ),
            );
        }
        Some(text.to_owned())
    }

    fn priority(&mut self, table: &mut Table<'_>) -> u8 {
        let priority = table.take("priority").and_then(|at| at.whole(0..=100, self.notes));
        priority.and_then(|priority| u8::try_from(priority).ok()).unwrap_or(Card::PRIORITY)
    }

    /// The only key of a table, which says of which kind it is, and its value.
    pub(super) fn variant<'a>(
        &mut self,
        at: &Cursor<'a>,
        known: &'static [&'static str],
    ) -> Option<(&'static str, Cursor<'a>)> {
        let entries = at.entries(self.notes);
        let [(name, value)] = entries.as_slice() else {
            if entries.len() > 1 {
                let allowed = known.iter().map(|&name| name.to_owned()).collect();
                self.notes.choice(
                    at,
                    "must have one key: put several into all or any, or into entries of their own",
                    allowed,
                );
            } else {
                self.notes.choice(
                    at,
                    "must have one key",
                    known.iter().map(|&name| name.to_owned()).collect(),
                );
            }
            return None;
        };
        let found = known.iter().find(|known| *known == name);
        if found.is_none() {
            value.unknown(name, known.iter().copied(), self.notes);
        }
        found.map(|found| (*found, value.clone()))
    }

    /// A name that must be given elsewhere in the playbook.
    pub(super) fn reference(&mut self, at: &Cursor<'_>, names: &[String]) -> Option<String> {
        let name = at.text(self.notes)?;
        if names.iter().any(|known| known == name) {
            return Some(name.to_owned());
        }
        at.unknown(name, names.iter().map(String::as_str), self.notes);
        None
    }
}
