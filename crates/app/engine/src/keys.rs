//! Names that are derived rather than stored.

use std::fmt::Write as _;

use model::{CallId, ContactId, Epoch, FragmentNumber, TenantId};
use sha2::{Digest, Sha256};

/// The call of a contact whose streaming began with this fragment: the same trigger, sent again by Connect's retries
/// or after a restart, names the same call.
#[must_use]
pub fn call_id(tenant: &TenantId, contact: &ContactId, start: Option<&FragmentNumber>) -> CallId {
    let start = start.map_or("", FragmentNumber::as_str);
    let mut hash = Sha256::new();
    for part in [tenant.as_str(), contact.as_str(), start] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut id = "call-".to_owned();
    for byte in hash.finalize().iter().take(12) {
        write!(id, "{byte:02x}").expect("writing to a string succeeds");
    }
    CallId::new(id).expect("hex digits make an id")
}

/// Where an owner of a call keeps its redacted recording. Each ownership has a place of its own, so that one which is
/// over, and does not know it yet, cannot touch what its successor has committed. The event of the recording names the
/// one that counts.
#[must_use]
pub fn recording_key(tenant: &TenantId, call: &CallId, epoch: Epoch) -> String {
    let (tenant, call) = (key_part(tenant.as_str()), key_part(call.as_str()));
    match epoch.get() {
        0 | 1 => format!("{tenant}/recordings/{call}.wav"),
        later => format!("{tenant}/recordings/{call}.{later}.wav"),
    }
}

/// An id as a part of a blob's key: different ids give different parts, and none leaves its folder.
fn key_part(id: &str) -> String {
    id.bytes().fold(String::with_capacity(id.len()), |mut part, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            part.push(char::from(byte));
        } else {
            write!(part, "_{byte:02x}").expect("writing to a string succeeds");
        }
        part
    })
}

/// Where the waveform of a recording is kept.
#[must_use]
pub fn peaks_key(recording_key: &str) -> String {
    format!("{recording_key}.peaks.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_names_its_call_by_contact_and_start_fragment() {
        let id = |tenant: &str, fragment: &str| {
            let (tenant, contact) = (TenantId::new(tenant).unwrap(), ContactId::new("c-1").unwrap());
            call_id(&tenant, &contact, FragmentNumber::new(fragment).ok().as_ref())
        };
        assert_eq!(id("a", "1"), id("a", "1"));
        assert_ne!(id("a", "1"), id("a", "2"));
        assert_ne!(id("a", "1"), id("b", "1"));
    }

    #[test]
    fn a_recordings_key_stays_in_its_tenants_folder() {
        let key = |tenant: &str| {
            recording_key(&TenantId::new(tenant).unwrap(), &CallId::new("call-1").unwrap(), Epoch::FIRST)
        };
        assert_eq!(key("acme"), "acme/recordings/call-1.wav");
        assert_eq!(key("../a:b"), "_2e_2e_2fa_3ab/recordings/call-1.wav");
        assert_ne!(key("a_b"), key("a.b"));
        let (tenant, call) = (TenantId::new("acme").unwrap(), CallId::new("call-1").unwrap());
        assert_eq!(recording_key(&tenant, &call, Epoch::new(3)), "acme/recordings/call-1.3.wav");
    }
}
