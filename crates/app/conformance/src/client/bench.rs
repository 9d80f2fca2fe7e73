//! The phases in their turn, and the judgement of what a client saw.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, time::Instant};

use super::{
    fault::Fault,
    phase::{Kind, Phase},
    proxy,
};
use crate::{Outcome, Report};

/// Begins the calls of a phase and names them. Its argument makes their ids those of no other phase.
pub type Begin = Arc<dyn Fn(&'static str) -> BoxFuture<'static, Result<Vec<String>, String>> + Send + Sync>;
/// Says how many events a call's log has, once it is over; none while it goes on.
pub type Count = Arc<dyn Fn(String) -> BoxFuture<'static, Option<u64>> + Send + Sync>;

/// What a client says that it saw.
#[derive(Debug, Deserialize)]
struct Seen {
    #[serde(default)]
    client: String,
    phase: String,
    #[serde(default)]
    transport: Option<String>,
    calls: BTreeMap<String, Vec<u64>>,
}

struct Running {
    phase: &'static Phase,
    since: Instant,
    /// Connections so far, by kind.
    connections: [u64; 4],
    calls: Vec<String>,
}

pub(super) struct Shared {
    pub(super) upstream: SocketAddr,
    begin: Begin,
    count: Count,
    running: Mutex<Option<Running>>,
    report: Mutex<Report>,
    /// How many phases were judged.
    judged: watch::Sender<usize>,
}

/// The check of a client.
pub struct Bench {
    shared: Arc<Shared>,
    listener: TcpListener,
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench").field("upstream", &self.shared.upstream).finish_non_exhaustive()
    }
}

impl Bench {
    /// A check in front of the server at `upstream`. `begin` begins calls there; `count` says how many events the log of
    /// a call that is over has.
    #[must_use]
    pub fn new(listener: TcpListener, upstream: SocketAddr, begin: Begin, count: Count) -> Self {
        let shared = Shared {
            upstream,
            begin,
            count,
            running: Mutex::default(),
            report: Mutex::default(),
            judged: watch::Sender::new(0),
        };
        Self { shared: Arc::new(shared), listener }
    }

    /// Serves until every phase was judged, and gives the judgement.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn run(self) -> std::io::Result<Report> {
        let mut judged = self.shared.judged.subscribe();
        let shared = Arc::clone(&self.shared);
        tokio::select! {
            result = proxy::serve(self.listener, shared) => result?,
            _ = judged.wait_for(|judged| *judged >= Phase::ALL.len()) => {}
        }
        Ok(self.shared.report.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Shared {
    /// What is done to the next connection of this kind.
    pub(super) fn fault(&self, kind: Kind) -> Fault {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = running.as_mut() else { return Fault::None };
        let index = match kind {
            Kind::Socket => 0,
            Kind::Stream => 1,
            Kind::Poll => 2,
            Kind::Other => 3,
        };
        let Some(number) = running.connections.get_mut(index) else { return Fault::None };
        *number += 1;
        running.phase.fault(kind, *number, running.since.elapsed())
    }

    /// Answers what a client asks of the check itself.
    pub(super) async fn ask(&self, method: &str, path: &str, body: &Value) -> (&'static str, Value) {
        match (method, path) {
            ("GET", "/conformance") => ("200 OK", json!({"phases": Phase::ALL})),
            ("POST", "/conformance/begin") => self.start(body).await,
            ("POST", "/conformance/report") => self.judge(body).await,
            _ => ("404 Not Found", json!({"code": "not_found"})),
        }
    }

    async fn start(&self, body: &Value) -> (&'static str, Value) {
        let Some(phase) = body["phase"].as_str().and_then(Phase::named) else {
            return ("400 Bad Request", json!({"code": "no_such_phase"}));
        };
        let calls = match (self.begin)(phase.name).await {
            Ok(calls) => calls,
            Err(why) => return ("500 Internal Server Error", json!({"code": "not_begun", "detail": why})),
        };
        let running = Running { phase, since: Instant::now(), connections: [0; 4], calls: calls.clone() };
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
        ("200 OK", json!({"phase": phase, "calls": calls}))
    }

    async fn judge(&self, body: &Value) -> (&'static str, Value) {
        let seen: Seen = match serde_json::from_value(body.clone()) {
            Ok(seen) => seen,
            Err(error) => {
                return ("400 Bad Request", json!({"code": "bad_report", "detail": error.to_string()}));
            }
        };
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(running) = running.filter(|running| running.phase.name == seen.phase) else {
            return ("409 Conflict", json!({"code": "not_the_phase"}));
        };
        let problems = self.problems(&running, &seen).await;
        let rule = format!("{}: {}", running.phase.name, running.phase.about);
        let client = if seen.client.is_empty() { String::new() } else { format!(" ({})", seen.client) };
        let outcome =
            if problems.is_empty() { Outcome::Passed } else { Outcome::Failed(problems.join("; ")) };
        let transport = ["websocket", "sse", "polling"];
        let transport = transport.into_iter().find(|name| seen.transport.as_deref() == Some(name));
        self.report.lock().unwrap_or_else(PoisonError::into_inner).add(
            format!("{rule}{client}"),
            transport,
            outcome,
        );
        self.judged.send_modify(|judged| *judged += 1);
        ("200 OK", json!({"passed": problems.is_empty(), "problems": problems}))
    }

    /// What is wrong with what a client saw.
    async fn problems(&self, running: &Running, seen: &Seen) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(wanted) = running.phase.transport
            && seen.transport.as_deref() != Some(wanted)
        {
            let on = seen.transport.as_deref().unwrap_or("none");
            problems.push(format!("the client ends on {on}, not on {wanted}"));
        }
        for call in &running.calls {
            let Some(last) = (self.count)(call.clone()).await else {
                problems.push(format!("{call} is not over: report when every call has ended"));
                continue;
            };
            let got = seen.calls.get(call).map(Vec::as_slice).unwrap_or_default();
            if let Some(problem) = wrong(got, last) {
                problems.push(format!("{call}: {problem}"));
            }
        }
        problems
    }
}

/// What is wrong with the places that a client got of a log that ends with `last`.
fn wrong(got: &[u64], last: u64) -> Option<String> {
    for (due, seq) in (1u64..).zip(got) {
        if *seq > due {
            return Some(format!("seq {seq} came where {due} was due: lost, or out of order"));
        }
        if *seq < due {
            return Some(format!("seq {seq} came again, or late"));
        }
    }
    let missing = last.saturating_sub(got.len() as u64);
    if missing > 0 {
        return Some(format!("the last {missing} of {last} events did not come"));
    }
    (got.len() as u64 > last).then(|| format!("{} events came of {last}", got.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_once_and_in_order_is_right() {
        assert_eq!(wrong(&[1, 2, 3], 3), None);
    }

    #[test]
    fn what_is_lost_repeated_reordered_or_missing_is_told() {
        for (got, told) in [
            (vec![1, 3], "lost"),
            (vec![1, 1, 2], "again"),
            (vec![2, 1, 3], "lost, or out of order"),
            (vec![1, 2], "did not come"),
            (vec![], "did not come"),
        ] {
            let problem = wrong(&got, 3).unwrap();
            assert!(problem.contains(told), "{got:?}: {problem}");
        }
    }

    #[test]
    fn every_phase_has_its_own_name() {
        let names: std::collections::BTreeSet<_> = Phase::ALL.iter().map(|phase| phase.name).collect();
        assert_eq!(names.len(), Phase::ALL.len());
    }
}
