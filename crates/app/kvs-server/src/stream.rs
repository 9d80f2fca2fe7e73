//! One stream: what describes it, its fragments, and who is connected to it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{FragmentNumber, StreamName, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{
    config::Limits,
    counters::Counters,
    limits::{CallRate, Places},
    number::NumberSource,
    store::{Content, DiskLog, DiskRef, Entry, FragmentInfo, Log},
};

/// What describes a stream, as it is kept on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) name: StreamName,
    pub(crate) arn: String,
    pub(crate) created: Timestamp,
    /// How often the description changed; the version that clients see is made of it.
    pub(crate) changes: u64,
    pub(crate) retention_hours: u32,
    pub(crate) device_name: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) kms_key_id: String,
    pub(crate) tags: BTreeMap<String, String>,
}

/// What readers wait for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signal {
    /// Grows with each fragment.
    pub(crate) appended: u64,
    /// The stream is no more.
    pub(crate) deleted: bool,
}

/// A stream of the account.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) name: StreamName,
    pub(crate) arn: String,
    pub(crate) numbers: NumberSource,
    pub(crate) get_rate: CallRate,
    pub(crate) put_rate: CallRate,
    pub(crate) readers: Places,
    pub(crate) producers: Places,
    pub(crate) archive_readers: Places,
    pub(crate) disk: Option<Arc<Mutex<DiskLog>>>,
    pub(crate) dir: Option<PathBuf>,
    meta: Mutex<Meta>,
    log: Mutex<Log>,
    signal: watch::Sender<Signal>,
    /// Bytes in memory of all streams.
    total_memory: Arc<AtomicU64>,
}

/// A fragment for a reader: what it is, and where its bytes are.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) info: FragmentInfo,
    pub(crate) sequence: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Content),
    Disk(PathBuf, DiskRef),
    Nowhere,
}

impl Stream {
    pub(crate) fn new(
        meta: Meta,
        log: Log,
        disk: Option<(PathBuf, DiskLog)>,
        total_memory: Arc<AtomicU64>,
    ) -> Self {
        let numbers = NumberSource::default();
        if let Some(newest) = log.newest() {
            numbers.seen(&newest.info.number);
        }
        let (dir, disk) =
            disk.map_or((None, None), |(dir, disk)| (Some(dir), Some(Arc::new(Mutex::new(disk)))));
        Self {
            name: meta.name.clone(),
            arn: meta.arn.clone(),
            numbers,
            get_rate: CallRate::default(),
            put_rate: CallRate::default(),
            readers: Places::default(),
            producers: Places::default(),
            archive_readers: Places::default(),
            disk,
            dir,
            meta: Mutex::new(meta),
            log: Mutex::new(log),
            signal: watch::Sender::new(Signal::default()),
            total_memory,
        }
    }

