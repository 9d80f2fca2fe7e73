//! Numbers that have bounds, and why.

use std::ops::RangeInclusive;

use crate::{
    BlobEngine, BusEngine, Config, ConfigError, ContactsEngine, JobsEngine, QueueEngine, Retention, Role,
    StoreEngine, access,
};

/// What Kinesis Video Streams itself allows: ten years.
const RETENTION_HOURS: RangeInclusive<u64> = 1..=87_600;
const IDLE_SECONDS: RangeInclusive<u64> = 1..=86_400;
const CALLS: RangeInclusive<u64> = 1..=100_000;
const THREADS: RangeInclusive<u64> = 1..=1_024;
/// Shorter than five seconds a slow renewal would cost a call.
const LEASE_SECONDS: RangeInclusive<u64> = 5..=300;
/// Each job recognises a call's audio once more.
const JOBS_AT_ONCE: RangeInclusive<u64> = 0..=64;
/// A hundred years.
const DAYS: RangeInclusive<u64> = 1..=36_500;
/// A key's 32 bytes.
const KEY_DIGITS: usize = 64;
const SUBSCRIBERS: RangeInclusive<u64> = 1..=1_000_000;
const LOAD_PERCENT: RangeInclusive<u64> = 10..=100;

pub(crate) fn check(config: &Config) -> Result<(), ConfigError> {
    let Config { kvs, engine, recognition, .. } = config;
    let calls = engine.max_calls as u64;
    within("engine.max_calls", calls, &CALLS, "0 would refuse every call")?;
    within(
        "engine.idle_seconds",
        engine.idle_seconds,
        &IDLE_SECONDS,
        "0 would ask after every call at once",
    )?;
    let hours = u64::from(kvs.retention_hours);
    let why = "0 would keep five minutes and no archive, so that a restart would lose audio";
    within("kvs.retention_hours", hours, &RETENTION_HOURS, why)?;
    let threads = recognition.threads.map_or(1, |threads| threads as u64);
    within("recognition.threads", threads, &THREADS, "leave it out for one per core")?;
    let why = "a dead worker's calls are taken after it";
    within("engine.lease_seconds", engine.lease_seconds, &LEASE_SECONDS, why)?;
    let why = "from it on a host takes no more calls";
    within("engine.max_load_percent", engine.max_load_percent, &LOAD_PERCENT, why)?;
    within("jobs.at_once", config.jobs.at_once as u64, &JOBS_AT_ONCE, "0 leaves them to other hosts")?;
    if recognition.enabled && recognition.order.is_empty() {
        return wrong(
            "recognition.order",
            "is empty: name local, deepgram or transcribe, or set recognition.enabled = false",
        );
    }
    for (id, tenant) in &config.tenants {
        tenant.redaction.policy().map_err(|error| {
            if let ConfigError::Value(why) = error {
                ConfigError::Value(format!("tenants.{id}.{why}"))
            } else {
                error
            }
        })?;
    }
    let subscribers = config.server.max_subscribers as u64;
    within("server.max_subscribers", subscribers, &SUBSCRIBERS, "each is an open file and some 16 KiB")?;
    config.server.allowed_origins.iter().try_for_each(|origin| access::check_origin(origin))?;
    config.access.as_ref().map_or(Ok(()), access::check)?;
    if config.server.roles.is_empty() {
        return wrong("server.roles", "is empty: give api, worker, or both");
    }
    keeping(config)?;
    crate::guidance::check(config)?;
    crate::models::check(config)?;
    crate::review::check(&config.review)?;
    engines(config)
}

/// How long things are kept, and the keys.
fn keeping(config: &Config) -> Result<(), ConfigError> {
    days("retention", &config.retention)?;
    for (id, tenant) in &config.tenants {
        days(&format!("tenants.{id}.retention"), &tenant.retention)?;
    }
    for (key, secret) in [("keys.customers", &config.keys.customers), ("keys.signing", &config.keys.signing)]
    {
        let is_key =
            |text: &str| text.len() == KEY_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if secret.as_ref().is_some_and(|secret| !is_key(secret.expose())) {
            return wrong(key, "is not 64 hex digits: make one with `openssl rand -hex 32`");
        }
    }
    Ok(())
}

