//! What stands around the process under test: streams, the recogniser's stand-in, folders.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, anyhow};
use tempfile::TempDir;

use crate::process::{Cores, Program, Running};

/// Any key: the stand-in asks for none.
const KEY: &str = "bench";
/// Recognition may go as much faster than real time as the worker can, in percent.
const NO_PACE: &str = "100000";

/// Everything that is not under test.
pub(super) struct World {
    pub(super) cores: Cores,
    program: PathBuf,
    environment: Vec<(String, String)>,
    folder: TempDir,
    recogniser: Running,
}

/// A server under test.
pub(super) struct Server {
    pub(super) process: Running,
    pub(super) address: SocketAddr,
}

impl World {
    pub(super) async fn start(
        program: &std::path::Path,
        cores: Cores,
        environment: Vec<(String, String)>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        let stand_in = Program::new(program)
            .args(["bench", "recogniser-stand-in", "--certificate"])
            .args([folder.path().join("recogniser.pem")]);
        let recogniser = Running::start(&stand_in, cores.others.as_deref(), "recogniser").await?;
        Ok(Self { cores, program: program.to_owned(), environment, folder, recogniser })
    }

    /// New streams, in a process of their own; gives where they are.
    pub(super) async fn streams(&self) -> anyhow::Result<(Running, String)> {
        let program =
            Program::new(&self.program).args(["kvs", "--listen", "127.0.0.1:0", "--retention-hours", "1"]);
        let running =
            Running::start(&program, self.cores.others.as_deref(), "Kinesis Video Streams at").await?;
        let url = running.said.split(',').next().unwrap_or_default().to_owned();
        Ok((running, url))
    }

    /// A folder of its own for one run.
    pub(super) fn run_folder(&self) -> anyhow::Result<TempDir> {
        tempfile::tempdir_in(self.folder.path()).context("a temporary folder cannot be made")
    }

    /// A worker of ours that keeps its data there.
    pub(super) fn worker(&self, streams: &str, data: &std::path::Path) -> Program {
        let program = Program::new(&self.program)
            .args(["serve", "--listen", "127.0.0.1:0", "--kvs-endpoint", streams, "--data"])
            .args([data])
            .env("TRUNKLINE_LOG__LEVEL", "error")
            .env("TRUNKLINE_ENGINE__MAX_CALLS", "20000")
            // Neighbours on this machine are no reason to refuse a call that is to be measured.
            .env("TRUNKLINE_ENGINE__MAX_LOAD_PERCENT", "100")
            .env("TRUNKLINE_RECOGNITION__ORDER", r#"["deepgram"]"#)
            .env("TRUNKLINE_RECOGNITION__DEEPGRAM__ENDPOINT", &self.recogniser.said)
            .env("TRUNKLINE_RECOGNITION__DEEPGRAM__API_KEY", KEY)
            .env("TRUNKLINE_RECOGNITION__DEEPGRAM__MAX_SPEED_PERCENT", NO_PACE)
            .env("SSL_CERT_FILE", self.certificate());
        self.environment.iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// The certificate that clients of the recogniser have to trust.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.path().join("recogniser.pem")
    }

    /// Where the recogniser is.
    pub(super) fn recogniser(&self) -> &str {
        &self.recogniser.said
    }
}

impl Server {
    /// Starts a server and learns where it is from the line that says so.
    pub(super) async fn start(program: &Program, cores: Option<&str>) -> anyhow::Result<Self> {
        let process = Running::start(program, cores, "console").await?;
        let address = process.said.trim_start_matches("http://").parse();
        let address = address.map_err(|_| anyhow!("a server says that it is at {:?}", process.said))?;
        Ok(Self { process, address })
    }

    /// Where flows' events go.
    pub(super) fn trigger(&self) -> String {
        format!("http://{}/v1/triggers/connect", self.address)
    }
}
