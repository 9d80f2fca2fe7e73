//! The port `Bus`: scripts that publish, and readers that follow.

mod cursor;
mod facts;
mod reader;

pub use facts::ServerFacts;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use ports::{Bus, BusError, BusMessage, BusSubscription};
use redis::Script;

use crate::{RedisConfig, RedisFailure, bus::reader::Subscription, link::Link, partition::partition_of};

/// The largest message that the bus takes. Events are kilobytes.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Messages that one script adds; more take several.
const MAX_BATCH: usize = 256;

/// How long a message lies in its stream at the most: longer than a host that follows may be away from it.
const KEEP: Duration = Duration::from_secs(15 * 60);

static PUBLISH: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("prelude.lua"), include_str!("bus/publish.lua"))));

/// The bus between hosts. Clones share one connection; each subscription has its own.
#[derive(Clone, Debug)]
pub struct RedisBus(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    link: Arc<Link>,
    keys: Keys,
    maxlen: u32,
}

/// The names of the bus in Redis.
#[derive(Clone, Debug)]
struct Keys {
    /// How many partitions there are, and the number of the last message of each.
    meta: String,
    /// The streams.
    streams: Vec<String>,
}

impl Keys {
    /// Which partition a stream is.
    fn partition(&self, stream: &str) -> Option<usize> {
        let (_, partition) = stream.rsplit_once(':')?;
        partition
            .parse()
            .ok()
            .filter(|&partition| self.streams.get(partition).is_some_and(|name| name == stream))
    }
}

impl RedisBus {
    /// The bus of an installation. It connects when it is first used, so that a host can start while Redis is away.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn connect(config: &RedisConfig) -> Result<Self, RedisFailure> {
        config.check()?;
        let link = Arc::new(Link::new(&config.url, config.partitions)?);
        let name = format!("{}:bus", config.prefix);
        let streams = (0..config.partitions).map(|partition| format!("{name}:{partition}")).collect();
        let keys = Keys { meta: format!("{name}:meta"), streams };
        Ok(Self(Arc::new(Shared { link, keys, maxlen: config.maxlen })))
    }

    /// Whether Redis answers and the bus can be used.
    ///
    /// # Errors
    /// When it does not, or this host is told another number of partitions than the others.
    pub async fn check(&self) -> Result<(), RedisFailure> {
        self.add(&BTreeMap::new()).await
    }

    async fn add(&self, messages: &BTreeMap<u32, Vec<Vec<u8>>>) -> Result<(), RedisFailure> {
        let Shared { link, keys, maxlen } = self.0.as_ref();
        let mut script = PUBLISH.key(&keys.meta);
        script.arg(keys.streams.len()).arg(*maxlen).arg(KEEP.as_secs());
        for (partition, texts) in messages {
            script.key(&keys.streams[*partition as usize]).arg(*partition).arg(texts.len());
            for text in texts {
                script.arg(text.as_slice());
            }
        }
        link.run(&script).await
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, messages: &[BusMessage]) -> Result<(), BusError> {
        let partitions = u32::try_from(self.0.keys.streams.len()).unwrap_or(1);
        for batch in messages.chunks(MAX_BATCH) {
            let mut written: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
            for message in batch {
                let texts = written.entry(partition_of(&message.order_key(), partitions)).or_default();
                texts.push(write(message).map_err(failed)?);
            }
            self.add(&written).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn subscribe(&self) -> Result<Box<dyn BusSubscription>, BusError> {
        let Shared { link, keys, .. } = self.0.as_ref();
        let subscription = Subscription::start(Arc::clone(link), keys.clone()).await.map_err(failed)?;
        Ok(Box::new(subscription))
    }
}

fn write(message: &BusMessage) -> Result<Vec<u8>, RedisFailure> {
    let written = serde_json::to_vec(message).map_err(RedisFailure::Message)?;
    if written.len() > MAX_MESSAGE_BYTES {
        return Err(RedisFailure::TooLarge { bytes: written.len() });
    }
    Ok(written)
}

fn failed(failure: RedisFailure) -> BusError {
    BusError::Failed(Box::new(failure))
}
