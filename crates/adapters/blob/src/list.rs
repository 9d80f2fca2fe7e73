//! The keys of a folder, in the order of their bytes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How deep folders are looked into; no key has more parts.
const MAX_DEPTH: usize = 256;

/// A walk through a folder that passes over what cannot come after `after`.
pub(crate) struct Listing {
    folder: Arc<PathBuf>,
    prefix: String,
    after: Option<String>,
    limit: usize,
    found: Vec<String>,
}

impl Listing {
    pub(crate) fn new(folder: Arc<PathBuf>, prefix: &str, after: Option<&str>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { folder, prefix: prefix.to_owned(), after: after.map(str::to_owned), limit, found: Vec::new() }
    }

    pub(crate) fn run(mut self) -> io::Result<Vec<String>> {
        let (folder, prefix) = (self.folder.join(&self.prefix), self.prefix.clone());
        self.walk(&folder, &prefix, 0)?;
        Ok(self.found)
    }

    fn walk(&mut self, folder: &Path, prefix: &str, depth: usize) -> io::Result<()> {
        for name in names(folder)? {
            if self.found.len() >= self.limit || depth >= MAX_DEPTH {
                return Ok(());
            }
            let key = format!("{prefix}{name}");
            let Some(inner) = key.strip_suffix('/') else {
                if self.after.as_ref().is_none_or(|after| key > *after) {
                    self.found.push(key);
                }
                continue;
            };
            // All keys in it are greater than `key` and begin with it.
            let is_over = self.after.as_ref().is_some_and(|after| *after > key && !after.starts_with(&key));
            if !is_over {
                let folder = self.folder.join(inner);
                self.walk(&folder, &key, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// What is in a folder, sorted as the keys are: a folder's name counts with its `/`. What is no key's part is passed over,
/// and so is a folder that is gone.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(mut name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            name.push('/');
        } else if !kind.is_file() {
            continue;
        }
        names.push(name);
    }
    names.sort_unstable();
    Ok(names)
}
