//! How long what is kept of calls is kept.

use serde::{Deserialize, Serialize};

/// For how many days after its end what is kept of a call is kept; what is not said is kept until it is erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// The call in the log: its events, its row, its transcript. All else of the call goes with it.
    pub transcript_days: Option<u32>,
    /// The redacted recording and its waveform.
    pub recording_days: Option<u32>,
    /// The reports of what was checked and done, when longer than the call.
    pub evidence_days: Option<u32>,
    /// The audit log.
    pub audit_days: Option<u32>,
}

impl Retention {
    /// What is said here, and else what is said of all tenants.
    #[must_use]
    pub fn over(self, all: Self) -> Self {
        Self {
            transcript_days: self.transcript_days.or(all.transcript_days),
            recording_days: self.recording_days.or(all.recording_days),
            evidence_days: self.evidence_days.or(all.evidence_days),
            audit_days: self.audit_days.or(all.audit_days),
        }
    }
}
