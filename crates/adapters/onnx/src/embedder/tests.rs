//! The line before the model, and the real model where it is at hand.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt, future::join_all};
use ports::{EmbedError, Embedder, Embedding, testing::embedder_suite};
use rten::RunOptions;

use super::{
    OnnxEmbedder, cut,
    line::{Line, MAX_WAITING},
    minilm::{DIMENSIONS, SentenceModel},
};
use crate::{catalogue::ModelFolder, engine::EngineError};

/// A model that notes what it is asked, and breaks at one word.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<String>>>);

impl SentenceModel for Noting {
    fn vector(&self, sentence: &str, _: &RunOptions) -> Result<Embedding, EngineError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sentence.to_owned());
        assert_ne!(sentence, "panic", "a broken model");
        Ok(vec![sentence.len() as f32; DIMENSIONS].into())
    }
}

fn sentences(of: &[&str]) -> Vec<String> {
    of.iter().map(|sentence| (*sentence).to_owned()).collect()
}

fn line() -> (Line, Noting) {
    let model = Noting::default();
    (Line::manual(Box::new(model.clone())), model)
}

#[test]
fn a_short_request_does_not_wait_for_the_whole_of_a_long_one() {
    let (line, model) = line();
    let mut long = line.ask(sentences(&["a", "b", "c", "d", "e", "f"])).unwrap();
    let mut short = line.ask(sentences(&["call"])).unwrap();
    assert!(line.turn() && line.turn());
    assert!(short.try_recv().unwrap().is_ok());
    assert!(long.try_recv().is_err());
    while line.turn() {}
    assert_eq!(long.try_recv().unwrap().unwrap().len(), 6);
    assert_eq!(*model.0.lock().unwrap(), ["a", "b", "call", "c", "d", "e", "f"]);
}

#[test]
fn what_is_known_is_answered_at_once_and_in_order() {
    let (line, model) = line();
    let first = line.ask(sentences(&["one", "three"])).unwrap();
    while line.turn() {}
    assert!(first.now_or_never().is_some());
    let known = line.ask(sentences(&["three", "one", "three"])).unwrap();
    let lengths: Vec<f32> =
        known.now_or_never().unwrap().unwrap().unwrap().iter().map(|vector| vector[0]).collect();
    assert_eq!(lengths, [5.0, 3.0, 5.0]);
    assert_eq!(model.0.lock().unwrap().len(), 2);
}

#[test]
fn a_full_line_says_busy_and_takes_more_when_it_is_shorter() {
    let (line, _) = line();
    let many: Vec<String> = (0..MAX_WAITING).map(|index| index.to_string()).collect();
    let answer = line.ask(many).unwrap();
    assert!(matches!(line.ask(sentences(&["more"])), Err(EmbedError::Busy)));
    // Whoever gave up is not served, and holds no place.
    drop(answer);
    assert!(line.turn());
    assert!(line.ask(sentences(&["more"])).is_ok());
}

#[test]
fn a_model_that_breaks_fails_its_request_alone() {
    let (line, _) = line();
    let broken = line.ask(sentences(&["panic"])).unwrap();
    let next = line.ask(sentences(&["next"])).unwrap();
    while line.turn() {}
    assert!(matches!(broken.now_or_never().unwrap().unwrap(), Err(EmbedError::Failed(_))));
    assert!(next.now_or_never().unwrap().unwrap().is_ok());
}

#[test]
fn a_long_sentence_is_cut_between_characters() {
    assert_eq!(cut("short"), "short");
    let long = "ü".repeat(10_000);
    assert!(cut(&long).len() <= 4_096 && cut(&long).chars().all(|c| c == 'ü'));
}

/// The real embedder, when its model is at hand.
fn real(test: &str) -> Option<OnnxEmbedder> {
    let required = std::env::var_os("TRUNKLINE_REQUIRE_MODELS").is_some_and(|value| value == "1");
    let folder = ModelFolder::find(None);
    if let Err(missing) = folder.check_meaning() {
        assert!(!required, "{missing}");
        println!("{test}: skipped, {missing}");
        return None;
    }
    Some(OnnxEmbedder::open(&folder).unwrap())
}

async fn cosine(embedder: &OnnxEmbedder, one: &str, other: &str) -> f32 {
    let vectors = embedder.embed(&sentences(&[one, other])).await.unwrap();
    vectors[0].iter().zip(vectors[1].iter()).map(|(a, b)| a * b).sum()
}

#[tokio::test]
async fn the_real_model_keeps_the_contract() {
    let Some(embedder) = real("the_real_model_keeps_the_contract") else { return };
    embedder_suite(&embedder).await;
}

#[tokio::test]
async fn the_real_model_tells_paraphrases_from_other_sentences() {
    let Some(embedder) = real("the_real_model_tells_paraphrases_from_other_sentences") else { return };
    let alike = [
        ("I want to cancel my subscription", "Please close my account, I don't want this service anymore"),
        ("My internet keeps dropping out", "the connection goes away every few minutes"),
        ("How long does a refund take?", "When will I get my money back?"),
        ("Can I pay by credit card?", "do you take visa for the payment"),
        ("I would like to speak to a manager", "let me talk to your supervisor"),
    ];
    let near = join_all(alike.map(|(one, other)| cosine(&embedder, one, other))).await;
    let mut far = Vec::new();
    for (index, (one, _)) in alike.iter().enumerate() {
        for (_, other) in alike.iter().skip(index + 1) {
            far.push(cosine(&embedder, one, other).await);
        }
    }
    let least = near.iter().copied().fold(1.0, f32::min);
    let most = far.iter().copied().fold(-1.0, f32::max);
    println!("paraphrases {near:.2?}, from {least:.2}; others {far:.2?}, up to {most:.2}");
    assert!(least > most + 0.15, "paraphrases from {least}, others up to {most}");
}

/// The numbers of sentence-transformers' own tokenizer and runtime for the same files.
#[tokio::test]
async fn the_real_model_gives_the_reference_vector() {
    let Some(embedder) = real("the_real_model_gives_the_reference_vector") else { return };
    let vectors = embedder.embed(&sentences(&["How long does a refund take?"])).await.unwrap();
    for (found, expected) in vectors[0].iter().zip([-0.0458, -0.0162, 0.0397, 0.0215, 0.0311, -0.076]) {
        assert!((found - expected).abs() < 0.01, "{found} instead of {expected}");
    }
}
