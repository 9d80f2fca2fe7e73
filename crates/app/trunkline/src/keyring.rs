//! The installation's keys: as configured, from their file, or made at the first start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

use access::TokenKey;
use anyhow::{Context, anyhow};
use config::{Config, Secret, StoreEngine};
use contacts::BlindIndex;
use serde::Deserialize;
use signing::SigningKey;

use crate::failure::Failure;

/// The file's name where the configuration says no other.
const FILE: &str = "keys.toml";
const HEADER: &str = "# Keys of this installation: keep a copy where the data's copies are not.\n\
     # Without `customers` no customer's calls are found by their number; whoever has it and the data can try numbers.\n";

/// The keys that are known.
#[derive(Default)]
pub(crate) struct Keyring {
    /// Makes the blind names of customers.
    pub(crate) customers: Option<Arc<BlindIndex>>,
    /// Signs certificates and reports.
    pub(crate) signing: Option<Arc<SigningKey>>,
    /// Makes and reads the tokens of people: of the same secret, so that every host has the same.
    pub(crate) tokens: Option<TokenKey>,
}

/// The file of keys.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KeyFile {
    customers: Option<Secret>,
    signing: Option<Secret>,
}

impl Keyring {
    /// Reads the keys. Where the store is files of this host and there is no file of keys, it is made.
    pub(crate) fn open(config: &Config) -> Result<Self, Failure> {
        let keys = &config.keys;
        let is_told = keys.customers.is_some() && keys.signing.is_some();
        let file = if is_told { KeyFile::default() } else { key_file(config)? };
        let customers = keys.customers.as_ref().or(file.customers.as_ref());
        let signing = keys.signing.as_ref().or(file.signing.as_ref());
        let customers = customers.map(|key| secret("customers", key)).transpose()?;
        let signing = signing.map(|key| secret("signing", key)).transpose()?;
        if customers.is_none() || signing.is_none() {
            tracing::warn!(
                customers = customers.is_some(),
                signing = signing.is_some(),
                "keys are not set: without keys.customers nobody is found by number, without keys.signing nothing is signed"
            );
        }
        Ok(Self {
            customers: customers.map(|key| Arc::new(BlindIndex::new(&key))),
            signing: signing.as_ref().map(|key| Arc::new(SigningKey::from_secret(key))),
            tokens: signing.as_ref().map(TokenKey::derive),
        })
    }
}

fn key_file(config: &Config) -> Result<KeyFile, Failure> {
    let path = config.keys.file.clone().unwrap_or_else(|| config.storage.folder.join(FILE));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let what = format!("the keys in {} cannot be read", path.display());
            return Err(Failure::config(anyhow::Error::from(error).context(what)));
        }
        // Hosts that share a store would each find other names for the same customer.
        Err(_) if config.store.engine != StoreEngine::Sqlite => return Ok(KeyFile::default()),
        Err(_) => make(&path).with_context(|| format!("the keys in {} cannot be made", path.display()))?,
    };
    // What is wrong in it must not be shown: it would be shown with a key.
    text.parse::<toml::Table>().ok().and_then(|table| table.try_into().ok()).ok_or_else(|| {
        let why = "it has `customers` and `signing`, each 64 hex digits in quotes";
        Failure::config(anyhow!("the keys in {} cannot be read: {why}", path.display()))
    })
}

/// Makes new keys, for their owner alone. Another process may be first: then its keys count.
fn make(path: &Path) -> anyhow::Result<String> {
    let key = || -> anyhow::Result<String> {
        let secret = signing::random_secret().context("the system gives no randomness")?;
        Ok(secret.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    let text = format!("{HEADER}customers = \"{}\"\nsigning = \"{}\"\n", key()?, key()?);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let made = path.with_extension(format!("{}.part", uuid::Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&made)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // A link, unlike a move, does not replace what is there.
    let linked = fs::hard_link(&made, path);
    fs::remove_file(&made)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(fs::read_to_string(path)?),
    }
}

fn secret(name: &str, key: &Secret) -> Result<[u8; 32], Failure> {
    let bad =
        || Failure::config(anyhow!("keys.{name} is not 64 hex digits: make one with `openssl rand -hex 32`"));
    let digits = key.expose().as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(bad());
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &Path) -> Config {
        let mut config = Config::default();
        config.storage.folder = folder.to_owned();
        config
    }

    #[test]
    fn keys_are_made_once_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keyring::open(&config(folder.path())).unwrap();
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        let second = Keyring::open(&config(folder.path())).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), text);
        let id = |keys: &Keyring| keys.signing.as_ref().unwrap().verifying().id();
        assert_eq!(id(&first), id(&second));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        #[cfg(unix)]
        {
            let mode = fs::metadata(folder.path().join(FILE)).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
        }
    }

    #[test]
    fn hosts_that_share_a_store_make_no_keys_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        config.store.engine = StoreEngine::Postgres;
        let keys = Keyring::open(&config).unwrap();
        assert!(keys.customers.is_none() && keys.signing.is_none());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        config.keys.customers = Some(Secret::new("ab".repeat(32)));
        assert!(Keyring::open(&config).unwrap().customers.is_some());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_without_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "signing = \"secretsecret",
            "signing = \"secretsecret\"",
            "other = \"secretsecret\"",
            "signing = 7",
        ] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let error = Keyring::open(&config(folder.path())).err().unwrap().to_string();
            assert!(error.contains("64 hex digits") && !error.contains("secretsecret"), "{error}");
        }
    }
}
