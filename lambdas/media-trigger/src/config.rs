//! The function's configuration: variables of its environment. README.md lists them with their defaults.

use std::time::Duration;

use contacts::AttributeNames;
use http::Uri;
use model::TenantId;
use tracing::level_filters::LevelFilter;

use crate::error::ConfigError;

const QUEUE_URL: &str = "TRUNKLINE_QUEUE_URL";
const TRIGGER_URL: &str = "TRUNKLINE_TRIGGER_URL";
const ORDER: &str = "TRUNKLINE_ORDER";
const DIRECTORY_TABLE: &str = "TRUNKLINE_DIRECTORY_TABLE";
const DIRECTORY_RETENTION_HOURS: &str = "TRUNKLINE_DIRECTORY_RETENTION_HOURS";
const TENANT: &str = "TRUNKLINE_TENANT";
const BUDGET_MS: &str = "TRUNKLINE_BUDGET_MS";
const LOG: &str = "TRUNKLINE_LOG";
const ATTRIBUTE_TENANT: &str = "TRUNKLINE_ATTRIBUTE_TENANT";
const ATTRIBUTE_PROFILE: &str = "TRUNKLINE_ATTRIBUTE_PROFILE";
const ATTRIBUTE_SESSION: &str = "TRUNKLINE_ATTRIBUTE_SESSION";
const ATTRIBUTE_LANGUAGE: &str = "TRUNKLINE_ATTRIBUTE_LANGUAGE";
const KNOWN: [&str; 12] = [
    QUEUE_URL,
    TRIGGER_URL,
    ORDER,
    DIRECTORY_TABLE,
    DIRECTORY_RETENTION_HOURS,
    TENANT,
    BUDGET_MS,
    LOG,
    ATTRIBUTE_TENANT,
    ATTRIBUTE_PROFILE,
    ATTRIBUTE_SESSION,
    ATTRIBUTE_LANGUAGE,
];
/// What the names of our variables begin with.
const PREFIX: &str = "TRUNKLINE_";

const DEFAULT_BUDGET_MS: u64 = 2_500;
/// Shorter, and no service across a network can be asked; longer, and Connect has given up: it waits up to 8 seconds,
/// or 60 when the block invokes the function asynchronously.
const BUDGET_RANGE_MS: std::ops::RangeInclusive<u64> = 200..=55_000;
const DEFAULT_RETENTION_HOURS: u64 = 48;
/// From an hour to the longest that a stream keeps its media, ten years.
const RETENTION_RANGE_HOURS: std::ops::RangeInclusive<u64> = 1..=87_600;
/// The longest name of an attribute that Connect takes.
const MAX_ATTRIBUTE_NAME: usize = 128;
/// The longest text of a table: its ARN.
const MAX_TABLE: usize = 1_024;

/// A way on which events are handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WayName {
    /// The SQS queue at this address.
    Queue(String),
    /// The server's intake at this address.
    Http(Uri),
}

/// The contact directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryTable {
    pub(crate) table: String,
    pub(crate) retention: Duration,
}

/// What the function is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The ways, in the order in which they are tried; at least one.
    pub(crate) ways: Vec<WayName>,
    pub(crate) directory: Option<DirectoryTable>,
    /// Whose a contact is of which the flow says nothing.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) attributes: AttributeNames,
    pub(crate) budget: Duration,
    pub(crate) log: LevelFilter,
    /// Variables that look like ours and are none.
    pub(crate) unknown: Vec<String>,
}

impl Config {
    /// Reads the environment. A variable that is empty counts as not set.
    pub(crate) fn from_variables(all: &[(String, String)]) -> Result<Self, ConfigError> {
        let variables = Variables(all);
        let ours = all.iter().map(|(name, _)| name).filter(|name| name.starts_with(PREFIX));
        Ok(Self {
            ways: ways(&variables)?,
            directory: directory(&variables)?,
            tenant: variables.get(TENANT).map(tenant).transpose()?,
            attributes: attributes(&variables)?,
            budget: Duration::from_millis(variables.number(BUDGET_MS, DEFAULT_BUDGET_MS, BUDGET_RANGE_MS)?),
            log: variables.get(LOG).map_or(Ok(LevelFilter::INFO), level)?,
            unknown: ours.filter(|name| !KNOWN.contains(&name.as_str())).cloned().collect(),
        })
    }
}

/// The environment.
struct Variables<'a>(&'a [(String, String)]);

impl<'a> Variables<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    fn number(
        &self,
        name: &str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            wrong(
                name,
                format!("is {text:?}: set a whole number from {low} to {high}, or nothing for {default}"),
            )
        })
    }
}

