//! `trunkline openapi`.

use std::process::ExitCode;

use crate::{failure::Failure, output};

/// Print the OpenAPI 3.1 description of the HTTP API
///
/// The same document is served at /openapi.json.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<ExitCode, Failure> {
    output::line(&api::openapi())?;
    Ok(ExitCode::SUCCESS)
}
