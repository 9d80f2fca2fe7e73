//! Markdown, by way of HTML: so the HTML within it obeys the same rules as HTML alone.

use pulldown_cmark::{Event, MetadataBlockKind, Options, Parser, Tag, TagEnd};

use super::{Content, MAX_HEADING_CHARS, html, one_line};
use crate::problem::Unreadable;

/// Reads a document. The title in its YAML header, if it has one, is its title.
pub(super) fn read(text: &str) -> Result<Content, Unreadable> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let (mut header, mut in_header) = (String::new(), false);
    let events = Parser::new_ext(text, options).filter(|event| {
        if matches!(event, Event::Start(Tag::MetadataBlock(MetadataBlockKind::YamlStyle))) {
            in_header = true;
        }
        if let (true, Event::Text(text)) = (in_header, event) {
            header.push_str(text);
        }
        let is_text = !in_header;
        if matches!(event, Event::End(TagEnd::MetadataBlock(_))) {
            in_header = false;
        }
        is_text
    });
    let mut page = String::new();
    pulldown_cmark::html::push_html(&mut page, events);
    let mut content = html::read(&page)?;
    content.title = title(&header);
    Ok(content)
}

/// The title that a header names.
fn title(header: &str) -> Option<String> {
    let named = header.lines().find_map(|line| line.strip_prefix("title:"))?;
    let title = one_line(named.trim().trim_matches(['"', '\'']), MAX_HEADING_CHARS);
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::{super::Part, *};

    fn text(of: &str) -> Part {
        Part::Text(of.to_owned())
    }

    #[test]
    fn headings_paragraphs_lists_and_tables_are_parts() {
        let content = read(
            "---\ntitle: \"Paying\"\nowner: me\n---\n# Cards\n\nWe take *all* cards[^1],\nand `cash`.\n\n- one\n- two\n  \
             lines\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode here\n```\n\n[^1]: But one.\n",
        )
        .unwrap();
        assert_eq!(content.title.as_deref(), Some("Paying"));
        let expected = [
            Part::Heading(1, "Cards".to_owned()),
            text("We take all cards1, and cash."),
            text("- one"),
            text("- two lines"),
            text("a | b"),
            text("1 | 2"),
            text("code here"),
        ];
        assert_eq!(content.parts.get(..7).unwrap(), expected);
    }

    #[test]
    fn scripts_within_are_no_text() {
        let content =
            read("Good <script>steal()</script> words.\n\n<script>\nalert(1)\n</script>\n\n<b>bold</b>\n")
                .unwrap();
        assert_eq!(content.parts, [text("Good words."), text("bold")]);
    }

    #[test]
    fn what_is_no_header_is_text() {
        let content = read("---\n\ntitle: x\n").unwrap();
        assert_eq!((content.title, content.parts), (None, vec![text("title: x")]));
    }
}
