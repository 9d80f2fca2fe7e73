//! The documents in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::{
    problem::{DocumentProblem, Unreadable},
    read::Kind,
};

/// Documents of one tenant.
pub(super) const MAX_DOCUMENTS: usize = 10_000;
/// Folders within folders.
const MAX_DEPTH: usize = 16;
/// Entries that are looked at: a folder with more is no folder of documents.
const MAX_ENTRIES: usize = 200_000;

/// A file that may be a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its path within the folder, with `/` between names.
    pub(super) path: String,
    pub(super) place: PathBuf,
    pub(super) kind: Kind,
    pub(super) bytes: i64,
    pub(super) modified_ns: i64,
}

/// Finds the documents of a folder, by their paths, with what is wrong with some. Files and folders whose names begin
/// with a dot are none, and links are not followed, so that nothing from outside of the folder is shown to anybody.
pub(super) fn documents(folder: &Path) -> std::io::Result<(Vec<Found>, Vec<DocumentProblem>)> {
    let mut walk = Walk::default();
    walk.folder(folder, "", 0)?;
    walk.found.sort_by(|one, other| one.path.cmp(&other.path));
    if walk.found.len() > MAX_DOCUMENTS {
        for left in walk.found.split_off(MAX_DOCUMENTS) {
            let message = format!("a tenant has {MAX_DOCUMENTS} documents at most: this one is left out");
            walk.problems.push(DocumentProblem {
                file: left.path,
                code: "document_too_many".to_owned(),
                message,
            });
        }
    }
    Ok((walk.found, walk.problems))
}

#[derive(Default)]
struct Walk {
    found: Vec<Found>,
    problems: Vec<DocumentProblem>,
    entries: usize,
}

impl Walk {
    fn folder(&mut self, folder: &Path, within: &str, depth: usize) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(std::io::Error::other(format!("it holds more than {MAX_ENTRIES} files")));
            }
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let path = if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                self.inner(&entry.path(), path, depth);
            } else if kind.is_file()
                && let Some(kind) = Kind::of(name)
            {
                self.file(entry.path(), path, kind);
            }
        }
        Ok(())
    }

    fn inner(&mut self, folder: &Path, path: String, depth: usize) {
        let entered = if depth < MAX_DEPTH {
            self.folder(folder, &path, depth + 1).map_err(|error| error.to_string())
        } else {
            Err(format!("folders are looked into {MAX_DEPTH} deep"))
        };
        if let Err(why) = entered {
            self.problem(path, &Unreadable::Read(why));
        }
    }

    fn file(&mut self, place: PathBuf, path: String, kind: Kind) {
        // What went away meanwhile is not there.
        let Ok(metadata) = fs::symlink_metadata(&place) else { return };
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        self.found.push(Found {
            path,
            place,
            kind,
            bytes: i64::try_from(metadata.len()).unwrap_or(i64::MAX),
            modified_ns: modified.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0),
        });
    }

    fn problem(&mut self, file: String, why: &Unreadable) {
        self.problems.push(DocumentProblem { file, code: why.code().to_owned(), message: why.to_string() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_found_by_their_paths_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        for name in ["b.md", "a/deep/c.pdf", "a/z.html", "a.txt", ".hidden/d.md", ".e.md", "f.docx", "g"] {
            write(name);
        }
        std::os::unix::fs::symlink("/etc", folder.path().join("etc")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("host.txt")).unwrap();
        let (found, problems) = documents(folder.path()).unwrap();
        let paths: Vec<&str> = found.iter().map(|found| found.path.as_str()).collect();
        assert_eq!(paths, ["a.txt", "a/deep/c.pdf", "a/z.html", "b.md"]);
        assert_eq!((problems, found[0].bytes), (Vec::new(), 1));
    }

    #[test]
    fn folders_without_end_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let deep: PathBuf = (0..20).map(|index| index.to_string()).collect();
        fs::create_dir_all(folder.path().join(deep)).unwrap();
        let (_, problems) = documents(folder.path()).unwrap();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("16 deep"), "{problems:?}");
        assert!(documents(&folder.path().join("none")).is_err());
    }
}
