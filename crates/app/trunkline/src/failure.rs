//! How a command fails: one line that names the cause and the fix, and the exit code that fits.

use std::{fmt, process::ExitCode};

/// A command's failure, ready to be shown.
#[derive(Debug)]
pub(crate) struct Failure {
    error: anyhow::Error,
    code: u8,
}

impl Failure {
    /// The user's input or command line was wrong.
    pub(crate) fn input(error: impl Into<anyhow::Error>) -> Self {
        Self { error: error.into(), code: 2 }
    }

    /// The configuration was wrong.
    pub(crate) fn config(error: impl Into<anyhow::Error>) -> Self {
        Self { error: error.into(), code: 64 }
    }

    /// Nothing is wrong: whoever read the output has seen enough.
    pub(crate) fn quiet() -> Self {
        Self { error: anyhow::anyhow!(""), code: 0 }
    }

    /// Prints the whole chain on one line and gives the exit code.
    #[expect(clippy::print_stderr, reason = "the command line's own voice")]
    pub(crate) fn report(&self) -> ExitCode {
        if self.code != 0 {
            eprintln!("trunkline: {self}");
        }
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { error, code: 1 }
    }
}
