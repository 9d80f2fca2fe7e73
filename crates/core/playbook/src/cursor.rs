//! Walks a tree of YAML, and notes what is wrong with it instead of stopping at it.

use std::ops::RangeInclusive;

use crate::Span;
use crate::problem::{MAX_PROBLEMS, Problem};
use crate::yaml::{Entry, Node, Value};

/// As long a text may be.
const MAX_TEXT_CHARS: usize = 1_000;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Vec<Problem>);

/// A value with the path to it.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    node: &'a Node,
    key: String,
}

/// A table whose keys are taken one by one; what is left at the end is not known.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    at: Cursor<'a>,
    entries: &'a [Entry],
    known: Vec<&'static str>,
}

impl Notes {
    /// Notes a problem of a value.
    pub(crate) fn add(&mut self, at: &Cursor<'_>, message: impl Into<String>) {
        self.choice(at, message, Vec::new());
    }

    /// Notes a problem of a value, with what it may be.
    pub(crate) fn choice(&mut self, at: &Cursor<'_>, message: impl Into<String>, allowed: Vec<String>) {
        self.push((at.node.line, at.node.column), at.key.clone(), message.into(), allowed);
    }

    fn push(&mut self, (line, column): (usize, usize), key: String, message: String, allowed: Vec<String>) {
        // Far more are never looked at; what is found first is not always what stands first.
        if self.0.len() < 10 * MAX_PROBLEMS {
            self.0.push(Problem { line, column, key, message, allowed });
        }
    }
}

impl<'a> Cursor<'a> {
    /// The whole document.
    pub(crate) const fn root(node: &'a Node) -> Self {
        Self { node, key: String::new() }
    }

    /// Its line and column.
    pub(crate) const fn place(&self) -> (usize, usize) {
        (self.node.line, self.node.column)
    }

