//! Wrong input gets one line that names the cause and the fix, and the exit code that fits.

use std::{fs, net::TcpListener, path::Path, process::Command};

use crate::support::{outcome, trunkline};

/// It fails so, with one line on the standard error and nothing on the standard output.
fn fails(command: &mut Command, code: i32, says: &[&str]) {
    let outcome = outcome(command);
    assert_eq!(outcome.code, Some(code), "{command:?}: {}", outcome.stderr);
    assert_eq!((outcome.stderr.lines().count(), outcome.stdout.as_str()), (1, ""), "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with("trunkline: "), "{}", outcome.stderr);
    for part in says {
        assert!(outcome.stderr.contains(part), "{part:?} is not in: {}", outcome.stderr);
    }
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A `serve` or `demo` that could start, and would take no port that others use.
fn quiet(command: &str, folder: &Path) -> Command {
    let mut command = trunkline([command, "--data"]);
    command.arg(folder.join("data")).args(["--models"]).arg(folder.join("no-models"));
    command
}

#[test]
fn a_file_that_is_not_there_or_no_media_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = write(folder.path(), "notes.txt", "these are no samples");
    for command in ["transcribe", "call", "inspect"] {
        fails(&mut trunkline([command, "/no/such.wav"]), 2, &["/no/such.wav"]);
        fails(&mut trunkline([command, &text]), 2, &["notes.txt"]);
    }
}

#[test]
fn a_stored_call_that_is_not_there_is_looked_for_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["export", "replay"] {
        fails(trunkline([command, "last", "--data"]).arg(folder.path()), 2, &["no event log", "--data"]);
    }
}

#[test]
fn a_port_in_use_is_named_before_models_are_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port = taken.local_addr().unwrap().port().to_string();
    fails(
        quiet("serve", folder.path()).args(["--listen", &address, "--kvs-listen", "127.0.0.1:0"]),
        2,
        &[&port, "--listen"],
    );
    fails(
        quiet("serve", folder.path()).args(["--listen", "127.0.0.1:0", "--kvs-listen", &address]),
        2,
        &[&port, "--kvs-listen"],
    );
    fails(quiet("demo", folder.path()).args(["--offline", "--listen", &address]), 2, &[&port, "--listen"]);
    fails(&mut trunkline(["kvs", "--listen", &address]), 2, &[&port, "--listen"]);
}

#[test]
fn an_endpoint_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fix = ["\"foo\"", "give aws, or a URL"];
    fails(quiet("serve", folder.path()).args(["--kvs-endpoint", "foo"]), 2, &fix);
    fails(quiet("serve", folder.path()).env("TRUNKLINE_KVS__ENDPOINT", "foo"), 64, &fix);
    let file = write(folder.path(), "a.toml", "[kvs]\nendpoint = \"foo\"\n");
    fails(quiet("serve", folder.path()).args(["--config", &file]), 64, &fix);
}

#[test]
fn a_configuration_that_cannot_be_used_exits_64() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = write(folder.path(), "wrong.toml", "[engine\nmax_calls = 1\n");
    let unknown = write(folder.path(), "unknown.toml", "[server]\nport = 1\n");
    fails(quiet("serve", folder.path()).args(["--config", "/no/such.toml"]), 64, &["/no/such.toml"]);
    fails(quiet("serve", folder.path()).args(["--config", &wrong]), 64, &["wrong.toml", "line 1"]);
    fails(quiet("serve", folder.path()).args(["--config", &unknown]), 64, &["port"]);
    for (name, reason) in [
        ("TRUNKLINE_ENGINE__IDLE_SECONDS", "engine.idle_seconds is 0"),
        ("TRUNKLINE_ENGINE__MAX_CALLS", "engine.max_calls is 0"),
        ("TRUNKLINE_KVS__RETENTION_HOURS", "kvs.retention_hours is 0"),
    ] {
        fails(quiet("serve", folder.path()).env(name, "0"), 64, &[reason]);
    }
}

#[test]
fn a_call_to_nobody_says_what_to_start() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut call = trunkline(["call", "--samples", "--json", "--trigger", "none", "--kvs"]);
    fails(call.arg(format!("http://{free}")), 1, &[&free.to_string(), "trunkline serve"]);
}

#[test]
fn a_flag_that_does_not_exist_exits_2() {
    let outcome = outcome(&mut trunkline(["serve", "--no-such-flag"]));
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("--no-such-flag"), "{}", outcome.stderr);
}
