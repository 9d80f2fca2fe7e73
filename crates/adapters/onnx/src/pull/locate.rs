//! Asks a registry's client where a package lies.

use std::{
    io,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::PullError;
use crate::catalogue::{Package, Registry};

/// The URL of a package's file.
pub(super) fn locate(package: &Package) -> Result<String, PullError> {
    let (client, found) = match package.registry {
        Registry::Npm => ("npm", ask_npm(package)),
        Registry::Pip => ("pip", ask_pip(package)),
    };
    let not_located = |message| PullError::NotLocated { client, package: *package, message };
    let output = found
        .map_err(|error| not_located(error.to_string()))?
        .ok_or(PullError::NoClient { client, package: *package })?;
    if !output.status.success() {
        return Err(not_located(complaint(&output)));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let url = match package.registry {
        Registry::Npm => Some(said.trim().to_owned()),
        Registry::Pip => reported_url(&said),
    };
    let known = |url: &String| ["https://", "http://", "file://"].iter().any(|kind| url.starts_with(kind));
    url.filter(known).ok_or_else(|| not_located("its answer holds no address".to_owned()))
}

fn ask_npm(package: &Package) -> io::Result<Option<Output>> {
    let wanted = format!("{}@{}", package.name, package.version);
    run("npm", &["view", &wanted, "dist.tarball", "--silent"])
}

fn ask_pip(package: &Package) -> io::Result<Option<Output>> {
    let wanted = format!("{}=={}", package.name, package.version);
    let question = [
        "install",
        "--dry-run",
        "--ignore-installed",
        "--ignore-requires-python",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--quiet",
        "--report",
        "-",
        &wanted,
    ];
    for (program, before) in [("python3", &["-m", "pip"][..]), ("pip3", &[]), ("pip", &[])] {
        let arguments = [before, &question].concat();
        if let Some(output) = run(program, &arguments)?
            && !String::from_utf8_lossy(&output.stderr).contains("No module named pip")
        {
            return Ok(Some(output));
        }
    }
    Ok(None)
}

/// Runs a program; none when there is no such program.
fn run(program: &str, arguments: &[&str]) -> io::Result<Option<Output>> {
    match Command::new(program).args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last line of what a program complained about.
fn complaint(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.map_or_else(|| output.status.to_string(), ToOwned::to_owned)
}

/// The address in pip's installation report.
fn reported_url(report: &str) -> Option<String> {
    let report: Value = serde_json::from_str(report).ok()?;
    let url = report.pointer("/install/0/download_info/url")?;
    url.as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_report() {
        let report = r#"{"version":"1","install":[{"download_info":{"url":"https://mirror.test/a.whl"}}]}"#;
        assert_eq!(reported_url(report).as_deref(), Some("https://mirror.test/a.whl"));
        assert_eq!(reported_url(r#"{"install":[]}"#), None);
        assert_eq!(reported_url("warning"), None);
    }

    #[test]
    fn a_program_that_is_not_there_is_no_error() {
        assert!(run("no-such-program-as-this", &[]).unwrap().is_none());
    }
}
