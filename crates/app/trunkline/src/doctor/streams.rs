//! Connect's storage configuration, the tenants' streams, and whether they can be read.

mod read;

use config::{KvsEndpoint, Tenant};
use connect::{AssumedRole, AwsAccount, ConnectError, InstanceArn};
use doctor::{Check, Finding, Severity, checks, judge};
use kvs::{KvsMediaSource, StreamFacts, StreamStatus};
use model::TenantId;
use ports::{MediaSourceError, MediaStream};

use super::{PATIENCE, Scope, chain, open, reach, roles::trust};

/// Streams of a tenant that are looked at.
const MAX_STREAMS: u32 = 50;
/// Streams that have something wrong and are shown; of the others there is a count.
const MAX_SHOWN: usize = 3;

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let mut out = endpoints(scope).await;
    if out.iter().any(|finding| finding.severity == Severity::Error) {
        return out;
    }
    let source = match open::media(scope).await {
        Ok(Some(source)) => source,
        Ok(None) => {
            let what = "the local Kinesis Video Streams does not run, and no stream was looked at";
            out.push(checks::STREAMS_FOUND.ok(what));
            return out;
        }
        Err(finding) => {
            out.push(finding);
            return out;
        }
    };
    for id in &scope.tenants {
        let tenant = scope.tenant(id);
        if scope.reads_from_amazon() {
            out.extend(storage(id, &tenant).await);
        }
        out.extend(streams(&source, id, &tenant).await);
    }
    out
}

/// The addresses of the services that streams are read from.
async fn endpoints(scope: &Scope) -> Vec<Finding> {
    let check = &checks::STREAMS_ENDPOINT;
    let urls: Vec<String> = match &scope.config.kvs.endpoint {
        None => Vec::new(),
        Some(KvsEndpoint::Url(url)) => vec![url.clone()],
        Some(KvsEndpoint::Aws) => {
            let of_tenants = scope.tenants.iter().filter_map(|id| scope.tenant(id).region);
            let mut regions: Vec<String> = of_tenants.chain([scope.config.kvs.region.clone()]).collect();
            regions.sort();
            regions.dedup();
            regions.into_iter().map(|region| format!("https://kinesisvideo.{region}.amazonaws.com")).collect()
        }
    };
    let mut out = Vec::new();
    for url in urls {
        let finding = match reach::http(&url).await {
            Ok(_) => check.ok("it resolves, connects and answers"),
            Err(unreached) => unreached.finding(check),
        };
        out.push(finding.about(url));
    }
    out
}

/// How the tenant's instances store live media.
async fn storage(id: &TenantId, tenant: &Tenant) -> Vec<Finding> {
    let account = AwsAccount::from_environment().await;
    let external_id = tenant.external_id.as_ref().map(|id| id.expose().to_owned());
    let role = tenant.role_arn.clone().map(|arn| AssumedRole { arn, external_id });
    let mut out = Vec::new();
    // What is no ARN is told with the configuration.
    for instance in tenant.instances.iter().filter_map(|arn| arn.parse::<InstanceArn>().ok()) {
        let asking = tokio::time::timeout(PATIENCE, account.media_storage(&instance, role.as_ref()));
        let found = match asking.await {
            Ok(Ok(storage)) => {
                let facts = judge::StorageFacts {
                    prefix: storage.prefix,
                    retention_hours: storage.retention_hours,
                    key: storage.key,
                };
                judge::storage(&facts, tenant.stream_prefix.as_deref())
            }
            Ok(Err(error)) => vec![storage_unknown(&error, tenant)],
            Err(_) => vec![super::unanswered(&checks::STREAMS_STORAGE, PATIENCE)],
        };
        out.extend(found.into_iter().map(|finding| finding.about(format!("{id} {instance}"))));
    }
    out
}

fn storage_unknown(error: &ConnectError, tenant: &Tenant) -> Finding {
    let what = chain(error);
    match error {
        ConnectError::Role(_) => checks::CREDENTIALS_ROLE.error(what).fix(trust(None, tenant)),
        ConnectError::NoInstance => checks::STREAMS_STORAGE
            .error(what)
            .fix("Correct the ARN in the tenant's instances, and the account whose role is named."),
        ConnectError::Denied(_) => checks::STREAMS_STORAGE
            .note(format!("{what}: the storage configuration was not read, and is judged by its streams"))
            .fix("Allow connect:ListInstanceStorageConfigs on the instance to whoever reads its streams, for this check alone."),
        ConnectError::Credentials(_)
        | ConnectError::Refused(_)
        | ConnectError::Unreachable(_)
        | ConnectError::Garbled(_)
        | _ => checks::STREAMS_STORAGE.warning(format!("the storage configuration was not read: {what}")),
    }
}

