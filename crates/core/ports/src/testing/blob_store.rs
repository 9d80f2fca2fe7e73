//! A blob store in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use crate::{BlobError, BlobStore, BlobWriter, ByteRange, check_blob_key, check_blob_prefix};

/// A blob store that lives as long as it is held.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobStore {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    blobs: BTreeMap<String, Bytes>,
    room: Option<u64>,
}

#[derive(Debug)]
struct Writer {
    store: MemoryBlobStore,
    key: String,
    bytes: BytesMut,
}

impl MemoryBlobStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on only so many more bytes can be written, or as many as wanted.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.lock().room = bytes;
    }

    /// The keys of all blobs, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.lock().blobs.keys().cloned().collect()
    }

    /// A whole blob, for assertions.
    #[must_use]
    pub fn blob(&self, key: &str) -> Option<Bytes> {
        self.lock().blobs.get(key).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, key: &str) -> Result<&Bytes, BlobError> {
        self.blobs.get(key).ok_or_else(|| BlobError::NotFound(key.to_owned()))
    }
}

#[async_trait]
impl BlobStore for MemoryBlobStore {
    async fn create(&self, key: &str) -> Result<Box<dyn BlobWriter>, BlobError> {
        check_blob_key(key)?;
        if self.lock().blobs.contains_key(key) {
            return Err(BlobError::Exists(key.to_owned()));
        }
        Ok(Box::new(Writer { store: self.clone(), key: key.to_owned(), bytes: BytesMut::new() }))
    }

    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        check_blob_key(key)?;
        Ok(u64::try_from(self.lock().find(key)?.len()).unwrap_or(u64::MAX))
    }

    async fn read(&self, key: &str, range: ByteRange) -> Result<Bytes, BlobError> {
        check_blob_key(key)?;
        let state = self.lock();
        let blob = state.find(key)?;
        let within = |at: u64| usize::try_from(at).map_or(blob.len(), |at| at.min(blob.len()));
        let (start, end) = (within(range.start), within(range.end));
        Ok(blob.slice(start..end.max(start)))
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, BlobError> {
        check_blob_prefix(prefix)?;
        let state = self.lock();
        let fits = |key: &&String| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(state.blobs.keys().filter(fits).take(limit).cloned().collect())
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        check_blob_key(key)?;
        self.lock().blobs.remove(key);
        Ok(())
    }
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        if let Some(room) = &mut self.store.lock().room {
            let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            *room = room.checked_sub(len).ok_or(BlobError::Full)?;
        }
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), BlobError> {
        let mut state = self.store.lock();
        if state.blobs.contains_key(&self.key) {
            return Err(BlobError::Exists(self.key.clone()));
        }
        state.blobs.insert(self.key.clone(), self.bytes.clone().freeze());
        Ok(())
    }
}
