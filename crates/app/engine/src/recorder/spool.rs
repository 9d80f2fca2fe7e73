//! Spool files, and the thread that writes them.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use events::RecordingFailure;
use model::Channel;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{CHUNK_BYTES, cipher::SEAL_BYTES};

/// How many chunks of all calls wait for the disk: 32 MB. When one more comes, its call's recording stops.
const MAX_QUEUED_CHUNKS: usize = 4_096;
const SLOT_BYTES: u64 = (CHUNK_BYTES + SEAL_BYTES) as u64;
const EXTENSION: &str = "spool";

/// Why spools cannot be kept.
#[derive(Debug, Error)]
#[error("the folder of running recordings {} cannot be used", path.display())]
pub struct SpoolError {
    /// The folder.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// The folder of the spools of running calls, and the one thread that writes them.
#[derive(Clone, Debug)]
pub struct SpoolFolder {
    path: Arc<PathBuf>,
    jobs: mpsc::Sender<Job>,
    create: fn(&Path) -> io::Result<File>,
}

/// The spool of one call. Its file goes with it.
#[derive(Debug)]
pub(super) struct Spool {
    shared: Arc<SpoolFile>,
    jobs: mpsc::Sender<Job>,
}

/// What the recorder and the writing thread share. Removes its file when the last of them lets go.
#[derive(Debug)]
pub(super) struct SpoolFile {
    path: PathBuf,
    create: fn(&Path) -> io::Result<File>,
    /// Nobody will read it: what is still in line need not be written.
    given_up: AtomicBool,
    /// Opened with the first chunk. Held while the disk works, so only threads that may block touch it.
    file: Mutex<Option<File>>,
    failure: OnceLock<(RecordingFailure, u64)>,
}

#[derive(Debug)]
enum Job {
    Write {
        spool: Arc<SpoolFile>,
        channel: Channel,
        chunk: u64,
        sealed: Vec<u8>,
    },
    /// Answered when everything before it is done.
    Flush(oneshot::Sender<()>),
    /// Lets go of a spool on the writing thread.
    Remove {
        _spool: Arc<SpoolFile>,
    },
}

impl SpoolFolder {
    /// Opens the folder, makes it if need be, and removes spools that died with their keys.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SpoolError> {
        Self::open_with(path.into(), create_private)
    }

    pub(super) fn open_with(
        path: PathBuf,
        create: fn(&Path) -> io::Result<File>,
    ) -> Result<Self, SpoolError> {
        match make_folder(&path).and_then(|()| remove_stale(&path)).and_then(|()| start_thread()) {
            Ok(jobs) => Ok(Self { path: Arc::new(path), jobs, create }),
            Err(source) => Err(SpoolError { path, source }),
        }
    }

    /// A spool that has no file yet. Its name says nothing about the call.
    pub(super) fn begin(&self) -> Spool {
        let shared = SpoolFile {
            path: self.path.join(format!("{}.{EXTENSION}", Uuid::new_v4())),
            create: self.create,
            given_up: AtomicBool::new(false),
            file: Mutex::default(),
            failure: OnceLock::new(),
        };
        Spool { shared: Arc::new(shared), jobs: self.jobs.clone() }
    }
}

impl Spool {
    /// Puts a sealed chunk in line; false when the line is full.
    pub(super) fn write(&self, channel: Channel, chunk: u64, sealed: Vec<u8>) -> bool {
        let job = Job::Write { spool: Arc::clone(&self.shared), channel, chunk, sealed };
        self.jobs.try_send(job).is_ok()
    }

    /// Waits until the line has room.
    pub(super) async fn ready(&self) {
        // A thread that is gone shows with the next write.
        drop(self.jobs.reserve().await);
    }

    /// Waits until everything that was put in line is written, or failed.
    pub(super) async fn flush(&self) -> bool {
        let (done, wait) = oneshot::channel();
        self.jobs.send(Job::Flush(done)).await.is_ok() && wait.await.is_ok()
    }

    /// Why writing failed, and at which chunk of its channel.
    pub(super) fn failure(&self) -> Option<(RecordingFailure, u64)> {
        self.shared.failure.get().copied()
    }

    /// The file, for reading it back on another thread.
    pub(super) fn file(&self) -> Arc<SpoolFile> {
        Arc::clone(&self.shared)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.shared.given_up.store(true, Ordering::Relaxed);
        // Without room in the line the file goes here, or with the last of its chunks that is in line.
        drop(self.jobs.try_send(Job::Remove { _spool: Arc::clone(&self.shared) }));
    }
}

impl SpoolFile {
    /// Reads a sealed chunk; blocks.
    pub(super) fn read(&self, channel: Channel, chunk: u64) -> io::Result<Vec<u8>> {
        let open = self.lock();
        let mut file = open.as_ref().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(offset(channel, chunk)))?;
        let mut sealed = vec![0; CHUNK_BYTES + SEAL_BYTES];
        file.read_exact(&mut sealed)?;
        Ok(sealed)
    }

    fn write(&self, channel: Channel, chunk: u64, sealed: &[u8]) {
        if self.given_up.load(Ordering::Relaxed) || self.failure.get().is_some() {
            return;
        }
        let mut open = self.lock();
        if let Err(error) = self.try_write(&mut open, channel, chunk, sealed) {
            tracing::error!(%error, "a recording stops: its spool cannot be written");
            self.failure.get_or_init(|| (cause(&error), chunk));
            // Gives the room back now, not at the end of the call.
            *open = None;
            self.remove();
        }
    }

    fn try_write(
        &self,
        open: &mut Option<File>,
        channel: Channel,
        chunk: u64,
        sealed: &[u8],
    ) -> io::Result<()> {
        let mut file = match open {
            Some(file) => &*file,
            None => open.insert((self.create)(&self.path)?),
        };
        file.seek(SeekFrom::Start(offset(channel, chunk)))?;
        file.write_all(sealed)
    }

    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a spool could not be removed; without its key it is noise");
        }
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        if self.lock().take().is_some() {
            self.remove();
        }
    }
}

/// Each chunk has its own place, so that channels may be written in any order.
fn offset(channel: Channel, chunk: u64) -> u64 {
    let slot = chunk * 2 + u64::from(channel == Channel::ToCustomer);
    slot * SLOT_BYTES
}

fn cause(error: &io::Error) -> RecordingFailure {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        RecordingFailure::DiskFull
    } else {
        RecordingFailure::StoreFailed
    }
}

/// The thread ends when the folder and all its spools are gone.
fn start_thread() -> io::Result<mpsc::Sender<Job>> {
    let (sender, mut jobs) = mpsc::channel(MAX_QUEUED_CHUNKS);
    thread::Builder::new().name("spool".to_owned()).spawn(move || {
        while let Some(job) = jobs.blocking_recv() {
            match job {
                Job::Write { spool, channel, chunk, sealed } => spool.write(channel, chunk, &sealed),
                // Who no longer waits needs no answer.
                Job::Flush(done) => drop(done.send(())),
                Job::Remove { .. } => {}
            }
        }
    })?;
    Ok(sender)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A new file for its owner alone, locked so that another process knows that it is alive.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    match file.lock() {
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
        _ => Ok(file),
    }
}

/// Removes spools whose owner is gone: nobody has their keys.
fn remove_stale(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != EXTENSION) {
            continue;
        }
        let Ok(file) = File::open(&path) else { continue };
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            continue;
        }
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "a stale spool could not be removed");
        }
    }
    Ok(())
}
