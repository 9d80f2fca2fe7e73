//! What a file is, by its name.

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Markdown,
    Html,
    Text,
    Pdf,
}

impl Kind {
    /// The kind of the file with this name; none when it is no document.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Some(match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Self::Markdown,
            "html" | "htm" => Self::Html,
            "txt" => Self::Text,
            "pdf" => Self::Pdf,
            _ => return None,
        })
    }

    /// Bytes that a file of this kind may have.
    pub(crate) const fn max_bytes(self) -> u64 {
        match self {
            Self::Markdown | Self::Html | Self::Text => 8 << 20,
            // Pictures count, too.
            Self::Pdf => 64 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_name_tells() {
        assert_eq!(Kind::of("a.MD"), Some(Kind::Markdown));
        assert_eq!(Kind::of("a.b.htm"), Some(Kind::Html));
        assert_eq!(Kind::of("a.txt"), Some(Kind::Text));
        assert_eq!(Kind::of("A.Pdf"), Some(Kind::Pdf));
        for other in [".md", "md", "a.docx", "a.md~", "", "a."] {
            assert_eq!(Kind::of(other), None, "{other}");
        }
    }
}
