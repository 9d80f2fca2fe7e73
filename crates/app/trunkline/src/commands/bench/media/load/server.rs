//! The server under test, in a process of its own.

use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use measure::{Program, Running};

use crate::failure::Failure;

/// The server under test.
pub(super) struct Server {
    process: Running,
    pub(super) pid: u32,
    pub(super) address: SocketAddr,
    _data: tempfile::TempDir,
}

impl Server {
    pub(super) async fn start(streams: &str, recognise: bool) -> Result<Self, Failure> {
        let data = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let program = Program::new(std::env::current_exe().context("this program's own file is not known")?)
            .args(["serve", "--listen", "127.0.0.1:0", "--kvs-endpoint", streams, "--data"])
            .args([data.path()])
            .args((!recognise).then_some("--synthetic-recognition"))
            .env("TRUNKLINE_LOG__LEVEL", "error")
            .env("TRUNKLINE_ENGINE__MAX_CALLS", "20000");
        let process = Running::start(&program, None, "console").await?;
        let address = process.said.trim_start_matches("http://").parse();
        let address = address.map_err(|_| anyhow!("the server says that it is at {:?}", process.said))?;
        Ok(Self { pid: process.pid, process, address, _data: data })
    }

    pub(super) async fn stop(&mut self) {
        self.process.kill().await;
    }
}
