//! Why a document is not in the index.

use serde::{Deserialize, Serialize};

/// A document that is not in the index, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentProblem {
    /// The file, as its path within the folder.
    pub file: String,
    /// What is wrong, by a stable name.
    pub code: String,
    /// The same for people, with what can be done.
    pub message: String,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The file could not be opened or read.
    Read(String),
    /// It is larger than a document may be.
    TooLarge { bytes: u64, most: u64 },
    /// What is in it is no text.
    NotText,
    /// It holds no words.
    Empty,
    /// Its elements are nested deeper than any that people write.
    TooDeep,
    /// It holds more text than a document may.
    TooMuchText,
    /// It is no PDF, or one that is broken.
    BrokenPdf,
    /// It is closed by a password.
    Encrypted,
    /// Reading it took more memory or time than a document may, or broke the reader.
    PdfReader(&'static str),
    /// There is nobody to read it.
    NoPdfReader,
}

impl Unreadable {
    /// A stable name.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "document_unreadable",
            Self::TooLarge { .. } => "document_too_large",
            Self::NotText => "document_not_text",
            Self::Empty => "document_empty",
            Self::TooDeep => "document_too_deep",
            Self::TooMuchText => "document_too_much_text",
            Self::BrokenPdf => "document_broken",
            Self::Encrypted => "document_encrypted",
            Self::PdfReader(_) => "document_reader_failed",
            Self::NoPdfReader => "document_without_reader",
        }
    }

    /// Whether the same file may be readable later, as it is.
    pub(crate) const fn is_passing(&self) -> bool {
        match self {
            Self::Read(_) | Self::NoPdfReader => true,
            Self::TooLarge { .. }
            | Self::NotText
            | Self::Empty
            | Self::TooDeep
            | Self::TooMuchText
            | Self::BrokenPdf
            | Self::Encrypted
            | Self::PdfReader(_) => false,
        }
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(why) => write!(f, "the file cannot be read: {why}"),
            Self::TooLarge { bytes, most } => {
                write!(f, "the file has {bytes} bytes, and a document of its kind may have {most}: split it")
            }
            Self::NotText => f.write_str("the file holds no text: its bytes are none that a text has"),
            Self::Empty => {
                f.write_str("there are no words in it; of scanned pages only the picture is there")
            }
            Self::TooDeep => f.write_str("its elements are nested deeper than any document's"),
            Self::TooMuchText => f.write_str("it holds more text than a document may: split it"),
            Self::BrokenPdf => f.write_str("it is no PDF, or a broken one: save it again"),
            Self::Encrypted => f.write_str("it is closed by a password: save it without one"),
            Self::PdfReader(why) => f.write_str(why),
            Self::NoPdfReader => {
                f.write_str("the reader of PDFs could not be started: start the program again")
            }
        }
    }
}
