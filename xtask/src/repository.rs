//! The files that git tracks.

use std::{fs, process::Command};

use anyhow::Context;

/// The paths of all tracked files, from the repository's root, where the checks run.
pub(crate) fn tracked_files() -> anyhow::Result<Vec<String>> {
    let output = Command::new("git").args(["ls-files", "-z"]).output().context("cannot run git")?;
    anyhow::ensure!(output.status.success(), "git ls-files failed: run this in a checkout");
    let paths = String::from_utf8(output.stdout).context("a path is not UTF-8")?;
    Ok(paths
        .split('\0')
        .filter(|path| !path.is_empty() && fs::exists(path).unwrap_or(false))
        .map(str::to_owned)
        .collect())
}

/// The text of a tracked file; an error when it is none.
pub(crate) fn read(path: &str) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {path}"))
}
