//! Which crate may use which. The folder of a crate is its layer.

use std::collections::BTreeMap;

use crate::manifest::Manifest;

/// Layer: folder, and the layers it may be built from. Adapters are narrowed by [`ADAPTER_MAY_USE`].
const LAYERS: &[(&str, &str, &[&str])] = &[
    ("core", "crates/core", &["core"]),
    ("adapters", "crates/adapters", &[]),
    ("app", "crates/app", &["core", "app"]),
    // An adapter and the program with it, outside of the workspace.
    ("temporal", "crates/temporal-jobs", &["core", "app", "temporal"]),
    ("lambdas", "lambdas", &["core", "adapters"]),
    ("testing", "testing", &["core", "adapters", "app", "testing"]),
    ("fuzz", "fuzz", &["core", "adapters", "app", "testing"]),
    ("xtask", "xtask", &[]),
];
/// Crates that put the parts together: they may name adapters.
const COMPOSITION_ROOTS: &[&str] = &["trunkline"];
/// Core crates that adapters may be built from: what crosses a port, and the pure halves of an adapter's own work
/// (`turn` decides where speech ends, `projection` what a stored call looks like).
const ADAPTER_MAY_USE: &[&str] = &["audio", "contacts", "events", "model", "ports", "projection", "turn"];
/// External crates that core crates may be built from: none reads a clock, a file or a socket.
const PURE: &[&str] = &[
    "async-trait",
    "bytes",
    "futures-core",
    "granit-parser",
    "hmac",
    "regex",
    "serde",
    "serde_json",
    "sha2",
    "smallvec",
    "thiserror",
    "time",
    "tracing",
    "utoipa",
];
/// Names that say nothing of what a crate is for.
const REFUSED_NAMES: &[&str] = &["common", "utils", "util", "helpers", "helper", "manager", "misc", "shared"];

/// What is wrong with the crates and their arrows.
pub(crate) fn problems(crates: &[Manifest]) -> Vec<String> {
    let layers: BTreeMap<&str, &str> = crates
        .iter()
        .filter_map(|manifest| Some((manifest.name.as_str(), layer(manifest.folder())?)))
        .collect();
    let mut out = Vec::new();
    for manifest in crates {
        out.extend(own_problems(manifest));
        let Some(from) = layer(manifest.folder()) else {
            out.push(format!(
                "{}: is in no layer; its folder must be one of ARCHITECTURE.md's",
                manifest.path
            ));
            continue;
        };
        for dependency in &manifest.dependencies {
            let to = layers.get(dependency.as_str()).copied();
            if let Some(problem) = arrow_problem(&manifest.name, from, dependency, to) {
                out.push(format!("{}: {problem}", manifest.path));
            }
        }
    }
    out
}

fn layer(folder: &str) -> Option<&'static str> {
    let inside =
        |root: &str| folder == root || folder.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    LAYERS.iter().find(|(_, root, _)| inside(root)).map(|(layer, ..)| *layer)
}

fn own_problems(manifest: &Manifest) -> Vec<String> {
    let mut out = Vec::new();
    let path = &manifest.path;
    if REFUSED_NAMES.contains(&manifest.name.as_str()) {
        out.push(format!("{path}: the name {} says nothing of what is in it", manifest.name));
    }
    if !manifest.has_licence {
        out.push(format!("{path}: has no licence; write license.workspace = true"));
    }
    if !manifest.has_lints && !path.starts_with("fuzz/") {
        out.push(format!("{path}: does not take the workspace's lints"));
    }
    out
}

fn arrow_problem(name: &str, from: &str, dependency: &str, to: Option<&str>) -> Option<String> {
    let Some(to) = to else {
        let refused = from == "core" && !PURE.contains(&dependency);
        return refused
            .then(|| format!("{name} is a core crate and may not use {dependency}: it is not in PURE"));
    };
    let allowed = LAYERS
        .iter()
        .find(|(layer, ..)| *layer == from)
        .is_some_and(|(.., to_layers)| to_layers.contains(&to));
    let of_adapter = from == "adapters" && to == "core" && ADAPTER_MAY_USE.contains(&dependency);
    let of_root = to == "adapters" && COMPOSITION_ROOTS.contains(&name);
    (!allowed && !of_adapter && !of_root).then(|| format!("{name} ({from}) may not use {dependency} ({to})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crates(all: &[(&str, &[&str])]) -> Vec<Manifest> {
        all.iter()
            .map(|(folder, dependencies)| Manifest {
                path: format!("{folder}/Cargo.toml"),
                name: folder.rsplit('/').next().unwrap_or_default().to_owned(),
                dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
                has_licence: true,
                has_lints: true,
            })
            .collect()
    }

    const BASE: &[(&str, &[&str])] = &[
        ("crates/core/model", &["serde"]),
        ("crates/core/call", &["model"]),
        ("crates/core/ports", &["model"]),
        ("crates/adapters/kvs", &["ports", "tokio"]),
        ("crates/adapters/sqlite", &["ports"]),
        ("crates/app/engine", &["ports", "call", "tokio"]),
        ("crates/app/trunkline", &["engine", "kvs"]),
        ("testing/fixtures", &["engine"]),
    ];

    fn with(folder: &'static str, dependency: &'static [&'static str]) -> Vec<String> {
        let mut all = BASE.to_vec();
        all.push((folder, dependency));
        problems(&crates(&all))
    }

    #[test]
    fn the_arrows_as_drawn_hold() {
        assert!(problems(&crates(BASE)).is_empty());
        assert!(with("lambdas/media-trigger", &["kvs", "model"]).is_empty());
    }

    #[test]
    fn arrows_the_wrong_way_are_told() {
        let refused: [(&str, &[&str]); 8] = [
            ("crates/core/new", &["tokio"]),
            ("crates/core/new", &["engine"]),
            ("crates/adapters/new", &["kvs"]),
            ("crates/adapters/new", &["call"]),
            ("crates/app/new", &["kvs"]),
            ("crates/app/new", &["fixtures"]),
            ("lambdas/new", &["engine"]),
            ("xtask", &["model"]),
        ];
        for (folder, dependency) in refused {
            assert_eq!(with(folder, dependency).len(), 1, "{folder} {dependency:?}");
        }
    }

    #[test]
    fn crates_outside_of_all_layers_and_empty_names_are_told() {
        assert_eq!(with("crates/other/new", &[]).len(), 1);
        assert_eq!(with("crates/corex", &[]).len(), 1);
        assert_eq!(with("crates/core/utils", &[]).len(), 1);
    }
}
