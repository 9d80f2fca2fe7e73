//! Flows as they are exported: what is found in good ones and in each way of going wrong.
#![expect(clippy::unwrap_used, reason = "a fixture that is wrong has failed the test")]

use doctor::{
    Finding, Report, Severity,
    flow::{Attribute, Flow, FlowError, MAX_FLOW_BYTES, Rules, examine},
};
use serde_json::{Value, json};

fn block(id: &str, kind: &str, parameters: Value, next: &str, error: &str) -> Value {
    let errors = if error.is_empty() {
        json!([])
    } else {
        json!([{"NextAction": error, "ErrorType": "NoMatchingError"}])
    };
    let transitions = if next.is_empty() { json!({}) } else { json!({"NextAction": next, "Errors": errors}) };
    json!({"Identifier": id, "Type": kind, "Parameters": parameters, "Transitions": transitions})
}

fn streaming(id: &str, state: &str, directions: &[&str], next: &str, error: &str) -> Value {
    let participants = json!([{"ParticipantType": "Customer", "MediaDirections": directions}]);
    let parameters =
        json!({"MediaStreamingState": state, "MediaStreamType": "Audio", "Participants": participants});
    block(id, "UpdateContactMediaStreamingBehavior", parameters, next, error)
}

fn lambda(id: &str, arn: &str, next: &str, error: &str) -> Value {
    let parameters = json!({"LambdaFunctionARN": arn, "InvocationTimeLimitSeconds": "5"});
    block(id, "InvokeLambdaFunction", parameters, next, error)
}

fn attributes(id: &str, names: &[&str], next: &str) -> Value {
    let set: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), json!("x"))).collect();
    block(id, "UpdateContactAttributes", json!({"Attributes": set, "TargetContact": "Current"}), next, next)
}

fn plain(id: &str, kind: &str, next: &str) -> Value {
    block(id, kind, json!({}), next, next)
}

const TRIGGER: &str = "arn:aws:lambda:us-east-1:111122223333:function:media-trigger";
const BOTH: &[&str] = &["From", "To"];
const NAMES: &[&str] = &["trunkline_tenant", "trunkline_profile", "trunkline_session"];

/// What is right: attributes, streaming, the Lambda, a queue, and a stop in front of hanging up.
fn good() -> Vec<Value> {
    vec![
        attributes("set", NAMES, "start"),
        streaming("start", "Enabled", BOTH, "tell", "tell"),
        lambda("tell", TRIGGER, "queue", "queue"),
        plain("queue", "TransferContactToQueue", "stop"),
        streaming("stop", "Disabled", BOTH, "bye", "bye"),
        plain("bye", "DisconnectParticipant", ""),
    ]
}

/// The good flow with some of its blocks replaced.
fn with(changed: Vec<Value>) -> Vec<Value> {
    let mut blocks = good();
    for block in changed {
        let id = block["Identifier"].clone();
        match blocks.iter_mut().find(|one| one["Identifier"] == id) {
            Some(place) => *place = block,
            None => blocks.push(block),
        }
    }
    blocks
}

fn flow(start: &str, kind: &str, blocks: Vec<Value>) -> Flow {
    let metadata = json!({"type": kind, "ActionMetadata": {}});
    let document =
        json!({"Version": "2019-10-30", "StartAction": start, "Metadata": metadata, "Actions": blocks});
    Flow::read("inbound.json", document.to_string().as_bytes()).unwrap()
}

fn rules() -> Rules {
    let attribute = |name: &&str| Attribute { name: (*name).to_owned(), needed: *name == "trunkline_tenant" };
    Rules { lambda: None, attributes: NAMES.iter().map(attribute).collect() }
}

fn found(start: &str, blocks: Vec<Value>) -> Vec<Finding> {
    examine(&[flow(start, "contactFlow", blocks)], &rules())
}

/// What is not as it should be.
fn wrong(start: &str, blocks: Vec<Value>) -> Vec<(&'static str, Severity)> {
    let all = found(start, blocks).into_iter();
    all.filter(|one| one.severity > Severity::Ok).map(|one| (one.check.id, one.severity)).collect()
}

fn says(start: &str, blocks: Vec<Value>, check: &str) -> String {
    let all = found(start, blocks);
    let one = all.into_iter().find(|one| one.check.id == check && one.severity > Severity::Ok).unwrap();
    format!("{}: {}", one.subject.clone().unwrap_or_default(), one.what)
}

