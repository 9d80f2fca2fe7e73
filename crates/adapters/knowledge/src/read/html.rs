//! HTML: what a reader of the page would see, without what is hidden, and without anything that runs.
//!
//! Only the tokenizer is another's. No tree is built: a stack of open elements, bounded, says what is hidden, so that
//! time and memory grow with the page's length alone, however it is nested. What a style sheet hides is not known here.

use std::cell::RefCell;

use html5ever::{
    Attribute,
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};

use super::{Content, MAX_HEADING_CHARS, MAX_PARTS, MAX_TEXT_BYTES, Part, one_line};
use crate::problem::Unreadable;

/// Elements that may be open within each other. Pages that people write have a few dozen.
const MAX_OPEN: usize = 512;
/// What is inside of these is not read by people, or is drawn by something else.
const UNREAD: [&str; 20] = [
    "script", "style", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math",
    "canvas", "audio", "video", "select", "textarea", "button", "nav", "title", "noframes", "noembed",
];
/// These never have an end.
const VOID: [&str; 16] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "link",
    "meta", "param", "source", "track",
];
/// These stand apart from the text around them.
const BLOCKS: [&str; 44] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "tr",
    "ul",
    "title",
];

/// Reads a page.
pub(super) fn read(page: &str) -> Result<Content, Unreadable> {
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(page));
    // No script stops it, since none is said to have ended.
    drop(tokenizer.feed(&input));
    tokenizer.end();
    let mut state = tokenizer.sink.state.into_inner();
    state.end_block();
    match state.failed {
        Some(failed) => Err(failed),
        None => Ok(Content {
            title: state.title.filter(|title| !title.is_empty() && !state.has_heading),
            parts: state.parts,
        }),
    }
}

/// An element that is open.
struct Open {
    name: String,
    hidden: bool,
}

/// What was read so far.
#[derive(Default)]
struct State {
    open: Vec<Open>,
    /// How many of them hide what is in them.
    hidden: usize,
    /// The text of the block that is open.
    block: String,
    /// Keeps the ends of lines, as in `pre`.
    verbatim: usize,
    parts: Vec<Part>,
    bytes: usize,
    title: Option<String>,
    has_heading: bool,
    failed: Option<Unreadable>,
}

