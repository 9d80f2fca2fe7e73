//! `trunkline kvs`.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context;
use kvs_server::{BindError, Config, Credentials, Fault, Limits, Role, Server};

use crate::{failure::Failure, signals::shutdown_signal};

const MIB: u64 = 1024 * 1024;

/// Run a local Kinesis Video Streams server
///
/// AWS's own clients (aws CLI, boto3, the SDKs) create streams, put media, read it live and read it back from the
/// archive, with no account. Point them at the printed endpoint; any access key will do unless one is set here.
///
/// A fault is a kind, then its settings: close:after_seconds=30 | stall:after_fragments=3,seconds=10 |
/// reset:after_fragments=2 | throttle | reject:exception=InvalidEndpointException | kms:code=4500 | error:code=4000 |
/// corrupt:seed=1,every=5,bytes=3 | slow:bytes_per_second=4000 | drop:every=4. Add stream=NAME, times=N or
/// operation=put_media|get_media|list_fragments|get_media_for_fragment_list|get_data_endpoint to any of them.
/// While the server runs: GET, POST (as JSON) and DELETE /_trunkline/faults.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes a free one. Beyond loopback only with an access key
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// Folder that keeps streams and fragments over a restart [default: in memory only]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Retention of streams that are created without one; 0 keeps five minutes, and no archive, as AWS does
    #[arg(long, value_name = "HOURS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=87_600))]
    retention_hours: u32,
    /// Access key that requests must be signed with [default: signatures are not verified]
    #[arg(long, value_name = "KEY", env = "TRUNKLINE_KVS_ACCESS_KEY", requires = "secret_key")]
    access_key: Option<String>,
    /// Secret key that goes with it
    #[arg(
        long,
        value_name = "KEY",
        env = "TRUNKLINE_KVS_SECRET_KEY",
        hide_env_values = true,
        requires = "access_key"
    )]
    secret_key: Option<String>,
    /// Role by which media is read, and the external id it demands; can be repeated. With it, only sessions that
    /// AssumeRole at this endpoint gives may read, as in a tenant's own account
    #[arg(long, value_name = "ARN[,EXTERNAL-ID]")]
    role: Vec<Role>,
    /// How long those sessions last [default: as asked for, mostly an hour]
    #[arg(long, value_name = "SECONDS", requires = "role", value_parser = clap::value_parser!(u64).range(1..))]
    session_seconds: Option<u64>,
    /// Region in ARNs
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Account in ARNs
    #[arg(long, default_value = "000000000000")]
    account: String,
    /// Most fragments in memory, of all streams; the oldest leave first
    #[arg(long, value_name = "MIB", default_value_t = 1_024)]
    memory: u64,
    /// Most fragments on disk, of all streams; the oldest leave first
    #[arg(long, value_name = "MIB", default_value_t = 16_384)]
    disk: u64,
    /// How long one GetMedia or PutMedia may last
    #[arg(long, value_name = "SECONDS", default_value_t = 2_700, value_parser = clap::value_parser!(u64).range(1..))]
    max_connection: u64,
    /// How long GetMedia waits on a stream that nobody writes to before it ends; 0 waits for ever
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    idle_close: u64,
    /// A failure to order from the start; can be repeated
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let stop = shutdown_signal()?;
    let data = args.data.clone();
    let server = Server::bind(config(args)).await.map_err(refused)?;
    announce(&server, data);
    let handle = server.handle();
    let serving = tokio::spawn(server.run());
    stop.await;
    handle.shutdown().await;
    serving.await.context("the server ended badly")?;
    Ok(ExitCode::SUCCESS)
}

fn config(args: Args) -> Config {
    let credentials = args.access_key.zip(args.secret_key).map(|(access_key, secret_key)| Credentials {
        access_key,
        secret_key,
        session_token: None,
    });
    let limits = Limits {
        max_connection: Duration::from_secs(args.max_connection),
        get_media_idle_close: (args.idle_close > 0).then(|| Duration::from_secs(args.idle_close)),
        total_memory_bytes: args.memory.saturating_mul(MIB),
        disk_bytes: args.disk.saturating_mul(MIB),
        ..Limits::default()
    };
    Config {
        listen: args.listen,
        data: args.data,
        credentials,
        roles: args.role,
        session_lifetime: args.session_seconds.map(Duration::from_secs),
        region: args.region,
        account: args.account,
        default_retention_hours: args.retention_hours,
        limits,
        faults: args.fault,
        ..Config::default()
    }
}

fn refused(error: BindError) -> Failure {
    let BindError::InUse(addr) = error else { return Failure::input(error) };
    let ip = addr.ip();
    Failure::input(anyhow::anyhow!(
        "{error}: choose another with --listen {}, or 0 for a free one",
        SocketAddr::new(ip, addr.port().wrapping_add(1).max(1024))
    ))
}

#[expect(clippy::print_stdout, reason = "the endpoint is the output")]
fn announce(server: &Server, data: Option<PathBuf>) {
    let endpoint = server.endpoint();
    let kept = data.map_or_else(|| "in memory only".to_owned(), |data| format!("in {}", data.display()));
    println!("Kinesis Video Streams at {endpoint}, fragments kept {kept}");
    println!("  aws kinesisvideo create-stream --stream-name calls --endpoint-url {endpoint}");
    println!("Ctrl-C ends it.");
}
