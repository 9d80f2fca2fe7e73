//! The metrics of guidance.

/// Cards that were given to agents, by `kind`.
pub(crate) const HINTS: &str = "trunkline_guidance_hints_total";
/// Seconds from the words that called for a card to the card in the log.
pub(crate) const WORDS_TO_HINT: &str = "trunkline_guidance_words_to_hint_seconds";
/// Calls that are guided here now.
pub(crate) const SESSIONS: &str = "trunkline_guidance_sessions";
/// Times that the guidance of a call failed and began again from the log.
pub(crate) const RESTARTS: &str = "trunkline_guidance_restarts_total";
/// What was asked of models and came to nothing, by `what` (`embed`, `ask`, `summarise`) and `why`.
pub(crate) const UNANSWERED: &str = "trunkline_guidance_unanswered_total";
/// Acts of people at desks, by `type`.
pub(crate) const ACTS: &str = "trunkline_guidance_acts_total";
/// Seconds from a call's end to its whole summary in the log.
pub(crate) const END_TO_SUMMARY: &str = "trunkline_guidance_end_to_summary_seconds";
/// Playbooks that are live, of all tenants.
pub(crate) const PLAYBOOKS: &str = "trunkline_guidance_playbooks";
