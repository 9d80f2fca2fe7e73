//! The licence of every crate that is linked, and of every crate that only helps to build.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

use anyhow::Context;
use serde::Deserialize;

/// Permissive licences: what is under them may be linked into a program under Apache-2.0 and given to anyone.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Also allowed for crates that run while building (proc macros, build scripts, and what those use): none of their
/// code gets into the program.
const ALLOWED_TO_BUILD_WITH: &[&str] = &["MPL-2.0"];

/// Crates that name their licence in a file alone: the crate, the file's first line, and the licence that it is.
const TOLD_BY_A_FILE: &[(&str, &str, &str)] = &[("apalis-postgres", "MIT License", "MIT")];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<PathBuf>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// The crates whose licences are not allowed.
pub(crate) fn check() -> anyhow::Result<Vec<String>> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["metadata", "--format-version=1", "--locked"])
        .output()
        .context("cannot run cargo")?;
    anyhow::ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cargo metadata is not as expected")?;
    Ok(problems(&metadata))
}

fn problems(metadata: &Metadata) -> Vec<String> {
    let linked = reached(metadata, false);
    let used = reached(metadata, true);
    let mut out = Vec::new();
    for package in metadata.packages.iter().filter(|package| used.contains(package.id.as_str())) {
        let licence = package.license.as_deref().or_else(|| told_by_a_file(package)).unwrap_or("none");
        let also = if linked.contains(package.id.as_str()) { &[] } else { ALLOWED_TO_BUILD_WITH };
        if !is_allowed(licence, also) {
            out.push(format!("{} {}: its licence is not allowed: {licence}", package.name, package.version));
        }
    }
    out
}

fn told_by_a_file(package: &Package) -> Option<&'static str> {
    let (_, first, licence) = TOLD_BY_A_FILE.iter().find(|(name, ..)| *name == package.name)?;
    let file = package.manifest_path.parent()?.join(package.license_file.as_ref()?);
    let text = std::fs::read_to_string(file).ok()?;
    (text.lines().next()?.trim() == *first).then_some(*licence)
}

/// What the workspace's crates are made of, near and far; not what only their tests use. With `tools`, also what
/// only helps to build them.
fn reached(metadata: &Metadata, tools: bool) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let of_macro =
        |package: &&Package| package.targets.iter().any(|it| it.kind.iter().any(|kind| kind == "proc-macro"));
    let macros: BTreeSet<&str> =
        metadata.packages.iter().filter(of_macro).map(|package| package.id.as_str()).collect();
    let mut open: Vec<&str> = metadata.workspace_members.iter().map(String::as_str).collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = open.pop() {
        if (!tools && macros.contains(id)) || !reached.insert(id) {
            continue;
        }
        let edges = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let counts = |edge: &&Edge| {
            edge.dep_kinds.iter().any(|kind| match kind.kind.as_deref() {
                None => true,
                Some("build") => tools,
                Some(_) => false,
            })
        };
        open.extend(edges.filter(counts).map(|edge| edge.pkg.as_str()));
    }
    reached
}

/// Whether an SPDX expression can be met with allowed licences. `AND` binds closer than `OR`; `/` is an old `OR`.
fn is_allowed(expression: &str, also: &[&str]) -> bool {
    let allowed = |licence: &str| ALLOWED.contains(&licence) || also.contains(&licence);
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    either(&mut rest, &allowed) && rest.is_empty()
}

fn either(tokens: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = both(tokens, allowed);
    while let ["OR", rest @ ..] = tokens {
        *tokens = rest;
        met |= both(tokens, allowed);
    }
    met
}

fn both(tokens: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(tokens, allowed);
    while let ["AND", rest @ ..] = tokens {
        *tokens = rest;
        met &= one(tokens, allowed);
    }
    met
}

fn one(tokens: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    match tokens {
        ["(", rest @ ..] => {
            *tokens = rest;
            let met = either(tokens, allowed);
            if let [")", rest @ ..] = tokens {
                *tokens = rest;
                return met;
            }
            false
        }
        [licence, "WITH", exception, rest @ ..] => {
            let whole = format!("{licence} WITH {exception}");
            *tokens = rest;
            allowed(&whole)
        }
        [licence, rest @ ..] => {
            let met = allowed(licence);
            *tokens = rest;
            met
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_as_spdx_means_them() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "ISC AND (Apache-2.0 OR ISC) AND OpenSSL",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "GPL-3.0 AND MIT OR Zlib",
        ] {
            assert!(is_allowed(good, &[]), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND MPL-2.0",
            "none",
            "",
            "(MIT",
            "MIT)",
            "MIT MIT",
            "MIT AND (GPL-2.0 OR LGPL-3.0)",
        ] {
            assert!(!is_allowed(bad, &[]), "{bad}");
        }
    }

    #[test]
    fn what_only_tests_use_is_free_and_what_is_linked_is_not() {
        let edge = |pkg: &str, kind: Option<&str>| Edge {
            pkg: pkg.to_owned(),
            dep_kinds: vec![Kind { kind: kind.map(str::to_owned) }],
        };
        let node = |id: &str, deps| Node { id: id.to_owned(), deps };
        let package = |id: &str, license: &str, kind: &str| Package {
            id: id.to_owned(),
            name: id.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some(license.to_owned()),
            license_file: None,
            manifest_path: PathBuf::new(),
            targets: vec![Target { kind: vec![kind.to_owned()] }],
        };
        let metadata = Metadata {
            packages: vec![
                package("ours", "Apache-2.0", "bin"),
                package("test-tool", "GPL-3.0", "lib"),
                package("macro", "MIT", "proc-macro"),
                package("in-macro", "MPL-2.0", "lib"),
                package("in-build", "GPL-3.0", "lib"),
                package("in-program", "MPL-2.0", "lib"),
            ],
            resolve: Resolve {
                nodes: vec![
                    node(
                        "ours",
                        vec![edge("test-tool", Some("dev")), edge("macro", None), edge("near", None)],
                    ),
                    node("macro", vec![edge("in-macro", None)]),
                    node("near", vec![edge("in-build", Some("build")), edge("in-program", None)]),
                ],
            },
            workspace_members: BTreeSet::from(["ours".to_owned()]),
        };
        let told = problems(&metadata);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("in-build ") && told[1].starts_with("in-program "), "{told:?}");
    }
}
