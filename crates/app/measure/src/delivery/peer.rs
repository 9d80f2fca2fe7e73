//! The peer: a plain `ws` server of Node.js that sends the same bytes.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Context;
use tempfile::TempDir;

use super::feed::Feed;
use crate::{fleet::node_version, process::Program};

/// Its program; it travels with ours, so that it can be measured anywhere.
const MAIN: &str = include_str!("../../../../../bench/peers/node-ws/main.js");
const PACKAGE: &str = include_str!("../../../../../bench/peers/node-ws/package.json");
/// Names a folder whose `node_modules` has `ws`.
const FOLDER_VARIABLE: &str = "TRUNKLINE_BENCH_WS";
const HOW: &str = "run `npm ci` in web/, or name a folder with node_modules/ws by TRUNKLINE_BENCH_WS";

/// The peer, with its package found.
pub(super) struct WsPeer {
    folder: TempDir,
    package: PathBuf,
}

impl WsPeer {
    /// Puts its files into a folder; an error says what it lacks.
    pub(super) fn unpack() -> anyhow::Result<Self> {
        node_version()?;
        let package = find().with_context(|| format!("Node.js has no ws: {HOW}"))?;
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let template = serde_json::json!({ "message": Feed::template(), "places": Feed::places() });
        for (name, text) in
            [("main.js", MAIN), ("package.json", PACKAGE), ("template.json", &template.to_string())]
        {
            fs::write(folder.path().join(name), text).with_context(|| format!("{name} cannot be written"))?;
        }
        Ok(Self { folder, package })
    }

    pub(super) fn program(&self) -> Program {
        Program::new("node")
            .args([self.folder.path().join("main.js")])
            .env("WS_PACKAGE", self.package.as_os_str())
    }
}

/// Where `ws` is: named, or of this checkout's web packages.
fn find() -> Option<PathBuf> {
    let named = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
    let root = Command::new("git").args(["rev-parse", "--show-toplevel"]).output().ok();
    let root = root.filter(|output| output.status.success());
    let root = root.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()).join("web"));
    let folders = [named, root].into_iter().flatten();
    folders
        .map(|folder| folder.join("node_modules/ws"))
        .find(|package| package.join("package.json").is_file())
}
