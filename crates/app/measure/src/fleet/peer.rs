//! Who is measured beside us.

use std::{fs, process::Command};

use anyhow::Context;
use tempfile::TempDir;

use super::world::World;
use crate::process::Program;

/// The oldest Node.js that the peer runs on.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// The peer's files; they travel with the program, so that it can be measured anywhere.
const FILES: &[(&str, &str)] = &[
    ("package.json", include_str!("../../../../../bench/peers/node-kvs-consumer/package.json")),
    ("main.js", include_str!("../../../../../bench/peers/node-kvs-consumer/main.js")),
    ("call.js", include_str!("../../../../../bench/peers/node-kvs-consumer/call.js")),
    ("kvs.js", include_str!("../../../../../bench/peers/node-kvs-consumer/kvs.js")),
    ("matroska.js", include_str!("../../../../../bench/peers/node-kvs-consumer/matroska.js")),
    ("recogniser.js", include_str!("../../../../../bench/peers/node-kvs-consumer/recogniser.js")),
    ("websocket.js", include_str!("../../../../../bench/peers/node-kvs-consumer/websocket.js")),
];

/// Who is measured beside us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The lean Node.js consumer of `bench/peers/node-kvs-consumer`.
    Node,
}

/// A peer whose files are there.
pub(super) struct Unpacked {
    folder: TempDir,
}

impl Peer {
    /// Puts the peer's files into a folder; an error says what it lacks.
    pub(super) fn unpack(self) -> anyhow::Result<Unpacked> {
        node_version()?;
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        for (name, text) in FILES {
            fs::write(folder.path().join(name), text).with_context(|| format!("{name} cannot be written"))?;
        }
        Ok(Unpacked { folder })
    }
}

impl Unpacked {
    pub(super) fn program(&self, world: &World, streams: &str) -> Program {
        Program::new("node")
            .args([self.folder.path().join("main.js")])
            .args(["--kvs", streams, "--recogniser", world.recogniser()])
            .env("NODE_EXTRA_CA_CERTS", world.certificate())
    }
}

/// The version of Node.js, when it is new enough.
///
/// # Errors
/// When there is none, or it is too old; the error says how to get one.
pub fn node_version() -> anyhow::Result<String> {
    const HOW: &str = "scripts/setup.sh test installs one, or see https://nodejs.org";
    let output = Command::new("node").arg("--version").output();
    let output = output.with_context(|| format!("there is no Node.js: {HOW}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let (major, minor) = OLDEST_NODE;
    let new_enough = parse(&version).is_some_and(|found| found >= OLDEST_NODE);
    anyhow::ensure!(new_enough, "Node.js {version} is older than {major}.{minor}: {HOW}");
    Ok(version)
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parse("v20.19.0").unwrap() >= OLDEST_NODE);
        assert!(parse("v22.1.0").unwrap() >= OLDEST_NODE);
        assert!(parse("v20.9.0").unwrap() < OLDEST_NODE);
        assert_eq!(parse("no node"), None);
    }
}