    /// The table that must be here.
    pub(crate) fn table(&self, notes: &mut Notes) -> Option<Table<'a>> {
        if let Value::Table(entries) = &self.node.value {
            return Some(Table { at: self.clone(), entries, known: Vec::new() });
        }
        notes.add(self, "must be a table of keys and values");
        None
    }

    /// The keys of the table that must be here, each with its value.
    pub(crate) fn entries(&self, notes: &mut Notes) -> Vec<(&'a str, Self)> {
        if let Value::Table(entries) = &self.node.value {
            return entries.iter().map(|entry| (entry.key.as_str(), self.below(entry))).collect();
        }
        notes.add(self, "must be a table of keys and values");
        Vec::new()
    }

    /// The list that must be here, neither empty nor longer than `most`.
    pub(crate) fn list(&self, most: usize, notes: &mut Notes) -> Vec<Self> {
        let Value::List(nodes) = &self.node.value else {
            notes.add(self, "must be a list: write its entries with dashes, or as [a, b]");
            return Vec::new();
        };
        if nodes.is_empty() {
            notes.add(self, "is empty: name at least one, or leave the key out");
        }
        if nodes.len() > most {
            notes.add(self, format!("has {} entries, and {most} are the most", nodes.len()));
        }
        let key = |index| format!("{}[{index}]", self.key);
        nodes.iter().take(most).enumerate().map(|(index, node)| Self { node, key: key(index) }).collect()
    }

    /// The text that must be here.
    pub(crate) fn text(&self, notes: &mut Notes) -> Option<&'a str> {
        let Value::Scalar { text, plain } = &self.node.value else {
            notes.add(self, "must be a text");
            return None;
        };
        if text.trim().is_empty() || *plain && matches!(text.as_str(), "~" | "null") {
            notes.add(self, "is empty");
            return None;
        }
        if text.chars().nth(MAX_TEXT_CHARS).is_some() {
            notes.add(self, format!("is longer than {MAX_TEXT_CHARS} characters"));
            return None;
        }
        Some(text.trim())
    }

    /// A text that is read by its type.
    pub(crate) fn parsed<T, E: std::fmt::Display>(
        &self,
        notes: &mut Notes,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match read(self.text(notes)?) {
            Ok(value) => Some(value),
            Err(error) => {
                notes.add(self, error.to_string());
                None
            }
        }
    }

    /// A text of at most so many characters.
    pub(crate) fn short(&self, most: usize, notes: &mut Notes) -> Option<String> {
        let text = self.text(notes)?;
        if text.chars().count() > most {
            notes.add(self, format!("is longer than {most} characters"));
        }
        Some(text.to_owned())
    }

    /// A name by which other places refer to it.
    pub(crate) fn id(&self, notes: &mut Notes) -> Option<String> {
        let text = self.text(notes)?;
        if is_id(text) {
            return Some(text.to_owned());
        }
        notes.add(
            self,
            "must begin with a small letter and have small letters, digits and dashes, 64 at the most",
        );
        None
    }

    /// One of the names that are known.
    pub(crate) fn one_of<T: Copy>(&self, names: &[(&str, T)], notes: &mut Notes) -> Option<T> {
        let text = self.text(notes)?;
        if let Some((_, value)) = names.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        self.unknown(text, names.iter().map(|(name, _)| *name), notes);
        None
    }

    /// Notes that a name is none of those that are known.
    pub(crate) fn unknown<'n>(&self, name: &str, known: impl Iterator<Item = &'n str>, notes: &mut Notes) {
        let known: Vec<&str> = known.collect();
        let message = format!("\"{}\" is not known{}", shown(name), meant(name, &known));
        notes.choice(self, message, known.into_iter().map(str::to_owned).collect());
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, notes: &mut Notes) -> Option<bool> {
        self.one_of(&[("true", true), ("false", false)], notes)
    }

    /// A number within bounds.
    pub(crate) fn number(&self, within: RangeInclusive<f64>, notes: &mut Notes) -> Option<f64> {
        let value = self.text(notes)?.parse::<f64>().ok().filter(|value| within.contains(value));
        if value.is_none() {
            notes.add(self, format!("must be a number from {} to {}", within.start(), within.end()));
        }
        value
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&self, within: RangeInclusive<u32>, notes: &mut Notes) -> Option<u32> {
        let value = self.text(notes)?.parse::<u32>().ok().filter(|value| within.contains(value));
        if value.is_none() {
            notes.add(self, format!("must be a whole number from {} to {}", within.start(), within.end()));
        }
        value
    }

    /// A length of time within bounds.
    pub(crate) fn span(&self, within: RangeInclusive<Span>, notes: &mut Notes) -> Option<Span> {
        let span: Span = self.parsed(notes, str::parse)?;
        if within.contains(&span) {
            return Some(span);
        }
        notes.add(self, format!("must be from {} to {}", within.start(), within.end()));
        None
    }

    fn below(&self, entry: &'a Entry) -> Self {
        Self { node: &entry.node, key: joined(&self.key, &entry.key) }
    }
}

impl<'a> Table<'a> {
    /// The value of a key, if it is there.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Cursor<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.iter().find(|entry| entry.key == key).map(|entry| self.at.below(entry))
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&mut self, key: &'static str, notes: &mut Notes) -> Option<Cursor<'a>> {
        let found = self.take(key);
        if found.is_none() {
            notes.add(&self.at, format!("needs the key \"{key}\""));
        }
        found
    }

    /// Notes the keys that nobody asked for.
    pub(crate) fn close(self, notes: &mut Notes) {
        for entry in self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str())) {
            let message = format!("is not known{}", meant(&entry.key, &self.known));
            let allowed = self.known.iter().map(|&name| name.to_owned()).collect();
            notes.push(entry.at, joined(&self.at.key, &shown(&entry.key)), message, allowed);
        }
    }
}

/// Whether a text can name something.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn joined(path: &str, key: &str) -> String {
    let key = shown(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// As much of a text of the file as a message shows.
fn shown(text: &str) -> String {
    let short: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    if text.chars().nth(40).is_some() { format!("{short}…") } else { short }
}

/// The name that was meant, where one is near.
fn meant(name: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (distance(name, known), known)).min();
    match near {
        Some((distance, known)) if distance <= 1 + known.len() / 4 && distance < known.len() => {
            format!("; did you mean \"{known}\"?")
        }
        _ => String::new(),
    }
}

/// How many letters must be put in, left out or changed to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let cost = if x == *y { before } else { 1 + before.min(left).min(*cell) };
            before = *cell;
            *cell = cost;
            left = cost;
        }
    }
    row.last().copied().unwrap_or_default()
}
