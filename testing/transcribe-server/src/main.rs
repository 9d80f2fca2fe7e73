//! Runs the stand-in for Amazon Transcribe until it is interrupted.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use transcribe_server::{Credentials, Server, ServerConfig};

/// A stand-in for Amazon Transcribe streaming. Prints its endpoint, and serves until it is interrupted.
#[derive(Debug, Parser)]
struct Args {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where to write the certificate that clients must trust.
    #[arg(long, value_name = "FILE")]
    root_pem: PathBuf,
    /// The name of the key that requests must be signed with.
    #[arg(long, default_value = "test")]
    access_key: String,
    /// The key itself.
    #[arg(long, default_value = "test")]
    secret_key: String,
    /// How many streams may run at once.
    #[arg(long, default_value_t = 25)]
    max_streams: usize,
    /// End finals with a full stop, as the service does.
    #[arg(long)]
    punctuate: bool,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let config = ServerConfig {
        port: args.port,
        credentials: Credentials { access_key: args.access_key, secret_key: args.secret_key },
        max_streams: args.max_streams,
        punctuates: args.punctuate,
        ..ServerConfig::default()
    };
    let server = match Server::start(config).await {
        Ok(server) => server,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            eprintln!("failed to {error}: {cause}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = std::fs::write(&args.root_pem, server.root_pem()) {
        eprintln!("failed to write {}: {error}", args.root_pem.display());
        return ExitCode::FAILURE;
    }
    println!("{}", server.endpoint());
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed to wait for the end: {error}");
            ExitCode::FAILURE
        }
    }
}
