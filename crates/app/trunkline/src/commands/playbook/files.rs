//! Files that a command names, and the files of folders that it names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use playbook::MAX_PLAYBOOK_BYTES;

use crate::failure::Failure;

/// The files themselves, and for a folder the YAML files in it, in the order of their names.
pub(super) fn expand(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()));
        let mut inside: Vec<PathBuf> = entries
            .map_err(Failure::input)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.is_file() && path.extension().is_some_and(|end| end == "yaml" || end == "yml")
            })
            .collect();
        inside.sort();
        if inside.is_empty() {
            return Err(Failure::input(anyhow::anyhow!("{} holds no .yaml file", path.display())));
        }
        files.append(&mut inside);
    }
    Ok(files)
}

/// What a file says. One that is far too long is not read: its reader would refuse it.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let facts =
        fs::metadata(path).with_context(|| format!("{shown} cannot be read")).map_err(Failure::input)?;
    if facts.len() > 4 * MAX_PLAYBOOK_BYTES as u64 {
        let why = anyhow::anyhow!("{shown} is longer than {} KiB", MAX_PLAYBOOK_BYTES / 1024);
        return Err(Failure::input(why));
    }
    fs::read_to_string(path).with_context(|| format!("{shown} cannot be read")).map_err(Failure::input)
}
