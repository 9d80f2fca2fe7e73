//! What is kept of calls, for commands that change it.

use std::{path::PathBuf, sync::Arc};

use config::Config;
use housekeeping::{Housekeeper, HousekeepingError};
use model::TenantId;
use ports::EventLog;

use crate::{failure::Failure, keeping, keyring::Keyring, parts};

/// Where calls are kept, and whose they are.
#[derive(Debug, clap::Args)]
pub(crate) struct KeptCalls {
    /// Configuration file (TOML); every key can also be set as TRUNKLINE_SECTION__KEY
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder in which `trunkline serve` keeps its data [default: var]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The tenant whose calls they are
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantId>,
}

/// What is kept, opened.
pub(crate) struct Open {
    pub(crate) config: Config,
    pub(crate) tenant: TenantId,
    pub(crate) housekeeper: Housekeeper,
}

impl KeptCalls {
    /// Opens it; a server may run beside this.
    pub(crate) async fn open(self) -> Result<Open, Failure> {
        let mut config = Config::load(self.config.as_deref(), std::env::vars()).map_err(Failure::config)?;
        if let Some(folder) = self.data {
            config.storage.folder = folder;
        }
        telemetry::init_logs("warn", telemetry::LogFormat::Text).map_err(Failure::config)?;
        let tenant = self.tenant.unwrap_or_else(|| config.tenant.clone());
        let kept = parts::kept(&config).await?;
        let keyring = Keyring::open(&config)?;
        // The local Kinesis Video Streams of a server beside this, if one runs.
        let local = config.kvs.endpoint.is_none().then(|| format!("http://{}", config.kvs.listen));
        let housekeeper = keeping::housekeeper(&config, kept, &keyring, local.as_deref()).await?;
        Ok(Open { config, tenant, housekeeper })
    }

    /// Opens the event log alone.
    pub(crate) async fn open_log(self) -> Result<(Config, TenantId, Arc<dyn EventLog>), Failure> {
        let mut config = Config::load(self.config.as_deref(), std::env::vars()).map_err(Failure::config)?;
        if let Some(folder) = self.data {
            config.storage.folder = folder;
        }
        telemetry::init_logs("warn", telemetry::LogFormat::Text).map_err(Failure::config)?;
        let tenant = self.tenant.unwrap_or_else(|| config.tenant.clone());
        let log = parts::kept(&config).await?.log;
        Ok((config, tenant, log))
    }
}

/// Who asks, unless told.
pub(crate) fn asker(told: Option<String>) -> String {
    let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
    told.or_else(user).unwrap_or_else(|| "command line".to_owned())
}

/// A failure of the request exits with 2, others with 1.
pub(crate) fn failed(error: HousekeepingError) -> Failure {
    if error.is_of_the_request() { Failure::input(error) } else { Failure::from(anyhow::Error::from(error)) }
}
