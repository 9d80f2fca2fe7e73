//! Any bytes and any graph: no panic, no endless walk, and the rule of order against a plain search.

use doctor::{
    Severity,
    flow::{Flow, Rules, examine},
};
use proptest::prelude::*;
use serde_json::{Value, json};

const KINDS: [&str; 5] = ["start", "stop", "lambda", "wait", "bye"];

/// A graph of up to seven blocks: their kinds, and where they go on to when all is well and when they fail.
fn graph() -> impl Strategy<Value = Vec<(usize, Vec<usize>, Vec<usize>)>> {
    (1_usize..=7).prop_flat_map(|len| {
        let targets = || prop::collection::vec(0..len, 0..3);
        prop::collection::vec((0..KINDS.len(), targets(), targets()), len)
    })
}

fn document(graph: &[(usize, Vec<usize>, Vec<usize>)]) -> Value {
    let branches = |targets: &[usize]| -> Vec<Value> {
        targets.iter().map(|target| json!({"NextAction": target.to_string()})).collect()
    };
    let block = |(n, (kind, next, errors)): (usize, &(usize, Vec<usize>, Vec<usize>))| {
        let state = if KINDS[*kind] == "start" { "Enabled" } else { "Disabled" };
        let kind = match KINDS[*kind] {
            "start" | "stop" => "UpdateContactMediaStreamingBehavior",
            "lambda" => "InvokeLambdaFunction",
            "wait" => "Wait",
            _ => "DisconnectParticipant",
        };
        json!({
            "Identifier": n.to_string(), "Type": kind,
            "Parameters": {"MediaStreamingState": state, "LambdaFunctionARN": "media-trigger"},
            "Transitions": {"Conditions": branches(next), "Errors": branches(errors)},
        })
    };
    let blocks: Vec<Value> = graph.iter().enumerate().map(block).collect();
    json!({"Version": "2019-10-30", "StartAction": "0", "Actions": blocks})
}

/// Whether a call can come to a Lambda without passing a block that starts streaming.
fn early(graph: &[(usize, Vec<usize>, Vec<usize>)]) -> bool {
    let (mut line, mut seen) = (vec![0], vec![false; graph.len()]);
    while let Some(at) = line.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let (kind, next, errors) = &graph[at];
        match KINDS[*kind] {
            "lambda" => return true,
            "start" => {}
            _ => line.extend(next.iter().chain(errors)),
        }
    }
    false
}

/// Whether a call can come to a block of this kind.
fn comes_to(graph: &[(usize, Vec<usize>, Vec<usize>)], wanted: &str) -> bool {
    let (mut line, mut seen) = (vec![0], vec![false; graph.len()]);
    while let Some(at) = line.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            line.extend(graph[at].1.iter().chain(&graph[at].2));
        }
    }
    (0..graph.len()).any(|n| seen[n] && KINDS[graph[n].0] == wanted)
}

proptest! {
    #[test]
    fn any_bytes_are_a_flow_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(Flow::read("a.json", &bytes));
    }

    #[test]
    fn any_cut_or_changed_flow_is_no_panic(graph in graph(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = document(&graph).to_string().into_bytes();
        let at = at.index(bytes.len());
        drop(Flow::read("a.json", bytes.get(..at).unwrap()));
        bytes[at] = byte;
        if let Ok(flow) = Flow::read("a.json", &bytes) {
            drop(examine(&[flow], &Rules::default()));
        }
    }

    #[test]
    fn a_lambda_before_streaming_is_found_exactly_where_there_is_one(graph in graph()) {
        let flow = Flow::read("a.json", document(&graph).to_string().as_bytes()).unwrap();
        let found = examine(&[flow], &Rules::default());
        let told = found.iter().any(|one| {
            one.check.id == "flow.order" && one.severity == Severity::Error && one.what.contains("before media streams")
        });
        prop_assert_eq!(told, comes_to(&graph, "start") && early(&graph));
        let none = found.iter().any(|one| one.check.id == "flow.streaming" && one.severity == Severity::Error);
        prop_assert_eq!(none, !comes_to(&graph, "start"));
    }
}
