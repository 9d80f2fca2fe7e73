//! One blob while it is written.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use bytes::Bytes;
use ports::{BlobError, BlobWriter};

use crate::{
    error::failed,
    store::{blocking, make_folder},
};

/// A file under the temporary folder that becomes the blob at its commit. Dropping it removes the file.
#[derive(Debug)]
pub(crate) struct FileWriter {
    /// Away while a blocking thread writes; gone for good after a failure.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    temp: Temp,
    target: PathBuf,
    key: String,
}

/// Removes its file when dropped.
#[derive(Debug)]
struct Temp(PathBuf);

impl FileWriter {
    pub(crate) fn new(file: File, temp: PathBuf, target: PathBuf, key: String) -> Self {
        Self { open: Some(Open { file, temp: Temp(temp), target, key }) }
    }

    fn take(&mut self) -> Result<Open, BlobError> {
        let gone = || io::Error::other("an earlier write of this blob failed or was given up");
        self.open.take().ok_or_else(|| failed(gone()))
    }
}

#[async_trait]
impl BlobWriter for FileWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let mut open = self.take()?;
        let written = blocking(move || {
            open.file.write_all(&bytes).map_err(failed)?;
            Ok(open)
        });
        self.open = Some(written.await?);
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), BlobError> {
        let open = self.take()?;
        blocking(move || open.commit()).await
    }
}

impl Open {
    fn commit(self) -> Result<(), BlobError> {
        self.file.sync_all().map_err(failed)?;
        if let Some(folder) = self.target.parent() {
            make_folder(folder).map_err(failed)?;
        }
        match link(&self.temp.0, &self.target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BlobError::Exists(self.key));
            }
            Err(error) => return Err(failed(error)),
        }
        sync_folder(&self.target).map_err(failed)
    }
}

/// Gives the file its name. A link, unlike a rename, refuses a name that is taken.
fn link(temp: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(temp, target) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
                && target.symlink_metadata().is_err() =>
        {
            // A file system without hard links.
            fs::rename(temp, target)
        }
        other => other,
    }
}

/// Makes the name itself survive a power loss.
fn sync_folder(target: &Path) -> io::Result<()> {
    let Some(folder) = target.parent() else { return Ok(()) };
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the temporary file of a recording could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_says_so_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let temp = folder.path().join("x.part");
        fs::write(&temp, b"").unwrap();
        let mut writer = FileWriter::new(file, temp.clone(), folder.path().join("x"), "x".into());

        let written = writer.write(Bytes::from_static(b"audio")).await;

        assert!(matches!(written, Err(BlobError::Full)));
        assert!(!temp.exists());
        assert!(Box::new(writer).commit().await.is_err(), "half a blob must not be committed");
        assert!(!folder.path().join("x").exists());
    }
}
