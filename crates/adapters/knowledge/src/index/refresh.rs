//! Brings an index up to what is in a folder.

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use sha2::{Digest, Sha256};

use super::{
    store::{Known, NewDocument},
    tenant::TenantIndex,
    walk::{self, Found},
};
use crate::{
    index::RefreshError,
    passages,
    pdf::PdfReader,
    problem::{DocumentProblem, Unreadable},
    read,
};

/// What was done to documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) removed: usize,
    pub(super) unchanged: usize,
}

/// Reads what is new or changed in a folder, and forgets what is gone. Blocks; says what is wrong with which file.
pub(super) fn documents(
    index: &TenantIndex,
    folder: &Path,
    pdf: &PdfReader,
) -> Result<(Done, Vec<DocumentProblem>), RefreshError> {
    let (found, mut problems) = walk::documents(folder)
        .map_err(|source| RefreshError::Folder { folder: folder.to_owned(), source })?;
    let known = index.with(|store| store.documents())?;
    let mut known: BTreeMap<String, Known> =
        known.into_iter().map(|document| (document.path.clone(), document)).collect();
    let mut done = Done::default();
    for file in found {
        let before = known.remove(&file.path);
        if before
            .as_ref()
            .is_some_and(|known| known.bytes == file.bytes && known.modified_ns == file.modified_ns)
        {
            done.unchanged += 1;
            continue;
        }
        let new = read_file(&file, pdf);
        match before {
            // It could not be read before, and cannot yet: what is known of it holds.
            Some(before) if before.sha256.is_empty() && new.known.sha256.is_empty() => {
                done.unchanged += 1;
                continue;
            }
            Some(before) if before.sha256 == new.known.sha256 && !new.known.sha256.is_empty() => {
                done.unchanged += 1;
                index.with(|store| store.touch(&new.known))?;
                continue;
            }
            Some(_) => done.changed += 1,
            None => done.added += 1,
        }
        index.with(|store| store.put(&new))?;
    }
    for path in known.into_keys() {
        done.removed += 1;
        index.with(|store| store.remove(&path))?;
    }
    problems.extend(index.with(|store| store.problems())?);
    problems.sort_by(|one, other| one.file.cmp(&other.file));
    Ok((done, problems))
}

/// Reads a file and cuts it into passages.
fn read_file(file: &Found, pdf: &PdfReader) -> NewDocument {
    let mut known = Known {
        path: file.path.clone(),
        bytes: file.bytes,
        modified_ns: file.modified_ns,
        sha256: String::new(),
    };
    let read = bytes(file).and_then(|bytes| {
        known.sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        read::read(file.kind, bytes, pdf)
    });
    match read {
        Ok(content) => {
            let title = content.title(&file.path);
            let cuts = passages::cut(&content, &title);
            NewDocument { known, title, content: Ok(cuts) }
        }
        Err(why) => {
            if why.is_passing() {
                // No file looks like this, so that it is tried again.
                (known.modified_ns, known.sha256) = (i64::MIN, String::new());
            }
            let problem = DocumentProblem {
                file: file.path.clone(),
                code: why.code().to_owned(),
                message: why.to_string(),
            };
            NewDocument { known, title: String::new(), content: Err(problem) }
        }
    }
}

/// A file's bytes, when they are no more than a document's.
fn bytes(file: &Found) -> Result<Vec<u8>, Unreadable> {
    let most = file.kind.max_bytes();
    let failed = |error: std::io::Error| Unreadable::Read(error.to_string());
    let too_large = |bytes| Unreadable::TooLarge { bytes, most };
    let size = u64::try_from(file.bytes).unwrap_or(0);
    if size > most {
        return Err(too_large(size));
    }
    let mut bytes = Vec::new();
    // It may have grown since it was found.
    File::open(&file.place).map_err(failed)?.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}