fn days(section: &str, of: &Retention) -> Result<(), ConfigError> {
    let kinds = [
        ("transcript_days", of.transcript_days),
        ("recording_days", of.recording_days),
        ("evidence_days", of.evidence_days),
        ("audit_days", of.audit_days),
    ];
    for (kind, days) in kinds {
        let why = "leave it out to keep for good";
        within(&format!("{section}.{kind}"), u64::from(days.unwrap_or(1)), &DAYS, why)?;
    }
    Ok(())
}

/// What an engine needs, and what hosts that share calls need to share.
fn engines(config: &Config) -> Result<(), ConfigError> {
    let Config { store, bus, queue, blobs, contacts, jobs, server, .. } = config;
    if store.engine == StoreEngine::Postgres && store.url.is_none() {
        return wrong(
            "store.url",
            "is missing: postgres needs it, as in postgres://user:password@host/trunkline",
        );
    }
    if bus.engine == BusEngine::Redis && bus.url.is_none() {
        return wrong("bus.url", "is missing: redis needs it, as in redis://host:6379");
    }
    match queue.engine {
        QueueEngine::Redis if queue.url.is_none() && bus.url.is_none() => {
            return wrong("queue.url", "is missing: redis needs it, or the bus's");
        }
        QueueEngine::Sqs if queue.url.is_none() => {
            return wrong("queue.url", "is missing: sqs needs the queue's URL");
        }
        QueueEngine::None | QueueEngine::Redis | QueueEngine::Sqs => {}
    }
    if blobs.engine == BlobEngine::S3 && blobs.bucket.is_none() {
        return wrong("blobs.bucket", "is missing: s3 needs it");
    }
    if contacts.engine == ContactsEngine::Dynamodb && contacts.table.is_none() {
        return wrong("contacts.table", "is missing: dynamodb needs it");
    }
    if jobs.engine == JobsEngine::Temporal && jobs.url.is_none() {
        return wrong("jobs.url", "is missing: temporal needs it, as in http://temporal.example.com:7233");
    }
    if !server.roles.contains(&Role::Worker) && store.engine == StoreEngine::Sqlite {
        return wrong(
            "server.roles",
            "leaves the worker out, and with store.engine sqlite there is no other host",
        );
    }
    Ok(())
}

fn wrong(key: &str, why: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Value(format!("{key} {why}")))
}

fn within(key: &str, value: u64, bounds: &RangeInclusive<u64>, why: &str) -> Result<(), ConfigError> {
    if bounds.contains(&value) {
        return Ok(());
    }
    let (least, most) = (bounds.start(), bounds.end());
    Err(ConfigError::Value(format!("{key} is {value}: give {least} to {most}; {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_bounds_are_refused_with_the_reason() {
        for (name, value, reason) in [
            ("TRUNKLINE_ENGINE__MAX_CALLS", "0", "refuse every call"),
            ("TRUNKLINE_ENGINE__IDLE_SECONDS", "0", "at once"),
            ("TRUNKLINE_ENGINE__IDLE_SECONDS", "9000000000000000000", "86400"),
            ("TRUNKLINE_KVS__RETENTION_HOURS", "0", "five minutes"),
            ("TRUNKLINE_RECOGNITION__THREADS", "0", "leave it out"),
            ("TRUNKLINE_ENGINE__LEASE_SECONDS", "1", "5 to 300"),
            ("TRUNKLINE_STORE__ENGINE", "postgres", "store.url"),
            ("TRUNKLINE_STORE__ENGINE", "mysql", "expected `sqlite` or `postgres`"),
            ("TRUNKLINE_BUS__ENGINE", "redis", "bus.url"),
            ("TRUNKLINE_QUEUE__ENGINE", "sqs", "queue.url"),
            ("TRUNKLINE_JOBS__ENGINE", "temporal", "jobs.url"),
            ("TRUNKLINE_JOBS__AT_ONCE", "65", "0 to 64"),
            ("TRUNKLINE_BLOBS__ENGINE", "s3", "blobs.bucket"),
            ("TRUNKLINE_SERVER__ROLES", r#"["api"]"#, "no other host"),
            ("TRUNKLINE_RECOGNITION__ORDER", r#"["whisper"]"#, "`local`, `deepgram`, `transcribe`"),
        ] {
            let error = Config::load(None, [(name.to_owned(), value.to_owned())]).unwrap_err().to_string();
            assert!(error.contains(reason), "{name}={value}: {error}");
        }
    }
}