#[test]
fn a_good_flow_has_nothing_wrong() {
    assert_eq!(wrong("set", good()), []);
    insta::assert_snapshot!(Report::new(found("set", good())).to_table(doctor::Style::default()));
}

#[test]
fn a_lambda_in_front_of_streaming_is_an_error_with_its_path() {
    let blocks = with(vec![
        attributes("set", NAMES, "tell"),
        lambda("tell", TRIGGER, "start", "start"),
        streaming("start", "Enabled", BOTH, "queue", "queue"),
    ]);
    assert_eq!(
        wrong("set", blocks.clone()),
        [("flow.order", Severity::Error), ("flow.lambda", Severity::Warning)]
    );
    assert_eq!(
        says("set", blocks, "flow.order"),
        "inbound.json block tell: the Lambda is invoked before media streams, on the path set > tell"
    );
}

#[test]
fn one_path_around_streaming_is_enough() {
    let mut check = plain("open", "CheckHoursOfOperation", "start");
    check["Transitions"]["Conditions"] =
        json!([{"NextAction": "tell", "Condition": {"Operator": "Equals", "Operands": ["False"]}}]);
    let blocks = with(vec![attributes("set", NAMES, "open"), check]);
    assert_eq!(wrong("set", blocks.clone()), [("flow.order", Severity::Error)]);
    assert!(says("set", blocks, "flow.order").ends_with("set > open > tell"));
}

#[test]
fn a_lambda_that_is_invoked_when_streaming_failed_is_no_fault() {
    assert!(
        found("set", good()).iter().any(|one| one.check.id == "flow.order" && one.severity == Severity::Ok)
    );
}

#[test]
fn a_lambda_behind_the_stop_comes_too_late() {
    let blocks = with(vec![
        streaming("start", "Enabled", BOTH, "stop", "stop"),
        streaming("stop", "Disabled", BOTH, "tell", "tell"),
        plain("queue", "TransferContactToQueue", "bye"),
    ]);
    assert_eq!(wrong("set", blocks), [("flow.order", Severity::Error), ("flow.lambda", Severity::Warning)]);
}

#[test]
fn other_lambdas_may_be_anywhere() {
    let other = "arn:aws:lambda:us-east-1:111122223333:function:greeting";
    let blocks = with(vec![lambda("first", other, "set", "set")]);
    assert_eq!(wrong("first", blocks), []);
    // Nothing is called as usual: the one behind the start is ours.
    let blocks = with(vec![lambda("first", other, "set", "set"), lambda("tell", other, "queue", "queue")]);
    assert_eq!(wrong("first", blocks.clone()), []);
    let named = Rules { lambda: Some("GREETING".to_owned()), ..rules() };
    let found = examine(&[flow("first", "contactFlow", blocks)], &named);
    assert!(found.iter().any(|one| one.check.id == "flow.order" && one.severity == Severity::Error));
}

#[test]
fn the_trigger_is_known_by_the_name_that_the_designer_shows() {
    let names =
        json!({"first": {"parameters": {"LambdaFunctionARN": {"displayName": "acme-Media-Trigger-1"}}}});
    let blocks = with(vec![lambda("first", "", "set", "set"), lambda("tell", "", "queue", "queue")]);
    let document = json!({"Version": "2019-10-30", "StartAction": "first", "Metadata": {"ActionMetadata": names}, "Actions": blocks});
    let flow = Flow::read("a.json", document.to_string().as_bytes()).unwrap();
    let found = examine(&[flow], &rules());
    let order = found.iter().find(|one| one.check.id == "flow.order").unwrap();
    assert_eq!((order.severity, order.subject.as_deref()), (Severity::Error, Some("a.json block first")));
}

#[test]
fn each_missing_direction_is_named() {
    for (directions, what) in [
        (&["To"][..], "what the customer says is missing"),
        (&["From"][..], "what agents say is missing"),
        (&[][..], "names no direction"),
    ] {
        let blocks = with(vec![streaming("start", "Enabled", directions, "tell", "tell")]);
        assert_eq!(wrong("set", blocks.clone()), [("flow.media", Severity::Error)]);
        assert!(says("set", blocks, "flow.media").contains(what), "{what}");
    }
}

