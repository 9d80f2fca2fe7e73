//! The documents of an invented company that the sample calls are answered from: `playbooks/knowledge/` at the root of
//! the repository.

use std::{fs, io, path::Path};

/// A document that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct SampleDocument {
    /// Its path within the folder of documents.
    pub path: &'static str,
    /// What the file holds.
    pub bytes: &'static [u8],
}

macro_rules! samples {
    ($($path:literal),*) => {
        &[$(SampleDocument {
            path: $path,
            bytes: include_bytes!(concat!("../../../../playbooks/knowledge/", $path)),
        }),*]
    };
}

/// The sample documents.
pub const SAMPLE_DOCUMENTS: &[SampleDocument] = samples![
    "billing/card-payments.md",
    "billing/payment-plans.md",
    "billing/refunds.html",
    "membership/cancelling.md",
    "membership/retention-offers.md",
    "support/no-internet.md",
    "support/router-lights.md",
    "support/technician-visits.txt",
    "support/warranty.pdf"
];

/// Writes the sample documents into a folder, which is made.
///
/// # Errors
/// When a file cannot be written.
pub fn write_sample_documents(folder: &Path) -> io::Result<()> {
    for document in SAMPLE_DOCUMENTS {
        let path = folder.join(document.path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, document.bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn every_document_of_the_repository_is_written() {
        let folder = tempfile::tempdir().unwrap();
        write_sample_documents(folder.path()).unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../playbooks/knowledge");
        let mut folders = vec![repository.clone()];
        let mut seen = 0;
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path: PathBuf = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let within = path.strip_prefix(&repository).unwrap();
                assert_eq!(fs::read(folder.path().join(within)).unwrap(), fs::read(&path).unwrap());
                seen += 1;
            }
        }
        assert_eq!(seen, SAMPLE_DOCUMENTS.len());
    }
}
