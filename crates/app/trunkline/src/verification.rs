//! Verifies calls after their end: who does it, with what, and what sees to it that none is forgotten.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use compliance::{Sweep, VERIFY_JOB, Verifier, VerifierParts};
use config::{Config, Recogniser, Role};
use engine::Engine;
use model::TenantId;
use ports::{BlobStore, EventLog, JobHandlers, JobKind, Jobs, Transcriber};
use signing::SigningKey;
use tokio::task::JoinHandle;

use crate::{
    failure::Failure,
    node,
    recognisers::{self, Hearing},
};

/// How often ended calls are looked for: so long waits a call to be verified, at most.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// Verifies the calls of a server.
pub(crate) fn verifier(
    config: &Config,
    engine: &Arc<Engine>,
    log: &Arc<dyn EventLog>,
    blobs: &Arc<dyn BlobStore>,
    hearing: &Hearing,
    key: Option<Arc<SigningKey>>,
) -> Verifier {
    let following = Arc::downgrade(engine);
    let tenants = Arc::clone(engine.tenants());
    Verifier::new(VerifierParts {
        log: Arc::clone(log),
        blobs: Arc::clone(blobs),
        recogniser: recogniser(config, hearing),
        key,
        clock: node::clock(),
        publish: Arc::new(move |envelope| {
            // Nobody follows an engine that is gone.
            if let Some(engine) = following.upgrade() {
                engine.publish(envelope);
            }
        }),
        policy: Arc::new(move |tenant| {
            tenants.rules.get(tenant).map(|rules| Arc::clone(&rules.redaction)).unwrap_or_default()
        }),
    })
}

/// Only this host's own models hear a call twice: others are paid by the minute.
fn recogniser(config: &Config, hearing: &Hearing) -> Option<Arc<dyn Transcriber>> {
    let own = config.recognition.order.iter().all(|recogniser| *recogniser == Recogniser::Local);
    own.then(|| recognisers::transcriber(hearing).0).flatten()
}

/// The handlers of jobs, with the one that verifies.
pub(crate) fn handlers(verifier: Verifier) -> Result<JobHandlers, Failure> {
    let kind = JobKind::new(VERIFY_JOB).context("the kind of jobs that verify")?;
    Ok(JobHandlers::new().with(kind, Arc::new(verifier)))
}

/// Sees to it that every call that ended is verified, on hosts that carry calls.
pub(crate) fn sweep(
    config: &Config,
    log: &Arc<dyn EventLog>,
    jobs: &Arc<dyn Jobs>,
) -> Option<JoinHandle<()>> {
    let mut tenants: Vec<TenantId> = config.tenants.keys().cloned().collect();
    if !tenants.contains(&config.tenant) {
        tenants.push(config.tenant.clone());
    }
    let carries = config.server.roles.contains(&Role::Worker);
    carries.then(|| tokio::spawn(Sweep::new(Arc::clone(log), Arc::clone(jobs), tenants).run(SWEEP_EVERY)))
}