#[test]
fn another_participant_or_medium_is_an_error() {
    for (key, value, what) in [
        (
            "Participants",
            json!([{"ParticipantType": "Agent", "MediaDirections": ["From", "To"]}]),
            "the Customer only",
        ),
        ("Participants", json!("nobody"), "names no direction"),
        ("MediaStreamType", json!("Video"), "not Audio"),
    ] {
        let mut start = streaming("start", "Enabled", BOTH, "tell", "tell");
        start["Parameters"][key] = value;
        assert!(says("set", with(vec![start]), "flow.media").contains(what), "{what}");
    }
}

#[test]
fn directions_may_be_given_one_by_one() {
    let mut start = streaming("start", "Enabled", BOTH, "tell", "tell");
    start["Parameters"]["Participants"] = json!([
        {"ParticipantType": "Customer", "MediaDirections": ["From"]},
        {"ParticipantType": "Customer", "MediaDirections": ["To"]},
    ]);
    assert_eq!(wrong("set", with(vec![start])), []);
}

#[test]
fn a_flow_that_streams_nothing_is_an_error_unless_another_one_does() {
    let silent = || with(vec![attributes("set", NAMES, "tell")]);
    // The block is there, and nothing leads to it.
    assert_eq!(
        wrong("set", silent()),
        [("flow.streaming", Severity::Warning), ("flow.streaming", Severity::Error)]
    );
    let both = [
        flow("set", "contactFlow", good()),
        flow("bye", "customerQueue", vec![plain("bye", "EndFlowExecution", "")]),
    ];
    let found = examine(&both, &rules());
    assert_eq!(found.iter().map(|one| one.severity).max(), Some(Severity::Note));
}

#[test]
fn a_state_that_is_neither_is_an_error() {
    let blocks = with(vec![streaming("start", "$.Attributes.stream", BOTH, "tell", "tell")]);
    assert!(wrong("set", blocks).contains(&("flow.streaming", Severity::Error)));
}

#[test]
fn hanging_up_while_media_streams_is_a_note() {
    let blocks = with(vec![plain("queue", "TransferContactToQueue", "bye")]);
    assert_eq!(wrong("set", blocks.clone()), [("flow.stop", Severity::Note)]);
    assert!(says("set", blocks, "flow.stop").ends_with("set > start > tell > queue > bye"));
}

#[test]
fn an_error_branch_that_ends_the_call_warns() {
    let sorry = || plain("sorry", "MessageParticipant", "stop");
    let ends = with(vec![sorry(), lambda("tell", TRIGGER, "queue", "sorry")]);
    assert_eq!(wrong("set", ends.clone()), [("flow.error_branch", Severity::Warning)]);
    assert_eq!(
        says("set", ends, "flow.error_branch"),
        "inbound.json block tell: when it fails, the call goes to sorry and is ended there"
    );
    let none = with(vec![lambda("tell", TRIGGER, "queue", "")]);
    assert!(says("set", none, "flow.error_branch").contains("no error branch"));
    let start = with(vec![streaming("start", "Enabled", BOTH, "tell", "bye")]);
    assert_eq!(wrong("set", start), [("flow.error_branch", Severity::Warning)]);
}

#[test]
fn an_error_branch_that_comes_back_to_the_call_is_fine() {
    let sorry = plain("sorry", "MessageParticipant", "queue");
    assert_eq!(wrong("set", with(vec![sorry, lambda("tell", TRIGGER, "queue", "sorry")])), []);
    // A call that ends either way loses nothing.
    assert_eq!(wrong("set", with(vec![plain("queue", "MessageParticipant", "stop")])), []);
}

#[test]
fn missing_attributes_are_named_and_weigh_by_what_they_cost() {
    let without = |names: &[&str]| with(vec![attributes("set", names, "start")]);
    assert_eq!(wrong("set", without(&NAMES[..1])), [("flow.attributes", Severity::Note)]);
    assert_eq!(wrong("set", without(&NAMES[1..])), [("flow.attributes", Severity::Warning)]);
    assert!(
        says("set", without(&[]), "flow.attributes")
            .contains("trunkline_tenant, trunkline_profile, trunkline_session")
    );
}

#[test]
fn attributes_behind_the_lambda_or_of_another_contact_do_not_count() {
    let mut related = attributes("set", NAMES, "start");
    related["Parameters"]["TargetContact"] = json!("Related");
    assert_eq!(wrong("set", with(vec![related])), [("flow.attributes", Severity::Warning)]);
    let late = with(vec![attributes("set", NAMES, "queue"), lambda("tell", TRIGGER, "set", "set")]);
    assert_eq!(wrong("start", late), [("flow.attributes", Severity::Warning)]);
}

