//! The hosts: real engines over the scripted world.

use std::{sync::Arc, time::Duration};

use engine::{Clock, Engine, EngineOptions, EngineParts, SpoolFolder, TenantRules, Tenants};
use events::EntityKind;
use model::{TenantId, Timestamp, WorkerId};
use ports::testing::{MemoryBlobStore, MemoryBus, MemoryContacts, MemoryEventLog, MemoryLeases};
use recognition::{RecogniserPool, Tier, Times};
use redaction::{Act, TenantPolicy};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    kvs::{ReachedStreams, Streams},
    proxies::{Network, Reached},
    recogniser::SimTranscriber,
    rng::Rng,
    scenario::BEGIN_MS,
};

/// What all hosts share.
pub(crate) struct World {
    pub(crate) tenant: TenantId,
    pub(crate) log: Arc<MemoryEventLog>,
    pub(crate) blobs: Arc<MemoryBlobStore>,
    pub(crate) network: Arc<Network>,
    leases: Arc<MemoryLeases>,
    contacts: Arc<MemoryContacts>,
    bus: Arc<MemoryBus>,
    streams: Arc<Streams>,
    begin: Instant,
    rng: Rng,
    keeps_recordings: bool,
    folder: TempDir,
    started: u32,
}

/// One host, which dies and is replaced by another in the same place.
pub(crate) struct Host {
    pub(crate) engine: Arc<Engine>,
}

impl World {
    pub(crate) fn new(
        streams: Arc<Streams>,
        mut rng: Rng,
        begin: Instant,
        keeps_recordings: bool,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            tenant: TenantId::new("acme")?,
            log: Arc::default(),
            blobs: Arc::default(),
            network: Arc::new(Network::new(rng.split())),
            leases: Arc::new(MemoryLeases::new(clock(begin, 0))),
            contacts: Arc::default(),
            bus: Arc::default(),
            streams,
            begin,
            rng,
            keeps_recordings,
            folder: tempfile::tempdir()?,
            started: 0,
        })
    }

    /// Starts a host in a place. Its clock is off by up to a second.
    pub(crate) fn start(&mut self, place: usize) -> anyhow::Result<Host> {
        self.started += 1;
        let skew_ms = i64::try_from(self.rng.within(0, 2_000))? - 1_000;
        let reached = Reach { host: place, network: Arc::clone(&self.network) };
        let tiers = vec![
            Tier::new(Arc::new(SimTranscriber::new("first", self.rng.split(), 30))),
            Tier::new(Arc::new(SimTranscriber::new("second", self.rng.split(), 10))),
        ];
        let pool = RecogniserPool::new(tiers, Times::default())?;
        let parts = EngineParts {
            media: Arc::new(ReachedStreams {
                streams: Arc::clone(&self.streams),
                host: place,
                network: Arc::clone(&self.network),
            }),
            transcriber: Some(Arc::new(pool)),
            absent: String::new(),
            log: reached.over(&self.log),
            blobs: reached.over(&self.blobs),
            leases: reached.over(&self.leases),
            contacts: reached.over(&self.contacts),
            bus: Some(reached.over(&self.bus)),
            queue: None,
            clock: clock(self.begin, skew_ms),
        };
        let worker = WorkerId::new(format!("host-{place}-{}", self.started))?;
        let mut options = EngineOptions::new(worker.clone(), self.tenant.clone());
        if self.keeps_recordings {
            options.spool = Some(SpoolFolder::open(self.folder.path().join(worker.as_str()))?);
        }
        let mut tenants = Tenants::only(self.tenant.clone());
        let rules = TenantRules {
            stream_prefix: Some("sim-connect".to_owned()),
            redaction: Arc::new(all_shown()),
            ..TenantRules::default()
        };
        tenants.rules.insert(self.tenant.clone(), rules);
        options.tenants = Arc::new(tenants);
        let engine = Arc::new(Engine::new(parts, options));
        engine.start();
        Ok(Host { engine })
    }
}

/// A policy that shows what may be shown. The words here are made up, and sound like rare names: masks would hide whether
/// each of them is there once. What may never be shown has digits, which these words have not.
fn all_shown() -> TenantPolicy {
    let mut policy = TenantPolicy::default();
    for kind in EntityKind::ALL.iter().filter(|kind| Act::Show.refused_for(**kind).is_none()) {
        policy.acts.set(*kind, Act::Show).expect("it may be shown");
    }
    policy
}

struct Reach {
    host: usize,
    network: Arc<Network>,
}

impl Reach {
    fn over<S>(&self, inner: &Arc<S>) -> Arc<Reached<S>> {
        let (inner, network) = (Arc::clone(inner), Arc::clone(&self.network));
        Arc::new(Reached { inner, host: self.host, network })
    }
}

/// The wall time, as a host with such a clock sees it.
pub(crate) fn clock(begin: Instant, skew_ms: i64) -> Clock {
    let epoch = Timestamp::from_millis(i64::try_from(BEGIN_MS).unwrap_or(i64::MAX) + skew_ms);
    Arc::new(move || epoch + begin.elapsed())
}

/// How long after the last call everything may take to come to its end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15 * 60);