    pub(crate) fn meta(&self) -> MutexGuard<'_, Meta> {
        self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }

    /// Adds a fragment and lets readers see it at once.
    pub(crate) fn push(&self, info: FragmentInfo, content: Content) {
        self.with_log(|log| log.push(info, content));
        self.signal.send_modify(|signal| signal.appended += 1);
    }

    /// Notes that a fragment is on disk.
    pub(crate) fn persisted(&self, number: &FragmentNumber, at: DiskRef) {
        self.with_log(|log| log.persisted(number, at));
    }

    /// Whether fragments are to be kept beyond the host buffer.
    pub(crate) fn is_archived(&self) -> bool {
        self.meta().retention_hours > 0
    }

    /// The time before which fragments are no longer kept.
    pub(crate) fn oldest_kept(&self, now: Timestamp, limits: &Limits) -> Timestamp {
        match self.meta().retention_hours {
            0 => now - limits.host_buffer_age,
            hours => now - Duration::from_secs(u64::from(hours) * 3_600),
        }
    }

    /// Drops what is too old or too much for this stream.
    pub(crate) fn trim(&self, now: Timestamp, limits: &Limits, counters: &Counters) {
        let oldest = self.oldest_kept(now, limits);
        let (expired, full) = self.with_log(|log| {
            let expired = log.drop_while(|entry| entry.info.server < oldest);
            let mut over = log.len().saturating_sub(limits.stream_fragments);
            let mut full = log.drop_while(|_| {
                let drop = over > 0;
                over = over.saturating_sub(1);
                drop
            });
            while log.memory_bytes() > limits.stream_memory_bytes {
                let Some(gone) = log.evict_oldest_content() else { break };
                full += u64::from(gone);
            }
            (expired, full)
        });
        counters.fragments_expired.add(expired);
        self.report_dropped(full, counters);
    }

    /// Frees memory, the oldest content first; `false` when there is none.
    pub(crate) fn evict_one(&self, counters: &Counters) -> bool {
        let evicted = self.with_log(Log::evict_oldest_content);
        self.report_dropped(u64::from(evicted == Some(true)), counters);
        evicted.is_some()
    }

    /// Forgets fragments that were in deleted segment files.
    pub(crate) fn forget_disk_before(&self, segment: u64, counters: &Counters) {
        let dropped = self.with_log(|log| log.forget_disk_before(segment));
        self.report_dropped(dropped, counters);
    }

    /// When the oldest content in memory came in.
    pub(crate) fn oldest_in_memory(&self) -> Option<Timestamp> {
        self.with_log(|log| log.oldest_in_memory())
    }

    /// Drops every fragment and ends every reader and producer.
    pub(crate) fn delete(&self) {
        self.with_log(|log| log.drop_while(|_| true));
        self.signal.send_modify(|signal| signal.deleted = true);
    }

    /// The fragment of this number, if it is kept.
    pub(crate) fn find(&self, number: &FragmentNumber) -> Option<Found> {
        self.with_log(|log| log.find(number).map(|entry| self.found(entry)))
    }

    /// The oldest fragment after `number` for which `wanted` holds.
    pub(crate) fn first_after(
        &self,
        number: Option<&FragmentNumber>,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Option<Found> {
        self.with_log(|log| log.after(number).find(|entry| wanted(entry)).map(|entry| self.found(entry)))
    }

    /// The number and the server time of the newest fragment.
    pub(crate) fn newest(&self) -> Option<(FragmentNumber, Timestamp)> {
        self.with_log(|log| log.newest().map(|entry| (entry.info.number.clone(), entry.info.server)))
    }

    /// Looks at every kept fragment, oldest first.
    pub(crate) fn collect<T>(&self, pick: impl Fn(&Entry) -> Option<T>) -> Vec<T> {
        self.with_log(|log| log.iter().filter_map(pick).collect())
    }

    fn found(&self, entry: &Entry) -> Found {
        let place = match (&entry.content, entry.disk, &self.dir) {
            (Some(content), ..) => Place::Memory(content.clone()),
            (None, Some(at), Some(dir)) => Place::Disk(dir.clone(), at),
            (None, ..) => Place::Nowhere,
        };
        Found { info: entry.info.clone(), sequence: entry.sequence, place }
    }

    fn with_log<T>(&self, act: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let before = log.memory_bytes();
        let result = act(&mut log);
        let after = log.memory_bytes();
        if after > before {
            self.total_memory.fetch_add(after - before, Ordering::Relaxed);
        } else if before > after {
            self.total_memory.fetch_sub(before - after, Ordering::Relaxed);
        }
        result
    }

    fn report_dropped(&self, dropped: u64, counters: &Counters) {
        if dropped > 0 {
            counters.fragments_dropped_full.add(dropped);
            tracing::warn!(stream.name = %self.name, dropped, "dropped the oldest fragments: a bound is reached");
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let log = self.log.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.total_memory.fetch_sub(log.memory_bytes(), Ordering::Relaxed);
    }
}

impl Found {
    /// The fragment's bytes; `None` when they went away in the meantime.
    pub(crate) async fn content(self) -> Option<Content> {
        match self.place {
            Place::Memory(content) => Some(content),
            Place::Nowhere => None,
            Place::Disk(dir, at) => {
                let read = tokio::task::spawn_blocking(move || DiskLog::read(&dir, at)).await;
                match read {
                    Ok(Ok(content)) => Some(content),
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "a fragment cannot be read from disk");
                        None
                    }
                    Err(error) => {
                        tracing::warn!(%error, "reading a fragment from disk was cut off");
                        None
                    }
                }
            }
        }
    }
}
