//! YAML as a tree that knows its lines. Anchors, aliases and tags are refused: a playbook needs none, and a file that
//! grows when it is read needs them.

use granit_parser::{Event, Marker, Parser, ScalarStyle};

use crate::problem::Problem;

/// As long a file may be.
pub const MAX_PLAYBOOK_BYTES: usize = 256 * 1024;
/// As deep lists and tables may lie in each other.
const MAX_DEPTH: usize = 32;
/// As many keys a table may have.
const MAX_ENTRIES: usize = 500;

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// From 1.
    pub(crate) line: usize,
    /// From 1.
    pub(crate) column: usize,
    pub(crate) value: Value,
}

/// A value.
#[derive(Debug)]
pub(crate) enum Value {
    /// One that is no list and no table.
    Scalar {
        text: String,
        /// Written without quotes, so that it may be a number or nothing.
        plain: bool,
    },
    /// Values in order.
    List(Vec<Node>),
    /// Values by their keys, in order; no key twice.
    Table(Vec<Entry>),
}

/// A value by its key.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Where the key stands: line and column.
    pub(crate) at: (usize, usize),
    pub(crate) node: Node,
}

/// Reads the only document of a text.
pub(crate) fn parse(text: &str) -> Result<Node, Problem> {
    if text.len() > MAX_PLAYBOOK_BYTES {
        return Err(problem((1, 1), format!("is longer than {} KiB", MAX_PLAYBOOK_BYTES / 1024)));
    }
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = place(error.marker());
            problem(at, format!("is not YAML: {}", error.info()))
        })?;
        tree.take(event, place(&span.start))?;
    }
    tree.root.ok_or_else(|| problem((1, 1), "is empty".to_owned()))
}

/// A list or table that is not at its end.
enum Open {
    List(Vec<Node>),
    Table { entries: Vec<Entry>, key: Option<(String, (usize, usize))> },
}

#[derive(Default)]
struct Tree {
    open: Vec<(Open, (usize, usize))>,
    root: Option<Node>,
}

impl Tree {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a feature of the parser adds comments to its events")]
    fn take(&mut self, event: Event<'_>, at: (usize, usize)) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(problem(at, "has more than one document".to_owned()))
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => Err(refused(at)),
            Event::Scalar(_, _, anchor, ref tag)
            | Event::SequenceStart(_, anchor, ref tag)
            | Event::MappingStart(_, anchor, ref tag)
                if anchor != 0 || tag.is_some() =>
            {
                Err(refused(at))
            }
            Event::Scalar(text, style, ..) => {
                let value =
                    Value::Scalar { text: text.into_owned(), plain: matches!(style, ScalarStyle::Plain) };
                self.put(Node { line: at.0, column: at.1, value })
            }
            Event::SequenceStart(..) => self.begin(Open::List(Vec::new()), at),
            Event::MappingStart(..) => self.begin(Open::Table { entries: Vec::new(), key: None }, at),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open, at: (usize, usize)) -> Result<(), Problem> {
        if self.open.len() == MAX_DEPTH {
            return Err(problem(at, format!("is more than {MAX_DEPTH} levels deep")));
        }
        self.open.push((open, at));
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some((open, (line, column))) = self.open.pop() else {
            return Ok(());
        };
        let value = match open {
            Open::List(nodes) => Value::List(nodes),
            Open::Table { entries, .. } => Value::Table(entries),
        };
        self.put(Node { line, column, value })
    }

    /// Puts a whole value where it belongs.
    fn put(&mut self, mut node: Node) -> Result<(), Problem> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((Open::List(nodes), _)) => nodes.push(node),
            Some((Open::Table { entries, key }, _)) => match key.take() {
                Some((key, at)) => {
                    // A list begins for the eye where its key stands, not at its first entry.
                    if !matches!(node.value, Value::Scalar { .. }) {
                        (node.line, node.column) = at;
                    }
                    entries.push(Entry { key, at, node });
                }
                None => *key = Some(read_key(node, entries)?),
            },
        }
        Ok(())
    }
}

fn read_key(node: Node, entries: &[Entry]) -> Result<(String, (usize, usize)), Problem> {
    let at = (node.line, node.column);
    let Value::Scalar { text, .. } = node.value else {
        return Err(problem(at, "a list or a table is no key".to_owned()));
    };
    if entries.len() == MAX_ENTRIES {
        return Err(problem(at, format!("a table has more than {MAX_ENTRIES} keys")));
    }
    if entries.iter().any(|entry| entry.key == text) {
        return Err(Problem { key: text, ..problem(at, "is there twice".to_owned()) });
    }
    Ok((text, at))
}

fn refused(at: (usize, usize)) -> Problem {
    problem(
        at,
        "anchors, aliases and tags (&, *, !) are not taken: a text that has such a sign goes in quotes"
            .to_owned(),
    )
}

fn place(marker: &Marker) -> (usize, usize) {
    (marker.line(), marker.col() + 1)
}

const fn problem((line, column): (usize, usize), message: String) -> Problem {
    Problem { line, column, key: String::new(), message, allowed: Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn values_know_their_places() {
        let node = parse("a: 1\nb:\n  - \"x\"\n  - y\n").unwrap();
        let Value::Table(entries) = node.value else { panic!("no table") };
        let b = &entries[1];
        assert_eq!((b.key.as_str(), b.at), ("b", (2, 1)));
        let Value::List(nodes) = &b.node.value else { panic!("no list") };
        assert_eq!((nodes[1].line, nodes[1].column), (4, 5));
        assert!(matches!(&nodes[0].value, Value::Scalar { plain: false, text } if text == "x"));
    }

    #[test]
    fn what_grows_or_is_not_one_document_is_refused() {
        assert_eq!(error(""), "1:1 is empty");
        assert!(error("a: &x 1\nb: *x").starts_with("1:7 anchors, aliases and tags"));
        assert!(error("a: !!str 1").contains("anchors, aliases and tags"));
        assert!(error("a: * b").contains("is not YAML"));
        assert_eq!(error("a: 1\na: 2"), "2:1 a: is there twice");
        assert_eq!(error("a: 1\n---\nb: 1"), "2:1 has more than one document");
        assert!(
            error(&format!("a: {}1{}", "[".repeat(40), "]".repeat(40)))
                .contains("is more than 32 levels deep")
        );
        assert!(error(&"x".repeat(MAX_PLAYBOOK_BYTES + 1)).ends_with("is longer than 256 KiB"));
        assert!(error("a: [1\nb: 2").contains("is not YAML"));
        assert!(error("[a]: 1").ends_with("a list or a table is no key"));
        let many: String = (0..=MAX_ENTRIES).map(|key| format!("k{key}: 1\n")).collect();
        assert!(error(&many).ends_with("a table has more than 500 keys"));
    }

    #[test]
    fn the_longest_files_of_signs_are_read_to_their_end() {
        for sign in [
            "[", "{", "- ", "? ", "a: ", "'", "\"", "|\n", "&a ", "%", "#", "\t", ",", "[a,", "{a: ",
            "\u{feff}", "--- ",
        ] {
            let text = sign.repeat(MAX_PLAYBOOK_BYTES / sign.len());
            std::hint::black_box(parse(&text).is_ok());
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "[-\\[\\]{}:,?|>&*!%#'\"a \n\t]{0,200}") {
            std::hint::black_box(parse(&text).is_ok());
        }
    }
}
