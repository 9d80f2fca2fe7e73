//! Runs the stand-in until it is interrupted, for tests that span processes.

use std::{io::Write as _, net::SocketAddr};

use anyhow::Context;
use clap::Parser;
use oidc_server::{Client, Provider, Settings};

/// A stand-in for an identity provider: `OpenID` Connect with the code flow, PKCE and refresh tokens.
///
/// It prints its address, and serves until it is interrupted. `POST /admin/rotate` changes its key, `/admin/faults`
/// takes a fault such as `"unavailable"` or `null`, `/admin/person` the claims of whoever signs in.
#[derive(Debug, Parser)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The client that signs people in.
    #[arg(long, default_value = "desk")]
    client_id: String,
    /// Where people may come back to, to the letter; may be given several times.
    #[arg(long)]
    redirect_uri: Vec<String>,
    /// The claims of whoever signs in, as JSON.
    #[arg(long)]
    person: Option<String>,
    /// Leaves out the page with the button.
    #[arg(long)]
    approve: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let default = Settings::default();
    let person =
        args.person.as_deref().map(serde_json::from_str).transpose().context("--person is no JSON object")?;
    let settings = Settings {
        listen: args.listen,
        clients: vec![Client { id: args.client_id, redirect_uris: args.redirect_uri }],
        person: person.unwrap_or(default.person),
        approves_at_once: args.approve,
        ..Settings::default()
    };
    let provider = Provider::start(settings).await?;
    writeln!(std::io::stdout(), "listening on {}", provider.issuer())?;
    tokio::signal::ctrl_c().await.context("cannot wait for an interrupt")
}
