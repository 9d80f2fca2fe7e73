//! What the configuration says, before anybody is asked.

use config::{BlobEngine, BusEngine, Config, QueueEngine, StoreEngine};
use doctor::{Finding, checks};

use super::Scope;

pub(super) fn look(scope: &Scope) -> Vec<Finding> {
    let mut out = hosts(&scope.config);
    out.extend(tenants(scope));
    out
}

/// Whether hosts that share calls share all that calls need.
fn hosts(config: &Config) -> Vec<Finding> {
    let check = &checks::CONFIG_HOSTS;
    if config.store.engine == StoreEngine::Sqlite {
        return vec![check.ok("one host carries and shows all calls")];
    }
    let mut out = Vec::new();
    if config.bus.engine == BusEngine::None {
        let what = "hosts share a store and no bus: a host shows only its own calls while they run";
        out.push(check.warning(what).fix("Set bus.engine to redis, and bus.url."));
    }
    if config.blobs.engine == BlobEngine::Folder {
        let what = "recordings lie in a folder of the host that made them: others cannot play them";
        out.push(check.warning(what).fix("Set blobs.engine to s3, or mount one folder on all hosts."));
    }
    if config.queue.engine == QueueEngine::None {
        out.push(
            check.note(
                "triggers come over HTTP alone: while no host answers, they wait at whoever sends them",
            ),
        );
    }
    if config.kvs.endpoint.is_none() {
        let what = "each host has a local Kinesis Video Streams of its own, which no other host reads";
        out.push(check.warning(what).fix("Set kvs.endpoint to aws, or to one address for all hosts."));
    }
    if out.is_empty() {
        out.push(check.ok("hosts share store, bus, queue and recordings"));
    }
    out
}

fn tenants(scope: &Scope) -> Vec<Finding> {
    let check = &checks::CONFIG_TENANTS;
    let many = scope.config.tenants.len() > 1;
    let mut out = Vec::new();
    for id in &scope.tenants {
        let tenant = scope.tenant(id);
        let mut wrong = Vec::new();
        if many && tenant.instances.is_empty() {
            wrong.push(check.warning("no Connect instance is named: its contact events are nobody's"));
        }
        if let Some(bad) = tenant.instances.iter().find(|arn| arn.parse::<connect::InstanceArn>().is_err()) {
            wrong.push(check.warning(format!("{bad:?} is no ARN of a Connect instance")));
        }
        if tenant.role_arn.is_some() && tenant.external_id.is_none() {
            let what =
                "a role without an external id: another customer of ours could have us read these streams";
            wrong.push(check.warning(what).fix("Set external_id, and demand it in the role's trust policy."));
        }
        if tenant.role_arn.is_none() && tenant.external_id.is_some() {
            wrong.push(
                check.warning("an external id without a role, which nothing uses").fix("Set role_arn."),
            );
        }
        if scope.reads_from_amazon() && tenant.stream_prefix.is_none() {
            let what = "no stream_prefix: a call whose events name no stream cannot be found";
            wrong.push(
                check
                    .note(what)
                    .fix("Set stream_prefix to the prefix of the instance's storage configuration."),
            );
        }
        if wrong.is_empty() {
            wrong.push(check.ok("it is told from others, and its streams can be found"));
        }
        out.extend(wrong.into_iter().map(|finding| finding.about(id)));
    }
    out
}
