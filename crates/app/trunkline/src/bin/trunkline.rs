//! The `trunkline` program with the engines of the default build.

use std::process::ExitCode;

fn main() -> ExitCode {
    trunkline::start(trunkline::Extras::default())
}
