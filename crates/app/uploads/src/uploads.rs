//! All uploads of this process.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::{counter, gauge};
use model::{ContactId, FragmentNumber, StreamName, TenantId, Timestamp};
use thiserror::Error;
use tokio::sync::Notify;

use crate::{UploadId, names, upload::Upload};

/// Uploads that are known at once: 5 MB each at the most. More are refused.
pub const MAX_UPLOADS: usize = 256;
/// An upload that nobody reads or writes for this long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(5 * 60);
/// An upload that no call reads for this long is taken no further: its call is over, or another host's. Longer than a
/// lease, so that a call that this host takes again finds its audio.
const UNREAD_FOR: Duration = Duration::from_secs(20);

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Why something could not be done with an upload.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The upload is not known here: it is over, or another host carries its call.
    #[error("the upload is not known to this host")]
    Elsewhere,
    /// The upload goes on somewhere else than where the piece begins.
    #[error("the upload goes on at byte {offset}")]
    WrongOffset {
        /// Where.
        offset: u64,
    },
    /// The upload was finished.
    #[error("the upload is finished")]
    Finished,
    /// The piece does not consist of whole frames.
    #[error("the bytes must be whole frames of {frame_bytes} bytes, one sample of every channel")]
    BrokenFrame {
        /// The length of a frame.
        frame_bytes: u64,
    },
    /// The piece is too long.
    #[error("a piece lasts one second at the most, which is {max_bytes} bytes")]
    TooLong {
        /// The most bytes.
        max_bytes: u64,
    },
    /// So much waits to be read that no more is taken now.
    #[error("30 s of audio wait to be read; send again from byte {offset} in a moment")]
    Wait {
        /// Where to go on.
        offset: u64,
    },
    /// The client says that it has lost more than can be.
    #[error("no more than an hour can be skipped")]
    SkipsTooFar,
    /// Too many uploads are open.
    #[error("no more uploads can be open; try again later")]
    TooMany,
    /// The contact's audio is being uploaded already, and was described otherwise.
    #[error("the contact's audio is being uploaded already, in another format")]
    InUse,
}

/// How an upload is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The offset up to which everything was taken: the next byte to send.
    pub offset: u64,
    /// Whether it was finished.
    pub is_finished: bool,
}

/// An upload's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The number of its last fragment.
    pub stop_fragment: FragmentNumber,
    /// When its last sample was spoken.
    pub ended_at: Timestamp,
    /// The offset of its end.
    pub offset: u64,
}

type Key = (TenantId, StreamName);

/// One upload, shared by its client and its call.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) upload: Mutex<Upload>,
    /// More can be read, or there is room for more.
    pub(crate) changed: Notify,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Upload> {
        self.upload.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All uploads of this process. Clones are the same.
#[derive(Clone)]
pub struct Uploads {
    all: Arc<Mutex<BTreeMap<Key, Arc<Shared>>>>,
    clock: Clock,
}

impl fmt::Debug for Uploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uploads")
    }
}

