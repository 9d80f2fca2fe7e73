//! Being asked to stop: Ctrl-C, or a polite kill.

use std::{future::Future, process::ExitCode};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// How the program was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Ctrl-C.
    Interrupted,
    /// `kill`, a service manager, a container's end.
    Terminated,
}

impl Stop {
    /// The exit code of work that was cut short, as shells have it: 128 and the signal's number.
    pub(crate) fn cut_short(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Interrupted => 130,
            Self::Terminated => 143,
        })
    }
}

/// Waits to be asked to stop. From the call on, and not only from the first poll, neither signal kills the process.
pub(crate) fn shutdown_signal() -> Result<impl Future<Output = Stop>, Failure> {
    let mut interrupted = signal(SignalKind::interrupt()).context("signals cannot be waited for")?;
    let mut terminated = signal(SignalKind::terminate()).context("signals cannot be waited for")?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => Stop::Interrupted,
            _ = terminated.recv() => Stop::Terminated,
        }
    })
}
