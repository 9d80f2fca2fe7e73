//! A tenant's redaction: a file of its own, or the same keys in the configuration.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use redaction::{Setting, TenantPolicy};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use crate::ConfigError;

/// The key that names a file in place of settings.
const FILE: &str = "policy";

/// What is said of a tenant's redaction: settings by dotted keys, as in `mask.phone`, or the file that holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Redaction {
    settings: BTreeMap<String, String>,
    #[serde(skip)]
    typed: Vec<(String, Setting)>,
}

impl<'de> Deserialize<'de> for Redaction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Table::deserialize(deserializer)?;
        let mut typed = Vec::new();
        flatten(&table, "", &mut typed);
        if typed.len() > 1 && typed.iter().any(|(key, _)| key == FILE) {
            return Err(D::Error::custom("redaction.policy names a file, which says all: give it alone"));
        }
        let settings = typed.iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
        Ok(Self { settings, typed })
    }
}

impl Redaction {
    /// The policy. Reads the file, if one is named.
    ///
    /// # Errors
    /// When the file cannot be read, or a setting is not valid; the text names the key, and in a file the line.
    pub fn policy(&self) -> Result<TenantPolicy, ConfigError> {
        match self.typed.as_slice() {
            [(key, Setting::Text(path))] if key == FILE => read_policy(&PathBuf::from(path)),
            settings => {
                TenantPolicy::read(settings).map_err(|error| ConfigError::Value(format!("redaction.{error}")))
            }
        }
    }
}

/// Reads a policy's file.
///
/// # Errors
/// When it cannot be read, is no TOML, or a setting is not valid; the text names file, line, key and allowed values.
pub fn read_policy(path: &Path) -> Result<TenantPolicy, ConfigError> {
    let text =
        fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse_policy(&text).map_err(|(line, why)| match why {
        Wrong::Syntax(why) => ConfigError::Syntax { path: path.to_owned(), line, why },
        Wrong::Setting(why) => ConfigError::Policy { path: path.to_owned(), line, why },
    })
}

enum Wrong {
    Syntax(String),
    Setting(String),
}

fn parse_policy(text: &str) -> Result<TenantPolicy, (usize, Wrong)> {
    let line_of = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(span.start));
        (line, Wrong::Syntax(error.message().replace('\n', ", ")))
    })?;
    let (mut settings, mut places) = (Vec::new(), Vec::new());
    flatten_spanned(table.get_ref(), "", &mut settings, &mut places);
    TenantPolicy::read(&settings)
        .map_err(|error| (line_of(places.get(error.at).copied().unwrap_or(0)), Wrong::Setting(error.why)))
}

fn dotted(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn flatten(table: &Table, prefix: &str, out: &mut Vec<(String, Setting)>) {
    for (key, value) in table {
        let key = dotted(prefix, key);
        let setting = match value {
            Value::Table(inner) => {
                flatten(inner, &key, out);
                continue;
            }
            Value::String(text) => Setting::Text(text.clone()),
            Value::Integer(number) => Setting::Number(*number),
            Value::Boolean(flag) => Setting::Flag(*flag),
            Value::Float(_) | Value::Datetime(_) | Value::Array(_) => Setting::Other(value.type_str()),
        };
        out.push((key, setting));
    }
}

/// The same of a file, with the byte at which each key stands.
fn flatten_spanned(
    table: &DeTable<'_>,
    prefix: &str,
    out: &mut Vec<(String, Setting)>,
    places: &mut Vec<usize>,
) {
    for (key, value) in table {
        let at = key.span().start;
        let key = dotted(prefix, key.get_ref());
        let setting = match value.get_ref() {
            DeValue::Table(inner) => {
                flatten_spanned(inner, &key, out, places);
                continue;
            }
            DeValue::String(text) => Setting::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Setting::Other("a number out of range"), Setting::Number),
            DeValue::Boolean(flag) => Setting::Flag(*flag),
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) => {
                Setting::Other(value.get_ref().type_str())
            }
        };
        out.push((key, setting));
        places.push(at);
    }
}

#[cfg(test)]
mod tests {
    use events::EntityKind;
    use redaction::Act;

    use super::*;

    fn wrong(text: &str) -> (usize, String) {
        match parse_policy(text) {
            Ok(_) => panic!("{text} is not valid"),
            Err((line, Wrong::Syntax(why) | Wrong::Setting(why))) => (line, why),
        }
    }

    #[test]
    fn a_policy_is_read() {
        let text = "# ours\n[mask]\nphone = \"last4\"\ncontact = 'x'\n[audio]\npad_before_ms = 0x64\n\
                    [review]\nrelease = 3\n[quarantine]\nnot_checked = true\n";
        let policy = parse_policy(text).ok().expect("it is valid");
        assert_eq!(policy.acts.of(EntityKind::Phone), Act::LastFour);
        assert_eq!(policy.acts.of(EntityKind::Name), Act::Cross);
        assert_eq!((policy.pad_before_ms, policy.review.release), (100, 3));
        assert!(policy.quarantine.not_checked);
        assert_eq!(parse_policy("").ok(), Some(TenantPolicy::default()));
    }

    #[test]
    fn a_mistake_is_named_by_line_and_key_with_what_is_allowed() {
        for (text, line, parts) in [
            ("[mask]\n\ncvv = \"last4\"\n", 3, &["mask.cvv", "PCI DSS", "\"type\" or \"x\""][..]),
            ("mask.phone = \"hide\"", 1, &["mask.phone = \"hide\"", "\"last4\""]),
            ("[mask]\nphone = [1]", 2, &["mask.phone = array", "\"last4\""]),
            ("[mask]\nphones = \"x\"", 2, &["mask.phones", "no such kind or group"]),
            ("[audio]\npad_before_ms = 9e3", 2, &["audio.pad_before_ms", "from 0 to 5000"]),
            ("\n[mask\nphone = 1", 2, &["]"]),
        ] {
            let (at, why) = wrong(text);
            assert_eq!(at, line, "{text}: {why}");
            assert!(parts.iter().all(|part| why.contains(part)), "{text}: {why}");
            assert!(!why.contains('\n'), "{why}");
        }
    }

    #[test]
    fn settings_can_stand_in_the_configuration() {
        let read = |text: &str| toml::from_str::<Redaction>(text).map_err(|error| error.to_string());
        let inline = read("[mask]\nphone = \"x\"").expect("it is valid");
        assert_eq!(inline.policy().expect("it is valid").acts.of(EntityKind::Phone), Act::Cross);
        let error = read("mask.cvv = \"show\"").expect("the shape is valid").policy().unwrap_err();
        assert!(error.to_string().contains("redaction.mask.cvv"), "{error}");
        assert!(read("policy = \"a.toml\"\nmask.phone = \"x\"").is_err());
        let missing = read("policy = \"/nowhere/a.toml\"").expect("the shape is valid");
        assert!(missing.policy().unwrap_err().to_string().contains("/nowhere/a.toml cannot be read"));
    }
}
