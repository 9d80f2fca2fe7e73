//! Playbooks checked, tested and tried out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::{Outcome, outcome, trunkline};

/// The shipped playbooks.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../playbooks")
}

fn run(args: &[&str]) -> Outcome {
    outcome(trunkline(["playbook"]).args(args))
}

#[test]
fn good_playbooks_are_said_to_be_good() {
    let out = run(&["check", shipped().to_str().unwrap()]);
    assert_eq!((out.code, out.stderr.as_str()), (Some(0), ""), "{}", out.stdout);
    assert_eq!(out.stdout.lines().count(), 3);
    assert!(out.stdout.contains("card-collection.yaml: good, card-collection version 1: "), "{}", out.stdout);
}

#[test]
fn every_mistake_is_a_line_with_its_place_and_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.yaml");
    fs::write(&file, "playbook: ours\nversion: 0\ntitle: Ours\nruels: []\n").unwrap();
    let file = file.to_str().unwrap();
    let out = run(&["check", file]);
    assert_eq!(out.code, Some(2));
    assert!(
        out.stdout.contains(&format!("{file}:2:10 version: must be a whole number from 1 to")),
        "{}",
        out.stdout
    );
    assert!(
        out.stdout.contains(&format!(
            "{file}:4:1 ruels: is not known; did you mean \"rules\"?; allowed: playbook,"
        ))
    );
    let json = run(&["check", "--json", file]);
    let of: Value = serde_json::from_str(json.stdout.trim()).unwrap();
    assert_eq!((json.code, of["problems"][0]["line"].clone()), (Some(2), 1.into()));
}

#[test]
fn the_schema_is_json() {
    let schema: Value = serde_json::from_str(&run(&["schema"]).stdout).unwrap();
    assert!(schema["$defs"]["rule"].is_object());
}

#[test]
fn the_shipped_playbooks_pass_their_tests() {
    let tests = shipped().join("tests");
    let out = run(&["test", "--without-meaning", tests.to_str().unwrap()]);
    assert_eq!(out.code, Some(0), "{}", out.stdout);
    assert!(out.stdout.contains("9 tests, 0 failed, what only meanings tell was not run"), "{}", out.stdout);
    assert!(out.stdout.contains("rests on a meaning"), "{}", out.stdout);
}

#[test]
fn a_test_that_fails_says_what_is_missing_and_what_is_unwanted() {
    let folder = tempfile::tempdir().unwrap();
    let playbook = shipped().join("card-collection.yaml");
    let test = folder.path().join("test.yaml");
    let text = format!(
        "rehearsal: Nothing is asked\nplaybook: {}\ncall: {{ queue: Billing }}\nscript:\n- {{ at: 1s, customer: I want to pay my bill., until: 3s }}\nexpect: [{{ at: 9s, card: wants-to-pay }}]\nnever: [{{ fired: wants-to-pay }}]\n",
        playbook.display()
    );
    fs::write(&test, &text).unwrap();
    let out = run(&["test", "--without-meaning", "--transcript", test.to_str().unwrap()]);
    assert_eq!(out.code, Some(1), "{}", out.stderr);
    assert!(out.stdout.contains("FAILED  Nothing is asked"), "{}", out.stdout);
    assert!(out.stdout.contains("missing") && out.stdout.contains("unwanted"), "{}", out.stdout);
    assert!(out.stdout.contains("customer: I want to pay my bill."), "{}", out.stdout);

    fs::write(&test, text.replace("card: wants-to-pay", "card: wants-to-play")).unwrap();
    let out = run(&["test", test.to_str().unwrap()]);
    assert_eq!(out.code, Some(2));
    assert!(out.stderr.contains("the playbook has no rule \"wants-to-play\""), "{}", out.stderr);
}

#[test]
fn what_is_not_there_is_one_line() {
    for args in [&["check", "/nowhere.yaml"][..], &["test", "/nowhere.yaml"], &["backtest", "/nowhere.yaml"]]
    {
        let out = run(args);
        assert_eq!((out.code, out.stderr.lines().count()), (Some(2), 1), "{}", out.stderr);
    }
    let data = tempfile::tempdir().unwrap();
    let out = run(&["stats", "--data", data.path().to_str().unwrap()]);
    assert_eq!(out.code, Some(2));
    assert!(out.stderr.contains("there is no event log in"), "{}", out.stderr);
}
