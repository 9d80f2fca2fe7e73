//! What a server is told at its start.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::Timestamp;
use thiserror::Error;

use crate::faults::Fault;

/// Where the server reads wall time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's own clock.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    })
}

/// The one key pair that requests must be signed with.
#[derive(Clone)]
pub struct Credentials {
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: String,
    /// Session token that requests must carry, if any.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// A role of the server's account that others may assume to read its media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// The external id that its trust policy demands, if any.
    pub external_id: Option<String>,
}

/// A text that is no role.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "not a role: write arn:aws:iam::ACCOUNT:role/NAME, then a comma and the external id if it demands one"
)]
pub struct ParseRoleError;

impl FromStr for Role {
    type Err = ParseRoleError;

    /// Reads an ARN, then the external id after a comma.
    fn from_str(text: &str) -> Result<Self, ParseRoleError> {
        let (arn, external_id) = text.split_once(',').map_or((text, None), |(arn, id)| (arn, Some(id)));
        let named = arn.split_once(":role/").is_some_and(|(_, name)| !name.is_empty());
        if !arn.starts_with("arn:") || !named || external_id == Some("") {
            return Err(ParseRoleError);
        }
        Ok(Self { arn: arn.to_owned(), external_id: external_id.map(str::to_owned) })
    }
}

/// How a server is set up. [`Config::default`] listens on a free loopback port and keeps everything in memory.
#[derive(Clone)]
pub struct Config {
    /// Where to listen. An address beyond loopback is refused unless [`Config::credentials`] are set.
    pub listen: SocketAddr,
    /// Address that `GetDataEndpoint` gives, when clients reach the server by another one than they asked.
    pub advertise: Option<String>,
    /// Folder that keeps streams and fragments over a restart; `None` keeps them in memory only.
    pub data: Option<PathBuf>,
    /// When set, every request must be signed with them; otherwise signatures are only parsed.
    pub credentials: Option<Credentials>,
    /// Roles by which media is read. When there are any, only their sessions may read, and they may do nothing else.
    pub roles: Vec<Role>,
    /// How long their sessions last, whatever is asked for; `None`: as asked.
    pub session_lifetime: Option<Duration>,
    /// Region in ARNs.
    pub region: String,
    /// Account in ARNs.
    pub account: String,
    /// Retention of streams that are created without one. AWS takes 0.
    pub default_retention_hours: u32,
    /// Quotas and bounds.
    pub limits: Limits,
    /// Wall time, for timestamps, fragment numbers, retention and signatures.
    pub clock: Clock,
    /// Faults that are armed from the start.
    pub faults: Vec<Fault>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            advertise: None,
            data: None,
            credentials: None,
            roles: Vec::new(),
            session_lifetime: None,
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            default_retention_hours: 0,
            limits: Limits::default(),
            clock: system_clock(),
            faults: Vec::new(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data", &self.data)
            .field("credentials", &self.credentials)
            .field("roles", &self.roles)
            .field("region", &self.region)
            .field("account", &self.account)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The service's quotas and this server's own bounds. The defaults are the service's where it has one.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long one `GetMedia` or `PutMedia` may last: `GetMedia` then ends at a fragment boundary like any clean
    /// end of body, `PutMedia` with error acknowledgement 4003.
    pub max_connection: Duration,
    /// `GetMedia` connections per stream; the newest is rejected.
    pub get_media_connections: usize,
    /// `GetMedia` calls per second and stream.
    pub get_media_calls_per_second: usize,
    /// `PutMedia` calls per second and stream.
    pub put_media_calls_per_second: usize,
    /// `GetMediaForFragmentList` connections per stream.
    pub archive_connections: usize,
    /// How long a live `GetMedia` stays open when the stream has no producer and nothing new; `None`: for ever.
    pub get_media_idle_close: Option<Duration>,
    /// How long a `PutMedia` may be silent before an `IDLE` acknowledgement.
    pub put_media_idle_ack: Duration,
    /// How long a `PutMedia` may be silent before it is closed with error acknowledgement 4000.
    pub put_media_idle_close: Duration,
    /// Bytes of one fragment (4001).
    pub fragment_bytes: usize,
    /// Media duration of one fragment (4002).
    pub fragment_duration: Duration,
    /// Tracks of one fragment (4005).
    pub tracks: usize,
    /// Producer tags of one fragment (4009).
    pub fragment_tags: usize,
    /// Streams of the account.
    pub streams: usize,
    /// Open connections; a further one waits to be accepted.
    pub connections: usize,
    /// Fragments that one stream's index holds; the oldest goes first.
    pub stream_fragments: usize,
    /// Fragment bytes of one stream in memory; the oldest leave memory (and, when not on disk, the stream).
    pub stream_memory_bytes: u64,
    /// Fragment bytes of all streams in memory; the oldest leave first.
    pub total_memory_bytes: u64,
    /// Bytes of the data folder; the oldest fragments of all streams leave first.
    pub disk_bytes: u64,
    /// How long a stream with retention 0 keeps its fragments.
    pub host_buffer_age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            max_connection: Duration::from_secs(45 * 60),
            get_media_connections: 3,
            get_media_calls_per_second: 5,
            put_media_calls_per_second: 5,
            archive_connections: 5,
            get_media_idle_close: Some(Duration::from_secs(30)),
            put_media_idle_ack: Duration::from_secs(10),
            put_media_idle_close: Duration::from_secs(60),
            fragment_bytes: 50_000_000,
            fragment_duration: Duration::from_secs(20),
            tracks: 3,
            fragment_tags: 10,
            streams: 10_000,
            connections: 16_384,
            stream_fragments: 200_000,
            stream_memory_bytes: 200 * MIB,
            total_memory_bytes: 1024 * MIB,
            disk_bytes: 16 * 1024 * MIB,
            host_buffer_age: Duration::from_secs(5 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_an_arn_and_may_demand_an_external_id() {
        let arn = "arn:aws:iam::111122223333:role/reader";
        let role = |external_id: Option<&str>| Role {
            arn: arn.to_owned(),
            external_id: external_id.map(str::to_owned),
        };
        assert_eq!(arn.parse(), Ok(role(None)));
        assert_eq!(format!("{arn},acme-7").parse(), Ok(role(Some("acme-7"))));
        for bad in ["", "reader", "arn:aws:iam::1:role/", "arn:aws:iam::1:user/a", "arn:aws:iam::1:role/a,"] {
            assert_eq!(bad.parse::<Role>(), Err(ParseRoleError), "{bad}");
        }
    }
}
