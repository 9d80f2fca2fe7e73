//! Where the server is, and how it is used.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use tokio_postgres::config::{Host, SslMode};

use crate::PostgresError;

/// How a PostgreSQL is used.
#[derive(Clone, Debug)]
pub struct PostgresConfig {
    /// The control database. Tenants' databases are reached with the same user and password.
    pub control: PostgresUrl,
    /// The most connections to tenants' databases that this process holds; the control database has
    /// up to eight more. 1 to 10,000.
    pub max_connections: usize,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// How long a contact is known that nobody touches.
    pub contact_retention: Duration,
    /// How long it is known that a call is over, so that a late trigger does not begin it again.
    pub lease_retention: Duration,
}

impl PostgresConfig {
    /// The usual, with this control database.
    #[must_use]
    pub const fn new(control: PostgresUrl) -> Self {
        Self {
            control,
            max_connections: 64,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
            contact_retention: Duration::from_secs(14 * 24 * 3_600),
            lease_retention: Duration::from_secs(14 * 24 * 3_600),
        }
    }
}

/// The address of a database: `postgres://user:password@host:port/database`, with `?sslmode=disable` for a server
/// without TLS, `?sslmode=require` to insist on it, and `&sslrootcert=FILE` where its certificate is signed by an
/// authority that this machine does not trust. A certificate is always verified. Printing it shows no password.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) root_certificates: Option<PathBuf>,
}

impl PostgresUrl {
    /// The database's name.
    pub(crate) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// The same server or another one, as the same user, for another database.
    pub(crate) fn with_database(
        &self,
        database: &str,
        server: Option<(&str, u16)>,
    ) -> tokio_postgres::Config {
        let Some((host, port)) = server else {
            let mut config = self.config.clone();
            config.dbname(database);
            return config;
        };
        let mut config = tokio_postgres::Config::new();
        config.dbname(database).host(host).port(port).ssl_mode(self.config.get_ssl_mode());
        if let Some(user) = self.config.get_user() {
            config.user(user);
        }
        if let Some(password) = self.config.get_password() {
            config.password(password);
        }
        config
    }
}

impl FromStr for PostgresUrl {
    type Err = PostgresError;

    fn from_str(text: &str) -> Result<Self, PostgresError> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(PostgresError::Url);
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let mut root_certificates = None;
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslrootcert", file)) => root_certificates = Some(PathBuf::from(file)),
                // Ours verifies always.
                Some(("sslmode", "verify-ca" | "verify-full")) => kept.push("sslmode=require"),
                _ => kept.push(pair),
            }
        }
        let text = if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) };
        // What the parser says could quote the password.
        let config: tokio_postgres::Config = text.parse().map_err(|_| PostgresError::Url)?;
        let is_whole =
            !config.get_hosts().is_empty() && config.get_dbname().is_some_and(|name| !name.is_empty());
        if is_whole { Ok(Self { config, root_certificates }) } else { Err(PostgresError::Url) }
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5_432);
        let user = self.config.get_user().unwrap_or_default();
        write!(f, "postgres://{user}@{host}:{port}/{}", self.database())?;
        if self.config.get_ssl_mode() == SslMode::Disable { f.write_str("?sslmode=disable") } else { Ok(()) }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_without_its_password() {
        let url: PostgresUrl =
            "postgres://app:s3cret%21@db.example:6432/trunkline?sslmode=verify-full&sslrootcert=/etc/rds.pem"
                .parse()
                .unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres://app@db.example:6432/trunkline ".repeat(2).trim());
        assert_eq!(url.root_certificates.as_deref(), Some(std::path::Path::new("/etc/rds.pem")));
        assert_eq!(url.config.get_ssl_mode(), SslMode::Require);
        assert!(!format!("{:?}", PostgresConfig::new(url)).contains("s3cret"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for text in [
            "",
            "mysql://a:s3cret@b/c",
            "postgres://a:s3cret@b",
            "postgres://a:s3cret@b/c?x=1",
            "postgres://",
        ] {
            let error = text.parse::<PostgresUrl>().unwrap_err();
            assert!(matches!(error, PostgresError::Url), "{text}");
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }

    #[test]
    fn a_tenant_elsewhere_is_reached_with_the_same_user() {
        let url: PostgresUrl = "postgres://app:pw@one/control?sslmode=disable".parse().unwrap();
        let config = url.with_database("acme", Some(("two", 7)));
        assert_eq!(config.get_hosts(), [Host::Tcp("two".to_owned())]);
        assert_eq!(
            (config.get_ports(), config.get_user(), config.get_dbname()),
            (&[7][..], Some("app"), Some("acme"))
        );
        assert_eq!((config.get_password(), config.get_ssl_mode()), (Some(&b"pw"[..]), SslMode::Disable));
    }
}
