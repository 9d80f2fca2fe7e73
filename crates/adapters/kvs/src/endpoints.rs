//! What is kept of each stream: where its media is, and how often it was opened.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{StreamName, TenantId};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    pace::Pace,
    wire::{Api, Refusal, WireError},
};

/// How long a data endpoint is used at least: as long as one `GetMedia` may last.
const ENDPOINT_LIFETIME: Duration = Duration::from_secs(45 * 60);
/// Up to this much is added, so that the endpoints of calls that began together are not asked for together again.
const MAX_EXTRA_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Streams that are remembered. When there are more, all that are not being read are forgotten: their endpoints are
/// asked for again.
const MAX_STREAMS: usize = 10_000;
/// `GetMedia` of one stream: the service allows five a second, as it counts them.
const OPEN_INTERVAL: Duration = Duration::from_millis(210);
/// How long one waits for its turn before the caller is told to come back.
const OPEN_PATIENCE: Duration = Duration::from_secs(2);
/// Bodies of one stream that are open at once: the service allows three, for all who read it. A call has one; the
/// next contact's on a pooled stream may be open while the last one's end is still being read.
const MAX_BODIES_PER_STREAM: usize = 3;

/// A stream, as its endpoints are kept: the same name may be another stream elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StreamKey {
    pub(crate) tenant: TenantId,
    pub(crate) region: Option<String>,
    pub(crate) name: StreamName,
}

/// All streams that were read lately.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    known: Mutex<HashMap<StreamKey, Arc<Stream>>>,
    spread: RandomState,
}

/// One stream.
#[derive(Debug)]
pub(crate) struct Stream {
    endpoints: Mutex<HashMap<Api, Endpoint>>,
    extra_lifetime: Duration,
    bodies: Arc<Semaphore>,
    /// Holds `GetMedia` to the stream's quota.
    pub(crate) opens: Pace,
    /// Holds `GetDataEndpoint` to the stream's quota, which is the same.
    pub(crate) lookups: Pace,
}

#[derive(Clone, Debug)]
struct Endpoint {
    url: String,
    fetched: Instant,
}

impl Streams {
    pub(crate) fn get(&self, key: &StreamKey) -> Arc<Stream> {
        let mut known = lock(&self.known);
        if let Some(stream) = known.get(key) {
            return Arc::clone(stream);
        }
        if known.len() >= MAX_STREAMS {
            known.retain(|_, stream| stream.bodies.available_permits() < MAX_BODIES_PER_STREAM);
        }
        let share = u32::try_from(self.spread.hash_one(key) % 1_024).unwrap_or(0);
        let stream = Arc::new(Stream::new(MAX_EXTRA_LIFETIME / 1_024 * share));
        known.insert(key.clone(), Arc::clone(&stream));
        stream
    }
}

impl Stream {
    fn new(extra_lifetime: Duration) -> Self {
        Self {
            endpoints: Mutex::default(),
            extra_lifetime,
            bodies: Arc::new(Semaphore::new(MAX_BODIES_PER_STREAM)),
            opens: Pace::new(OPEN_INTERVAL, 1, OPEN_PATIENCE),
            lookups: Pace::new(OPEN_INTERVAL, 2, OPEN_PATIENCE),
        }
    }

    /// The endpoint that is known for this API.
    pub(crate) fn endpoint(&self, api: Api) -> Option<String> {
        let lifetime = ENDPOINT_LIFETIME + self.extra_lifetime;
        let fresh = |endpoint: &&Endpoint| endpoint.fetched.elapsed() < lifetime;
        lock(&self.endpoints).get(&api).filter(fresh).map(|endpoint| endpoint.url.clone())
    }

    pub(crate) fn keep(&self, api: Api, url: &str) {
        let endpoint = Endpoint { url: url.to_owned(), fetched: Instant::now() };
        lock(&self.endpoints).insert(api, endpoint);
    }

    /// Takes note of how a call at an endpoint went: one that may have moved is asked for again.
    pub(crate) fn note(&self, api: Api, error: Option<&WireError>) {
        if error.is_some_and(|error| error.refusal == Refusal::Unreachable || error.is_stale_endpoint()) {
            lock(&self.endpoints).remove(&api);
        }
    }

    /// A place for one more body; none when too many of ours are open.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.bodies).try_acquire_owned().ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, region: Option<&str>) -> StreamKey {
        StreamKey {
            tenant: TenantId::new("acme").unwrap(),
            region: region.map(str::to_owned),
            name: StreamName::new(name).unwrap(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_is_kept_for_45_minutes_and_at_most_an_hour() {
        let stream = Streams::default().get(&key("calls", None));
        stream.keep(Api::GetMedia, "http://a");
        tokio::time::advance(ENDPOINT_LIFETIME - Duration::from_secs(1)).await;
        assert_eq!(stream.endpoint(Api::GetMedia).as_deref(), Some("http://a"));
        assert_eq!(stream.endpoint(Api::ListFragments), None, "each API has its own");
        tokio::time::advance(MAX_EXTRA_LIFETIME + Duration::from_secs(1)).await;
        assert_eq!(stream.endpoint(Api::GetMedia), None);
    }

    #[test]
    fn the_same_name_in_two_regions_is_two_streams() {
        let streams = Streams::default();
        streams.get(&key("calls", Some("us-east-1"))).keep(Api::GetMedia, "http://a");
        assert_eq!(streams.get(&key("calls", Some("eu-west-1"))).endpoint(Api::GetMedia), None);
        assert!(streams.get(&key("calls", Some("us-east-1"))).endpoint(Api::GetMedia).is_some());
    }

    #[test]
    fn too_many_streams_push_out_those_that_are_not_read() {
        let streams = Streams::default();
        let read = streams.get(&key("read", None));
        read.keep(Api::GetMedia, "http://a");
        let _body = read.place().unwrap();
        for n in 0..MAX_STREAMS {
            streams.get(&key(&format!("stream-{n}"), None));
        }
        assert!(lock(&streams.known).len() <= MAX_STREAMS);
        assert!(streams.get(&key("read", None)).endpoint(Api::GetMedia).is_some());
    }

    #[test]
    fn a_body_that_is_dropped_gives_its_place_back() {
        let stream = Streams::default().get(&key("calls", None));
        let bodies: Vec<_> = (0..MAX_BODIES_PER_STREAM).map(|_| stream.place().unwrap()).collect();
        assert!(stream.place().is_none());
        drop(bodies);
        assert!(stream.place().is_some());
    }
}
