//! The fleet's bench: loads, takeover, catch-up, rows, and a peer beside them.

mod catch_up;
mod load;
mod peer;
mod report;
mod takeover;
mod world;

use std::{path::PathBuf, sync::Arc, time::Duration};

use ports::EventLog;

use self::world::World;
pub use self::{
    catch_up::CatchUp,
    load::{Loaded, SystemName},
    peer::{Peer, node_version},
    report::Report,
    takeover::{Takeover, TakeoverKind},
};
use crate::{
    machine::Machine,
    process::Cores,
    rows::{RowRates, durable_rows},
};

/// How long rows are appended in each of the three ways.
const ROWS_FOR: Duration = Duration::from_millis(1_500);

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct FleetPlan {
    /// Calls at once in the larger of the two loads.
    pub calls: usize,
    /// How long each load is measured.
    pub length: Duration,
    /// Workers that share calls when one is killed; fewer than two leave takeover out.
    pub hosts: usize,
    /// Calls that are carried when a worker is killed.
    pub takeover_calls: usize,
    /// How much of a call lies in the stream when its worker hears of it; zero leaves catching up out.
    pub behind: Duration,
    /// Who is measured beside us.
    pub peer: Option<Peer>,
    /// Environment of every worker: where the shared store and bus are.
    pub environment: Vec<(String, String)>,
}

/// Measures a fleet of workers.
#[derive(Clone)]
pub struct FleetBench {
    /// The program that carries calls, serves streams and stands in for the recogniser.
    pub program: PathBuf,
    /// What is to be measured.
    pub plan: FleetPlan,
    /// The log whose rows are counted; none leaves them out.
    pub log: Option<Arc<dyn EventLog>>,
}

impl std::fmt::Debug for FleetBench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FleetBench").field("plan", &self.plan).finish_non_exhaustive()
    }
}

/// What has been measured; told as it comes.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stage {
    /// The machine that all of it is measured on.
    Machine(Machine),
    /// A load.
    Load(Loaded),
    /// What a killed or stopped worker cost.
    Takeover(Takeover),
    /// How fast a call that is behind catches up.
    CatchUp(CatchUp),
    /// What the log takes.
    Rows(RowRates),
    /// Something is left out, and why.
    LeftOut(String),
}

/// Takes each stage as it comes.
pub type OnStage<'a> = &'a mut (dyn FnMut(&Stage) + Send);

impl FleetBench {
    /// Runs every stage. Whoever drops the future ends all processes with it.
    ///
    /// # Errors
    /// When a process does not start or cannot be looked at.
    pub async fn run(&self, on_stage: OnStage<'_>) -> anyhow::Result<Report> {
        let mut stages = Vec::new();
        let mut tell = |stage: Stage| {
            on_stage(&stage);
            stages.push(stage);
        };
        let machine = Machine::here();
        tell(Stage::Machine(machine));
        let cores = Cores::split();
        cores.keep_off();
        if cores.tested.is_none() {
            tell(Stage::LeftOut(
                "processors cannot be kept apart (there is one, or no taskset): the generator shares the server's".to_owned(),
            ));
        }
        let world = World::start(&self.program, cores, self.plan.environment.clone()).await?;
        self.loads(&world, &mut tell).await?;
        self.takeovers(&world, &mut tell).await?;
        if self.plan.behind > Duration::ZERO {
            tell(Stage::CatchUp(catch_up::run(&world, self.plan.behind).await?));
        }
        if let Some(log) = &self.log {
            tell(Stage::Rows(durable_rows(log, ROWS_FOR).await?));
        }
        Ok(Report { stages })
    }

    /// Half of the calls and all of them, ours and the peer's in turn.
    async fn loads(&self, world: &World, tell: &mut impl FnMut(Stage)) -> anyhow::Result<()> {
        let mut systems = vec![load::System::Ours];
        match &self.plan.peer {
            Some(peer) => match peer.unpack() {
                Ok(unpacked) => systems.push(load::System::Peer(unpacked)),
                Err(why) => tell(Stage::LeftOut(format!("side by side: {why}"))),
            },
            None => tell(Stage::LeftOut("side by side: no peer was asked for".to_owned())),
        }
        for calls in [(self.plan.calls / 2).max(1), self.plan.calls] {
            for system in &systems {
                tell(Stage::Load(load::run(world, system, calls, self.plan.length).await?));
            }
        }
        Ok(())
    }

    async fn takeovers(&self, world: &World, tell: &mut impl FnMut(Stage)) -> anyhow::Result<()> {
        if self.plan.hosts < 2 {
            tell(Stage::LeftOut("takeover: it needs two hosts".to_owned()));
            return Ok(());
        }
        for kind in [TakeoverKind::Killed, TakeoverKind::Stopped] {
            tell(Stage::Takeover(
                takeover::run(world, kind, self.plan.hosts, self.plan.takeover_calls).await?,
            ));
        }
        Ok(())
    }
}
