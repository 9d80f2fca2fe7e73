//! Erasure, holds and retention over the parts that a configuration names.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use config::{BusEngine, Config};
use housekeeping::{Housekeeper, Kept, StreamRetention, TenantRetention};
use kvs::KvsMediaSource;
use lifecycle::{Kind, Remaining, Retention};
use model::{MediaOrigin, StreamAddress, StreamName, TenantId};
use ports::MediaStream;

use crate::{failure::Failure, keyring::Keyring, node::clock, parts};

/// How often what was kept long enough is looked for.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// How long a stream's answer is waited for.
const MAX_ANSWER: Duration = Duration::from_secs(5);

/// Asks Kinesis Video Streams.
struct Streams(KvsMediaSource);

#[async_trait]
impl StreamRetention for Streams {
    async fn hours(&self, tenant: &TenantId, stream: &StreamName) -> Option<u32> {
        let address =
            StreamAddress { origin: MediaOrigin::Kvs, name: stream.clone(), region: None, account: None };
        let stream = MediaStream { tenant: tenant.clone(), address };
        let described = tokio::time::timeout(MAX_ANSWER, self.0.describe(&stream));
        described.await.ok()?.ok().map(|facts| facts.retention_hours)
    }
}

/// The housekeeper of a configuration.
pub(crate) async fn housekeeper(
    config: &Config,
    kept: Kept,
    keyring: &Keyring,
    local_endpoint: Option<&str>,
) -> Result<Housekeeper, Failure> {
    let mut housekeeper = Housekeeper::new(kept, clock()).noting(elsewhere(config));
    if let Some(key) = &keyring.signing {
        housekeeper = housekeeper.signing_with(Arc::clone(key));
    }
    if let Some(index) = &keyring.customers {
        housekeeper = housekeeper.finding_customers_by(Arc::clone(index));
    }
    if local_endpoint.is_some() || config.kvs.endpoint.is_some() {
        let streams = Streams(parts::media(config, local_endpoint).await?);
        housekeeper = housekeeper.asking_streams(Arc::new(streams));
    }
    Ok(housekeeper)
}

/// How long what is kept of a tenant's calls is kept.
pub(crate) fn retention_of(config: &Config, tenant: &TenantId) -> Result<Retention, Failure> {
    let told = config.retention_of(tenant);
    let days = |kind| match kind {
        Kind::Transcript => told.transcript_days,
        Kind::Recording => told.recording_days,
        Kind::Evidence => told.evidence_days,
        Kind::Audit => told.audit_days,
    };
    Retention::new(days).map_err(Failure::config)
}

/// The tenants of a configuration whose calls are not kept for good.
pub(crate) fn retentions(config: &Config) -> Result<TenantRetention, Failure> {
    let mut retentions = TenantRetention::new();
    for tenant in config.tenants.keys().chain([&config.tenant]) {
        let retention = retention_of(config, tenant)?;
        if !retention.is_for_good() {
            retentions.insert(tenant.clone(), retention);
        }
    }
    Ok(retentions)
}

/// What else may be left, by what the installation is made of.
fn elsewhere(config: &Config) -> Vec<Remaining> {
    match config.bus.engine {
        BusEngine::None => Vec::new(),
        BusEngine::Redis => vec![Remaining {
            what: "redacted events of the call's last minutes in the streams of the bus (Redis)".to_owned(),
            until_ms: None,
            then: "messages are cut after a quarter of an hour; Redis may have them on disk until it writes that anew"
                .to_owned(),
        }],
    }
}
