//! Where text stands, to what it says: words, lines, paragraphs and headings.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::interpret::Run;
use crate::read::{MAX_HEADING_CHARS, Part, one_line};

/// A gap of this part of the letters' size is a space.
const SPACE: f32 = 0.17;
/// Text that stands higher or lower by this part of its size is on another line.
const LINE: f32 = 0.45;
/// Lines that are further apart than this many sizes are of two paragraphs.
const PARAGRAPH: f32 = 1.75;
/// Letters larger by this than most are a heading's.
const HEADING: f32 = 1.13;
/// A line with more words is no heading, however large it is.
const MAX_HEADING_WORDS: usize = 20;
/// Pages from which on what stands on most of them is no part of what is read.
const MANY_PAGES: usize = 3;

#[derive(Clone, Debug)]
struct Line {
    text: String,
    y: f32,
    size: f32,
}

/// The parts of a document, from its pages' runs.
pub(super) fn parts(pages: Vec<Vec<Run>>) -> Vec<Part> {
    let mut pages: Vec<Vec<Line>> = pages.iter().map(|runs| lines(runs)).collect();
    drop_running_lines(&mut pages);
    let body = usual_size(pages.iter().flatten());
    let sizes = heading_sizes(pages.iter().flatten(), body);
    let mut out = Vec::new();
    for page in pages {
        paragraphs(&page, &sizes, &mut out);
    }
    out
}

/// Joins the runs that stand beside each other.
fn lines(runs: &[Run]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut end = 0.0;
    for run in runs {
        let size = run.size.max(1.0);
        if let Some(line) = out.last_mut()
            && (line.y - run.y).abs() < LINE * size.max(line.size)
            && run.from > end - size
        {
            let is_apart = run.from - end > SPACE * size;
            if is_apart && !line.text.ends_with(' ') && !run.text.starts_with(' ') {
                line.text.push(' ');
            }
            line.text.push_str(&run.text);
            line.size = line.size.max(size);
        } else {
            out.push(Line { text: run.text.clone(), y: run.y, size });
        }
        end = run.to;
    }
    for line in &mut out {
        // Ligatures and wide spaces are for printers.
        line.text = one_line(&line.text.nfkc().collect::<String>(), usize::MAX);
    }
    out.retain(|line| !line.text.is_empty());
    out
}

/// Drops what stands on most pages but for its number: running heads and page numbers.
fn drop_running_lines(pages: &mut [Vec<Line>]) {
    let shape =
        |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages.iter() {
        let mut of_page: Vec<String> = page.iter().map(|line| shape(&line.text)).collect();
        of_page.sort();
        of_page.dedup();
        for text in of_page {
            *seen.entry(text).or_default() += 1;
        }
    }
    let count = pages.len();
    let runs =
        |text: &str| count >= MANY_PAGES && seen.get(&shape(text)).is_some_and(|pages| pages * 2 > count);
    for page in pages {
        page.retain(|line| !runs(&line.text));
    }
}

/// The size of most letters.
fn usual_size<'a>(lines: impl Iterator<Item = &'a Line>) -> f32 {
    let mut letters: BTreeMap<u32, usize> = BTreeMap::new();
    for line in lines {
        *letters.entry(tenths(line.size)).or_default() += line.text.len();
    }
    letters.into_iter().max_by_key(|(_, count)| *count).map_or(0.0, |(size, _)| size as f32 / 10.0)
}

/// The sizes of headings, the largest first.
fn heading_sizes<'a>(lines: impl Iterator<Item = &'a Line>, body: f32) -> Vec<u32> {
    let mut sizes: Vec<u32> =
        lines.filter(|line| line.size >= HEADING * body).map(|line| tenths(line.size)).collect();
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    sizes.dedup();
    sizes
}

fn tenths(size: f32) -> u32 {
    (size * 10.0).round() as u32
}

/// Joins the lines of a page to paragraphs and headings.
fn paragraphs(page: &[Line], sizes: &[u32], out: &mut Vec<Part>) {
    let mut open: Option<(Option<u8>, String)> = None;
    let mut before: Option<&Line> = None;
    for line in page {
        let rank = sizes.iter().position(|size| *size == tenths(line.size));
        let level = rank
            .filter(|_| line.text.split_whitespace().count() <= MAX_HEADING_WORDS)
            .map(|rank| rank.min(5) as u8 + 1);
        let goes_on = before.is_some_and(|before| {
            let gap = before.y - line.y;
            (0.0..=PARAGRAPH * line.size).contains(&gap) && (before.size - line.size).abs() < 0.5
        });
        match &mut open {
            Some((of, text)) if *of == level && goes_on && !begins_item(&line.text) => join(text, &line.text),
            _ => {
                close(open.take(), out);
                open = Some((level, line.text.clone()));
            }
        }
        before = Some(line);
    }
    close(open, out);
}

fn close(open: Option<(Option<u8>, String)>, out: &mut Vec<Part>) {
    match open {
        Some((Some(level), text)) => out.push(Part::Heading(level, one_line(&text, MAX_HEADING_CHARS))),
        Some((None, text)) => out.push(Part::Text(text)),
        None => {}
    }
}

/// Joins two lines; a word that was cut at the end of one is whole again.
fn join(text: &mut String, line: &str) {
    let cut = text.ends_with('-')
        && text.chars().rev().nth(1).is_some_and(char::is_lowercase)
        && line.starts_with(char::is_lowercase);
    if cut {
        text.pop();
    } else {
        text.push(' ');
    }
    text.push_str(line);
}

/// Whether a line begins an item of a list.
fn begins_item(line: &str) -> bool {
    if line.starts_with(['•', '◦', '▪', '‣', '–']) || line.starts_with("- ") {
        return true;
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    (1..=2).contains(&digits) && line.chars().nth(digits).is_some_and(|c| c == '.' || c == ')')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, from: f32, y: f32, size: f32) -> Run {
        Run { text: text.to_owned(), from, to: from + text.len() as f32 * size / 2.0, y, size }
    }

    fn text(of: &str) -> Part {
        Part::Text(of.to_owned())
    }

    #[test]
    fn places_become_words_lines_and_paragraphs() {
        let page = vec![
            run("Refunds", 10.0, 700.0, 18.0),
            run("Re", 10.0, 670.0, 10.0),
            run("fund", 20.2, 670.0, 10.0),
            run("is", 45.0, 670.0, 10.0),
            run("made with-", 10.0, 658.0, 10.0),
            run("in five days.", 10.0, 646.0, 10.0),
            run("Second ﬁne paragraph here.", 10.0, 620.0, 10.0),
            run("1. item", 10.0, 608.0, 10.0),
            run("2. item", 10.0, 596.0, 10.0),
        ];
        let expected = [
            Part::Heading(1, "Refunds".to_owned()),
            text("Refund is made within five days."),
            text("Second fine paragraph here."),
            text("1. item"),
            text("2. item"),
        ];
        assert_eq!(parts(vec![page]), expected);
    }

    #[test]
    fn running_heads_and_page_numbers_are_dropped() {
        let page = |number: usize| {
            vec![
                run("Company handbook", 10.0, 800.0, 10.0),
                run(&format!("What page {} says", ["one", "two", "three"][number]), 10.0, 700.0, 10.0),
                run(&format!("{}", number + 1), 300.0, 20.0, 10.0),
            ]
        };
        let found = parts((0..3).map(page).collect());
        assert_eq!(
            found,
            [text("What page one says"), text("What page two says"), text("What page three says")]
        );
    }
}
