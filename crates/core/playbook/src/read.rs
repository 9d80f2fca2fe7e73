//! A playbook's file to a playbook, or to all that is wrong with it.

mod card;
mod condition;
mod names;
mod summary;
mod workflow;

use std::collections::BTreeMap;

use crate::cursor::{Cursor, Notes, Table};
use crate::problem::Problems;
use crate::{Applies, Budget, Item, Meaning, Playbook, Rule, Span, yaml};

use self::names::Names;

/// As many rules a playbook may have.
const MAX_RULES: usize = 200;
/// As many items a checklist may have.
const MAX_ITEMS: usize = 50;
/// As many meanings a playbook may have.
const MAX_MEANINGS: usize = 50;
/// As many examples a meaning may have, and as many counter-examples.
const MAX_EXAMPLES: usize = 40;
/// As many queues, profiles or languages a playbook may name.
const MAX_APPLIES: usize = 100;
/// As many characters a title may have.
const MAX_TITLE_CHARS: usize = 100;
/// As many things a rule may do.
const MAX_ACTIONS: usize = 5;
/// As many characters an example may have.
const MAX_EXAMPLE_CHARS: usize = 300;

impl Playbook {
    /// Reads a playbook's file.
    ///
    /// # Errors
    /// When anything is wrong with it: all of it at once, but for what hides the rest, such as text that is no YAML.
    pub fn read(yaml: &str) -> Result<Self, Problems> {
        let mut notes = Notes::default();
        let playbook = match yaml::parse(yaml) {
            Ok(root) => {
                let root = Cursor::root(&root);
                let names = Names::gather(&root, &mut notes);
                Reader { names: &names, notes: &mut notes }.playbook(&root)
            }
            Err(problem) => {
                notes.0.push(problem);
                None
            }
        };
        match playbook {
            Some(playbook) => Problems::of(notes.0).map_or(Ok(playbook), Err),
            None => Err(Problems::of_unread(notes.0)),
        }
    }
}

/// Reads the parts of a playbook and notes what is wrong. `None` is always noted.
struct Reader<'n> {
    names: &'n Names,
    notes: &'n mut Notes,
}

