//! `trunkline migrate`.

use std::{path::PathBuf, process::ExitCode};

use config::{Config, StoreEngine};
use ports::JobRules;
use telemetry::LogFormat;

use crate::{failure::Failure, output::line, parts};

/// Bring the databases of all tenants up to date
///
/// Needed before hosts of a new version start, where many hosts share one PostgreSQL: each takes up only tenants whose
/// databases it understands. It can be stopped and run again, and by several hosts at once. Files of the embedded
/// profile are brought up to date when they are opened.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Configuration file (TOML); every key can also be set as TRUNKLINE_SECTION__KEY
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let config = Config::load(args.config.as_deref(), std::env::vars()).map_err(Failure::config)?;
    telemetry::init_logs(&config.log.level, LogFormat::Text).map_err(Failure::config)?;
    if config.store.engine == StoreEngine::Sqlite {
        line("the store is sqlite: its files are brought up to date when they are opened")?;
        return Ok(ExitCode::SUCCESS);
    }
    let store = parts::postgres(&config).await?;
    line("control database: up to date")?;
    parts::postgres_jobs(&config, JobRules::default()).await?;
    line("jobs: up to date")?;
    let mut code = ExitCode::SUCCESS;
    for migrated in store.migrate().await.map_err(anyhow::Error::from)? {
        let tenant = migrated.tenant;
        match migrated.steps {
            Ok(0) => line(&format!("{tenant}: up to date"))?,
            Ok(steps) => line(&format!("{tenant}: {steps} steps"))?,
            Err(error) => {
                line(&format!("{tenant}: failed: {:#}", anyhow::Error::from(error)))?;
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
