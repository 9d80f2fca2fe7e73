//! Runs the stand-in until it is interrupted, for tests that span processes.

use std::{io::Write as _, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use deepgram_server::{DeepgramServer, Options};

/// A stand-in for Deepgram's live streaming API that hears words spoken as tones.
///
/// It prints its address, and serves until it is interrupted. Faults are asked for by `POST /admin/faults`, such as
/// `{"fault":"close","after_ms":2000,"code":1011,"reason":"NET-0000","times":1}`.
#[derive(Debug, Parser)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The key that clients must give.
    #[arg(long, default_value = "test-key")]
    api_key: String,
    /// How many streams may run at once.
    #[arg(long, default_value_t = 150)]
    max_streams: usize,
    /// After how many milliseconds without audio or `KeepAlive` a stream is closed.
    #[arg(long, default_value_t = 10_000)]
    audio_timeout_ms: u64,
    /// Speaks TLS, and writes its certificate, in DER, to this file.
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let options = Options {
        listen: args.listen,
        api_key: args.api_key,
        max_streams: args.max_streams,
        audio_timeout: Duration::from_millis(args.audio_timeout_ms),
        tls: args.tls_certificate.is_some(),
        ..Options::default()
    };
    let server = DeepgramServer::start(options).await.context("cannot listen")?;
    if let (Some(path), Some(certificate)) = (&args.tls_certificate, server.certificate()) {
        std::fs::write(path, certificate).with_context(|| format!("cannot write {}", path.display()))?;
    }
    writeln!(std::io::stdout(), "listening on {}", server.url())?;
    tokio::signal::ctrl_c().await.context("cannot wait for an interrupt")
}
