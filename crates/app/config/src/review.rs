//! Who reviews what verification found.

use serde::{Deserialize, Serialize};

use crate::ConfigError;

const MAX_NAME: usize = 64;

/// Who may see calls that are hidden until somebody has decided on what was found in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Review {
    /// The reviewers. Without any, whoever reaches the server is one, by the name of `local`.
    pub reviewers: Vec<Reviewer>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewer {
    /// The name that stands under decisions and looks.
    pub name: String,
    /// SHA-256 of the key by which the server knows them, in hex.
    pub key_sha256: String,
}

impl Reviewer {
    /// The digest of the key.
    ///
    /// # Errors
    /// When it is not 64 hex digits.
    pub fn digest(&self) -> Result<[u8; 32], ConfigError> {
        let bad = || {
            ConfigError::Value(format!(
                "review.reviewers: key_sha256 of {:?} is not 64 hex digits: give what `printf %s KEY | sha256sum` prints",
                self.name
            ))
        };
        let text = self.key_sha256.as_bytes();
        if text.len() != 64 {
            return Err(bad());
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
            let hex = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = hex.ok_or_else(bad)?;
        }
        Ok(digest)
    }
}

pub(crate) fn check(review: &Review) -> Result<(), ConfigError> {
    for (n, reviewer) in review.reviewers.iter().enumerate() {
        let name = &reviewer.name;
        if name.trim().is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
            let why = format!("review.reviewers: the name {name:?} is empty, too long or not one line");
            return Err(ConfigError::Value(why));
        }
        if review.reviewers.iter().take(n).any(|other| other.name == *name) {
            return Err(ConfigError::Value(format!("review.reviewers: {name:?} is there twice")));
        }
        reviewer.digest()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewer(name: &str, key: &str) -> Reviewer {
        Reviewer { name: name.to_owned(), key_sha256: key.to_owned() }
    }

    #[test]
    fn a_digest_is_read_in_either_case() {
        let digest = reviewer("ann", &"aB".repeat(32)).digest().unwrap();
        assert_eq!(digest, [0xab; 32]);
    }

    #[test]
    fn what_is_no_digest_is_refused_with_its_owner() {
        for key in ["", "ab", &"xy".repeat(32), &"é".repeat(32)] {
            let error = reviewer("ann", key).digest().unwrap_err().to_string();
            assert!(error.contains("ann") && error.contains("sha256sum"), "{error}");
        }
    }

    #[test]
    fn a_name_counts_once() {
        let twice = vec![reviewer("ann", &"00".repeat(32)), reviewer("ann", &"11".repeat(32))];
        assert!(check(&Review { reviewers: twice }).unwrap_err().to_string().contains("twice"));
        let nobody = vec![reviewer(" ", &"00".repeat(32))];
        assert!(check(&Review { reviewers: nobody }).is_err());
    }
}
