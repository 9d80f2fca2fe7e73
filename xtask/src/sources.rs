//! Files: their size, their names, what must not be in them, where their links lead.

/// Lines of a file that are built into something; tests do not count.
const MAX_LINES: usize = 800;
/// Files that programs wrote, which no one reads from top to bottom.
const GENERATED: &[&str] = &["Cargo.lock", "web/package-lock.json"];
/// Folders of people and of work on one machine.
const MACHINE_FOLDERS: &[&str] = &["/root/", "/home/", "/Users/", "/work/", "C:\\Users\\"];
/// Where packages come from. Any other registry in a lock file is somebody's own.
const REGISTRIES: &[&str] =
    &["registry+https://github.com/rust-lang/crates.io-index", "https://registry.npmjs.org/"];
/// Files that choose a registry or hold its password.
const REGISTRY_FILES: &[&str] =
    &[".npmrc", ".yarnrc", ".yarnrc.yml", "pip.conf", ".pypirc", "credentials.toml"];

/// What is wrong with one tracked file.
pub(crate) fn problems(path: &str, text: &str, files: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "mod.rs" {
        out.push(format!("{path}: is named mod.rs; name it after its module, beside the folder"));
    }
    if REGISTRY_FILES.contains(&name) {
        out.push(format!("{path}: chooses a registry, which is each machine's own affair"));
    }
    if path.ends_with(".rs") && production_lines(path, text) > MAX_LINES {
        out.push(format!("{path}: has {} lines, the limit is {MAX_LINES}", production_lines(path, text)));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if !path.starts_with("xtask/src/") {
            let told = machine_problem(line).or_else(|| registry_problem(line));
            out.extend(told.map(|problem| format!("{path}:{number}: {problem}")));
        }
    }
    if path.ends_with(".md") {
        out.extend(broken_links(path, text, files));
    }
    out
}

fn production_lines(path: &str, text: &str) -> usize {
    let of_tests = path.contains("/tests/") || path.contains("/benches/") || path.ends_with("/tests.rs");
    if of_tests || GENERATED.contains(&path) {
        return 0;
    }
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count()
}

/// A path counts when it stands on its own: not as a part of a longer one, nor of an address.
fn machine_problem(line: &str) -> Option<String> {
    let part_of_more = |c: char| c.is_alphanumeric() || "._-~}*)/".contains(c);
    let stands = |before: &str| !before.ends_with(part_of_more);
    let begins = |folder: &&&str| {
        let mut found = line.match_indices(**folder);
        found.any(|(at, _)| line.get(..at).is_some_and(stands))
    };
    let found = MACHINE_FOLDERS.iter().find(begins)?;
    Some(format!("names a folder of one machine: {found}"))
}

fn registry_problem(line: &str) -> Option<String> {
    let line = line.trim();
    let source = line
        .strip_prefix("source = \"")
        .filter(|source| source.starts_with("registry+"))
        .or_else(|| line.strip_prefix("\"resolved\": \"").filter(|source| source.starts_with("http")))?;
    let known = REGISTRIES.iter().any(|registry| source.starts_with(registry));
    (!known).then(|| format!("comes from an unknown registry: {source}"))
}

fn broken_links(path: &str, text: &str, files: &[String]) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut out = Vec::new();
    let mut code = false;
    for (number, line) in (1..).zip(text.lines()) {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split(['#', ' ']).next().unwrap_or_default();
            if file.is_empty() || file.contains(':') {
                continue;
            }
            let Some(file) = resolved(folder, file) else {
                out.push(format!("{path}:{number}: leads out of the repository: {target}"));
                continue;
            };
            let prefix = format!("{file}/");
            if !files.iter().any(|it| *it == file || it.starts_with(&prefix)) {
                out.push(format!("{path}:{number}: leads nowhere: {target}"));
            }
        }
    }
    out
}

/// A relative path from the repository's root, without dots.
fn resolved(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let from = if target.starts_with('/') { "" } else { folder };
    for part in from.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Vec<String> {
        problems(path, text, &["docs/a.md".to_owned(), "docs/img/b.png".to_owned(), "README.md".to_owned()])
    }

    #[test]
    fn long_files_are_told_and_their_tests_do_not_count() {
        let long = "x\n".repeat(801);
        assert_eq!(told("crates/a/src/b.rs", &long).len(), 1);
        assert!(told("crates/a/src/b/tests.rs", &long).is_empty());
        let tested = format!("{}\n#[cfg(test)]\nmod tests {{\n{long}}}\n", "x\n".repeat(700));
        assert!(told("crates/a/src/b.rs", &tested).is_empty());
    }

    #[test]
    fn a_module_file_must_have_a_name() {
        assert_eq!(told("crates/a/src/b/mod.rs", "").len(), 1);
    }

    #[test]
    fn folders_of_one_machine_are_told_where_they_stand_on_their_own() {
        for line in ["cd /root/x", "\"/home/me/y\"", "path=/work/z", "(/Users/me/)"] {
            assert_eq!(told("a.sh", line).len(), 1, "{line}");
        }
        for line in ["https://example.org/home/x", "docs/work/x", "$HOME/root/", "a /workshop/"] {
            assert!(told("a.sh", line).is_empty(), "{line}");
        }
    }

    #[test]
    fn lock_files_name_the_public_registries_only() {
        let good = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        assert!(told("Cargo.lock", good).is_empty());
        assert_eq!(told("Cargo.lock", "source = \"registry+https://mirror.example/\"").len(), 1);
        assert!(told("p.json", "  \"resolved\": \"https://registry.npmjs.org/a.tgz\",").is_empty());
        assert_eq!(told("p.json", "  \"resolved\": \"https://mirror.example/a.tgz\",").len(), 1);
        assert_eq!(told("web/.npmrc", "").len(), 1);
    }

    #[test]
    fn links_lead_to_tracked_files() {
        assert!(
            told("README.md", "[a](docs/a.md#x) ![b](./docs/img/b.png) [c](https://c.org) [d](#d)")
                .is_empty()
        );
        assert!(told("docs/a.md", "[r](../README.md) [i](img) [root](/README.md)").is_empty());
        assert_eq!(told("docs/a.md", "[r](README.md) [o](../../x)").len(), 2);
        assert!(told("docs/a.md", "```\nx[0](1)\n```").is_empty());
    }
}
