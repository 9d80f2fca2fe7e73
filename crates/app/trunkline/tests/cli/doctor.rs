//! The doctor from outside: what it finds, how it prints it, and its exit codes.

use std::{fs, net::TcpListener, path::Path, process::Command};

use serde_json::Value;

use crate::support::{Outcome, outcome, trunkline};

/// A doctor that looks at nothing of this machine but a folder of its own.
fn doctor(folder: &Path, config: &str, args: &[&str]) -> Command {
    let file = folder.join("trunkline.toml");
    let data = folder.join("data");
    fs::write(&file, format!("{config}\n[storage]\nfolder = {:?}\n", data.display().to_string())).unwrap();
    let mut command = trunkline(["doctor", "--config"]);
    command.arg(file).args(args);
    command
}

fn findings(outcome: &Outcome) -> Vec<Value> {
    let report: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr));
    assert_eq!(report["exit_code"], outcome.code.unwrap());
    report["findings"].as_array().unwrap().clone()
}

fn found<'a>(findings: &'a [Value], check: &str, severity: &str) -> &'a Value {
    let is = |one: &&Value| one["check"] == check && one["severity"] == severity;
    findings.iter().find(is).unwrap_or_else(|| panic!("no {severity} of {check}: {findings:#?}"))
}

const FLOW: &str = r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": [
    {"Identifier": "a", "Type": "UpdateContactMediaStreamingBehavior", "Parameters": {"MediaStreamingState": "Enabled",
     "MediaStreamType": "Audio", "Participants": [{"ParticipantType": "Customer", "MediaDirections": ["DIRECTIONS"]}]},
     "Transitions": {"NextAction": "b", "Errors": [{"NextAction": "b"}]}},
    {"Identifier": "b", "Type": "InvokeLambdaFunction", "Parameters": {"LambdaFunctionARN": "media-trigger"},
     "Transitions": {"NextAction": "c", "Errors": [{"NextAction": "c"}]}},
    {"Identifier": "c", "Type": "TransferContactToQueue", "Parameters": {}, "Transitions": {}}]}"#;

#[test]
fn a_flow_is_examined_alone_and_its_worst_finding_is_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    for (directions, code) in [(r#"From", "To"#, 0), ("From", 2)] {
        let file = folder.path().join("flow.json");
        fs::write(&file, FLOW.replace("DIRECTIONS", directions)).unwrap();
        let told = outcome(doctor(folder.path(), "", &["--only", "flow", "--json", "--flow"]).arg(&file));
        assert_eq!((told.code, told.stderr.as_str()), (Some(code), ""), "{}", told.stdout);
        assert!(findings(&told).iter().all(|one| one["area"] == "flow"));
    }
}

#[test]
fn a_file_that_is_no_flow_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let told =
        outcome(&mut doctor(folder.path(), "", &["--only", "flow", "--flow", "/no/such.json", "--json"]));
    assert!(found(&findings(&told), "flow.readable", "error")["subject"] == "/no/such.json");
}

#[test]
fn people_get_a_table_without_colours_in_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let told = outcome(&mut doctor(folder.path(), "", &["--only", "config,bus"]));
    assert_eq!(told.code, Some(0), "{}", told.stdout);
    insta::assert_snapshot!("doctor-table", told.stdout);
}

#[test]
fn engines_that_are_away_are_findings_and_hide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = format!(
        "[kvs]\nendpoint = \"http://{free}\"\n[store]\nengine = \"postgres\"\nurl = \"postgres://u:hunter2@{free}/trunkline\"\n\
         [bus]\nengine = \"redis\"\nurl = \"redis://:hunter2@{free}\"\n[queue]\nengine = \"redis\"\n\
         [blobs]\nengine = \"s3\"\nbucket = \"calls\"\nendpoint = \"http://{free}\"\n"
    );
    let areas = "config,streams,store,bus,queue,blobs";
    let told = outcome(&mut doctor(folder.path(), &config, &["--only", areas, "--json"]));
    let all = findings(&told);
    for check in ["streams.endpoint", "store.connect", "bus.connect", "queue.connect", "blobs.connect"] {
        let finding = found(&all, check, "error");
        assert!(finding["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{finding}");
    }
    assert!(!told.stdout.contains("hunter2") && !told.stderr.contains("hunter2"), "{}", told.stdout);
    assert_eq!(told.code, Some(2));
}

#[test]
fn the_configuration_is_shown_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[tenants.acme]\nexternal_id = \"hush\"\n[store]\nengine = \"postgres\"\nurl = \"postgres://u:hush@h/d\"\n";
    for args in [&["--show-config"][..], &["--show-config", "--json"]] {
        let told = outcome(&mut doctor(folder.path(), config, args));
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert!(told.stdout.contains("[secret]") && told.stdout.contains("postgres"), "{}", told.stdout);
        assert!(!told.stdout.contains("hush"), "{}", told.stdout);
    }
}

