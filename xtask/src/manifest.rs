//! What a crate's manifest says about it.

use serde::Deserialize;

/// One crate of the workspace.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) path: String,
    pub(crate) name: String,
    /// Crates it is built from: its own, its target's and its build script's dependencies, not those of its tests.
    pub(crate) dependencies: Vec<String>,
    pub(crate) has_licence: bool,
    pub(crate) has_lints: bool,
}

#[derive(Deserialize)]
struct Raw {
    package: Package,
    #[serde(default)]
    dependencies: toml::Table,
    #[serde(default, rename = "build-dependencies")]
    build_dependencies: toml::Table,
    #[serde(default)]
    target: toml::Table,
    lints: Option<toml::Table>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<toml::Value>,
}

impl Manifest {
    /// Reads the text of a `Cargo.toml`.
    pub(crate) fn read(path: &str, text: &str) -> Result<Self, toml::de::Error> {
        let raw: Raw = toml::from_str(text)?;
        let mut dependencies: Vec<String> =
            raw.dependencies.keys().chain(raw.build_dependencies.keys()).cloned().collect();
        for target in raw.target.values() {
            for kind in ["dependencies", "build-dependencies"] {
                let table = target.get(kind).and_then(toml::Value::as_table);
                dependencies.extend(table.into_iter().flat_map(|table| table.keys().cloned()));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            name: raw.package.name,
            dependencies,
            has_licence: raw.package.license.is_some(),
            has_lints: raw.lints.is_some_and(|lints| lints.contains_key("workspace")),
        })
    }

    /// The folder of the manifest.
    pub(crate) fn folder(&self) -> &str {
        self.path.strip_suffix("/Cargo.toml").unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_tests_do_not_count_and_those_of_targets_do() {
        let text = r#"
            [package]
            name = "one"
            license.workspace = true
            [lints]
            workspace = true
            [dependencies]
            a.workspace = true
            b = { path = "../b" }
            [dev-dependencies]
            c = "1"
            [target.'cfg(unix)'.dependencies]
            d = "1"
            [build-dependencies]
            e = "1"
        "#;
        let manifest = Manifest::read("crates/core/one/Cargo.toml", text).unwrap();
        assert_eq!(manifest.dependencies, ["a", "b", "e", "d"]);
        assert_eq!(manifest.folder(), "crates/core/one");
        assert!(manifest.has_licence && manifest.has_lints);
    }
}
