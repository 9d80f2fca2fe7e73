//! Opens the event log of a data folder for commands that read stored calls.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use config::Config;
use model::{CallId, TenantId};
use ports::{CallFilter, EventLog};
use sqlite::SqliteEventLog;

use crate::failure::Failure;

/// How many calls are named when the one that was asked for is not there.
const NAMED_CALLS: u32 = 5;

/// Which stored call.
#[derive(Debug, clap::Args)]
pub(crate) struct StoredCall {
    /// The call's id, as in the console's address or `GET /v1/calls`; `last` for the newest
    #[arg(value_name = "CALL")]
    call: String,
    /// Folder in which `trunkline serve` keeps its data [default: var]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The tenant whose call it is
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantId>,
}

/// A stored call that exists.
pub(crate) struct OpenCall {
    pub(crate) log: SqliteEventLog,
    pub(crate) tenant: TenantId,
    pub(crate) call: CallId,
}

impl StoredCall {
    pub(crate) async fn open(self) -> Result<OpenCall, Failure> {
        let config = Config::load(None, std::env::vars()).map_err(Failure::config)?;
        let folder = self.data.unwrap_or(config.storage.folder).join("events");
        let tenant = self.tenant.unwrap_or(config.tenant);
        if !folder.is_dir() {
            let why = anyhow!(
                "there is no event log in {}: name the server's folder with --data",
                folder.display()
            );
            return Err(Failure::input(why));
        }
        let log = SqliteEventLog::open(&folder)
            .with_context(|| format!("the event log in {} cannot be opened", folder.display()))?;
        let newest = CallFilter { limit: NAMED_CALLS, ..CallFilter::default() };
        let newest = log.calls(&tenant, &newest).await.context("the event log cannot be read")?.calls;
        let wanted = if self.call == "last" {
            newest.first().map(|call| call.call_id.clone())
        } else {
            CallId::new(self.call.as_str()).ok()
        };
        if let Some(call) = wanted
            && log.call(&tenant, &call).await.is_ok()
        {
            return Ok(OpenCall { log, tenant, call });
        }
        let known: Vec<&str> = newest.iter().map(|call| call.call_id.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(Failure::input(anyhow!(
            "there is no call {:?} in {}; the newest are: {known}",
            self.call,
            folder.display()
        )))
    }
}