impl Uploads {
    /// No uploads yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self { all: Arc::default(), clock }
    }

    /// Begins an upload, or finds the one that goes on of the same contact: beginning it again is no error.
    ///
    /// # Errors
    /// When too many are open, or the contact's audio is being uploaded in another format.
    pub fn begin(&self, tenant: &TenantId, id: UploadId) -> Result<UploadId, UploadError> {
        if let Some(known) = self.of_contact(tenant, id.contact()) {
            return if known.format() == id.format() { Ok(known) } else { Err(UploadError::InUse) };
        }
        self.enter(tenant, id.clone(), 0)?;
        Ok(id)
    }

    /// Forgets an upload whose call is not carried here.
    pub fn forget(&self, tenant: &TenantId, id: &UploadId) {
        self.lock().remove(&key(tenant, id));
    }

    /// How an upload is doing.
    ///
    /// # Errors
    /// When it is not known here.
    pub fn progress(&self, tenant: &TenantId, id: &UploadId) -> Result<Progress, UploadError> {
        self.with(tenant, id, |upload| {
            Ok(Progress { offset: upload.offset(), is_finished: upload.is_finished() })
        })
    }

    /// The next byte to send.
    ///
    /// # Errors
    /// When the upload is not known here.
    pub fn offset(&self, tenant: &TenantId, id: &UploadId) -> Result<u64, UploadError> {
        self.progress(tenant, id).map(|progress| progress.offset)
    }

    /// Takes a piece of audio that begins at `offset`, whole or not at all; gives the next offset.
    ///
    /// # Errors
    /// When it is not taken: see [`UploadError`].
    pub fn push(
        &self,
        tenant: &TenantId,
        id: &UploadId,
        offset: u64,
        bytes: &[u8],
    ) -> Result<u64, UploadError> {
        let taken = self.with(tenant, id, |upload| upload.push(offset, bytes));
        match &taken {
            Ok(_) => counter!(names::BYTES).increment(bytes.len() as u64),
            Err(error) => counter!(names::REFUSED, "reason" => error.kind()).increment(1),
        }
        taken
    }

    /// Goes on at `to`: the client has lost what lies before, and the call gets a gap.
    ///
    /// # Errors
    /// When `to` is no frame's start, lies before what was taken, or too far ahead.
    pub fn skip(&self, tenant: &TenantId, id: &UploadId, to: u64) -> Result<u64, UploadError> {
        self.with(tenant, id, |upload| {
            let lost_ms = upload.skip(to)?;
            counter!(names::SKIPPED_MS).increment(lost_ms);
            Ok(upload.offset())
        })
    }

    /// Says that nothing more will come; with `offset`, only when everything up to it was taken. Saying it again is no
    /// error.
    ///
    /// # Errors
    /// When not everything was taken, or the upload is not known here.
    pub fn finish(
        &self,
        tenant: &TenantId,
        id: &UploadId,
        offset: Option<u64>,
    ) -> Result<Finished, UploadError> {
        self.with(tenant, id, |upload| {
            upload.finish(offset)?;
            let (stop_fragment, ended_at) = upload.end();
            Ok(Finished { stop_fragment, ended_at, offset: upload.offset() })
        })
    }

    /// Waits until another piece would be taken.
    ///
    /// # Errors
    /// When the upload is not known here.
    pub async fn room(&self, tenant: &TenantId, id: &UploadId) -> Result<(), UploadError> {
        let shared = self.find(tenant, id).ok_or(UploadError::Elsewhere)?;
        loop {
            let changed = shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if shared.lock().has_room() {
                return Ok(());
            }
            changed.await;
        }
    }

    pub(crate) fn find(&self, tenant: &TenantId, id: &UploadId) -> Option<Arc<Shared>> {
        self.lock().get(&key(tenant, id)).cloned()
    }

    /// Makes an upload known that goes on at a position. One that is known already stays as it is.
    pub(crate) fn enter(
        &self,
        tenant: &TenantId,
        id: UploadId,
        position: u64,
    ) -> Result<Arc<Shared>, UploadError> {
        let now = self.now();
        let mut all = self.lock();
        all.retain(|_, shared| {
            let upload = shared.lock();
            upload.unread_for(now).is_none() || now.since(upload.touched) < FORGOTTEN_AFTER
        });
        let key = key(tenant, &id);
        if let Some(known) = all.get(&key) {
            return Ok(Arc::clone(known));
        }
        if all.len() >= MAX_UPLOADS {
            return Err(UploadError::TooMany);
        }
        let upload = Mutex::new(Upload::new(id, position, now));
        let shared = Arc::new(Shared { upload, changed: Notify::new() });
        all.insert(key, Arc::clone(&shared));
        gauge!(names::UPLOADS).set(all.len() as f64);
        Ok(shared)
    }

    pub(crate) const fn clock(&self) -> &Clock {
        &self.clock
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The upload of a contact that is not finished.
    fn of_contact(&self, tenant: &TenantId, contact: &ContactId) -> Option<UploadId> {
        let all = self.lock();
        let of_tenant = all.iter().filter(|((of, _), _)| of == tenant);
        of_tenant.map(|(_, shared)| shared.lock()).find_map(|upload| {
            let goes_on = upload.id().contact() == contact && !upload.is_finished();
            goes_on.then(|| upload.id().clone())
        })
    }

    fn with<T>(
        &self,
        tenant: &TenantId,
        id: &UploadId,
        act: impl FnOnce(&mut Upload) -> Result<T, UploadError>,
    ) -> Result<T, UploadError> {
        let shared = self.find(tenant, id).ok_or(UploadError::Elsewhere)?;
        let now = self.now();
        let mut upload = shared.lock();
        if upload.unread_for(now).is_some_and(|unread| unread >= UNREAD_FOR) {
            return Err(UploadError::Elsewhere);
        }
        upload.touched = now;
        let done = act(&mut upload);
        drop(upload);
        shared.changed.notify_waiters();
        done
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Arc<Shared>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UploadError {
    /// A short name for metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Elsewhere => "elsewhere",
            Self::WrongOffset { .. } => "wrong_offset",
            Self::Finished => "finished",
            Self::BrokenFrame { .. } => "broken_frame",
            Self::TooLong { .. } => "too_long",
            Self::Wait { .. } => "wait",
            Self::SkipsTooFar => "skips_too_far",
            Self::TooMany => "too_many",
            Self::InUse => "in_use",
        }
    }
}

fn key(tenant: &TenantId, id: &UploadId) -> Key {
    (tenant.clone(), id.stream().clone())
}
