//! A tenant's documents, read, indexed and searched on this machine: the `Knowledge` port.
//!
//! Markdown, HTML, text and PDF are cut into passages under their headings and kept in a file per tenant: their words
//! in SQLite's full-text index, their meaning as vectors where an embedding model is at hand. [`Index::refresh`] reads
//! only what changed in a folder; what cannot be read is a [`DocumentProblem`] of its file and of no other. PDFs are
//! read in a process of their own, within bounds of memory and time: see [`PdfReader`].
//!
//! Nothing here decides what is shown to whom: a search gives the passages that fit, and none when none does.

mod index;
mod passages;
mod pdf;
mod problem;
mod read;

pub use index::{Index, RefreshError, Refreshed, Status, watch};
pub use pdf::{PDF_CHILD_FAILED, PdfReader, read_pdf_here};
pub use problem::DocumentProblem;