async fn streams(source: &KvsMediaSource, id: &TenantId, tenant: &Tenant) -> Vec<Finding> {
    let prefix = tenant.stream_prefix.as_deref().unwrap_or_default();
    let listing = tokio::time::timeout(PATIENCE, source.describe_all(id, prefix, MAX_STREAMS));
    let found = match listing.await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            let finding = refused(&checks::STREAMS_FOUND, Severity::Warning, &error, tenant);
            // As the credentials' own check names it.
            let role = tenant.role_arn.as_ref().filter(|_| finding.check == &checks::CREDENTIALS_ROLE);
            return vec![match role {
                Some(role) => finding.about(format!("{id} {role}")),
                None => finding.about(id),
            }];
        }
        Err(_) => return vec![super::unanswered(&checks::STREAMS_FOUND, PATIENCE).about(id)],
    };
    if found.is_empty() {
        let what = format!(
            "there is no stream whose name begins with {prefix:?}: Connect makes the first with the first call that streams"
        );
        return vec![checks::STREAMS_FOUND.note(what).about(id)];
    }
    let mut out = vec![checks::STREAMS_FOUND.ok(format!("{} streams are listed", found.len())).about(id)];
    out.extend(settings(id, &found));
    let readable = found.iter().find(|one| one.status == StreamStatus::Active);
    if let Some(facts) = readable {
        let stream = MediaStream { tenant: id.clone(), address: facts.address.clone() };
        out.extend(read::look(source, &stream, facts, tenant).await);
    }
    out
}

/// How the streams are set: one line when all are well, some examples otherwise.
fn settings(id: &TenantId, found: &[StreamFacts]) -> Vec<Finding> {
    let judged = |facts: &StreamFacts| {
        let state = match facts.status {
            StreamStatus::Active | StreamStatus::Unknown => judge::StreamState::Active,
            StreamStatus::Deleting => judge::StreamState::Deleting,
            StreamStatus::Creating | StreamStatus::Updating | _ => judge::StreamState::Changing,
        };
        let name = format!("{id} {}", facts.address.name);
        judge::stream(&judge::StreamFacts { name, retention_hours: facts.retention_hours, state })
    };
    let all: Vec<Finding> = found.iter().flat_map(judged).collect();
    let bad: Vec<Finding> = all.into_iter().filter(|finding| finding.severity > Severity::Ok).collect();
    let Some(least) = found.iter().map(|facts| facts.retention_hours).min().filter(|_| bad.is_empty()) else {
        let more = bad.len().saturating_sub(MAX_SHOWN);
        let mut shown: Vec<Finding> = bad.into_iter().take(MAX_SHOWN).collect();
        if more > 0 {
            shown.push(
                checks::STREAMS_RETENTION.warning(format!("the same of {more} more streams")).about(id),
            );
        }
        return shown;
    };
    vec![checks::STREAMS_RETENTION.ok(format!("media is kept for {least} hours or more")).about(id)]
}

/// A refusal, as a finding of the check that it belongs to.
fn refused(check: &'static Check, severity: Severity, error: &MediaSourceError, tenant: &Tenant) -> Finding {
    let what = chain(error);
    match error {
        MediaSourceError::RoleRefused { .. } => checks::CREDENTIALS_ROLE.error(what).fix(trust(None, tenant)),
        MediaSourceError::KeyRefused { .. } => checks::STREAMS_KEY.error(what),
        MediaSourceError::Throttled { .. } => {
            check.note(format!("{what}: others read it now, and it was not looked at"))
        }
        MediaSourceError::Connection { .. } => checks::STREAMS_ENDPOINT.error(what),
        MediaSourceError::Gone { .. } | MediaSourceError::Unauthorized { .. } | _ => {
            if severity == Severity::Error { check.error(what) } else { check.warning(what) }
        }
    }
}
