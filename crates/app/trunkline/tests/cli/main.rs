//! The command line from outside: its texts, its exit codes, its one-line errors, and how it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

mod doctor;
mod ending;
mod errors;
mod help;
mod playbook;
mod redact;
mod support;