#[derive(Default)]
struct Reader {
    state: RefCell<State>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        if state.failed.is_some() {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::TagToken(tag) => state.tag(&tag),
            Token::CharacterTokens(text) => {
                state.text(&text);
                TokenSinkResult::Continue
            }
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => TokenSinkResult::Continue,
        }
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        match tag.kind {
            TagKind::StartTag => self.start(name, tag),
            TagKind::EndTag => {
                self.end(name);
                TokenSinkResult::Continue
            }
        }
    }

    fn start(&mut self, name: &str, tag: &Tag) -> TokenSinkResult<()> {
        self.end_implied(name);
        if BLOCKS.contains(&name) {
            self.end_block();
        }
        match name {
            "br" => self.block.push('\n'),
            "li" if self.hidden == 0 => self.block.push_str("- "),
            "td" | "th" if !self.block.trim().is_empty() && self.hidden == 0 => self.block.push_str(" | "),
            "pre" => self.verbatim += 1,
            _ => {}
        }
        // In drawings and formulas any element can end in its own tag.
        let ends_itself =
            tag.self_closing && self.open.iter().any(|open| open.name == "svg" || open.name == "math");
        if ends_itself || VOID.contains(&name) {
            return TokenSinkResult::Continue;
        }
        if self.open.len() >= MAX_OPEN {
            self.failed = Some(Unreadable::TooDeep);
            return TokenSinkResult::Continue;
        }
        let hidden = UNREAD.contains(&name) || is_hidden(&tag.attrs);
        self.hidden += usize::from(hidden);
        self.open.push(Open { name: name.to_owned(), hidden });
        match name {
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }

    /// Elements that end where another begins, as paragraphs and items do.
    fn end_implied(&mut self, name: &str) {
        let (ends, within): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "menu"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "tr" => (&["tr"], &["table"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            "body" => (&["head"], &[]),
            _ if BLOCKS.contains(&name) => (&["p"], &["td", "th", "li", "table", "button", "div", "section"]),
            _ => return,
        };
        let innermost = self
            .open
            .iter()
            .rposition(|open| ends.contains(&open.name.as_str()) || within.contains(&open.name.as_str()));
        if let Some(at) = innermost
            && self.open.get(at).is_some_and(|open| ends.contains(&open.name.as_str()))
        {
            self.close(at);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.close(at);
        }
    }

    /// Closes the element at this place of the stack, and all within it.
    fn close(&mut self, at: usize) {
        while self.open.len() > at {
            let Some(last) = self.open.last() else { return };
            let name = last.name.clone();
            match name.as_str() {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.end_heading(&name),
                "title" => self.title = self.title.take().or_else(|| Some(std::mem::take(&mut self.block))),
                "pre" => {
                    self.end_block();
                    self.verbatim = self.verbatim.saturating_sub(1);
                }
                block if BLOCKS.contains(&block) => self.end_block(),
                _ => {}
            }
            if let Some(closed) = self.open.pop() {
                self.hidden -= usize::from(closed.hidden);
            }
        }
    }

    fn text(&mut self, text: &str) {
        // A document's title is no text of it, but it is read.
        let is_title = self.hidden == 1 && self.open.last().is_some_and(|open| open.name == "title");
        if self.hidden > 0 && !is_title {
            return;
        }
        self.bytes += text.len();
        if self.bytes > MAX_TEXT_BYTES {
            self.failed = Some(Unreadable::TooMuchText);
            return;
        }
        if is_title {
            self.block.push_str(&one_line(text, MAX_HEADING_CHARS));
        } else if self.verbatim > 0 {
            self.block.push_str(text);
        } else {
            self.flow(text);
        }
    }

    /// Adds text in which any white space is one space.
    fn flow(&mut self, text: &str) {
        for c in text.chars() {
            if !c.is_whitespace() {
                self.block.push(c);
            } else if !self.block.ends_with([' ', '\n']) && !self.block.is_empty() {
                self.block.push(' ');
            }
        }
    }

    fn end_heading(&mut self, name: &str) {
        let text = one_line(&std::mem::take(&mut self.block), MAX_HEADING_CHARS);
        let level = name.bytes().last().map_or(6, |digit| digit.saturating_sub(b'0'));
        if !text.is_empty() {
            self.has_heading |= level == 1;
            self.push(Part::Heading(level, text));
        }
    }

    fn push(&mut self, part: Part) {
        if self.parts.len() < MAX_PARTS {
            self.parts.push(part);
        } else {
            self.failed = Some(Unreadable::TooMuchText);
        }
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        let lines: Vec<&str> = block.lines().map(str::trim_end).collect();
        let text = lines.join("\n");
        let text = if self.verbatim > 0 { text.trim_matches('\n') } else { text.trim() };
        if text.contains(|c: char| !c.is_whitespace() && c != '-' && c != '|') {
            let part = Part::Text(text.to_owned());
            self.push(part);
        }
    }
}

/// Whether an element says itself that it is not to be seen.
fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &*attribute.name.local {
        "hidden" => true,
        "aria-hidden" => attribute.value.eq_ignore_ascii_case("true"),
        "style" => {
            let style: String =
                attribute.value.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
            ["display:none", "visibility:hidden", "opacity:0;", "font-size:0"]
                .iter()
                .any(|hides| style.contains(hides))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heading(level: u8, of: &str) -> Part {
        Part::Heading(level, of.to_owned())
    }

    fn text(of: &str) -> Part {
        Part::Text(of.to_owned())
    }

    #[test]
    fn a_page_is_what_a_reader_sees() {
        let content = read(
            "<!doctype html><html><head><title>The title</title><style>p{color:red}</style></head><body>\
             <nav><a href=/>Home</a></nav><h2>How   to <em>pay</em></h2><p>By card &amp; cash,<br>or by\n  bill.\
             <ul><li>one<li>two</ul><table><tr><th>a<th>b<tr><td>1<td>2</table><pre>\nkept\n  so\n</pre>\
             <script>alert('x')</script><noscript>on</noscript><p>End</p></body></html>",
        )
        .unwrap();
        assert_eq!(content.title.as_deref(), Some("The title"));
        let expected = [
            heading(2, "How to pay"),
            text("By card & cash,\nor by bill."),
            text("- one"),
            text("- two"),
            text("a | b"),
            text("1 | 2"),
            text("kept\n  so"),
            text("End"),
        ];
        assert_eq!(content.parts, expected);
    }

    #[test]
    fn what_is_hidden_is_never_text() {
        for hidden in [
            "<div hidden>secret <p>secret</div>",
            "<p style='Display : None'>secret</p>",
            "<span style=visibility:hidden>secret</span>",
            "<span aria-hidden=true>secret<b>secret</b></span>",
            "<template><p>secret</p></template>",
            "<svg><text>secret</text></svg>",
            "<!-- secret -->",
            "<script><!-- <script>secret</script> --></script>",
            "<style>secret</style >",
            "<svg><path/><script/><text>secret</text></svg>",
            "<iframe>secret</iframe><textarea>secret</textarea>",
            "<img alt=secret onerror=secret src=secret>",
        ] {
            let content = read(&format!("<p>before</p>{hidden}<p>after</p>")).unwrap();
            let all = format!("{:?}", content.parts);
            assert!(!all.contains("secret"), "{hidden}: {all}");
            assert!(all.contains("before") && all.contains("after"), "{hidden}: {all}");
        }
    }

    #[test]
    fn a_hidden_paragraph_ends_where_the_next_begins() {
        let content = read("<p hidden>secret<div>shown</div>").unwrap();
        assert_eq!(content.parts, [text("shown")]);
    }

    #[test]
    fn a_page_that_is_nested_without_end_is_refused() {
        assert_eq!(read(&"<div>".repeat(100_000)), Err(Unreadable::TooDeep));
        assert_eq!(read(&"<b><i>".repeat(100_000)), Err(Unreadable::TooDeep));
        let flat = read(&"<p>a".repeat(10_000)).unwrap();
        assert_eq!(flat.parts.len(), 10_000);
    }

    #[test]
    fn a_title_steps_back_behind_the_highest_heading() {
        assert_eq!(read("<title>Shop – Refunds</title><h1>Refunds</h1><p>x").unwrap().title, None);
    }

    proptest! {
        #[test]
        fn any_page_is_read(page in "(<[a-z]{1,6}( hidden| style=\"display:none\")?>|</[a-z]{1,6}>|[ -~]{0,6}|<script>|<li>|<td>|<p>|<h1>){0,60}") {
            drop(read(&page));
        }
    }
}
