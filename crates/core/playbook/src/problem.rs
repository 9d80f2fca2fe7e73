//! What is wrong with a file, and where.

use std::error::Error;
use std::fmt;

/// As many problems of a file are told; more would be read by nobody.
pub const MAX_PROBLEMS: usize = 100;

/// One mistake. Displayed as `LINE:COLUMN key: message; allowed: a, b`; whoever knows the file puts `FILE:` before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// Where in the file, such as `rules[2].when.says.any_of`; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What may stand there, where that is a choice.
    pub allowed: Vec<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        if !self.allowed.is_empty() {
            write!(f, "; allowed: {}", self.allowed.join(", "))?;
        }
        Ok(())
    }
}

/// All that is wrong with a file, in the order of its lines; at least one, at most [`MAX_PROBLEMS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// None for a file without one.
    pub(crate) fn of(mut found: Vec<Problem>) -> Option<Self> {
        found.sort_by_key(|problem| (problem.line, problem.column));
        found.truncate(MAX_PROBLEMS);
        (!found.is_empty()).then_some(Self(found))
    }

    /// Those of a file that could not be read. Something was found in it; if not, that is a problem.
    pub(crate) fn of_unread(found: Vec<Problem>) -> Self {
        let unread = || Problem {
            line: 1,
            column: 1,
            key: String::new(),
            message: "cannot be read".to_owned(),
            allowed: Vec::new(),
        };
        Self::of(found).unwrap_or_else(|| Self(vec![unread()]))
    }

    /// Each in turn.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, problem)| {
            let between = if index == 0 { "" } else { "\n" };
            write!(f, "{between}{problem}")
        })
    }
}

impl Error for Problems {}
