//! What was said or written, and the truth about it.

use events::EntityKind;
use model::Channel;

/// Something that must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is.
    pub kind: EntityKind,
    /// Which sort of it, as `mastercard 2-series` or `uk mobile`.
    pub sort: &'static str,
}

/// The truth about one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Says nothing of anybody.
    Plain,
    /// Part of a number that should stay readable: which one of the document.
    Harmless(usize),
    /// Stands between the words of a secret and is none of it: a filler, a correction. Right either way.
    Between(usize),
    /// Part of a secret: which one of the document.
    Secret(usize),
    /// Part of a secret that the other side repeats.
    Echo(usize),
}

impl Truth {
    /// Which secret the word would give away.
    #[must_use]
    pub const fn secret(self) -> Option<usize> {
        match self {
            Self::Secret(which) | Self::Echo(which) => Some(which),
            Self::Plain | Self::Harmless(_) | Self::Between(_) => None,
        }
    }
}

/// One spoken word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As the recogniser writes it.
    pub text: String,
    /// What it is.
    pub truth: Truth,
}

/// What one side says without a long pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who says it.
    pub channel: Channel,
    /// Its words in order.
    pub words: Vec<Word>,
}

impl Turn {
    /// The words joined by spaces.
    #[must_use]
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// How a recogniser writes what it hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Lower case, no punctuation, numbers as words.
    Plain,
    /// Sentences with capitals and punctuation, numbers as numerals where it sees one.
    Formatted,
}

impl Style {
    /// Its name in tables and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Formatted => "formatted",
        }
    }
}

/// Something that was said, by one side or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialogue {
    /// Its name in the corpus.
    pub id: String,
    /// How it is written down.
    pub style: Style,
    /// Whether digits were heard wrong and words dropped.
    pub noisy: bool,
    /// What was said in order.
    pub turns: Vec<Turn>,
    /// The secrets that words point at.
    pub secrets: Vec<Secret>,
}

/// A stretch of a text, in Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its first character.
    pub from: usize,
    /// The character after its last.
    pub to: usize,
}

/// Something that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its name in the corpus.
    pub id: String,
    /// All of it.
    pub text: String,
    /// The secrets and where they are, in order.
    pub secrets: Vec<(Secret, Stretch)>,
    /// The numbers that should stay readable, in order.
    pub harmless: Vec<Stretch>,
}
