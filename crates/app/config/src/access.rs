//! Who is let in.

use std::{collections::BTreeMap, net::IpAddr};

use model::TenantId;
use serde::{Deserialize, Deserializer, Serialize};

use crate::ConfigError;

const MAX_NAME: usize = 64;
/// A token that is stolen holds no longer than this.
const TOKEN_MINUTES: std::ops::RangeInclusive<u32> = 1..=720;

/// Who is let in, and to what. Without this section whoever reaches the server has everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Keys of programs.
    pub api_keys: Vec<ApiKey>,
    /// Identity providers whose tokens are taken in exchange.
    pub issuers: Vec<Issuer>,
    /// How long a token of ours holds.
    pub token_minutes: u32,
}

impl Default for Access {
    fn default() -> Self {
        Self { api_keys: Vec::new(), issuers: Vec::new(), token_minutes: 15 }
    }
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessRole {
    /// Sends what Amazon Connect says, and audio; sees nothing.
    Ingest,
    /// Sees the calls to which the agent was connected.
    Agent,
    /// Sees the calls of its queues, or all.
    Supervisor,
    /// Sees and does everything.
    Admin,
}

/// A key of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The name that stands under what it does.
    pub name: String,
    /// SHA-256 of the key, in hex.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Or the environment variable that holds the key itself.
    #[serde(default)]
    pub env: Option<String>,
    /// What it may do.
    pub role: AccessRole,
    /// With the role `agent`: the agent's id, as Connect names it.
    #[serde(default)]
    pub agent: Option<String>,
    /// With the role `supervisor`: the queues; all when none are named.
    #[serde(default)]
    pub queues: Vec<String>,
    /// The one tenant whose calls it sees; without it those of all.
    #[serde(default)]
    pub tenant: Option<TenantId>,
}

/// An identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// What stands in the tokens' `iss`: its address.
    pub issuer: String,
    /// The name under which it knows the pages that sign in. Also the audience, where none is named.
    #[serde(default)]
    pub client_id: Option<String>,
    /// What is asked for at a sign-in.
    #[serde(default = "default_scope")]
    pub scope: String,
    /// What must stand in the tokens' `aud`: one of these, a text or several.
    #[serde(default, deserialize_with = "one_or_several")]
    pub audience: Vec<String>,
    /// Where its keys are; without it, where its own description says.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// Or the keys themselves: a JSON Web Key Set, a key, or a public key in PEM.
    #[serde(default)]
    pub keys: Option<String>,
    /// The claim that names the agent as Connect does.
    #[serde(default = "default_agent_claim")]
    pub agent_claim: String,
    /// The claim that gives roles.
    #[serde(default)]
    pub role_claim: Option<String>,
    /// The claim that names a supervisor's queues.
    #[serde(default)]
    pub queues_claim: Option<String>,
    /// Which of its roles are which of ours; ours are known by their names besides.
    #[serde(default)]
    pub roles: BTreeMap<String, AccessRole>,
    /// The role of whoever has none of them.
    #[serde(default = "default_role")]
    pub role: AccessRole,
    /// The one tenant of its people; without it they may ask about all.
    #[serde(default)]
    pub tenant: Option<TenantId>,
}

fn default_scope() -> String {
    "openid profile email".to_owned()
}

/// Agents see their own calls, and whoever is no agent none.
const fn default_role() -> AccessRole {
    AccessRole::Agent
}

fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Texts::deserialize(from)? {
        Texts::One(text) => vec![text],
        Texts::Several(texts) => texts,
    })
}

fn default_agent_claim() -> String {
    "sub".to_owned()
}

impl Issuer {
    /// What must stand in `aud`.
    #[must_use]
    pub fn audiences(&self) -> Vec<String> {
        if self.audience.is_empty() {
            self.client_id.iter().cloned().collect()
        } else {
            self.audience.clone()
        }
    }
}

impl ApiKey {
    /// The digest of the key, where it is given as one.
    ///
    /// # Errors
    /// When it is not 64 hex digits.
    pub fn digest(&self) -> Result<Option<[u8; 32]>, ConfigError> {
        let Some(text) = &self.sha256 else { return Ok(None) };
        let bad = || {
            ConfigError::Value(format!(
                "access.api_keys: sha256 of {:?} is not 64 hex digits: give what `printf %s KEY | sha256sum` prints",
                self.name
            ))
        };
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(bad());
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            let hex = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = hex.ok_or_else(bad)?;
        }
        Ok(Some(digest))
    }
}

fn wrong<T>(why: String) -> Result<T, ConfigError> {
    Err(ConfigError::Value(why))
}

pub(crate) fn check(access: &Access) -> Result<(), ConfigError> {
    if access.api_keys.is_empty() && access.issuers.is_empty() {
        return wrong("access lets nobody in: name api_keys or issuers, or leave the section out".to_owned());
    }
    if !TOKEN_MINUTES.contains(&access.token_minutes) {
        return wrong(format!("access.token_minutes is {}: give 1 to 720", access.token_minutes));
    }
    for (n, key) in access.api_keys.iter().enumerate() {
        check_key(key)?;
        if access.api_keys.iter().take(n).any(|other| other.name == key.name) {
            return wrong(format!("access.api_keys: {:?} is there twice", key.name));
        }
    }
    for (n, issuer) in access.issuers.iter().enumerate() {
        check_issuer(issuer)?;
        if access.issuers.iter().take(n).any(|other| other.issuer == issuer.issuer) {
            return wrong(format!("access.issuers: {:?} is there twice", issuer.issuer));
        }
    }
    Ok(())
}

