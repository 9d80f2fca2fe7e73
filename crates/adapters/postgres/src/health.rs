//! How the control database is, for whoever checks a deployment.

use model::Timestamp;

use crate::{PostgresError, PostgresStore, read::column};

const ASK: &str = "SELECT current_setting('server_version'), current_setting('max_connections')::integer, \
     (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, pg_is_in_recovery(), \
     (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user), \
     (SELECT count(*) FROM tenants)";

/// What the control database says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The server's version.
    pub version: String,
    /// How many connections the server takes from all its clients.
    pub max_connections: u32,
    /// The server's clock, by which leases run out.
    pub clock: Timestamp,
    /// It is a copy that cannot be written.
    pub is_read_only: bool,
    /// Whether our user may make the database of a new tenant.
    pub may_create_databases: bool,
    /// How many tenants have a database.
    pub tenants: u64,
}

impl PostgresStore {
    /// Asks the control database how it is.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn health(&self) -> Result<Health, PostgresError> {
        let unreadable =
            || PostgresError::Row { database: self.control.name().to_owned(), table: "pg_roles" };
        let row = self.control.client().await?.row(ASK, &[]).await?.ok_or_else(unreadable)?;
        let number = |n| column::<i64>(&self.control, "tenants", &row, n);
        let max_connections: i32 = column(&self.control, "pg_settings", &row, 1)?;
        Ok(Health {
            version: column(&self.control, "pg_settings", &row, 0)?,
            max_connections: u32::try_from(max_connections).unwrap_or(0),
            clock: Timestamp::from_micros(number(2)?),
            is_read_only: column(&self.control, "pg_settings", &row, 3)?,
            may_create_databases: column::<Option<bool>>(&self.control, "pg_roles", &row, 4)?
                .unwrap_or(false),
            tenants: u64::try_from(number(5)?).unwrap_or(0),
        })
    }
}
