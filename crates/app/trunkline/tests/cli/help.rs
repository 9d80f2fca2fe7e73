//! The texts that teach. A change of one is seen in review.

use crate::support::{outcome, trunkline};

const COMMANDS: [&[&str]; 40] = [
    &[],
    &["demo"],
    &["serve"],
    &["call"],
    &["transcribe"],
    &["redact"],
    &["redact-audio"],
    &["replay"],
    &["export"],
    &["erase"],
    &["hold"],
    &["hold", "place"],
    &["hold", "release"],
    &["retention"],
    &["verify"],
    &["inspect"],
    &["knowledge"],
    &["knowledge", "index"],
    &["knowledge", "search"],
    &["kvs"],
    &["models"],
    &["models", "list"],
    &["models", "pull"],
    &["models", "path"],
    &["playbook"],
    &["playbook", "check"],
    &["playbook", "schema"],
    &["playbook", "test"],
    &["playbook", "backtest"],
    &["playbook", "stats"],
    &["bench"],
    &["bench", "delivery"],
    &["bench", "fleet"],
    &["bench", "media"],
    &["bench", "recognition"],
    &["doctor"],
    &["emulate"],
    &["conformance"],
    &["migrate"],
    &["openapi"],
];

#[test]
fn every_command_explains_itself() {
    for command in COMMANDS {
        let help = outcome(trunkline(command).arg("--help"));
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{command:?}");
        insta::assert_snapshot!(["trunkline", &command.join("-")].join("-").trim_matches('-'), help.stdout);
    }
}

#[test]
fn every_command_has_its_text_here() {
    let help = outcome(&mut trunkline(["--help"])).stdout;
    let list = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    // A text that goes on in the next line stands further in than names do.
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let named = names.filter_map(|line| line.split_whitespace().next());
    for name in named.filter(|name| *name != "help") {
        assert!(COMMANDS.iter().any(|command| command.first() == Some(&name)), "{name}");
    }
}

#[test]
fn no_command_at_all_shows_what_there_is() {
    let nothing = outcome(&mut trunkline::<&str>([]));
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("Usage: trunkline <COMMAND>"), "{}", nothing.stderr);
}
