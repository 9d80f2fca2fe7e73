//! `trunkline emulate`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use config::Config;
use emulator::{Player, Scenario, Stage};
use telemetry::LogFormat;

use crate::{
    failure::Failure,
    node::{Addresses, Node, clock},
    output::line,
    signals::shutdown_signal,
};

/// The pause between two rounds of a scenario.
const PAUSE: Duration = Duration::from_secs(2);
/// How often a scenario that is not played again is looked at for changes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Serve scripted calls over the real API: cards, checklists and words without audio or models
///
/// For those who build a desk: the API, the three transports and the console are the true ones; the calls come from a
/// scenario, and the desk answers what people do at it. Without a file a built-in scenario plays over and over;
/// `--print` shows it, to begin one's own from. A file that is saved anew is played from the next round on; one with a mistake
/// is told with line, column and what is allowed, and the last good one goes on. docs/emulator.md has the format.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The scenario, in YAML [default: the built-in one]
    #[arg(value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Address of the API and the console; port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Configuration file (TOML), to ask for keys or sign-in as a server does
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How many times faster than it says
    #[arg(long, value_name = "TIMES", default_value_t = 1.0)]
    speed: f64,
    /// Play it once and end
    #[arg(long)]
    once: bool,
    /// Print the built-in scenario and end
    #[arg(long)]
    print: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    if args.print {
        line(Scenario::built_in().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let first = read(args.scenario.as_deref())?;
    let level = std::env::var("TRUNKLINE_LOG__LEVEL").unwrap_or_else(|_| "warn".to_owned());
    telemetry::init_logs(&level, LogFormat::Text).map_err(Failure::config)?;
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let config = config(args.config.as_deref(), args.listen, temporary.path())?;
    let mut stop = pin!(shutdown_signal()?);
    let server = Emulated::start(&config, args.speed).await?;
    line(&format!("console   {}", server.node.url()))?;
    line(&format!("desk      {}/desk", server.node.url()))?;
    let outcome = tokio::select! {
        outcome = rounds(&args, &server, first) => outcome,
        _ = &mut stop => Ok(()),
    };
    server.node.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// A server whose calls come from scenarios.
pub(super) struct Emulated {
    pub(super) node: Node,
    pub(super) player: Arc<Player>,
    pub(super) stage: Stage,
}

impl Emulated {
    pub(super) async fn start(config: &Config, speed: f64) -> Result<Self, Failure> {
        let player = Arc::new(Player::new(config.tenant.clone(), clock(), speed));
        let desk = api::Desk {
            acts: Some(Arc::clone(&player) as _),
            knowledge: Some(Arc::clone(&player) as _),
            ..api::Desk::default()
        };
        let addresses = Addresses::take(config).await?;
        let hearing = Err("calls are emulated".to_owned());
        let node = Node::start_with(config, addresses, hearing, None, Some(desk)).await?;
        let engine = Arc::clone(&node.engine);
        let publish = Arc::new(move |envelope| engine.publish(envelope));
        let stage = Stage { log: Arc::clone(&node.log), publish };
        Ok(Self { node, player, stage })
    }
}

/// What an emulated server is told: nothing is kept, and nothing is read.
pub(super) fn config(file: Option<&Path>, listen: SocketAddr, folder: &Path) -> Result<Config, Failure> {
    let mut config = Config::load(file, std::env::vars()).map_err(Failure::config)?;
    config.server.listen = listen;
    config.storage.folder = folder.to_owned();
    config.kvs.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.kvs.keep_on_disk = false;
    config.recognition.enabled = false;
    config.guidance.enabled = false;
    config.jobs.at_once = 0;
    Ok(config)
}

async fn rounds(args: &Args, server: &Emulated, mut scenario: Scenario) -> Result<(), Failure> {
    let mut text = text(args.scenario.as_deref()).unwrap_or_default();
    for round in 1u64.. {
        line(&format!("round {round}: {} calls", scenario.sessions.len()))?;
        let began = server.node.engine.now().as_millis();
        let name = format!("{began}-{round}");
        server.player.play(&server.stage, &scenario, &name).await.context("the scenario stopped")?;
        if args.once {
            return Ok(());
        }
        if !scenario.again {
            line("all calls are over; the server stays, and plays the scenario again when it is saved")?;
        }
        loop {
            tokio::time::sleep(if scenario.again { PAUSE } else { LOOK_EVERY }).await;
            let again = scenario.again;
            if let Some(changed) = changed(args.scenario.as_deref(), &mut text)? {
                scenario = changed;
                break;
            }
            if again {
                break;
            }
        }
    }
    Ok(())
}

/// The scenario as it is now, when it is another one and without mistakes.
fn changed(file: Option<&Path>, before: &mut String) -> Result<Option<Scenario>, Failure> {
    let now = text(file).unwrap_or_default();
    if now == *before || now.is_empty() {
        return Ok(None);
    }
    before.clone_from(&now);
    match Scenario::read(&now) {
        Ok(scenario) => Ok(Some(scenario)),
        Err(error) => {
            line(&format!("the last good scenario goes on: {error}"))?;
            Ok(None)
        }
    }
}

fn text(file: Option<&Path>) -> Option<String> {
    std::fs::read_to_string(file?).ok()
}

pub(super) fn read(file: Option<&Path>) -> Result<Scenario, Failure> {
    let Some(path) = file else {
        return Ok(Scenario::read(Scenario::built_in()).context("the built-in scenario")?);
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the scenario {} cannot be read", path.display()))
        .map_err(Failure::input)?;
    Scenario::read(&text).with_context(|| path.display().to_string()).map_err(Failure::input)
}
