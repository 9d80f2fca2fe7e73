//! The name of a tenant's database.

use std::fmt::Write;

use model::TenantId;
use sha2::{Digest, Sha256};

/// PostgreSQL cuts longer names off.
const MAX_NAME_BYTES: usize = 63;
/// Of the tenant's hash; the control database says which tenant has which name, should two meet nevertheless.
const HASH_BYTES: usize = 6;

/// The control database's name, what is readable of the tenant's, and a hash that tells tenants apart.
pub(crate) fn database_name(control: &str, tenant: &TenantId) -> String {
    let mut hash = String::new();
    for byte in Sha256::digest(tenant.as_str()).iter().take(HASH_BYTES) {
        write!(hash, "{byte:02x}").expect("writing to a String cannot fail");
    }
    let plain = |text: &str, most: usize| -> String {
        let letters =
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        letters.take(most).collect()
    };
    let room = MAX_NAME_BYTES - hash.len() - 2;
    let control = plain(control, room / 2);
    let tenant = plain(tenant.as_str(), room - control.len());
    format!("{control}_{tenant}_{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(tenant: &str) -> String {
        database_name("trunkline", &TenantId::new(tenant).unwrap())
    }

    #[test]
    fn a_name_is_readable_plain_and_short_enough() {
        assert!(name("Acme/2").starts_with("trunkline_acme_2_"), "{}", name("Acme/2"));
        for tenant in ["a", "../x:y", &"A".repeat(256)] {
            let name = name(tenant);
            assert!(name.len() <= MAX_NAME_BYTES, "{name}");
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{name}"
            );
        }
    }

    #[test]
    fn tenants_that_read_the_same_have_different_names() {
        assert_ne!(name("Acme"), name("acme"));
        assert_ne!(name("a.b"), name("a_b"));
        assert_ne!(name(&format!("{}1", "x".repeat(200))), name(&format!("{}2", "x".repeat(200))));
    }
}
