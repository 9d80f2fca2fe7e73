//! What becomes of what the checks of a finished call found: a verdict, decisions of reviewers, and the evidence report.
//!
//! Pure rules over events: nothing here reads a store, and nothing holds words of a call. A finding that a check makes
//! again has the same name, so what was decided of it stays decided.

mod case;
mod decide;
mod evidence;
mod finding;
mod state;

pub use case::{Case, CaseSpan, CaseTurn, case};
pub use decide::{DecideError, Decision, MAX_NAME_CHARS, ReviewRules, decide};
pub use evidence::{
    CheckRow, CheckState, DecisionRow, EVIDENCE_FORMAT, EntityRow, Evidence, FindingRow, RangeCause,
    RangeRow, RecordingProof, SignatureLine, SpanRow, TranscriptProof, evidence_html,
};
pub use finding::{finding_id, not_checked, verdict};
pub use state::{ReviewState, Reviewed};
