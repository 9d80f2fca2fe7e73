//! The command line from outside: its texts, its exit codes, its one-line errors, and how it ends.

mod ending;
mod errors;
mod help;
mod support;