fn check_key(key: &ApiKey) -> Result<(), ConfigError> {
    let name = &key.name;
    if name.trim().is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return wrong(format!("access.api_keys: the name {name:?} is empty, too long or not one line"));
    }
    if key.sha256.is_some() == key.env.is_some() {
        return wrong(format!("access.api_keys: give {name:?} either sha256 or env"));
    }
    if key.role == AccessRole::Agent && key.agent.as_deref().is_none_or(str::is_empty) {
        return wrong(format!("access.api_keys: {name:?} has the role agent: give agent = its id"));
    }
    key.digest().map(|_| ())
}

fn check_issuer(issuer: &Issuer) -> Result<(), ConfigError> {
    let name = &issuer.issuer;
    if !is_address(name) {
        return wrong(format!("access.issuers: {name:?} is no https:// address"));
    }
    if issuer.audiences().is_empty() {
        return wrong(format!("access.issuers: give {name} an audience or a client_id"));
    }
    if issuer.jwks_url.is_some() && issuer.keys.is_some() {
        return wrong(format!("access.issuers: give {name} either jwks_url or keys"));
    }
    if let Some(url) = issuer.jwks_url.as_ref().filter(|url| !is_address(url)) {
        return wrong(format!("access.issuers: the jwks_url {url:?} of {name} is no https:// address"));
    }
    Ok(())
}

/// Whether keys can be fetched from there without somebody between: by TLS, or from this machine.
fn is_address(text: &str) -> bool {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return false;
    }
    if let Some(rest) = text.strip_prefix("https://") {
        return !rest.is_empty();
    }
    let Some(rest) = text.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether an origin is as browsers write it: scheme, host, and the port where it is not the scheme's own.
pub(crate) fn check_origin(origin: &str) -> Result<(), ConfigError> {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]_".contains(c);
    if rest.is_some_and(|host| !host.is_empty() && host.chars().all(is_plain)) {
        return Ok(());
    }
    wrong(format!(
        "server.allowed_origins: {origin:?} is no origin: give scheme, host and port alone, as in https://desk.example.com"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<(), ConfigError> {
        let access: Access = toml::from_str(toml).map_err(|error| ConfigError::Value(error.to_string()))?;
        check(&access)
    }

    fn refused(toml: &str) -> String {
        read(toml).unwrap_err().to_string()
    }

    #[test]
    fn keys_and_issuers_are_read() {
        read(
            "token_minutes = 5\n\
             [[api_keys]]\nname = \"board\"\nenv = \"BOARD_KEY\"\nrole = \"supervisor\"\nqueues = [\"billing\"]\n\
             [[issuers]]\nissuer = \"https://id.example\"\nclient_id = \"desk\"\nrole_claim = \"groups\"\n\
             roles = { leads = \"supervisor\" }\n\
             [[issuers]]\nissuer = \"https://other.example\"\naudience = \"desk\"\n",
        )
        .unwrap();
    }

    #[test]
    fn what_lets_nobody_in_or_cannot_be_meant_is_named() {
        for (toml, why) in [
            ("", "nobody"),
            ("token_minutes = 0\n[[api_keys]]\nname = \"a\"\nenv = \"A\"\nrole = \"admin\"", "token_minutes"),
            ("[[api_keys]]\nname = \"a\"\nrole = \"admin\"", "sha256 or env"),
            ("[[api_keys]]\nname = \"a\"\nsha256 = \"xy\"\nrole = \"admin\"", "sha256sum"),
            ("[[api_keys]]\nname = \"a\"\nenv = \"A\"\nrole = \"agent\"", "agent ="),
            ("[[api_keys]]\nname = \"a\"\nenv = \"A\"\nrole = \"owner\"", "supervisor"),
            ("[[api_keys]]\nname = \"a\"\nenv = \"A\"\nrole = \"admin\"\nkey = \"b\"", "unknown field"),
            ("[[issuers]]\nissuer = \"https://id.example\"", "audience or a client_id"),
            ("[[issuers]]\nissuer = \"http://id.example\"\nclient_id = \"a\"", "https://"),
            ("[[issuers]]\nissuer = \"https://id.example\"\nclient_id = \"a\"\njwks_url = \"a\"", "jwks_url"),
        ] {
            assert!(refused(toml).contains(why), "{toml}: {}", refused(toml));
        }
    }

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for good in
            ["https://id.example/a", "http://localhost:8088", "http://127.0.0.1:1/x", "http://[::1]:1"]
        {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "http://id.example",
            "http://localhost.evil.example",
            "ftp://a",
            "https://",
            "http://127.0.0.1.x",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_alone() {
        for good in ["https://desk.example.com", "http://localhost:5173"] {
            check_origin(good).unwrap();
        }
        for bad in
            ["*", "https://*.example.com", "https://a/", "desk.example.com", "null", "https://A.example"]
        {
            assert!(check_origin(bad).is_err(), "{bad}");
        }
    }
}
