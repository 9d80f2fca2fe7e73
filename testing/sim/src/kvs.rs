//! Streams as Kinesis Video Streams gives them: each fragment when it is there, with everything that can go wrong.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use mkv::{tag, testing::ConnectStream};
use model::{Channel, FragmentNumber, StreamName, TenantId, Timestamp};
use ports::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    proxies::Network,
    rng::Rng,
    scenario::{BEGIN_MS, Call, FRAGMENT_MS, Store},
};

/// The service closes a body after this long; really after 45 minutes.
const MAX_BODY: Duration = Duration::from_secs(50);
/// A fragment can be read so long after its last sample was spoken.
const DELAY_MS: u64 = 300;
const SAMPLES_PER_BLOCK: usize = 512;

#[derive(Debug)]
struct Kept {
    number: FragmentNumber,
    producer: Timestamp,
    there_at: Instant,
    bytes: Bytes,
    /// The live body never brings it; the archive has it.
    lost_live: bool,
}

/// All streams.
#[derive(Debug)]
pub(crate) struct Streams {
    kept: BTreeMap<StreamName, Vec<Kept>>,
    rng: Mutex<Rng>,
}

impl Streams {
    pub(crate) fn new(calls: &[Call], mut rng: Rng, begin: Instant) -> Self {
        let mut kept: BTreeMap<StreamName, Vec<Kept>> = BTreeMap::new();
        for call in calls {
            kept.entry(call.stream.clone()).or_default().extend(fragments(call, &mut rng, begin));
        }
        Self { kept, rng: Mutex::new(rng) }
    }

    fn chance(&self, percent: u64) -> bool {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).percent(percent)
    }

    fn within(&self, from: u64, to: u64) -> u64 {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).within(from, to)
    }
}

fn fragments(call: &Call, rng: &mut Rng, begin: Instant) -> Vec<Kept> {
    let sound = Channel::ALL.map(|channel| call.samples(channel));
    let mut stream = ConnectStream::new(call.contact.as_str(), call.start_ms, 1);
    stream.next_number = call.first_number;
    let mut named_before = false;
    (0..call.fragments)
        .map(|n| {
            let contact = match &call.transfer {
                Some((next, after)) if n >= *after => next,
                _ => &call.contact,
            };
            // Some fragments name nobody, but for the first of each contact.
            let is_first = n == 0 || call.transfer.as_ref().is_some_and(|(_, after)| *after == n);
            // Never two in a row: who opens a body there cannot know whose they are, and must not guess.
            let named = is_first || !named_before || !rng.percent(10);
            named_before = named;
            stream.contact = named.then(|| contact.to_string());
            stream.from_first = rng.percent(50);
            let producer_ms = stream.next_ms;
            let mut fragment = stream.fragment();
            fill(&mut fragment.fragment, &sound, usize::try_from(n).unwrap_or(0), stream.from_first);
            let number = fragment.before.iter().find(|(name, _)| *name == tag::FRAGMENT_NUMBER);
            let number = number.map(|(_, number)| number.clone()).unwrap_or_default();
            let mut bytes = Vec::new();
            fragment.write(&mut bytes);
            let there_ms = producer_ms + FRAGMENT_MS + DELAY_MS - BEGIN_MS;
            Kept {
                number: FragmentNumber::new(&number).expect("the number is decimal"),
                producer: Timestamp::from_millis(i64::try_from(producer_ms).unwrap_or(i64::MAX)),
                there_at: begin + Duration::from_millis(there_ms),
                bytes: bytes.into(),
                // Not the first and the last: what is missing there is not asked for, see docs/reliability.md.
                lost_live: n > 0 && n + 3 < call.fragments && rng.percent(1),
            }
        })
        .collect()
}

/// Puts the call's sound into a fragment's blocks.
fn fill(fragment: &mut mkv::Fragment, sound: &[Vec<i16>; 2], n: usize, from_first: bool) {
    let mut next = [n * 16 * SAMPLES_PER_BLOCK; 2];
    for block in &fragment.blocks {
        let channel = usize::from((block.track == 1) != from_first);
        let from = next[channel];
        next[channel] += SAMPLES_PER_BLOCK;
        let samples = sound[channel].get(from..from + SAMPLES_PER_BLOCK).unwrap_or_default();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        if let Some(place) = fragment.payload.get_mut(block.bytes.clone()) {
            place.fill(0);
            place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        }
    }
}

