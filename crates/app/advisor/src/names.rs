//! The metrics. `model` is a model's name in the configuration, never a tenant or a call.

/// Questions, by `model`, `purpose` and `outcome`: `answered`, `dropped`, or an error's code.
pub(crate) const REQUESTS: &str = "trunkline_model_requests_total";
/// Seconds from a question to the first word of its answer, by `model` and `purpose`.
pub(crate) const FIRST_WORD: &str = "trunkline_model_first_word_seconds";
/// Seconds from a question to the end of its answer, by `model` and `purpose`.
pub(crate) const ANSWER: &str = "trunkline_model_answer_seconds";
/// Tokens, by `model` and `direction`: `read` or `written`.
pub(crate) const TOKENS: &str = "trunkline_model_tokens_total";
/// Whether a model is asked, by `model`: 0 it is, 1 it is tried, 2 it is left alone.
pub(crate) const STATE: &str = "trunkline_model_state";
/// Questions that are under way, by `model`.
pub(crate) const UNDER_WAY: &str = "trunkline_model_requests_under_way";
/// Questions that were asked a second time, by `model` and `won`: which of the two answered first.
pub(crate) const HEDGES: &str = "trunkline_model_hedges_total";
/// Answers that were given, by `purpose` and `by`: `model` or `documents`.
pub(crate) const GIVEN: &str = "trunkline_advice_given_total";
/// Answers that were withheld, by `purpose` and `code`.
pub(crate) const WITHHELD: &str = "trunkline_advice_withheld_total";
/// Points of summaries that were left out because nothing bears them.
pub(crate) const POINTS_LEFT_OUT: &str = "trunkline_advice_summary_points_left_out_total";
