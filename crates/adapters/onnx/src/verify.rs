//! Whether a file is the one that the catalogue means.
//!
//! Hashing a hundred megabytes takes time, so a stamp beside each checked file keeps the size and modification
//! time that it had then; only a file that changed since is hashed again.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use sha2::{Digest, Sha256};

use crate::catalogue::{ModelEntry, ModelState};

/// Looks at the file at `path`.
pub(crate) fn state(path: &Path, entry: &ModelEntry) -> ModelState {
    let Ok(metadata) = fs::metadata(path) else { return ModelState::Missing };
    if !metadata.is_file() || metadata.len() != entry.bytes {
        return ModelState::Damaged;
    }
    let expected = stamp(&metadata, entry.sha256);
    let stamp_path = stamp_path(path);
    if fs::read_to_string(&stamp_path).is_ok_and(|found| found == expected) {
        return ModelState::Present;
    }
    match sha256(path) {
        Ok(hash) if hash == entry.sha256 => {
            // Without a stamp, as in a folder that cannot be written, the next look takes its time again.
            drop(fs::write(stamp_path, expected));
            ModelState::Present
        }
        Ok(_) | Err(_) => ModelState::Damaged,
    }
}

/// SHA-256 of a file, in hex.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn stamp_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".checked");
    PathBuf::from(name)
}

fn stamp(metadata: &fs::Metadata, sha256: &str) -> String {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    format!("{} {modified} {sha256}\n", metadata.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{CATALOGUE, Package, Registry};

    fn entry(bytes: u64, sha256: &'static str) -> ModelEntry {
        let package = Package { registry: Registry::Npm, name: "p", version: "1" };
        ModelEntry { bytes, sha256, package, ..CATALOGUE[0] }
    }

    /// The hash of `abc`, as every description of SHA-256 prints it.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_file_is_present_only_with_the_right_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        assert_eq!(state(&path, &entry(3, ABC)), ModelState::Missing);
        fs::write(&path, "abd").unwrap();
        assert_eq!(state(&path, &entry(3, ABC)), ModelState::Damaged);
        fs::write(&path, "abc").unwrap();
        assert_eq!(state(&path, &entry(3, ABC)), ModelState::Present);
        assert!(stamp_path(&path).exists());
        assert_eq!(state(&path, &entry(3, ABC)), ModelState::Present);
        fs::write(&path, "ab").unwrap();
        assert_eq!(state(&path, &entry(3, ABC)), ModelState::Damaged);
    }

    #[test]
    fn a_stamp_of_another_content_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        fs::write(&path, "xyz").unwrap();
        fs::write(stamp_path(&path), "3 0 something\n").unwrap();
        assert_eq!(state(&path, &entry(3, ABC)), ModelState::Damaged);
    }
}