#[test]
fn what_does_not_exist_is_wrong_input() {
    let folder = tempfile::tempdir().unwrap();
    for (args, says) in [
        (&["--tenant", "nobody"][..], "there is no tenant nobody"),
        (&["--only", "flow"][..], "--flow FILE"),
        (&["--only", "kitchen"][..], "kitchen"),
    ] {
        let told = outcome(&mut doctor(folder.path(), "", args));
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(told.stderr.contains(says), "{}", told.stderr);
    }
    let told = outcome(&mut doctor(folder.path(), "[store]\nengine = \"mysql\"", &[]));
    assert_eq!(told.code, Some(64), "{}", told.stderr);
    assert!(told.stderr.contains("mysql"), "{}", told.stderr);
}

/// A local Kinesis Video Streams with one stream, and the configuration that reads it for the tenant acme.
struct Streams {
    _runtime: tokio::runtime::Runtime,
    server: kvs_server::ServerHandle,
}

const ROLE: &str = "arn:aws:iam::000000000000:role/trunkline-reader";

impl Streams {
    fn with(config: kvs_server::Config, hours: u32) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(async { kvs_server::Server::bind(config).await.unwrap().spawn() });
        let body = format!(r#"{{"StreamName": "acme-contact-1", "DataRetentionInHours": {hours}}}"#);
        let made = ureq::post(format!("{}/createStream", server.endpoint())).send(body).unwrap();
        assert_eq!(made.status(), 200);
        Self { _runtime: runtime, server }
    }

    fn config(&self, tenant: &str) -> String {
        let endpoint = self.server.endpoint();
        format!(
            "tenant = \"acme\"\n[kvs]\nendpoint = \"{endpoint}\"\n[tenants.acme]\nstream_prefix = \"acme\"\n{tenant}"
        )
    }
}

#[test]
fn a_stream_that_keeps_nothing_is_a_warning_with_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    for (hours, severity, code) in [(0, "warning", 1), (1, "warning", 1), (24, "ok", 0)] {
        let streams = Streams::with(kvs_server::Config::default(), hours);
        let config = streams.config("");
        let told = outcome(&mut doctor(folder.path(), &config, &["--only", "streams,clock", "--json"]));
        let all = findings(&told);
        let finding = found(&all, "streams.retention", severity);
        if hours == 0 {
            assert!(finding["what"].as_str().unwrap().contains("five minutes"), "{finding}");
            assert_eq!(finding["subject"], "acme acme-contact-1");
        }
        assert_eq!(told.code, Some(code), "{all:#?}");
        found(&all, "streams.read", "ok");
        found(&all, "clock.skew", "ok");
    }
}

#[test]
fn a_wrong_external_id_is_a_refused_role_and_names_the_trust_policy() {
    let folder = tempfile::tempdir().unwrap();
    let role = kvs_server::Role { arn: ROLE.to_owned(), external_id: Some("acme-7".to_owned()) };
    let streams =
        Streams::with(kvs_server::Config { roles: vec![role], ..kvs_server::Config::default() }, 24);
    let told = |id: &str| {
        let config = streams.config(&format!("role_arn = \"{ROLE}\"\nexternal_id = \"{id}\"\n"));
        outcome(&mut doctor(folder.path(), &config, &["--only", "credentials,streams", "--json"]))
    };
    let wrong = told("acme-8");
    let all = findings(&wrong);
    let finding = found(&all, "credentials.role", "error");
    let fix = finding["fix"].as_str().unwrap();
    assert!(fix.contains("trust policy") && fix.contains("sts:ExternalId"), "{fix}");
    assert!(finding["subject"].as_str().unwrap().contains(ROLE), "{finding}");
    assert!(!wrong.stdout.contains("acme-8"), "{}", wrong.stdout);
    assert_eq!(wrong.code, Some(2));
    let right = told("acme-7");
    let all = findings(&right);
    found(&all, "credentials.role", "ok");
    found(&all, "streams.archive", "ok");
    assert_eq!(right.code, Some(0), "{all:#?}");
}

#[test]
fn a_key_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let streams = Streams::with(kvs_server::Config::default(), 24);
    streams.server.faults().add("kms:code=4500".parse().unwrap()).unwrap();
    let told = outcome(&mut doctor(folder.path(), &streams.config(""), &["--only", "streams", "--json"]));
    found(&findings(&told), "streams.key", "error");
    assert_eq!(told.code, Some(2));
}