#[test]
fn an_attribute_of_some_paths_only_is_told_as_such() {
    let mut check = plain("open", "Compare", "set");
    check["Transitions"]["Conditions"] = json!([{"NextAction": "start"}]);
    assert!(says("open", with(vec![check]), "flow.attributes").contains("trunkline_tenant (on some paths)"));
}

#[test]
fn the_lambdas_time_has_bounds() {
    for (time, kind, severity) in [
        (json!("8"), "SYNCHRONOUS", Severity::Ok),
        (json!(8), "SYNCHRONOUS", Severity::Ok),
        (json!("9"), "SYNCHRONOUS", Severity::Warning),
        (json!("2"), "SYNCHRONOUS", Severity::Warning),
        (json!("60"), "ASYNCHRONOUS", Severity::Ok),
        (json!("$.Attributes.t"), "SYNCHRONOUS", Severity::Note),
    ] {
        let mut tell = lambda("tell", TRIGGER, "queue", "queue");
        tell["Parameters"]["InvocationTimeLimitSeconds"] = time.clone();
        tell["Parameters"]["InvocationType"] = json!(kind);
        let all = found("set", with(vec![tell]));
        let one = all.iter().find(|one| one.check.id == "flow.lambda_time").unwrap();
        assert_eq!(one.severity, severity, "{time} {kind}");
    }
}

#[test]
fn streaming_in_a_hold_flow_is_an_error() {
    for kind in ["customerHold", "AGENT_HOLD"] {
        let found = examine(&[flow("set", kind, good())], &rules());
        assert!(
            found.iter().any(|one| one.check.id == "flow.kind" && one.severity == Severity::Error),
            "{kind}"
        );
    }
    let found = examine(&[flow("set", "agentWhisper", good())], &rules());
    assert_eq!(found.iter().map(|one| one.severity).max(), Some(Severity::Ok));
}

#[test]
fn a_broken_graph_is_told_and_does_not_hide_the_rest() {
    let blocks = with(vec![
        lambda("tell", TRIGGER, "nowhere", "queue"),
        streaming("start", "Enabled", &["To"], "tell", "tell"),
    ]);
    let all = wrong("set", blocks);
    assert!(
        all.contains(&("flow.blocks", Severity::Error)) && all.contains(&("flow.media", Severity::Error))
    );
    assert!(wrong("absent", good()).contains(&("flow.blocks", Severity::Error)));
    let mut doubled = good();
    doubled.push(plain("queue", "Wait", "bye"));
    assert!(wrong("set", doubled).contains(&("flow.blocks", Severity::Error)));
}

#[test]
fn loops_end() {
    let blocks = with(vec![plain("queue", "Loop", "start")]);
    assert!(wrong("set", blocks).iter().all(|(_, severity)| *severity < Severity::Error));
}

#[test]
fn another_version_warns() {
    let document = json!({"Version": "2030-01-01", "StartAction": "set", "Actions": good()});
    let flow = Flow::read("a.json", document.to_string().as_bytes()).unwrap();
    let found = examine(&[flow], &rules());
    assert!(found.iter().any(|one| one.check.id == "flow.version" && one.severity == Severity::Warning));
}

#[test]
fn what_the_api_answers_is_read_like_an_export() {
    let content = json!({"Version": "2019-10-30", "StartAction": "set", "Actions": good()}).to_string();
    let answer = json!({"ContactFlow": {"Name": "Inbound", "Type": "CUSTOMER_HOLD", "Content": content}});
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(answer.to_string().bytes());
    let found = examine(&[Flow::read("a.json", &bytes).unwrap()], &rules());
    assert!(found.iter().any(|one| one.check.id == "flow.kind"));
}

#[test]
fn what_is_no_flow_says_why() {
    let error = |bytes: &[u8]| Flow::read("a.json", bytes).unwrap_err();
    assert!(matches!(error(b"not json"), FlowError::Json(_)));
    assert!(matches!(error(b"{}"), FlowError::NoActions));
    assert!(matches!(error(br#"{"modules": [], "start": "x"}"#), FlowError::Old));
    assert!(matches!(error(&vec![b' '; MAX_FLOW_BYTES + 1]), FlowError::TooLarge(_)));
    let many: Vec<Value> = (0..2_000).map(|n| plain(&n.to_string(), "Wait", "0")).collect();
    assert!(matches!(error(json!({"Actions": many}).to_string().as_bytes()), FlowError::TooMany(2_000)));
}
