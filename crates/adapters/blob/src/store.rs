//! The folder.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use ports::{BlobError, BlobStore, BlobWriter, ByteRange, check_blob_key, check_blob_prefix};
use uuid::Uuid;

use crate::{
    error::{OpenBlobStoreError, failed, failed_to_find},
    list::Listing,
    writer::FileWriter,
};

/// Where blobs are while they are written. No key can have a part that begins with a dot.
const TEMP_FOLDER: &str = ".tmp";

/// Blobs in a local folder. Needs a tokio runtime: files are read and written on its blocking threads.
#[derive(Clone, Debug)]
pub struct FolderBlobStore {
    folder: Arc<PathBuf>,
}

impl FolderBlobStore {
    /// Opens a folder, makes it if need be, and removes what killed writers left.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, OpenBlobStoreError> {
        let folder = folder.into();
        let opened = make_folder(&folder.join(TEMP_FOLDER)).and_then(|()| clean(&folder.join(TEMP_FOLDER)));
        match opened {
            Ok(()) => Ok(Self { folder: Arc::new(folder) }),
            Err(source) => Err(OpenBlobStoreError { path: folder, source }),
        }
    }

    /// The file of a key.
    fn file(&self, key: &str) -> Result<PathBuf, BlobError> {
        check_blob_key(key)?;
        Ok(self.folder.join(key))
    }
}

#[async_trait]
impl BlobStore for FolderBlobStore {
    async fn create(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        let file = self.file(key)?;
        let temp = self.folder.join(TEMP_FOLDER).join(format!("{}.part", Uuid::new_v4()));
        let key = key.to_owned();
        let writer = blocking(move || {
            // `symlink_metadata` also finds what a dangling link would hide.
            if file.symlink_metadata().is_ok() {
                return Err(BlobError::Exists(key));
            }
            let open = create_private(&temp).and_then(|open| {
                // Tells a second process that opens the folder that this one is alive.
                open.lock().or_else(unless_unsupported)?;
                Ok(open)
            });
            Ok(FileWriter::new(open.map_err(failed)?, temp, file, key))
        })
        .await?;
        Ok(Box::new(writer))
    }

    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        let (file, key) = (self.file(key)?, key.to_owned());
        blocking(move || {
            let metadata = fs::metadata(file).map_err(|error| failed_to_find(&key, error))?;
            if metadata.is_file() { Ok(metadata.len()) } else { Err(BlobError::NotFound(key)) }
        })
        .await
    }

    async fn read(&self, key: &str, range: ByteRange) -> Result<Bytes, BlobError> {
        let (file, key) = (self.file(key)?, key.to_owned());
        blocking(move || read_range(&file, range).map_err(|error| failed_to_find(&key, error))).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, BlobError> {
        check_blob_prefix(prefix)?;
        let listing = Listing::new(Arc::clone(&self.folder), prefix, after, limit);
        blocking(move || listing.run().map_err(failed)).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let (file, key) = (self.file(key)?, key.to_owned());
        blocking(move || match fs::remove_file(file).map_err(|error| failed_to_find(&key, error)) {
            Ok(()) | Err(BlobError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        })
        .await
    }
}

fn read_range(path: &Path, range: ByteRange) -> io::Result<Bytes> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let end = range.end.min(metadata.len());
    let len = end.saturating_sub(range.start);
    if len == 0 {
        return Ok(Bytes::new());
    }
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::with_capacity(usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?);
    file.take(len).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// Runs file work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(BlobError::Store(Box::new(error))),
    }
}

pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes the files that no living process writes.
fn clean(temp: &Path) -> io::Result<()> {
    for entry in fs::read_dir(temp)? {
        let path = entry?.path();
        let Ok(file) = File::open(&path) else { continue };
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            continue;
        }
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "a leftover of a recording could not be removed");
        }
    }
    Ok(())
}

/// A file system without locks loses only the protection against a second process.
fn unless_unsupported(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::Unsupported { Ok(()) } else { Err(error) }
}
