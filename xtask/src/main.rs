//! Repository checks: `cargo xtask tidy`.
//!
//! The folder of a crate is its layer. A crate may depend only on the layers listed for its own, and a
//! core crate may use only the external crates listed here.
use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

/// Layer, folder, layers it may depend on.
const LAYERS: &[(&str, &str, &[&str])] = &[
    ("core", "crates/core", &["core"]),
    ("adapters", "crates/adapters", &["core"]), // narrowed by ADAPTER_MAY_USE
    ("app", "crates/app", &["core", "app"]),
    ("lambdas", "lambdas", &["core", "adapters"]),
];
/// Crates that put the parts together and may name adapters.
const COMPOSITION_ROOTS: &[&str] = &["server"];
/// Core crates an adapter may use.
const ADAPTER_MAY_USE: &[&str] = &["audio", "events", "model", "ports"];
/// External crates a core crate may use.
const PURE: &[&str] = &["bytes", "serde", "serde_json", "smallvec", "thiserror", "tracing"];
const MAX_LINES: usize = 800;

struct Crate {
    layer: &'static str,
    deps: Vec<String>,
}

fn main() -> ExitCode {
    let crates = read_crates();
    let problems: Vec<String> =
        layer_problems(&crates).into_iter().chain(long_files(Path::new("crates"))).collect();
    for p in &problems {
        eprintln!("{p}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read_crates() -> BTreeMap<String, Crate> {
    let mut out = BTreeMap::new();
    for (layer, folder, _) in LAYERS {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(toml) = fs::read_to_string(entry.path().join("Cargo.toml")) else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            out.insert(name, Crate { layer, deps: dependencies(&toml) });
        }
    }
    out
}

fn dependencies(toml: &str) -> Vec<String> {
    let after = toml.split("\n[dependencies]\n").nth(1).unwrap_or("");
    let body = after.split("\n[").next().unwrap_or("");
    body.lines()
        .filter_map(|l| l.split(['.', '=', ' ']).next())
        .filter(|s| !s.is_empty() && !s.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn layer_problems(crates: &BTreeMap<String, Crate>) -> Vec<String> {
    let mut out = Vec::new();
    for (name, Crate { layer, deps }) in crates {
        let allowed = LAYERS.iter().find(|(l, ..)| l == layer).map_or(&[][..], |(.., a)| a);
        for dep in deps {
            match crates.get(dep) {
                Some(_) if *layer == "adapters" && ADAPTER_MAY_USE.contains(&dep.as_str()) => {}
                Some(to) if *layer != "adapters" && allowed.contains(&to.layer) => {}
                Some(to) if to.layer == "adapters" && COMPOSITION_ROOTS.contains(&name.as_str()) => {}
                Some(to) => {
                    out.push(format!("layer: {name} ({layer}) may not depend on {dep} ({})", to.layer))
                }
                None if *layer == "core" && !PURE.contains(&dep.as_str()) => {
                    out.push(format!("purity: {name} (core) may not use {dep}"));
                }
                None => {}
            }
        }
    }
    out
}

fn long_files(dir: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(long_files(&path));
        } else if path.extension().is_some_and(|x| x == "rs") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or("").lines().count();
            if lines > MAX_LINES {
                out.push(format!("size: {} has {lines} lines (limit {MAX_LINES})", path.display()));
            }
        }
    }
    out
}
