//! What was acknowledged outlives the process.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use model::{CallId, CallKey, Channel, Epoch, Timestamp};
use ports::{
    Append, EventLog,
    testing::{call_started, ids, utterance},
};
use sqlite::SqliteEventLog;
use tempfile::TempDir;

/// Names the folder to the child that is killed.
const FOLDER: &str = "TRUNKLINE_CRASH_TEST_FOLDER";
const CALLS: u64 = 4;

#[tokio::test]
async fn every_acknowledged_append_survives_a_kill() {
    let folder = TempDir::new().unwrap();
    let mut acknowledged = [0_u64; CALLS as usize];
    // Each round kills at another place; the log goes on where it was.
    for kill_after in [1, 40, 333] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_child_appends_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acks = 0;
        for line in lines.map_while(Result::ok) {
            // The test harness prints lines of its own, and a kill may cut one.
            let Some((call, seq)) = line.strip_prefix("ack ").and_then(|ack| ack.split_once(' ')) else {
                continue;
            };
            let Some(seq) = seq.strip_suffix(" .") else { continue };
            let (call, seq): (usize, u64) = (call.parse().unwrap(), seq.parse().unwrap());
            acknowledged[call] = acknowledged[call].max(seq);
            acks += 1;
            if acks == kill_after {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acks >= kill_after, "the child ended by itself after {acks} appends");
        check(&folder, &acknowledged).await;
    }
}

async fn check(folder: &TempDir, acknowledged: &[u64]) {
    let log = SqliteEventLog::open(folder.path()).expect("open");
    let tenant = ids("acme", "x").0;
    for (n, &acknowledged) in acknowledged.iter().enumerate().filter(|(_, acknowledged)| **acknowledged > 0) {
        let call = CallId::new(format!("call-{n}")).expect("a call's name");
        let read = log.read_call(&tenant, &call, 0, u32::MAX).await.expect("read");
        let seqs: Vec<u64> = read.iter().map(|envelope| envelope.seq).collect();
        let last = seqs.last().copied().unwrap_or(0);
        assert!(last >= acknowledged, "{call}: {acknowledged} were acknowledged, {last} are there");
        assert_eq!(seqs, (1..=last).collect::<Vec<_>>(), "{call} has holes");
        assert!(log.verify_call(&tenant, &call).await.expect("verify").is_identical());
    }
    let all = log.read_tenant(&tenant, 0, u32::MAX).await.expect("read");
    let positions: Vec<u64> = all.iter().map(|envelope| envelope.position).collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
}

/// Runs in a process of its own, which the test above kills.
#[test]
#[ignore = "is the child of every_acknowledged_append_survives_a_kill"]
fn the_child_appends_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let log = std::sync::Arc::new(SqliteEventLog::open(folder).unwrap());
        let calls: Vec<_> = (0..CALLS)
            .map(|n| {
                let log = std::sync::Arc::clone(&log);
                tokio::spawn(async move { append_for_ever(&log, n).await })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
    });
}

async fn append_for_ever(log: &SqliteEventLog, n: u64) {
    let (tenant, call) = ids("acme", &format!("call-{n}"));
    let key = CallKey::new(tenant, call);
    let mut after = log.claim(&key, Epoch::FIRST).await.expect("claim");
    let mut event = call_started(0);
    // Bounded, should the parent go away without killing it.
    for start_ms in 1..1_000_000 {
        let now = Timestamp::from_millis(1);
        let append = Append { key: key.clone(), epoch: Epoch::FIRST, after, now, events: vec![event] };
        let appended = log.append(append).await.expect("append");
        after = appended.last().map_or(0, |envelope| envelope.seq);
        let mut out = std::io::stdout().lock();
        if writeln!(out, "ack {n} {after} .").and_then(|()| out.flush()).is_err() {
            return;
        }
        event = utterance(Channel::Customer, start_ms * 1_000, "hello [card]");
    }
}
