//! What it costs when a worker dies or stops: from the signal until each of its calls has its next words.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, ensure};
use model::Timestamp;
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use super::world::{Server, World};
use crate::{
    clock::now,
    follow::{Delivered, Followers},
    traffic::Traffic,
};

/// Over how long the calls begin.
const RAMP: Duration = Duration::from_secs(1);
/// How long the calls are: longer than all of it may take.
const LENGTH: Duration = Duration::from_secs(240);
/// How long calls may take to have their first words, or their next.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// How long calls are carried in peace before the signal.
const PEACE: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Words of a call that are kept: those after a signal, until all calls have some.
const MAX_WORDS: usize = 1_024;

/// How a worker went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeoverKind {
    /// `kill -9`: nobody is told, leases run out.
    Killed,
    /// SIGTERM: it hands its calls over.
    Stopped,
}

/// What it cost that a worker went.
#[derive(Clone, Debug)]
pub struct Takeover {
    /// How it went.
    pub kind: TakeoverKind,
    /// Hosts that were left.
    pub left: usize,
    /// Calls that it carried.
    pub calls: usize,
    /// From the signal to each call's next words, in order; calls that have none are not in it.
    pub gaps: Vec<Duration>,
    /// From the signal until its process was gone.
    pub gone_after: Duration,
}

/// What followers read.
#[derive(Debug, Default)]
struct Board {
    calls: BTreeMap<String, Words>,
}

#[derive(Debug, Default)]
struct Words {
    /// The place of the last words in the log before the signal.
    before: u64,
    /// Words since the signal: their place, when a host said them, when they were read, and from which host.
    since: Vec<(u64, Timestamp, Timestamp, usize)>,
    any: bool,
}

impl Board {
    fn take(&mut self, event: &Delivered<'_>) {
        let (Some(_), Some(said)) = (event.due, event.said) else { return };
        let words = self.calls.entry(event.call.to_owned()).or_default();
        words.any = true;
        if words.since.len() < MAX_WORDS {
            words.since.push((event.seq, said, event.at, event.host));
        }
    }

    /// What came so far was before the signal.
    fn mark(&mut self) {
        for words in self.calls.values_mut() {
            let last = words.since.drain(..).map(|(seq, ..)| seq).max();
            words.before = words.before.max(last.unwrap_or(0));
        }
    }

    /// From `signal` to each call's first words that are new, came from another host than the first, and were said
    /// after that one was `gone`.
    fn gaps(&self, signal: Timestamp, gone: Timestamp) -> Vec<Duration> {
        let mut gaps: Vec<Duration> = self
            .calls
            .values()
            .filter_map(|words| {
                let new = |seq: u64| seq == 0 || seq > words.before;
                let next =
                    words.since.iter().filter(|(seq, said, _, host)| new(*seq) && *said > gone && *host > 0);
                next.map(|(_, _, at, _)| at.since(signal)).min()
            })
            .collect();
        gaps.sort_unstable();
        gaps
    }
}

/// The hosts, and who follows their calls.
struct Fleet {
    streams: String,
    _data: tempfile::TempDir,
    hosts: Vec<Server>,
    followers: Arc<Followers>,
    board: Arc<Mutex<Board>>,
}

/// Loses one of `hosts` workers in one way while it carries all calls, on a store and streams of their own.
pub(super) async fn run(
    world: &World,
    kind: TakeoverKind,
    hosts: usize,
    calls: usize,
) -> anyhow::Result<Takeover> {
    let (_streams, url) = world.streams().await?;
    let mut fleet = Fleet::start(world, url, hosts).await?;
    let _traffic = fleet.place(calls)?;
    fleet.wait_for_words(calls).await?;
    time::sleep(PEACE).await;
    fleet.lose_first(kind, calls).await
}

