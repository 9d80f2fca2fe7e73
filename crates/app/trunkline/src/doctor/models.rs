//! The language models: whether each answers, in JSON, in time.

use std::time::Duration;

use config::LanguageModel;
use doctor::{Finding, checks};
use ports::{LanguageModel as _, LanguageModelError, Prompt};
use serde_json::json;
use tokio::time::Instant;

use super::{PATIENCE, Scope, chain};
use crate::advice;

/// What is asked. Nobody's words.
const INSTRUCTIONS: &str =
    "You are asked whether you can be reached. Answer in JSON, with \"yes\" as the answer.";
const MATERIAL: &str = "Can you be reached?";
const MAX_TOKENS: u32 = 200;

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let check = &checks::MODELS_ANSWER;
    if scope.config.models.is_empty() {
        return vec![check.note("no language model is configured: cards and summaries are made without one")];
    }
    let mut out = Vec::new();
    for (name, of) in &scope.config.models {
        out.push(model(scope, name, of).await.about(name.as_str()));
    }
    out
}

/// Asks a model one question.
async fn model(scope: &Scope, name: &str, of: &LanguageModel) -> Finding {
    let check = &checks::MODELS_ANSWER;
    let model = match advice::guarded(name, of).await {
        Ok(model) => model,
        Err(error) => return check.warning(format!("{error:#}")),
    };
    let schema = json!({
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
        "additionalProperties": false,
    });
    let prompt = Prompt {
        tenant: scope.config.tenant.clone(),
        purpose: "doctor",
        instructions: INSTRUCTIONS.to_owned(),
        material: MATERIAL.to_owned(),
        schema: Some(schema),
        max_tokens: MAX_TOKENS,
        timeout: PATIENCE,
    };
    let asked = Instant::now();
    match model.answer(&prompt).await {
        Ok(answer) => judged(asked.elapsed(), &answer.model, of.hint_within_ms),
        Err(LanguageModelError::Timeout) => {
            check.warning(format!("no answer came within {} s", PATIENCE.as_secs()))
        }
        Err(error) => check.warning(chain(&error)),
    }
}

fn judged(took: Duration, model: &str, within_ms: u64) -> Finding {
    let check = &checks::MODELS_ANSWER;
    let model: String = model.chars().filter(|c| !c.is_control()).take(80).collect();
    let took = took.as_millis();
    if took > u128::from(within_ms) {
        let what = format!("{model} answered after {took} ms, and a hint is given up after {within_ms} ms");
        return check.warning(what).fix("Take a smaller or nearer model for hints, or raise hint_within_ms.");
    }
    check.ok(format!("{model} answered after {took} ms"))
}

#[cfg(test)]
mod tests {
    use doctor::Severity;

    use super::*;

    #[test]
    fn an_answer_that_comes_too_late_for_a_hint_is_told() {
        assert_eq!(judged(Duration::from_millis(900), "m", 4_000).severity, Severity::Ok);
        assert_eq!(judged(Duration::from_millis(4_100), "m", 4_000).severity, Severity::Warning);
    }
}