fn wrong(variable: &str, problem: impl Into<String>) -> ConfigError {
    ConfigError { variable: variable.to_owned(), problem: problem.into() }
}

fn ways(variables: &Variables<'_>) -> Result<Vec<WayName>, ConfigError> {
    let queue = variables.get(QUEUE_URL).map(queue_url).transpose()?.map(WayName::Queue);
    let http = variables.get(TRIGGER_URL).map(trigger_url).transpose()?.map(WayName::Http);
    let set = match (queue, http) {
        (None, None) => {
            return Err(wrong(
                QUEUE_URL,
                format!(
                    "is not set, nor is {TRIGGER_URL}: set the SQS queue's address, or the server's as in \
                     https://trunkline.example/v1/triggers/connect, or both"
                ),
            ));
        }
        (Some(queue), Some(http)) => (queue, http),
        (Some(one), None) | (None, Some(one)) => {
            return match variables.get(ORDER) {
                None => Ok(vec![one]),
                Some(_) => Err(wrong(
                    ORDER,
                    format!("needs both {QUEUE_URL} and {TRIGGER_URL}: set both, or remove it"),
                )),
            };
        }
    };
    match variables.get(ORDER) {
        None | Some("queue,http") => Ok(vec![set.0, set.1]),
        Some("http,queue") => Ok(vec![set.1, set.0]),
        Some(text) => Err(wrong(ORDER, format!("is {text:?}: set queue,http or http,queue"))),
    }
}

fn queue_url(text: &str) -> Result<String, ConfigError> {
    let is_good = web_address(text).is_some_and(|url| url.path().len() > 1);
    is_good.then(|| text.to_owned()).ok_or_else(|| {
        let example = "https://sqs.eu-central-1.amazonaws.com/111122223333/trunkline-triggers.fifo";
        wrong(QUEUE_URL, format!("is no address of a queue: set one as {example}, not the queue's ARN"))
    })
}

fn trigger_url(text: &str) -> Result<Uri, ConfigError> {
    web_address(text).filter(|url| url.path().len() > 1).ok_or_else(|| {
        wrong(
            TRIGGER_URL,
            "is no address of a server's intake: set one as https://trunkline.example/v1/triggers/connect, without \
             user and password",
        )
    })
}

/// An address with a host and without credentials, which would end up in logs.
fn web_address(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let is_web = matches!(url.scheme_str(), Some("http" | "https"));
    let has_host = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    (is_web && has_host).then_some(url)
}

fn directory(variables: &Variables<'_>) -> Result<Option<DirectoryTable>, ConfigError> {
    let hours =
        variables.number(DIRECTORY_RETENTION_HOURS, DEFAULT_RETENTION_HOURS, RETENTION_RANGE_HOURS)?;
    let Some(table) = variables.get(DIRECTORY_TABLE) else { return Ok(None) };
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b);
    if table.len() > MAX_TABLE || !table.bytes().all(is_good) {
        return Err(wrong(
            DIRECTORY_TABLE,
            "is no name of a DynamoDB table: set its name, as trunkline-contacts",
        ));
    }
    let retention = Duration::from_secs(hours.saturating_mul(3_600));
    Ok(Some(DirectoryTable { table: table.to_owned(), retention }))
}

fn tenant(text: &str) -> Result<TenantId, ConfigError> {
    TenantId::new(text).map_err(|error| wrong(TENANT, format!("is no tenant's id: {error}")))
}

fn attributes(variables: &Variables<'_>) -> Result<AttributeNames, ConfigError> {
    let defaults = AttributeNames::default();
    let name = |variable: &str, default: String| match variables.get(variable) {
        None => Ok(default),
        Some(name) if name.len() <= MAX_ATTRIBUTE_NAME => Ok(name.to_owned()),
        Some(_) => Err(wrong(
            variable,
            format!("is longer than the {MAX_ATTRIBUTE_NAME} bytes of an attribute's name"),
        )),
    };
    Ok(AttributeNames {
        tenant: name(ATTRIBUTE_TENANT, defaults.tenant)?,
        profile: name(ATTRIBUTE_PROFILE, defaults.profile)?,
        session: name(ATTRIBUTE_SESSION, defaults.session)?,
        language: name(ATTRIBUTE_LANGUAGE, defaults.language)?,
        // The Lambda has no key to make blind names of customers with, so that it does not read the attribute.
        customer: defaults.customer,
    })
}