impl Reader<'_> {
    fn playbook(&mut self, root: &Cursor<'_>) -> Option<Playbook> {
        let mut table = root.table(self.notes)?;
        let id = table.need("playbook", self.notes).and_then(|at| at.id(self.notes));
        let version = table.need("version", self.notes).and_then(|at| at.whole(1..=u32::MAX, self.notes));
        let title = self.title(&mut table);
        let applies = table.take("applies").and_then(|at| self.applies(&at)).unwrap_or_default();
        let budget = table.take("budget").and_then(|at| self.budget(&at)).unwrap_or_default();
        let meanings = table.take("meanings").map(|at| self.meanings(&at)).unwrap_or_default();
        let rules = self.each(&mut table, "rules", MAX_RULES, Self::rule);
        let checklist = self.each(&mut table, "checklist", MAX_ITEMS, Self::item);
        let workflows = self.each(&mut table, "workflows", workflow::MAX_WORKFLOWS, Self::workflow);
        let summary = table.take("summary").map(|at| self.summary(&at));
        if !["rules", "checklist", "workflows", "summary"].iter().any(|part| table.take(part).is_some()) {
            self.notes.add(root, "does nothing: it needs rules, a checklist, workflows or a summary");
        }
        table.close(self.notes);
        Some(Playbook {
            id: id?,
            version: version?,
            title: title?,
            applies,
            budget,
            meanings,
            rules,
            checklist,
            workflows,
            summary: summary.flatten(),
        })
    }

    fn applies(&mut self, at: &Cursor<'_>) -> Option<Applies> {
        let mut table = at.table(self.notes)?;
        let queues = self.texts(&mut table, "queues", MAX_APPLIES, MAX_TITLE_CHARS);
        let profiles = self.texts(&mut table, "profiles", MAX_APPLIES, MAX_TITLE_CHARS);
        let languages = self.each(&mut table, "languages", MAX_APPLIES, |reader, at| {
            let text = at.text(reader.notes)?;
            let fits = text.len() <= 35 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if !fits {
                reader.notes.add(at, "is no language: write it as en or en-US");
            }
            Some(text.to_owned())
        });
        table.close(self.notes);
        Some(Applies { queues, profiles, languages })
    }

    fn budget(&mut self, at: &Cursor<'_>) -> Option<Budget> {
        let mut table = at.table(self.notes)?;
        let usual = Budget::default();
        let cards = table.take("cards_per_minute").and_then(|at| at.whole(1..=60, self.notes));
        let life = table.take("life").and_then(|at| at.span(card::LIFE, self.notes));
        let cooldown = table.take("cooldown").and_then(|at| at.span(COOLDOWN, self.notes));
        table.close(self.notes);
        Some(Budget {
            cards_per_minute: cards.unwrap_or(usual.cards_per_minute),
            life: life.unwrap_or(usual.life),
            cooldown: cooldown.unwrap_or(usual.cooldown),
        })
    }

    fn meanings(&mut self, at: &Cursor<'_>) -> BTreeMap<String, Meaning> {
        let entries = at.entries(self.notes);
        if entries.len() > MAX_MEANINGS {
            self.notes.add(at, format!("has {} meanings, and {MAX_MEANINGS} are the most", entries.len()));
        }
        entries
            .into_iter()
            .take(MAX_MEANINGS)
            .filter_map(|(name, at)| Some((name.to_owned(), self.meaning(&at)?)))
            .collect()
    }

    fn meaning(&mut self, at: &Cursor<'_>) -> Option<Meaning> {
        let mut table = at.table(self.notes)?;
        let examples = self.texts(&mut table, "examples", MAX_EXAMPLES, MAX_EXAMPLE_CHARS);
        if examples.is_empty() && table.take("examples").is_none() {
            self.notes.add(at, "needs the key \"examples\"");
        }
        let counter_examples = self.texts(&mut table, "counter_examples", MAX_EXAMPLES, MAX_EXAMPLE_CHARS);
        let threshold = self.share(&mut table, "threshold", Meaning::THRESHOLD);
        let margin = self.share(&mut table, "margin", 0.0);
        table.close(self.notes);
        Some(Meaning { examples, counter_examples, threshold, margin })
    }

    fn rule(&mut self, at: &Cursor<'_>) -> Option<Rule> {
        let mut table = at.table(self.notes)?;
        let id = table.need("id", self.notes).and_then(|at| at.id(self.notes));
        let title = table.take("title").and_then(|at| at.short(MAX_TITLE_CHARS, self.notes));
        let when = table.need("when", self.notes).and_then(|at| self.condition(&at));
        table.need("then", self.notes);
        let then = self.each(&mut table, "then", MAX_ACTIONS, Self::action);
        let times = table.take("times").and_then(|at| at.whole(1..=100, self.notes)).unwrap_or(1);
        let cooldown = table.take("cooldown").and_then(|at| at.span(COOLDOWN, self.notes));
        table.close(self.notes);
        Some(Rule { id: id?, title, when: when?, then, times, cooldown })
    }

    fn item(&mut self, at: &Cursor<'_>) -> Option<Item> {
        let mut table = at.table(self.notes)?;
        let id = table.need("id", self.notes).and_then(|at| at.id(self.notes));
        let title = self.title(&mut table);
        let done = table.need("done", self.notes).and_then(|at| self.condition(&at));
        let by = table.take("by").and_then(|at| at.span(Span::secs(1)..=Span::secs(4 * 3_600), self.notes));
        let when = table.take("when").and_then(|at| self.condition(&at));
        let required = table.take("required").and_then(|at| at.flag(self.notes)).unwrap_or(false);
        table.close(self.notes);
        Some(Item { id: id?, title: title?, done: done?, by, when, required })
    }

    fn title(&mut self, table: &mut Table<'_>) -> Option<String> {
        table.need("title", self.notes).and_then(|at| at.short(MAX_TITLE_CHARS, self.notes))
    }

    /// A share, 0 to 1.
    #[expect(clippy::cast_possible_truncation, reason = "thresholds need no more than four digits")]
    fn share(&mut self, table: &mut Table<'_>, key: &'static str, usual: f32) -> f32 {
        table.take(key).and_then(|at| at.number(0.0..=1.0, self.notes)).map_or(usual, |value| value as f32)
    }

    fn texts(&mut self, table: &mut Table<'_>, key: &'static str, most: usize, chars: usize) -> Vec<String> {
        self.each(table, key, most, |reader, at| at.short(chars, reader.notes))
    }

    /// The entries of a list that may be left out.
    fn each<T>(
        &mut self,
        table: &mut Table<'_>,
        key: &'static str,
        most: usize,
        mut read: impl FnMut(&mut Self, &Cursor<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(at) = table.take(key) else {
            return Vec::new();
        };
        at.list(most, self.notes).iter().filter_map(|at| read(self, at)).collect()
    }
}

const COOLDOWN: std::ops::RangeInclusive<Span> = Span::secs(0)..=Span::secs(24 * 3_600);

#[cfg(test)]
mod tests;
