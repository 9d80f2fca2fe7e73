//! The account's streams, and the bounds that they share.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use model::{StreamName, Timestamp};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{
    config::{Clock, Limits},
    counters::Counters,
    store::{Content, DiskError, DiskLog, FragmentInfo, Log},
    stream::{Meta, Stream},
};

/// Where a stream's description lies in its folder.
const META_FILE: &str = "stream.json";

/// Why the data folder cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum StorageError {
    #[error("use the data folder {path}")]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("read the stream description {path}")]
    Meta {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// All streams.
pub(crate) struct Registry {
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) counters: Counters,
    streams: RwLock<BTreeMap<StreamName, Arc<Stream>>>,
    data: Option<PathBuf>,
    memory_bytes: Arc<AtomicU64>,
    disk_bytes: AtomicU64,
}

impl Registry {
    /// Opens the data folder, if any, and the streams in it. Blocks.
    pub(crate) fn open(data: Option<PathBuf>, limits: Limits, clock: Clock) -> Result<Self, StorageError> {
        let registry = Self {
            limits,
            clock,
            counters: Counters::default(),
            streams: RwLock::default(),
            data: data.map(|data| data.join("streams")),
            memory_bytes: Arc::default(),
            disk_bytes: AtomicU64::new(0),
        };
        if let Some(data) = registry.data.clone() {
            let folder = |source| StorageError::Folder { path: data.clone(), source };
            fs::create_dir_all(&data).map_err(folder)?;
            for entry in fs::read_dir(&data).map_err(folder)? {
                registry.restore(&entry.map_err(folder)?.path())?;
            }
        }
        Ok(registry)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Stream>> {
        let name = StreamName::new(name).ok()?;
        self.read().get(&name).cloned()
    }

    /// Streams in order of name, from the first after `after`.
    pub(crate) fn list(
        &self,
        after: Option<&StreamName>,
        wanted: impl Fn(&Stream) -> bool,
    ) -> Vec<Arc<Stream>> {
        use std::ops::Bound;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let streams = self.read();
        streams
            .range((from, Bound::Unbounded))
            .map(|(_, stream)| stream)
            .filter(|s| wanted(s))
            .cloned()
            .collect()
    }

    /// Adds a stream; `Ok(None)` when the name is taken.
    pub(crate) fn create(&self, meta: Meta) -> Result<Option<Arc<Stream>>, StorageError> {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        if streams.contains_key(&meta.name) {
            return Ok(None);
        }
        let disk = match &self.data {
            Some(data) => {
                let dir = data.join(folder_name(&meta));
                let (disk, _) = DiskLog::open(dir.clone())?;
                write_meta(&dir, &meta)?;
                Some((dir, disk))
            }
            None => None,
        };
        let stream = Arc::new(Stream::new(meta, Log::default(), disk, Arc::clone(&self.memory_bytes)));
        streams.insert(stream.name.clone(), Arc::clone(&stream));
        Ok(Some(stream))
    }

    pub(crate) fn len(&self) -> usize {
        self.read().len()
    }

    /// Changes a stream's description, here and on disk.
    pub(crate) fn change(&self, stream: &Stream, change: impl FnOnce(&mut Meta)) -> Result<(), StorageError> {
        let mut meta = stream.meta();
        change(&mut meta);
        meta.changes += 1;
        stream.dir.as_deref().map_or(Ok(()), |dir| write_meta(dir, &meta))
    }

    /// Deletes a stream with all it holds.
    pub(crate) fn delete(&self, stream: &Stream) -> Result<(), StorageError> {
        self.streams.write().unwrap_or_else(PoisonError::into_inner).remove(&stream.name);
        stream.delete();
        if let Some(disk) = &stream.disk {
            let mut disk = lock(disk);
            self.disk_bytes.fetch_sub(disk.bytes(), Ordering::Relaxed);
            disk.delete()?;
        }
        Ok(())
    }

    /// Takes a complete fragment: readers see it when this returns.
    pub(crate) fn receive(&self, stream: &Stream, info: FragmentInfo, content: Content) {
        stream.push(info, content);
        self.counters.fragments_received.add(1);
        stream.trim(self.now(), &self.limits, &self.counters);
        self.free_memory();
    }

    /// Keeps a received fragment for the stream's retention: on disk, when there is a data folder. `false` when the
    /// stream has no retention.
    pub(crate) async fn persist(
        self: &Arc<Self>,
        stream: &Arc<Stream>,
        info: FragmentInfo,
        content: Content,
    ) -> Result<bool, DiskError> {
        if !stream.is_archived() {
            return Ok(false);
        }
        let Some(disk) = stream.disk.clone() else { return Ok(true) };
        let (registry, stream) = (Arc::clone(self), Arc::clone(stream));
        let written = tokio::task::spawn_blocking(move || {
            let (at, bytes) = {
                let mut disk = lock(&disk);
                let before = disk.bytes();
                let at = disk.append(&info, &content)?;
                (at, disk.bytes() - before)
            };
            stream.persisted(&info.number, at);
            registry.disk_bytes.fetch_add(bytes, Ordering::Relaxed);
            registry.free_disk();
            Ok(true)
        });
        let written = written.await.unwrap_or_else(|error| Err(DiskError::Interrupted(error)));
        if written.is_err() {
            self.counters.disk_write_failures.add(1);
        }
        written
    }

    /// Drops what is too old, in memory and on disk. Blocks.
    pub(crate) fn sweep(&self) {
        let now = self.now();
        for stream in self.list(None, |_| true) {
            stream.trim(now, &self.limits, &self.counters);
            let oldest = stream.oldest_kept(now, &self.limits);
            let Some(disk) = &stream.disk else { continue };
            while lock(disk).oldest_segment().is_some_and(|newest| newest < oldest) {
                if !self.delete_segment(&stream) {
                    break;
                }
            }
        }
    }

    /// Frees memory beyond the common bound, the oldest content of all streams first, down to nine tenths of it.
    fn free_memory(&self) {
        let bound = self.limits.total_memory_bytes;
        if self.memory_bytes.load(Ordering::Relaxed) <= bound {
            return;
        }
        let streams = self.list(None, |_| true);
        let age = |index: usize| Some(Reverse((streams.get(index)?.oldest_in_memory()?, index)));
        let mut by_age: BinaryHeap<_> = (0..streams.len()).filter_map(age).collect();
        while self.memory_bytes.load(Ordering::Relaxed) > bound - bound / 10 {
            let Some(Reverse((_, index))) = by_age.pop() else { return };
            streams.get(index).map(|stream| stream.evict_one(&self.counters));
            by_age.extend(age(index));
        }
    }

    /// Frees disk beyond the common bound, the oldest segments of all streams first, down to nine tenths of it.
    fn free_disk(&self) {
        let bound = self.limits.disk_bytes;
        if self.disk_bytes.load(Ordering::Relaxed) <= bound {
            return;
        }
        let streams = self.list(None, |stream| stream.disk.is_some());
        let age = |index: usize| {
            let disk = streams.get(index)?.disk.as_ref()?;
            Some(Reverse((lock(disk).oldest_segment()?, index)))
        };
        let mut by_age: BinaryHeap<_> = (0..streams.len()).filter_map(age).collect();
        while self.disk_bytes.load(Ordering::Relaxed) > bound - bound / 10 {
            let Some(Reverse((_, index))) = by_age.pop() else { return };
            if streams.get(index).is_some_and(|stream| self.delete_segment(stream)) {
                by_age.extend(age(index));
            }
        }
    }

    fn delete_segment(&self, stream: &Stream) -> bool {
        let Some(disk) = &stream.disk else { return false };
        let deleted = {
            let mut disk = lock(disk);
            let before = disk.bytes();
            let deleted = disk.delete_oldest_segment();
            self.disk_bytes.fetch_sub(before - disk.bytes(), Ordering::Relaxed);
            deleted
        };
        match deleted {
            Ok(Some(next)) => {
                stream.forget_disk_before(next, &self.counters);
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(stream.name = %stream.name, %error, "an old segment file cannot be deleted");
                false
            }
        }
    }

    fn restore(&self, dir: &Path) -> Result<(), StorageError> {
        let path = dir.join(META_FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            // A folder of something else, or of a stream whose creation was cut short.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(StorageError::Folder { path, source }),
        };
        let meta: Meta =
            serde_json::from_slice(&text).map_err(|source| StorageError::Meta { path, source })?;
        let (disk, entries) = DiskLog::open(dir.to_owned())?;
        self.disk_bytes.fetch_add(disk.bytes(), Ordering::Relaxed);
        let total = Arc::clone(&self.memory_bytes);
        let stream = Stream::new(meta, Log::restored(entries), Some((dir.to_owned(), disk)), total);
        stream.trim(self.now(), &self.limits, &self.counters);
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        streams.insert(stream.name.clone(), Arc::new(stream));
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<StreamName, Arc<Stream>>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock(disk: &Mutex<DiskLog>) -> MutexGuard<'_, DiskLog> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder name that every file system takes, whatever the stream is called.
fn folder_name(meta: &Meta) -> String {
    use std::fmt::Write;
    let mut name = format!("{}-", meta.created.as_millis());
    for byte in Sha256::digest(meta.name.as_str()).iter().take(8) {
        // Writing to a String cannot fail.
        let _ignored = write!(name, "{byte:02x}");
    }
    name
}

fn write_meta(dir: &Path, meta: &Meta) -> Result<(), StorageError> {
    let path = dir.join(META_FILE);
    let text = serde_json::to_vec_pretty(meta)
        .map_err(|source| StorageError::Meta { path: path.clone(), source })?;
    let draft = dir.join(format!("{META_FILE}.new"));
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path));
    written.map_err(|source| StorageError::Folder { path, source })
}
