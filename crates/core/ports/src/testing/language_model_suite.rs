//! What every language model does.

use std::{future::poll_fn, time::Duration};

use futures_core::stream::BoxStream;
use model::TenantId;
use serde_json::{Value, json};

use crate::{Answer, AnswerPart, LanguageModel, LanguageModelError, Prompt};

/// How long a model may take here.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long one may take that hangs.
const PATIENCE: Duration = Duration::from_millis(200);
/// What an answer must bring through unchanged.
const ODD: &str = "He said \"no\" \\ <b>&amp;</b>\n\u{1F600} d\u{e9}j\u{e0} vu \u{202e}.";

/// Proves a language model against its contract. Behind it must be one that does what the material's first word says:
/// `say TEXT` answers the text, `hang` never answers, `busy`, `refuse` and `fail` say what they are.
///
/// # Panics
/// At the first rule that the model breaks.
pub async fn language_model_suite<T: LanguageModel>(make: impl AsyncFn() -> T) {
    let model = make().await;
    assert!(!model.name().is_empty());

    says_what_it_is_told(&model).await;
    keeps_to_schemas(&model).await;
    tells_why_there_is_no_answer(&model).await;
    can_be_left(&model).await;
}

async fn says_what_it_is_told(model: &impl LanguageModel) {
    for text in ["hello", ODD, &"many words ".repeat(2_000)] {
        let text = text.trim();
        let answer = model.answer(&prompt(&format!("say {text}"), None)).await.expect("an answer");
        assert_eq!(answer.text.trim(), text, "the text comes unchanged");
        assert!(!answer.model.is_empty(), "the answer names its model");

        let streamed = whole(model, &prompt(&format!("say {text}"), None)).await.expect("a stream");
        assert_eq!(streamed.text.trim(), text, "a stream says the same");
    }
}

async fn keeps_to_schemas(model: &impl LanguageModel) {
    let told = prompt(r#"say {"answer": "yes"}"#, Some(schema()));
    let answer = model.answer(&told).await.expect("an answer");
    let value: Value = serde_json::from_str(&answer.text).expect("the text is JSON");
    assert_eq!(value, json!({"answer": "yes"}));
    let streamed = whole(model, &told).await.expect("a stream");
    assert_eq!(serde_json::from_str::<Value>(&streamed.text).ok(), Some(value));

    for rubbish in ["say yes", r#"say {"answer": 1}"#, r#"say {"more": "yes"}"#, "say {"] {
        let told = prompt(rubbish, Some(schema()));
        let refused = model.answer(&told).await.expect_err("no answer");
        assert!(matches!(refused, LanguageModelError::Rubbish(_)), "{rubbish}: {refused:?}");
        let refused = whole(model, &told).await.expect_err("no answer");
        assert!(matches!(refused, LanguageModelError::Rubbish(_)), "{rubbish}: {refused:?}");
    }
}

async fn tells_why_there_is_no_answer(model: &impl LanguageModel) {
    let causes = [
        ("hang", "model_timeout"),
        ("busy", "model_busy"),
        ("refuse", "model_refused"),
        ("fail", "model_unreachable"),
        ("say ", "model_rubbish"),
    ];
    for (what, code) in causes {
        let refused = model.answer(&prompt(what, None)).await.expect_err("no answer");
        assert_eq!(refused.code(), code, "{what}: {refused:?}");
        let refused = whole(model, &prompt(what, None)).await.expect_err("no answer");
        assert_eq!(refused.code(), code, "streamed {what}: {refused:?}");
    }
}

/// A question that is taken back harms no other.
async fn can_be_left(model: &impl LanguageModel) {
    let told = prompt(&format!("say {}", "word ".repeat(500)), None);
    let mut parts = model.stream(&told).await.expect("a stream");
    assert!(next(&mut parts).await.is_some(), "a stream begins");
    drop(parts);
    assert_eq!(model.answer(&prompt("say still here", None)).await.expect("an answer").text, "still here");
}

/// Reads a stream to its end, and checks its order.
async fn whole(model: &impl LanguageModel, prompt: &Prompt) -> Result<Answer, LanguageModelError> {
    let mut parts = model.stream(prompt).await?;
    let mut text = String::new();
    while let Some(part) = next(&mut parts).await {
        match part? {
            AnswerPart::Text(more) => text.push_str(&more),
            AnswerPart::Done(answer) => {
                assert!(next(&mut parts).await.is_none(), "nothing comes after the end");
                if prompt.schema.is_none() {
                    assert_eq!(text, answer.text, "the parts are the whole");
                }
                return Ok(answer);
            }
        }
    }
    panic!("a stream ends with the whole answer or an error");
}

async fn next(
    parts: &mut BoxStream<'static, Result<AnswerPart, LanguageModelError>>,
) -> Option<Result<AnswerPart, LanguageModelError>> {
    poll_fn(|cx| parts.as_mut().poll_next(cx)).await
}

fn prompt(material: &str, schema: Option<Value>) -> Prompt {
    Prompt {
        tenant: TenantId::new("suite").expect("the name is valid"),
        purpose: "suite",
        instructions: "Do what the material says.".to_owned(),
        material: material.to_owned(),
        schema,
        max_tokens: 8_000,
        timeout: if material == "hang" { PATIENCE } else { TIMEOUT },
    }
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
        "additionalProperties": false,
    })
}