impl Fleet {
    /// Starts hosts on one store. All of them, before the first call: with a store of files, one that starts later
    /// takes itself for the only one.
    async fn start(world: &World, streams: String, hosts: usize) -> anyhow::Result<Self> {
        let board = Arc::new(Mutex::new(Board::default()));
        let followers = {
            let board = Arc::clone(&board);
            Followers::new(Arc::new(move |event: &Delivered<'_>| lock(&board).take(event)))
        };
        let data = world.run_folder()?;
        let program = world.worker(&streams, data.path());
        let mut fleet = Self { streams, _data: data, hosts: Vec::new(), followers, board };
        for _ in 0..hosts {
            fleet.hosts.push(Server::start(&program, None).await?);
        }
        Ok(fleet)
    }

    /// Calls of which the first host hears, so that it carries all of them.
    fn place(&self, calls: usize) -> anyhow::Result<Traffic> {
        let addresses: Vec<_> = self.hosts.iter().map(|host| host.address).collect();
        let trigger = self.hosts.first().map(Server::trigger).unwrap_or_default();
        let followers = Arc::clone(&self.followers);
        Traffic::start(&self.streams, &trigger, calls, (LENGTH, RAMP), move |call| {
            for (host, address) in addresses.iter().enumerate() {
                followers.follow(host, *address, call.clone());
            }
        })
    }

    async fn wait_for_words(&self, calls: usize) -> anyhow::Result<()> {
        let until = Instant::now() + MAX_WAIT;
        let with_words = || lock(&self.board).calls.values().filter(|words| words.any).count();
        while with_words() < calls {
            ensure!(Instant::now() < until, "only {} of {calls} calls have words", with_words());
            time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Ends the first host in one way, and waits until every call has its next words.
    async fn lose_first(&mut self, kind: TakeoverKind, calls: usize) -> anyhow::Result<Takeover> {
        lock(&self.board).mark();
        let signal = now();
        if let Some(first) = self.hosts.first_mut() {
            match kind {
                TakeoverKind::Killed => first.process.kill().await,
                TakeoverKind::Stopped => first.process.terminate().await?,
            }
            time::timeout(MAX_WAIT, first.process.ended()).await.context("a host does not stop")??;
        }
        let gone = now();
        let until = Instant::now() + MAX_WAIT;
        let mut gaps = Vec::new();
        while gaps.len() < calls && Instant::now() < until {
            time::sleep(LOOK_EVERY).await;
            gaps = lock(&self.board).gaps(signal, gone);
        }
        let left = self.hosts.len() - 1;
        Ok(Takeover { kind, left, calls, gaps, gone_after: gone.since(signal) })
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.followers.close();
    }
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Takeover {
    /// Whether every call went on.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.gaps.len() == self.calls
    }

    fn longest(&self) -> Duration {
        self.gaps.last().copied().unwrap_or_default()
    }

    fn median(&self) -> Duration {
        self.gaps.get(self.gaps.len() / 2).copied().unwrap_or_default()
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let name = match self.kind {
            TakeoverKind::Killed => "kill -9   ",
            TakeoverKind::Stopped => "SIGTERM   ",
        };
        let whole = if self.is_whole() {
            String::new()
        } else {
            format!(" FAILED: {} calls have no words since", self.calls - self.gaps.len())
        };
        format!(
            "{name} {:.1} s until each of {} calls has its next words on another host (half of them {:.1} s); the process was gone after {:.1} s{whole}",
            self.longest().as_secs_f64(),
            self.calls,
            self.median().as_secs_f64(),
            self.gone_after.as_secs_f64(),
        )
    }

    /// For machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let kind = match self.kind {
            TakeoverKind::Killed => "killed",
            TakeoverKind::Stopped => "stopped",
        };
        json!({
            "kind": kind, "hosts_left": self.left, "calls": self.calls, "calls_that_went_on": self.gaps.len(),
            "median_s": self.median().as_secs_f64(), "longest_s": self.longest().as_secs_f64(),
            "gone_after_s": self.gone_after.as_secs_f64(), "whole": self.is_whole(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNAL: Timestamp = Timestamp::from_millis(10_000);

    fn words(board: &mut Board, (host, seq): (usize, u64), said_ms: i64) {
        let at = Timestamp::from_millis(said_ms);
        board.take(&Delivered {
            host,
            call: "a",
            seq,
            kind: "utterance_completed",
            due: Some(at),
            said: Some(at),
            at: at + Duration::from_millis(5),
        });
    }

    #[test]
    fn only_new_words_of_a_host_that_is_left_end_a_gap() {
        let mut board = Board::default();
        words(&mut board, (0, 7), 9_900);
        board.mark();
        let gone = SIGNAL + Duration::from_millis(500);
        let gaps = |board: &Board| board.gaps(SIGNAL, gone);
        words(&mut board, (0, 8), 10_600);
        words(&mut board, (1, 7), 10_700);
        words(&mut board, (1, 0), 10_400);
        assert!(gaps(&board).is_empty());
        words(&mut board, (1, 9), 12_000);
        words(&mut board, (1, 0), 11_000);
        assert_eq!(gaps(&board), [Duration::from_millis(1_005)]);
    }
}
