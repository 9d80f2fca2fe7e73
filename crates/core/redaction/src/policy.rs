//! What a tenant decides about redaction, and what one call takes of it.

mod acts;
mod keep;
mod tenant;

use std::{fmt, sync::Arc, time::Duration};

use events::EntityKind;

pub(crate) use self::{acts::settled, keep::last_four};
pub use self::{
    acts::{Act, Acts},
    tenant::{PolicyError, Quarantine, ReviewRules, Setting, TenantPolicy},
};

/// How one call is redacted.
#[derive(Clone)]
pub struct Policy {
    /// Keys the fingerprints under which digits are remembered. Random per call; never stored.
    pub echo_key: [u8; 16],
    /// How much audio before a masked word is replaced too.
    pub pad_before: Duration,
    /// How much audio after a masked word is replaced too.
    pub pad_after: Duration,
    /// Masked stretches with a smaller gap between them become one.
    pub merge_gap: Duration,
    /// What is shown for what is found.
    pub acts: Arc<Acts>,
}

impl Policy {
    /// The default policy under a key that is random for this call.
    #[must_use]
    pub fn new(echo_key: [u8; 16]) -> Self {
        TenantPolicy::default().for_call(echo_key)
    }

    /// What is shown in place of a kind, when nothing of it is kept.
    pub(crate) fn mask(&self, kind: EntityKind) -> String {
        match self.acts.of(kind) {
            Act::Cross => "XXXX".to_owned(),
            Act::Name | Act::LastFour | Act::Show => format!("[{}]", kind.as_str()),
        }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("pad_before", &self.pad_before)
            .field("pad_after", &self.pad_after)
            .field("merge_gap", &self.merge_gap)
            .field("acts", &self.acts)
            .finish_non_exhaustive()
    }
}
