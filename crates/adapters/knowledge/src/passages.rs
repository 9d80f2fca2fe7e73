//! A document's parts to passages: what one answer stands in, under its heading.

use crate::read::{Content, Part};

/// A passage that has so many words takes no more paragraphs.
const ENOUGH_WORDS: usize = 80;
/// A passage has no more words than this; a longer paragraph is cut between its sentences.
const MAX_WORDS: usize = 160;
/// Headings above a passage are joined by this.
const UNDER: &str = " › ";
/// Headings that are named above a passage, the lowest ones.
const MAX_HEADINGS: usize = 3;

/// What is found as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The headings above it, but for the document's title.
    pub(crate) heading: Option<String>,
    /// Word for word.
    pub(crate) text: String,
}

/// Cuts a document into passages: no passage goes over a heading.
pub(crate) fn cut(content: &Content, title: &str) -> Vec<Cut> {
    let mut cutter = Cutter::default();
    for part in &content.parts {
        match part {
            Part::Heading(level, text) => cutter.heading(*level, text, title),
            Part::Text(text) => cutter.paragraph(text),
        }
    }
    cutter.flush();
    cutter.out
}

#[derive(Default)]
struct Cutter<'a> {
    above: Vec<(u8, &'a str)>,
    text: String,
    words: usize,
    out: Vec<Cut>,
}

impl<'a> Cutter<'a> {
    fn heading(&mut self, level: u8, text: &'a str, title: &str) {
        self.flush();
        self.above.retain(|(above, _)| *above < level);
        if text != title {
            self.above.push((level, text));
        }
    }

    fn paragraph(&mut self, text: &str) {
        let words = count(text);
        if words > MAX_WORDS {
            self.flush();
            self.long(text);
            return;
        }
        if self.words + words > MAX_WORDS {
            self.flush();
        }
        self.add(text, words, "\n");
        if self.words >= ENOUGH_WORDS {
            self.flush();
        }
    }

    /// Cuts a long paragraph between its sentences, and a long sentence between its words.
    fn long(&mut self, text: &str) {
        for sentence in text.split_inclusive(['.', '!', '?', '\n']) {
            let words = count(sentence);
            if words > MAX_WORDS {
                self.flush();
                let all: Vec<&str> = sentence.split_whitespace().collect();
                for some in all.chunks(MAX_WORDS) {
                    self.add(&some.join(" "), some.len(), "");
                    self.flush();
                }
                continue;
            }
            if self.words + words > MAX_WORDS {
                self.flush();
            }
            self.add(sentence, words, "");
        }
        self.flush();
    }

    fn add(&mut self, text: &str, words: usize, between: &str) {
        if !self.text.is_empty() {
            self.text.push_str(between);
        }
        self.text.push_str(text);
        self.words += words;
    }

    fn flush(&mut self) {
        self.words = 0;
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if !text.contains(char::is_alphanumeric) {
            return;
        }
        let lowest = self.above.iter().skip(self.above.len().saturating_sub(MAX_HEADINGS));
        let heading: Vec<&str> = lowest.map(|(_, text)| *text).collect();
        let heading = (!heading.is_empty()).then(|| heading.join(UNDER));
        self.out.push(Cut { heading, text: text.to_owned() });
    }
}

fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heading(level: u8, of: &str) -> Part {
        Part::Heading(level, of.to_owned())
    }

    fn text(of: impl Into<String>) -> Part {
        Part::Text(of.into())
    }

    fn cut_parts(parts: Vec<Part>) -> Vec<Cut> {
        cut(&Content { title: None, parts }, "Title")
    }

    #[test]
    fn a_passage_stands_under_its_headings() {
        let cuts = cut_parts(vec![
            text("Before."),
            heading(1, "Title"),
            text("Intro."),
            heading(2, "A"),
            heading(3, "B"),
            text("One."),
            text("- two"),
            heading(2, "C"),
            text("Three."),
        ]);
        let found: Vec<(Option<&str>, &str)> =
            cuts.iter().map(|cut| (cut.heading.as_deref(), cut.text.as_str())).collect();
        let expected =
            [(None, "Before."), (None, "Intro."), (Some("A › B"), "One.\n- two"), (Some("C"), "Three.")];
        assert_eq!(found, expected);
    }

    #[test]
    fn short_paragraphs_are_joined_up_to_enough() {
        let paragraph = "word ".repeat(50);
        let cuts = cut_parts(vec![text(paragraph.trim()); 5]);
        let counts: Vec<usize> = cuts.iter().map(|cut| count(&cut.text)).collect();
        assert_eq!(counts, [100, 100, 50]);
    }

    #[test]
    fn a_long_paragraph_is_cut_between_sentences() {
        let sentence = format!("{}end. ", "word ".repeat(59));
        let cuts = cut_parts(vec![text(sentence.repeat(5))]);
        assert_eq!(cuts.len(), 3);
        assert!(cuts.iter().all(|cut| cut.text.ends_with("end.") && count(&cut.text) <= MAX_WORDS));
        assert_eq!(cut_parts(vec![text("word ".repeat(400))]).len(), 3);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_or_added(paragraphs in prop::collection::vec("([a-z]{1,9}[.!]? ){0,200}", 0..8)) {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let before: Vec<String> = paragraphs.iter().flat_map(|text| words(text)).collect();
            let cuts = cut_parts(paragraphs.into_iter().map(text).collect());
            let after: Vec<String> = cuts.iter().flat_map(|cut| words(&cut.text)).collect();
            prop_assert!(cuts.iter().all(|cut| count(&cut.text) <= MAX_WORDS));
            prop_assert_eq!(before, after);
        }
    }
}
