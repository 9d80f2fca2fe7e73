//! Blind names of customers.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use model::TenantId;
use sha2::Sha256;

use crate::MediaTrigger;

/// The fewest and most digits of a number in E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// How many bytes of the hash make a name: so many that no two customers share one.
const NAME_BYTES: usize = 16;

/// Makes names by which a customer's calls are found without keeping the number: keyed hashes, under a key for each
/// tenant that is drawn from one secret. Who has no secret cannot try all numbers; who has it can, so it is kept apart
/// from what it names.
pub struct BlindIndex {
    secret: Hmac<Sha256>,
}

impl BlindIndex {
    /// The index of a secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { secret: keyed(secret) }
    }

    /// The name of a telephone number; none when it is no number.
    #[must_use]
    pub fn number(&self, tenant: &TenantId, number: &str) -> Option<String> {
        Some(self.name(tenant, "tel", &e164(number)?))
    }

    /// The name of a customer's id in a system of the contact center's own.
    #[must_use]
    pub fn id(&self, tenant: &TenantId, id: &str) -> String {
        self.name(tenant, "id", id.trim())
    }

    /// The names of the customer that a Lambda event tells of.
    #[must_use]
    pub fn of_trigger(&self, tenant: &TenantId, trigger: &MediaTrigger) -> Vec<String> {
        let number = trigger.customer.as_ref().and_then(|number| self.number(tenant, number.expose()));
        let id = trigger.attributes.customer.as_ref().map(|id| self.id(tenant, id.expose()));
        number.into_iter().chain(id).collect()
    }

    fn name(&self, tenant: &TenantId, kind: &str, text: &str) -> String {
        let mut of_tenant = self.secret.clone();
        of_tenant.update(b"customers of ");
        of_tenant.update(tenant.as_str().as_bytes());
        let mut name = keyed(&of_tenant.finalize().into_bytes());
        name.update(kind.as_bytes());
        name.update(b":");
        name.update(text.as_bytes());
        let hash = name.finalize().into_bytes();
        let hex = hash.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}"));
        hex.fold(format!("{kind}-"), |name, byte| name + &byte)
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlindIndex").finish_non_exhaustive()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// A number as E.164 writes it, however people and SIP write it: `+`, then digits. None when the country is not told,
/// as the same digits are somebody else's in another country.
#[must_use]
pub fn e164(number: &str) -> Option<String> {
    let number = number.trim();
    let number = number.strip_prefix("sip:").or_else(|| number.strip_prefix("tel:")).unwrap_or(number);
    let number = number.split(['@', ';']).next().unwrap_or_default();
    let is_mark = |c: char| c.is_whitespace() || "-.()/\u{2010}\u{2011}\u{2013}".contains(c);
    let bare: String = number.chars().filter(|c| !is_mark(*c)).collect();
    let digits = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"))?;
    let good = DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (good && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    #[test]
    fn a_number_has_one_name_however_it_is_written() {
        let index = BlindIndex::new(&[7; 32]);
        let name = index.number(&tenant("acme"), "+15555550134").unwrap();
        for written in
            ["+1 (555) 555-0134", " 0015555550134", "tel:+1-555-555-0134", "sip:+15555550134@host;x=y"]
        {
            assert_eq!(index.number(&tenant("acme"), written).as_deref(), Some(&*name), "{written}");
        }
        assert!(name.starts_with("tel-") && name.len() == 4 + 2 * NAME_BYTES);
        assert!(!name.contains("0134"));
    }

    #[test]
    fn what_is_no_number_of_a_country_has_no_name() {
        for text in ["", "anonymous", "5555550134", "+0155555501", "+12", "+1555555013455555", "+1555a550134"]
        {
            assert_eq!(e164(text), None, "{text}");
        }
    }

    #[test]
    fn names_differ_by_secret_tenant_and_kind() {
        let (one, other) = (BlindIndex::new(&[1; 32]), BlindIndex::new(&[2; 32]));
        let names = [
            one.number(&tenant("acme"), "+15555550134").unwrap(),
            other.number(&tenant("acme"), "+15555550134").unwrap(),
            one.number(&tenant("acme2"), "+15555550134").unwrap(),
            one.number(&tenant("acme"), "+15555550135").unwrap(),
            one.id(&tenant("acme"), "+15555550134"),
        ];
        let apart: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(apart.len(), names.len());
    }
}
