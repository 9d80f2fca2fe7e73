//! A process that is asked things while it runs.

use std::{process::Stdio, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    time,
};

use super::subscribers::HeardInWindow;
use crate::process::{Cores, Program};

/// How long all may take to connect.
const MAX_CONNECT: Duration = Duration::from_secs(120);
/// How long an answer may take beyond what was asked for.
const MAX_ANSWER: Duration = Duration::from_secs(30);

/// The subscribers' process; it is killed when this is dropped.
pub(super) struct Talk {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Talk {
    /// Starts it, and waits until all follow.
    pub(super) async fn start(program: &Program, cores: &Cores) -> anyhow::Result<Self> {
        let mut command = program.command(cores.others.as_deref());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("the subscribers do not start")?;
        let input = child.stdin.take().context("the subscribers have no input")?;
        let output = child.stdout.take().context("the subscribers have no output")?;
        let mut talk = Self { _child: child, input, output: BufReader::new(output).lines() };
        let said = time::timeout(MAX_CONNECT, talk.output.next_line()).await;
        let said = said.context("not all subscribers follow in time")?.context("the subscribers' output")?;
        anyhow::ensure!(
            said.as_deref() == Some("ready"),
            "the subscribers ended; what they say of it is above"
        );
        Ok(talk)
    }

    /// What is read from now on for so long.
    pub(super) async fn measure(&mut self, length: Duration) -> anyhow::Result<HeardInWindow> {
        let asked = format!("measure {}\n", length.as_secs_f64());
        self.input.write_all(asked.as_bytes()).await.context("the subscribers are gone")?;
        let said = time::timeout(length + MAX_ANSWER, self.output.next_line()).await;
        let said = said.context("the subscribers do not answer")?.context("the subscribers' output")?;
        let said = said.context("the subscribers ended; what they say of it is above")?;
        serde_json::from_str(&said).context("the subscribers' answer")
    }
}