/// The streams as one host reaches them.
#[derive(Clone, Debug)]
pub(crate) struct ReachedStreams {
    pub(crate) streams: Arc<Streams>,
    pub(crate) host: usize,
    pub(crate) network: Arc<Network>,
}

impl ReachedStreams {
    async fn way(&self, stream: &StreamName) -> Result<(), MediaSourceError> {
        self.network.awake(self.host).await;
        sleep(Duration::from_millis(self.streams.within(1, 80))).await;
        if self.network.is_cut(self.host, Store::Streams) || self.streams.chance(3) {
            return Err(MediaSourceError::Connection { stream: stream.clone(), source: None });
        }
        if self.streams.chance(3) {
            return Err(MediaSourceError::Throttled { stream: stream.clone(), source: None });
        }
        Ok(())
    }
}

#[async_trait]
impl MediaSource for ReachedStreams {
    async fn open(
        &self,
        stream: &MediaStream,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let name = &stream.address.name;
        self.way(name).await?;
        let Some(kept) = self.streams.kept.get(name) else {
            return Err(MediaSourceError::Gone { stream: name.clone(), source: None });
        };
        let length = Duration::from_millis(FRAGMENT_MS);
        let next = match start {
            StartAt::Earliest => 0,
            StartAt::AfterFragment(after) => kept.partition_point(|kept| kept.number <= *after),
            StartAt::ProducerTime(at) => kept.partition_point(|kept| kept.producer + length <= *at),
        };
        let breaks_after = self.streams.chance(30).then(|| self.streams.within(0, 12));
        Ok(Box::new(Live {
            from: self.clone(),
            name: name.clone(),
            next,
            breaks_after,
            opened: Instant::now(),
        }))
    }

    async fn open_archive(
        &self,
        stream: &MediaStream,
        range: TimeRange,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let name = &stream.address.name;
        // The session asks an archive once: a failure here is a loss, and not what is simulated.
        self.network.awake(self.host).await;
        let now = Instant::now();
        let length = Duration::from_millis(FRAGMENT_MS);
        let kept = self.streams.kept.get(name).map(Vec::as_slice).unwrap_or_default();
        let within = kept.iter().filter(|kept| {
            kept.there_at <= now && kept.producer + length > range.from && kept.producer < range.to
        });
        let bytes: Vec<Bytes> = within.map(|kept| kept.bytes.clone()).collect();
        Ok(Box::new(Archived(bytes.into_iter())))
    }

    async fn streams(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<MediaStream>, MediaSourceError> {
        let names = self.streams.kept.keys().filter(|name| name.as_str().starts_with(prefix));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(names.take(limit).map(|name| MediaStream::named(tenant.clone(), name.clone())).collect())
    }
}

struct Live {
    from: ReachedStreams,
    name: StreamName,
    next: usize,
    breaks_after: Option<u64>,
    opened: Instant,
}

#[async_trait]
impl MediaBody for Live {
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError> {
        let broken = || MediaSourceError::Connection { stream: self.name.clone(), source: None };
        loop {
            self.from.network.awake(self.from.host).await;
            if self.from.network.is_cut(self.from.host, Store::Streams) {
                return Err(broken());
            }
            let close_at = self.opened + MAX_BODY;
            let kept = self.from.streams.kept.get(&self.name).and_then(|kept| kept.get(self.next));
            let Some(kept) = kept else {
                // Open and silent, until the service closes it.
                sleep_until(close_at).await;
                return Ok(None);
            };
            if kept.there_at > Instant::now() {
                if kept.there_at > close_at {
                    sleep_until(close_at).await;
                    return Ok(None);
                }
                sleep_until(kept.there_at).await;
                continue;
            }
            if Instant::now() > close_at {
                return Ok(None);
            }
            match &mut self.breaks_after {
                Some(0) => {
                    self.breaks_after = None;
                    return if self.next.is_multiple_of(2) { Ok(None) } else { Err(broken()) };
                }
                Some(left) => *left -= 1,
                None => {}
            }
            self.next += 1;
            if !kept.lost_live {
                return Ok(Some(kept.bytes.clone()));
            }
        }
    }
}

struct Archived(std::vec::IntoIter<Bytes>);

#[async_trait]
impl MediaBody for Archived {
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError> {
        Ok(self.0.next())
    }
}
