//! Texts in, masked texts out.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

use crate::support::{Outcome, outcome, trunkline};

/// Runs it over a file with this content.
fn redact(args: &[&str], content: impl AsRef<[u8]>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in");
    fs::write(&file, content).unwrap();
    outcome(trunkline(["redact"]).args(args).arg(&file))
}

fn policy(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    fs::write(&file, text).unwrap();
    (folder, file)
}

#[test]
fn a_text_keeps_everything_but_its_secrets() {
    let out = redact(&[], "Hello\r\n\r\n\tmy card is four one one one 1111 1111 1111, thanks\n");
    assert_eq!(out.stdout, "Hello\r\n\r\n\tmy card is [card], thanks\n");
    assert_eq!((out.code, out.stderr.as_str()), (Some(0), ""));
}

#[test]
fn explained_are_places_kinds_and_reasons() {
    let out = redact(&["--explain"], "\nmy card is 4111 1111 1111 1111\n");
    let row = out.stderr.lines().find(|line| line.contains("card")).unwrap();
    assert!(row.contains("12-30") && row.contains('%'), "{row}");
    assert!(!out.stderr.contains("1111"));
}

#[test]
fn lines_of_json_keep_their_order_and_a_broken_one_has_its_place() {
    let input = concat!(
        r#"{"id":"a","text":"my card is 4111 1111 1111 1111"}"#,
        "\n{\"id\":2,\"text\":4111111111111111}\n",
        r#"{"id":3,"turns":[{"channel":"agent","text":"your card number"},{"channel":"customer","text":"4111 1111"},"#,
        r#"{"channel":"customer","text":"1111 1111"}]}"#,
        "\n"
    );
    let out = redact(&["--jsonl"], input);
    let lines: Vec<Value> = out.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["masked"], "my card is [card]");
    assert_eq!(
        (&lines[0]["spans"][0]["start"], &lines[0]["spans"][0]["end"], &lines[0]["spans"][0]["entity"]),
        (&11.into(), &30.into(), &"card".into())
    );
    assert_eq!(lines[1]["line"], 2);
    assert_eq!(lines[2]["turns"][1]["masked"], "[card]");
    assert!(!out.stdout.contains("1111") && !out.stderr.contains("1111"));
    assert_eq!(out.code, Some(1));
}

#[test]
fn word_by_word_no_revision_shows_a_digit() {
    let input = r#"{"id":1,"turns":[{"channel":"agent","text":"your pin"},{"channel":"customer","text":"five 9 1 two"}]}"#;
    let out = redact(&["--jsonl", "--stream"], input);
    let revisions: Vec<Value> = out.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_customer = revisions.iter().filter(|revision| revision["turn"] == 1);
    assert!(of_customer.clone().count() >= 5);
    assert!(of_customer.clone().all(|revision| revision["masked"].as_str().unwrap().starts_with('[')));
    assert_eq!(of_customer.filter(|revision| revision["final"] == true).count(), 1);
}

#[test]
fn a_policy_is_obeyed_and_its_mistakes_are_named() {
    let (_folder, file) = policy("[mask]\ncard = \"last4\"\n");
    let file = file.to_str().unwrap();
    let out = redact(&["--policy", file], "my card is 4111 1111 1111 1111 ok");
    assert_eq!(out.stdout, "my card is [card 1111] ok");
    let (_folder, file) = policy("[mask]\n\ncvv = \"show\"\n");
    let out = redact(&["--policy", file.to_str().unwrap()], "x");
    assert_eq!((out.code, out.stdout.as_str(), out.stderr.lines().count()), (Some(2), "", 1));
    for part in ["line 3", "mask.cvv", "PCI DSS", "\"type\" or \"x\""] {
        assert!(out.stderr.contains(part), "{}", out.stderr);
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_what_is_odd_is_said() {
    let missing = outcome(&mut trunkline(["redact", "/nowhere/at/all"]));
    assert_eq!((missing.code, missing.stderr.lines().count()), (Some(2), 1));
    let folder = outcome(&mut trunkline(["redact", "/"]));
    assert_eq!(folder.code, Some(2));
    let odd = redact(&[], b"card 4111 1111 \xff 1111 1111");
    assert_eq!(odd.code, Some(0));
    assert!(odd.stderr.contains("U+FFFD") && !odd.stdout.contains("11"), "{}", odd.stdout);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in");
    fs::write(&file, "hello there\n".repeat(200_000)).unwrap();
    let program = env!("CARGO_BIN_EXE_trunkline");
    let script = format!("'{program}' redact '{}' | head -1", file.display());
    let out = outcome(Command::new("sh").args(["-c", &script]));
    assert_eq!((out.code, out.stdout.as_str(), out.stderr.as_str()), (Some(0), "hello there\n", ""));
}
