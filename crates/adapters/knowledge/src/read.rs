//! A file to its parts: headings and what stands under them.

mod encoding;
mod html;
mod kind;
mod markdown;
mod plain;

pub(crate) use self::{encoding::windows_1252, kind::Kind};
use crate::{pdf::PdfReader, problem::Unreadable};
use serde::{Deserialize, Serialize};

/// Text that a document may hold. A thick book has two million characters.
pub(crate) const MAX_TEXT_BYTES: usize = 8 << 20;
/// Headings, paragraphs and rows that a document may have.
pub(crate) const MAX_PARTS: usize = 100_000;
/// A title or heading that is longer is cut.
pub(crate) const MAX_HEADING_CHARS: usize = 200;

/// A piece of a document, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// A heading: 1 is the highest level.
    Heading(u8, String),
    /// A paragraph, an item of a list, a row of a table, a line.
    Text(String),
}

/// What is in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// What it calls itself, apart from its headings.
    pub(crate) title: Option<String>,
    /// What is in it.
    pub(crate) parts: Vec<Part>,
}

impl Content {
    /// The document's title: what it calls itself, else its first heading of the highest level, else its file's name.
    pub(crate) fn title(&self, path: &str) -> String {
        let headings = || {
            self.parts.iter().filter_map(|part| match part {
                Part::Heading(level, text) => Some((*level, text)),
                Part::Text(_) => None,
            })
        };
        let highest = headings().map(|(level, _)| level).min();
        let first = headings().find(|(level, _)| Some(*level) == highest).map(|(_, text)| text.clone());
        self.title.clone().or(first).unwrap_or_else(|| name_of(path))
    }
}

/// Reads a document's bytes as what they are by the file's name.
pub(crate) fn read(kind: Kind, bytes: Vec<u8>, pdf: &PdfReader) -> Result<Content, Unreadable> {
    let content = match kind {
        Kind::Markdown => markdown::read(&encoding::decode(&bytes)?)?,
        Kind::Html => html::read(&encoding::decode(&bytes)?)?,
        Kind::Text => plain::read(&encoding::decode(&bytes)?),
        Kind::Pdf => pdf.read(bytes)?,
    };
    let has_words = |part: &Part| matches!(part, Part::Text(text) if text.contains(char::is_alphanumeric));
    if content.parts.iter().any(has_words) { Ok(content) } else { Err(Unreadable::Empty) }
}

/// What a file is called, for people.
fn name_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.replace(['-', '_'], " ")
}

/// A text on one line with single spaces, at most so many characters long.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(title: Option<&str>, headings: &[(u8, &str)]) -> Content {
        Content {
            title: title.map(str::to_owned),
            parts: headings.iter().map(|(level, text)| Part::Heading(*level, (*text).to_owned())).collect(),
        }
    }

    #[test]
    fn a_title_is_what_a_document_calls_itself_or_is_called() {
        assert_eq!(content(Some("Own"), &[(1, "First")]).title("a.md"), "Own");
        assert_eq!(content(None, &[(3, "Small"), (2, "First"), (2, "Second")]).title("a.md"), "First");
        assert_eq!(content(None, &[]).title("deep/router-lights_2.md"), "router lights 2");
    }

    #[test]
    fn a_document_without_words_is_a_problem() {
        for (kind, bytes) in
            [(Kind::Markdown, "# Only a heading"), (Kind::Html, "<p>…</p>"), (Kind::Text, " \n")]
        {
            let read = read(kind, bytes.as_bytes().to_vec(), &PdfReader::absent());
            assert_eq!(read, Err(Unreadable::Empty), "{bytes}");
        }
    }
}
