//! Flows that others exported, where the shared data is.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test reads files, and one that cannot has failed"
)]

use std::{fs, path::PathBuf};

use doctor::{
    Severity,
    flow::{Flow, Rules, examine},
};

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("TRUNKLINE_SHARED_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    let folder = named.unwrap_or(beside).join("flows");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no {}", folder.display());
    None
}

fn read(name: &str) -> Option<Flow> {
    let bytes = fs::read(folder()?.join(name)).unwrap();
    Some(Flow::read(name, &bytes).unwrap())
}

fn of(flow: Flow) -> Vec<(&'static str, Severity, String)> {
    let found = examine(&[flow], &Rules::default()).into_iter();
    found.map(|one| (one.check.id, one.severity, one.subject.unwrap_or_default())).collect()
}

#[test]
fn every_exported_flow_is_read() {
    let Some(folder) = folder() else { return };
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let flow = Flow::read(&path.display().to_string(), &fs::read(&path).unwrap());
        let found = examine(&[flow.unwrap()], &Rules::default());
        assert!(found.iter().all(|one| one.check.id != "flow.blocks"), "{}: {found:?}", path.display());
    }
}

#[test]
fn the_live_call_analytics_flow_streams_well_and_hangs_up_when_its_lambda_fails() {
    let Some(flow) = read("lca-kvs-contact-flow.json") else { return };
    let found = of(flow);
    let is = |check, severity| found.iter().any(|one| one.0 == check && one.1 == severity);
    for check in
        ["flow.streaming", "flow.media", "flow.order", "flow.lambda", "flow.lambda_time", "flow.stop"]
    {
        assert!(is(check, Severity::Ok), "{check}: {found:?}");
    }
    let block = "lca-kvs-contact-flow.json block StartLCA".to_owned();
    assert!(found.contains(&("flow.error_branch", Severity::Warning, block)), "{found:?}");
}

#[test]
fn a_flow_without_streaming_is_told() {
    for name in ["analytics-SimpleInboundFlow.json", "RulesEngineMain.json", "empty_agent_whisper_flow.json"]
    {
        let Some(flow) = read(name) else { return };
        assert!(of(flow).iter().any(|one| one.0 == "flow.streaming" && one.1 == Severity::Error), "{name}");
    }
}
