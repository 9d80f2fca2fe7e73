//! A tenant's file name.

use std::fmt::Write;

use model::TenantId;
use sha2::{Digest, Sha256};

/// Longer names are cut and told apart by a hash; file systems take 255 bytes.
const MAX_NAME_CHARS: usize = 120;

/// The name of a tenant's file: letters that every file system keeps apart stay, the others are written in
/// hex, so that no two tenants share a file and none leaves the folder.
pub(super) fn file_name(tenant: &TenantId) -> String {
    let mut name = String::new();
    for byte in tenant.as_str().bytes() {
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            push_hex(&mut name, '%', &[byte]);
        }
    }
    if name.len() > MAX_NAME_CHARS {
        name.truncate(MAX_NAME_CHARS);
        push_hex(&mut name, '~', &Sha256::digest(tenant.as_str()));
    }
    name.push_str(".db");
    name
}

fn push_hex(name: &mut String, mark: char, bytes: &[u8]) {
    name.push(mark);
    for byte in bytes {
        write!(name, "{byte:02x}").expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(tenant: &str) -> String {
        file_name(&TenantId::new(tenant).unwrap())
    }

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(name("acme-2_b"), "acme-2_b.db");
    }

    #[test]
    fn names_cannot_leave_the_folder_or_meet() {
        assert_eq!(name("../x"), "%2e%2e%2fx.db");
        assert_ne!(name("Acme"), name("acme"));
        assert_eq!(name("Acme"), "%41cme.db");
    }

    #[test]
    fn long_names_fit_and_stay_apart() {
        let (one, two) = (format!("{}1", "A".repeat(255)), format!("{}2", "A".repeat(255)));
        assert!(name(&one).len() < 255);
        assert_ne!(name(&one), name(&two));
    }
}
