//! Bringing a database's tables up to date.

use std::time::Duration;

use model::TenantId;

use crate::{
    PostgresError,
    connections::{Client, Database},
};

/// Each step brings a database from the schema before it to its own; a database's schema is the number of steps that
/// were taken. Steps are never changed, only added, and each leaves what the version before it reads and writes.
pub(crate) const CONTROL: &[Step] = &[("start", include_str!("../migrations/control/0001_start.sql"))];
/// As [`CONTROL`], for tenants' databases.
pub(crate) const TENANT: &[Step] = &[
    ("start", include_str!("../migrations/tenant/0001_start.sql")),
    (
        "masking, erasure, review and audit",
        include_str!("../migrations/tenant/0002_masking_erasure_review_audit.sql"),
    ),
];

/// A step's name and statements.
pub(crate) type Step = (&'static str, &'static str);

/// Locks out another process that migrates the same database: "trunkline" on a telephone's keys.
const LOCK: i64 = 878_655_463;
/// How long one step may take.
const MAX_STEP: Duration = Duration::from_secs(1_800);

/// Takes the steps that a database lacks, one process at a time; says how many. A tenant's database is the tenant's
/// from then on.
pub(crate) async fn migrate(
    database: &std::sync::Arc<Database>,
    steps: &[Step],
    tenant: Option<&TenantId>,
) -> Result<usize, PostgresError> {
    let client = database.client().await?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let mut taken = 0;
    if version(&client, database).await? < known {
        taken = take_steps(&client, database, steps, tenant).await?;
    }
    let found = version(&client, database).await?;
    if found > known {
        return Err(PostgresError::Newer { database: database.name().to_owned(), found, known });
    }
    match tenant {
        Some(tenant) => check_tenant(&client, database, tenant).await.map(|()| taken),
        None => Ok(taken),
    }
}

async fn take_steps(
    client: &Client,
    database: &Database,
    steps: &[Step],
    tenant: Option<&TenantId>,
) -> Result<usize, PostgresError> {
    client.begin();
    let opening = format!(
        "BEGIN; SET LOCAL statement_timeout = {0}; SET LOCAL lock_timeout = {0}; SELECT pg_advisory_xact_lock({LOCK}); \
         CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, \
         at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp())",
        MAX_STEP.as_millis()
    );
    client.script(&opening, MAX_STEP).await?;
    let done = usize::try_from(version(client, database).await?).unwrap_or(0);
    for (n, (name, sql)) in steps.iter().enumerate().skip(done) {
        client.script(sql, MAX_STEP).await?;
        let version = i64::try_from(n + 1).unwrap_or(i64::MAX);
        let insert = "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)";
        client.execute(insert, &[&version, name]).await?;
    }
    if let (Some(tenant), 0) = (tenant, done) {
        client.execute("INSERT INTO tenant (id) VALUES ($1)", &[&tenant.as_str()]).await?;
    }
    client.script("COMMIT", MAX_STEP).await?;
    client.end();
    Ok(steps.len().saturating_sub(done))
}

/// The database's schema; 0 when it has none.
async fn version(client: &Client, database: &Database) -> Result<i64, PostgresError> {
    let unreadable =
        || PostgresError::Row { database: database.name().to_owned(), table: "schema_migrations" };
    let exists = client.row("SELECT to_regclass('schema_migrations') IS NOT NULL", &[]).await?;
    if !exists.ok_or_else(unreadable)?.try_get(0).map_err(|_| unreadable())? {
        return Ok(0);
    }
    let version = client.row("SELECT coalesce(max(version), 0) FROM schema_migrations", &[]).await?;
    version.ok_or_else(unreadable)?.try_get(0).map_err(|_| unreadable())
}

async fn check_tenant(client: &Client, database: &Database, tenant: &TenantId) -> Result<(), PostgresError> {
    let row = client.row("SELECT id FROM tenant", &[]).await?;
    let found: String = row.and_then(|row| row.try_get(0).ok()).unwrap_or_default();
    if found == tenant.as_str() {
        Ok(())
    } else {
        Err(PostgresError::OtherTenant { database: database.name().to_owned(), found })
    }
}
