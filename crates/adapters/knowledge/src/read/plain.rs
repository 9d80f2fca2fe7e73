//! Plain text: paragraphs between empty lines.

use super::{Content, Part};

pub(super) fn read(text: &str) -> Content {
    let mut parts = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            if !paragraph.is_empty() {
                parts.push(Part::Text(paragraph.join("\n")));
                paragraph.clear();
            }
        } else {
            paragraph.push(line.trim_end());
        }
    }
    Content { title: None, parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_part_paragraphs() {
        let content = read("one\ntwo  \n\n \n\nthree\r\n");
        assert_eq!(content.parts, [Part::Text("one\ntwo".to_owned()), Part::Text("three".to_owned())]);
    }
}
