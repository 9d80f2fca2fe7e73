//! Repository checks: `cargo xtask tidy` and `cargo xtask licences`; and `cargo xtask sim`, the simulation.
//!
//! `tidy` reads the tracked files and checks what no compiler does: which crate may use which, how large files are,
//! that nothing of one machine is in them, that links lead somewhere. `licences` asks cargo for every crate that is
//! linked and checks that its licence is one of those listed in `licences.rs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command line")]

use std::{env, process::ExitCode};

use anyhow::Context;

mod layers;
mod licences;
mod manifest;
mod repository;
mod sources;

const USAGE: &str = "usage: cargo xtask tidy | licences | sim [--help]";

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            eprintln!("{} problems", problems.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> anyhow::Result<Vec<String>> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["tidy"] => tidy(),
        ["licences"] => licences::check(),
        ["sim", rest @ ..] => simulate(rest),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(Vec::new())
        }
        _ => anyhow::bail!("{USAGE}"),
    }
}

/// Runs the simulation, which is a program of its own: nothing of it is linked here.
fn simulate(args: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut cargo = std::process::Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let ran = cargo.args(["run", "--quiet", "--package", "sim", "--"]).args(args).status();
    let status = ran.context("cargo cannot be run")?;
    Ok(if status.success() { Vec::new() } else { vec!["the simulation failed".to_owned()] })
}

fn tidy() -> anyhow::Result<Vec<String>> {
    let files = repository::tracked_files()?;
    let mut problems = Vec::new();
    let mut crates = Vec::new();
    for path in files.iter().filter(|path| path.ends_with("Cargo.toml") && path.as_str() != "Cargo.toml") {
        let text = repository::read(path)?;
        crates.push(manifest::Manifest::read(path, &text).with_context(|| format!("cannot read {path}"))?);
    }
    problems.extend(layers::problems(&crates));
    for path in &files {
        if let Ok(text) = repository::read(path) {
            problems.extend(sources::problems(path, &text, &files));
        }
    }
    Ok(problems)
}