fn level(text: &str) -> Result<LevelFilter, ConfigError> {
    match text {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        _ => Err(wrong(LOG, format!("is {text:?}: set error, warn, info or debug"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: (&str, &str) =
        (QUEUE_URL, "https://sqs.eu-central-1.amazonaws.com/111122223333/triggers.fifo");
    const SERVER: (&str, &str) = (TRIGGER_URL, "https://trunkline.example/v1/triggers/connect");

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Config::from_variables(&variables.iter().map(owned).collect::<Vec<_>>())
    }

    fn refusal(variables: &[(&str, &str)]) -> String {
        read(variables).unwrap_err().to_string()
    }

    #[test]
    fn a_queue_alone_is_enough() {
        let config = read(&[QUEUE, ("AWS_REGION", "eu-central-1"), (TENANT, " ")]).unwrap();
        assert_eq!(config.ways, [WayName::Queue(QUEUE.1.to_owned())]);
        assert_eq!((config.directory, config.tenant), (None, None));
        assert_eq!(config.attributes, AttributeNames::default());
        assert_eq!((config.budget, config.log), (Duration::from_millis(2_500), LevelFilter::INFO));
    }

    #[test]
    fn all_can_be_set() {
        let config = read(&[
            QUEUE,
            SERVER,
            (ORDER, "http,queue"),
            (DIRECTORY_TABLE, "trunkline-contacts"),
            (DIRECTORY_RETENTION_HOURS, "72"),
            (TENANT, "acme"),
            (BUDGET_MS, "4000"),
            (LOG, "debug"),
            (ATTRIBUTE_TENANT, "brand"),
            (ATTRIBUTE_LANGUAGE, "lang"),
            ("TRUNKLINE_DIRECTORY_TABEL", "typo"),
        ])
        .unwrap();
        assert!(matches!(config.ways[..], [WayName::Http(_), WayName::Queue(_)]));
        let directory = config.directory.unwrap();
        assert_eq!(
            (directory.table.as_str(), directory.retention.as_secs()),
            ("trunkline-contacts", 72 * 3_600)
        );
        assert_eq!(config.tenant.unwrap().as_str(), "acme");
        assert_eq!((config.budget, config.log), (Duration::from_secs(4), LevelFilter::DEBUG));
        assert_eq!(
            (config.attributes.tenant.as_str(), config.attributes.language.as_str()),
            ("brand", "lang")
        );
        assert_eq!(config.attributes.profile, "trunkline_profile");
        assert_eq!(config.unknown, ["TRUNKLINE_DIRECTORY_TABEL"]);
    }

    #[test]
    fn the_queue_comes_first_unless_told() {
        assert!(matches!(read(&[SERVER, QUEUE]).unwrap().ways[..], [WayName::Queue(_), WayName::Http(_)]));
    }

    #[test]
    fn a_wrong_variable_is_named_with_what_to_set() {
        for (variables, variable, fix) in [
            (&[][..], QUEUE_URL, "or both"),
            (&[(QUEUE_URL, "arn:aws:sqs:eu-central-1:1:t")], QUEUE_URL, "not the queue's ARN"),
            (&[(QUEUE_URL, "https://sqs.eu-central-1.amazonaws.com")], QUEUE_URL, "no address of a queue"),
            (&[(TRIGGER_URL, "trunkline.example/v1/triggers/connect")], TRIGGER_URL, "https://"),
            (&[(TRIGGER_URL, "https://a:b@c/v1/triggers/connect")], TRIGGER_URL, "without user"),
            (&[QUEUE, (ORDER, "queue,http")], ORDER, "set both"),
            (&[QUEUE, SERVER, (ORDER, "both")], ORDER, "http,queue"),
            (&[QUEUE, (DIRECTORY_TABLE, "a table")], DIRECTORY_TABLE, "trunkline-contacts"),
            (&[QUEUE, (TENANT, "a tenant")], TENANT, "letters, digits"),
            (&[QUEUE, (BUDGET_MS, "2.5s")], BUDGET_MS, "from 200 to 55000"),
            (&[QUEUE, (BUDGET_MS, "100")], BUDGET_MS, "from 200 to 55000"),
            (&[QUEUE, (DIRECTORY_RETENTION_HOURS, "0")], DIRECTORY_RETENTION_HOURS, "from 1 to"),
            (&[QUEUE, (LOG, "loud")], LOG, "error, warn"),
        ] {
            let said = refusal(variables);
            assert!(said.starts_with(&format!("{variable} ")) && said.contains(fix), "{said}");
        }
    }

    #[test]
    fn credentials_in_an_address_are_not_repeated() {
        assert!(!refusal(&[(TRIGGER_URL, "https://user:hunter2@host/v1")]).contains("hunter2"));
    }
}
