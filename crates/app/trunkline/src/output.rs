//! The standard output: what a command was asked for.

use std::io::{self, Write};

use crate::failure::Failure;

/// Writes a line. A reader that has seen enough (`| head`) ends the program quietly.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}").map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::quiet();
        }
        anyhow::Error::from(error).context("cannot write to the standard output").into()
    })
}
