//! How commands end: by a signal, with nothing left behind; by themselves, with what they have to say.

use std::{fs, path::Path, process::Command};

use crate::support::{Running, outcome, trunkline};

const ANY: &str = "127.0.0.1:0";

/// Without models, so that it starts at once; with a folder of its own for what is temporary.
fn demo(folder: &Path) -> Command {
    let temporary = folder.join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = trunkline(["demo", "--offline", "--listen", ANY, "--models"]);
    command.arg(folder.join("no-models")).env("TMPDIR", temporary);
    command
}

fn left_behind(folder: &Path) -> usize {
    fs::read_dir(folder.join("tmp")).unwrap().count()
}

#[test]
fn a_server_ends_in_order_by_either_signal() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command =
            trunkline(["serve", "--no-recognition", "--listen", ANY, "--kvs-listen", ANY, "--data"]);
        let ended = Running::until(command.arg(folder.path()), "words").signal(signal);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "stopping\n"), "{signal}");
    }
}

#[test]
fn a_demo_leaves_nothing_behind_by_either_signal() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let ended = Running::until(&mut demo(folder.path()), "Playing").signal(signal);
        assert_eq!((ended.code, left_behind(folder.path())), (Some(0), 0), "{signal}");
    }
}

#[test]
fn a_demo_that_was_to_end_by_itself_does_not_succeed_when_cut_short() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let folder = tempfile::tempdir().unwrap();
        let ended = Running::until(demo(folder.path()).arg("--once"), "Playing").signal(signal);
        assert_eq!((ended.code, left_behind(folder.path())), (Some(code), 0), "{signal}");
    }
}

#[test]
fn a_local_kvs_ends_in_order_by_either_signal() {
    for signal in ["TERM", "INT"] {
        let ended = Running::until(&mut trunkline(["kvs", "--listen", ANY]), "Ctrl-C").signal(signal);
        assert_eq!(ended.code, Some(0), "{signal}");
    }
}

/// A second of silence: 8 kHz, 16 bit, mono.
fn silence() -> Vec<u8> {
    let bytes = 16_000_u32;
    let mut wav = Vec::new();
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + bytes).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    wav.extend_from_slice(&bytes.to_le_bytes());
    wav.resize(wav.len() + bytes as usize, 0);
    wav
}

#[test]
fn a_file_without_speech_says_so_and_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("silence.wav");
    fs::write(&file, silence()).unwrap();
    let told = outcome(trunkline(["transcribe", "--json"]).arg(&file));
    if told.code == Some(1) && told.stderr.contains("models pull") {
        eprintln!("skipped: the models are not here");
        return;
    }
    assert_eq!((told.code, told.stderr.lines().count()), (Some(0), 1), "{}", told.stderr);
    assert!(told.stderr.contains("no speech"), "{}", told.stderr);
    assert!(told.stdout.contains(r#""utterances":[]"#), "{}", told.stdout);
}
