//! Why masking stops.

use std::io;

use thiserror::Error;

/// Input or output failed. What is wrong with one line of JSON is said in the output, and stops nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MaskError {
    /// The input cannot be read.
    #[error("the input cannot be read")]
    Read(#[source] io::Error),
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Write(#[source] io::Error),
}

impl MaskError {
    /// Whoever read the output has seen enough.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
