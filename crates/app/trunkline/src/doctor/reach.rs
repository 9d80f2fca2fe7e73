//! Whether a server answers over HTTP, and what its clock says.

use std::{
    io,
    time::{Duration, SystemTime},
};

use aws_smithy_types::date_time::{DateTime, Format};
use doctor::{Check, Finding, checks};
use ureq::{
    Agent, Error,
    tls::{RootCerts, TlsConfig},
};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(6);

/// A server's answer, whatever it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// How far our clock is ahead of the server's, in seconds; none when it does not tell the time.
    pub(super) ahead_seconds: Option<i64>,
}

/// Why no answer came.
#[derive(Debug)]
pub(super) struct Unreached {
    what: String,
    fix: &'static str,
}

impl Unreached {
    /// As a finding of this check.
    pub(super) fn finding(&self, check: &'static Check) -> Finding {
        check.error(&self.what).fix(self.fix)
    }
}

/// Asks for a page, with all of name, connection, TLS and HTTP.
pub(super) async fn http(url: &str) -> Result<Answer, Unreached> {
    let asked = url.to_owned();
    let asking = tokio::task::spawn_blocking(move || get(&asked));
    asking.await.unwrap_or_else(|_| Err(Unreached { what: "the check broke off".to_owned(), fix: "" }))
}

fn get(url: &str) -> Result<Answer, Unreached> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false)
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build()
        .into();
    let before = SystemTime::now();
    let answer = agent.get(url).call().map_err(|error| unreached(url, &error))?;
    // The time is told when the answer is made: about in the middle.
    let took = before.elapsed().unwrap_or_default();
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    let ours = DateTime::from(before + took / 2).secs();
    let ahead_seconds = date.map(|date| ours.saturating_sub(date.secs()));
    Ok(Answer { status: answer.status().as_u16(), ahead_seconds })
}

fn unreached(url: &str, error: &Error) -> Unreached {
    let refused = matches!(error, Error::ConnectionFailed)
        || matches!(error, Error::Io(io) if io.kind() == io::ErrorKind::ConnectionRefused);
    let fix = if refused {
        "The connection is refused: look whether the server runs, at its port, and at firewalls."
    } else if matches!(error, Error::HostNotFound) {
        "The name does not resolve: look at DNS, the region's name, and private zones of VPC endpoints."
    } else if matches!(error, Error::Timeout(_)) {
        "Nothing answers: look at routes, security groups, network ACLs, VPC endpoints and the proxy's settings."
    } else if matches!(error, Error::Tls(_) | Error::Rustls(_)) {
        "TLS fails: look at the host's certificates, its clock, and at proxies that open TLS; name their authority in SSL_CERT_FILE."
    } else {
        checks::STREAMS_ENDPOINT.fix
    };
    Unreached { what: format!("{url} does not answer: {error}"), fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_does_not_listen_is_told_with_where_to_look() {
        let error = http("http://127.0.0.1:1/").await.unwrap_err();
        let finding = error.finding(&checks::STREAMS_ENDPOINT);
        assert!(finding.what.contains("127.0.0.1:1"), "{}", finding.what);
        assert!(finding.fix.unwrap().contains("refused"));
    }

    #[tokio::test]
    async fn a_servers_clock_is_read_from_its_answer() {
        let server = kvs_server::Server::bind(kvs_server::Config::default()).await.unwrap().spawn();
        let answer = http(&format!("{}/nothing", server.endpoint())).await.unwrap();
        assert!(answer.status >= 400);
        assert!(answer.ahead_seconds.unwrap().abs() <= 2, "{answer:?}");
    }
}
