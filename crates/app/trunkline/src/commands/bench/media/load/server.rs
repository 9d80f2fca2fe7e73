//! The server under test, in a process of its own.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use anyhow::{Context, anyhow};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time,
};

use crate::failure::Failure;

/// How long a server may take to start.
const MAX_START: Duration = Duration::from_secs(60);

/// The server under test.
pub(super) struct Server {
    child: Child,
    pub(super) pid: u32,
    pub(super) address: SocketAddr,
    _data: tempfile::TempDir,
}

impl Server {
    pub(super) async fn start(streams: &str, recognise: bool) -> Result<Self, Failure> {
        let data = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--kvs-endpoint", streams, "--data"])
            .arg(data.path());
        if !recognise {
            command.arg("--synthetic-recognition");
        }
        command.env("TRUNKLINE_LOG__LEVEL", "error").env("TRUNKLINE_ENGINE__MAX_CALLS", "20000");
        let mut child =
            command.stdout(Stdio::piped()).kill_on_drop(true).spawn().context("the server does not start")?;
        let pid = child.id().ok_or_else(|| anyhow!("the server ended at once"))?;
        let output = child.stdout.take().ok_or_else(|| anyhow!("the server has no output"))?;
        let address =
            time::timeout(MAX_START, address(output)).await.context("the server does not start")??;
        Ok(Self { child, pid, address, _data: data })
    }

    pub(super) async fn stop(&mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "the server had ended");
        }
    }
}

/// The address that the server prints.
async fn address(output: ChildStdout) -> Result<SocketAddr, Failure> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.context("the server's output cannot be read")? {
        if let Some(url) = line.strip_prefix("console") {
            let address = url.trim().trim_start_matches("http://").parse();
            // The rest is read, so that the server never waits for us to read it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address.context("the server's address cannot be read")?);
        }
    }
    Err(anyhow!("the server ended at once").into())
}
