//! `trunkline doctor`.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use anyhow::{Context, anyhow};
use config::Config;
use doctor::{Area, Style};
use model::TenantId;

use crate::{
    doctor::{Scope, examine},
    failure::Failure,
    output::line,
};

/// Examine a deployment, and say what is wrong and how to mend it
///
/// Looks at the configuration, this host, its clock, AWS credentials and tenants' roles, Connect's storage configuration
/// and streams, exported flows, store, bus, queue, recordings, contact directory and recognisers. All areas are examined
/// at once; one that does not answer hides no other. What is written to try it is removed again, but for one record of
/// the contact directory; the store's tables are brought up to date, as the start of a server does it.
///
/// Exit code: 0 when nothing is worse than a note, 1 with warnings, 2 with errors (and for a wrong command line), 64 when the configuration is
/// not valid. docs/doctor.md lists every check.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Configuration file (TOML); every key can also be set as TRUNKLINE_SECTION__KEY
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Exported contact flow (JSON) to examine too, from the flow designer or `aws connect describe-contact-flow`; flows
    /// that belong together are given together
    #[arg(long, value_name = "FILE", num_args = 1..)]
    flow: Vec<PathBuf>,
    /// What the flows' trigger Lambda has in its name or ARN [default: media-trigger, else any behind the streaming block]
    #[arg(long, value_name = "TEXT", requires = "flow")]
    lambda: Option<String>,
    /// Examine only these areas: config, host, clock, credentials, streams, flow, store, bus, queue, blobs, contacts,
    /// recognition, models
    #[arg(long, value_name = "AREA", value_delimiter = ',')]
    only: Vec<Area>,
    /// Examine only this tenant's role and streams [default: all that are configured]
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantId>,
    /// Print JSON: version, worst, exit_code, counts, findings (area, check, severity, subject, what, fix)
    #[arg(long)]
    json: bool,
    /// Leave out what is as it should be
    #[arg(long, conflicts_with = "json")]
    brief: bool,
    /// Print the configuration as it is understood, without secrets, and examine nothing
    #[arg(long)]
    show_config: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let config = Config::load(args.config.as_deref(), std::env::vars()).map_err(Failure::config)?;
    if args.show_config {
        return show(&config, args.json);
    }
    let areas = areas(&args)?;
    let tenants = tenants(&config, args.tenant)?;
    let scope = Scope { config, tenants, flows: args.flow, lambda: args.lambda };
    let report = examine(scope, &areas).await;
    if args.json {
        line(&serde_json::to_string_pretty(&report.to_json()).map_err(anyhow::Error::from)?)?;
    } else {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        line(report.to_table(Style { colour, brief: args.brief }).trim_end())?;
    }
    Ok(ExitCode::from(report.exit_code()))
}

fn show(config: &Config, json: bool) -> Result<ExitCode, Failure> {
    let text = if json {
        serde_json::to_string_pretty(config).map_err(anyhow::Error::from)?
    } else {
        toml::to_string(config).context("the configuration cannot be written")?
    };
    line(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// Flows are examined where there are any.
fn areas(args: &Args) -> Result<Vec<Area>, Failure> {
    let wanted = |area: &Area| args.only.is_empty() || args.only.contains(area);
    if args.flow.is_empty() && args.only.contains(&Area::Flow) {
        return Err(Failure::input(anyhow!("--only flow needs a flow: give --flow FILE")));
    }
    let given = |area: &Area| *area != Area::Flow || !args.flow.is_empty();
    Ok(Area::ALL.into_iter().filter(wanted).filter(given).collect())
}

fn tenants(config: &Config, named: Option<TenantId>) -> Result<Vec<TenantId>, Failure> {
    let mut known: Vec<TenantId> = config.tenants.keys().cloned().collect();
    if !known.contains(&config.tenant) {
        known.push(config.tenant.clone());
    }
    match named {
        None => Ok(known),
        Some(named) if known.contains(&named) => Ok(vec![named]),
        Some(named) => {
            let known = known.iter().map(TenantId::as_str).collect::<Vec<_>>().join(", ");
            Err(Failure::input(anyhow!("there is no tenant {named}: the configuration knows {known}")))
        }
    }
}
