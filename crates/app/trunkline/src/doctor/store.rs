//! Event logs, leases and contacts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use config::StoreEngine;
use contacts::ContactRecord;
use doctor::{Finding, checks, judge};
use model::{ContactId, StreamAddress, StreamName, TenantId};
use ports::{CallFilter, ContactDirectory, EventLog};
use postgres::{Health, PostgresConfig, PostgresStore, PostgresUrl};
use sqlite::{SqliteControl, SqliteEventLog};

use super::{PATIENCE, Scope, ask, unanswered};
use crate::node::now;

/// A write and a read that take longer delay what people see.
const SLOW: Duration = Duration::from_millis(500);
/// Whose the record is that is written, and which contact's: always the same, so that there is one.
const PROBE_TENANT: &str = "trunkline-doctor";
const PROBE_CONTACT: &str = "00000000-0000-4000-8000-0000000d0c70";
const PROBE_STREAM: &str = "trunkline-doctor";

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    match scope.config.store.engine {
        StoreEngine::Sqlite => sqlite(scope).await,
        StoreEngine::Postgres => postgres(scope).await,
    }
}

async fn sqlite(scope: &Scope) -> Vec<Finding> {
    let folder = scope.config.storage.folder.join("events");
    let subject = folder.display().to_string();
    let check = &checks::STORE_CONNECT;
    if !folder.is_dir() {
        return vec![check.ok("it is not there yet, and is made at the first start").about(subject)];
    }
    let log = match SqliteEventLog::open(&folder) {
        Ok(log) => log,
        Err(error) => return vec![check.error(super::chain(&error)).about(subject)],
    };
    let mut out = Vec::new();
    for tenant in &scope.tenants {
        let newest = CallFilter { limit: 1, ..CallFilter::default() };
        let finding = match ask(&checks::STORE_SCHEMA, log.calls(tenant, &newest)).await {
            Ok(page) => checks::STORE_SCHEMA.ok(format!("its log is read, up to event {}", page.position)),
            Err(finding) => finding,
        };
        out.push(finding.about(tenant));
    }
    out.push(match SqliteControl::open(&folder) {
        Ok(control) => write(&control.contacts()).await,
        Err(error) => check.error(super::chain(&error)),
    });
    out.into_iter()
        .map(|finding| if finding.subject.is_none() { finding.about(&subject) } else { finding })
        .collect()
}

async fn postgres(scope: &Scope) -> Vec<Finding> {
    let check = &checks::STORE_CONNECT;
    let url = scope.config.store.url.as_ref().map(config::Secret::expose).unwrap_or_default();
    let url: PostgresUrl = match url.parse() {
        Ok(url) => url,
        Err(error) => return vec![check.error(super::chain(&error)).about("store.url")],
    };
    let subject = url.to_string();
    let settings = PostgresConfig::new(url);
    let wanted = settings.max_connections;
    let store = match ask(check, PostgresStore::connect(settings)).await {
        Ok(store) => Arc::new(store),
        Err(finding) => return vec![finding.about(subject)],
    };
    let mut out = vec![check.ok("it is reached, and lets us in")];
    let asked = now();
    match ask(check, store.health()).await {
        Ok(health) => out.extend(judged(&health, wanted, health.clock.as_micros() - asked.as_micros())),
        Err(finding) => out.push(finding),
    }
    out.push(write(store.as_ref()).await);
    out.extend(databases(&store, &scope.tenants).await);
    out.into_iter()
        .map(|finding| if finding.subject.is_none() { finding.about(&subject) } else { finding })
        .collect()
}

fn judged(health: &Health, wanted: usize, clock_ahead_us: i64) -> Vec<Finding> {
    let mut out = vec![judge::skew("PostgreSQL", -clock_ahead_us / 1_000_000)];
    out.push(if health.is_read_only {
        checks::STORE_WRITE
            .error("it is a copy that cannot be written")
            .fix("Name the primary server in store.url.")
    } else {
        checks::STORE_SCHEMA.ok(format!("PostgreSQL {}, with {} tenants", health.version, health.tenants))
    });
    out.push(if health.may_create_databases {
        checks::STORE_TENANTS.ok("databases of new tenants can be made")
    } else {
        checks::STORE_TENANTS.warning("our user may not make databases: a new tenant's calls cannot be kept")
    });
    let most = health.max_connections as usize;
    out.push(if most < wanted {
        let what = format!("it takes {most} connections of all hosts, and this one may open {wanted}");
        checks::STORE_CONNECTIONS.warning(what)
    } else {
        checks::STORE_CONNECTIONS
            .ok(format!("it takes {most} connections, of which this host may open {wanted}"))
    });
    out
}

/// The databases of tenants that have one. None is made here.
async fn databases(store: &PostgresStore, tenants: &[TenantId]) -> Vec<Finding> {
    let known = match ask(&checks::STORE_SCHEMA, store.tenants()).await {
        Ok(known) => known,
        Err(finding) => return vec![finding],
    };
    let mut out = Vec::new();
    for tenant in tenants {
        let finding = if known.contains(tenant) {
            match ask(&checks::STORE_SCHEMA, store.open_tenant(tenant)).await {
                Ok(()) => checks::STORE_SCHEMA.ok("its database is opened, and up to date"),
                Err(finding) => finding,
            }
        } else {
            checks::STORE_SCHEMA.ok("it has no database yet, and gets one with its first call")
        };
        out.push(finding.about(tenant));
    }
    out
}

/// Writes a record of no real contact, and reads it again.
pub(super) async fn write(contacts: &dyn ContactDirectory) -> Finding {
    let check = &checks::STORE_WRITE;
    let began = Instant::now();
    match tokio::time::timeout(PATIENCE, put_and_find(contacts)).await {
        Err(_) => unanswered(check, PATIENCE),
        Ok(Err(what)) => check.error(what),
        Ok(Ok(())) if began.elapsed() > SLOW => {
            check.warning(format!("a write and a read took {} ms", began.elapsed().as_millis()))
        }
        Ok(Ok(())) => check.ok("what is written is read again"),
    }
}

async fn put_and_find(contacts: &dyn ContactDirectory) -> Result<(), String> {
    let name = |error: model::InvalidId| error.to_string();
    let tenant = TenantId::new(PROBE_TENANT).map_err(name)?;
    let contact = ContactId::new(PROBE_CONTACT).map_err(name)?;
    let mut record = ContactRecord::new(contact.clone(), now());
    // One without a stream would wait for it.
    record.stream = Some(StreamAddress::named(StreamName::new(PROBE_STREAM).map_err(name)?));
    contacts.put(&tenant, record).await.map_err(|error| super::chain(&error))?;
    let found = contacts.find(&tenant, &[contact]).await.map_err(|error| super::chain(&error))?;
    if found.is_empty() { Err("what was written is not found again".to_owned()) } else { Ok(()) }
}
