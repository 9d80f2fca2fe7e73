//! What every embedder does.

use crate::{Embedder, Embedding};

/// Proves an embedder against its contract.
///
/// # Panics
/// At the first rule that the embedder breaks.
pub async fn embedder_suite(embedder: &impl Embedder) {
    assert!(!embedder.name().is_empty() && embedder.dimensions() > 0);
    vectors_come_in_order_and_have_length_one(embedder).await;
    a_vector_depends_on_its_sentence_alone(embedder).await;
    without_words_there_are_zeros(embedder).await;
    any_text_has_a_vector(embedder).await;
    shared_words_are_nearer_than_none(embedder).await;
}

async fn vectors<const N: usize>(embedder: &impl Embedder, sentences: [&str; N]) -> [Embedding; N] {
    let sentences = sentences.map(str::to_owned);
    let vectors = embedder.embed(&sentences).await.expect("embed");
    vectors.try_into().expect("one vector for each sentence")
}

/// The cosine of two vectors of length 1.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

async fn vectors_come_in_order_and_have_length_one(embedder: &impl Embedder) {
    let both = vectors(embedder, ["the router has a red light", "please cancel the contract"]).await;
    for vector in &both {
        assert_eq!(vector.len(), embedder.dimensions());
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-3, "length 1");
    }
    let [second] = vectors(embedder, ["please cancel the contract"]).await;
    assert!(cosine(&both[1], &second) > 0.999, "the second vector is the second sentence's");
    let none: [&str; 0] = [];
    assert!(vectors(embedder, none).await.is_empty(), "no sentences, no vectors");
}

async fn a_vector_depends_on_its_sentence_alone(embedder: &impl Embedder) {
    let [alone] = vectors(embedder, ["when will I get my money back"]).await;
    let long = "the bill of last month was far too high ".repeat(20);
    let [in_company, _] = vectors(embedder, ["when will I get my money back", &long]).await;
    assert_eq!(alone, in_company, "the same sentence has the same vector in any company");
}

async fn without_words_there_are_zeros(embedder: &impl Embedder) {
    for vector in vectors(embedder, ["", " \n\t", "...!?"]).await {
        assert_eq!(vector.len(), embedder.dimensions());
        assert!(vector.iter().all(|value| *value == 0.0), "a sentence without words has no direction");
    }
}

async fn any_text_has_a_vector(embedder: &impl Embedder) {
    let long = "word ".repeat(50_000);
    let odd =
        ["\u{0}\u{fffd}a", "😀😀 ok", "日本語 text", "e\u{301}\u{301}\u{301}", "[CLS] [MASK] ##s", &long];
    for vector in vectors(embedder, odd).await {
        assert!(vector.iter().all(|value| value.is_finite()));
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-3, "length 1");
    }
}

async fn shared_words_are_nearer_than_none(embedder: &impl Embedder) {
    let [question, near, far] = vectors(
        embedder,
        [
            "cancel my subscription",
            "customer wants to cancel subscription",
            "bananas ripen faster beside apples",
        ],
    )
    .await;
    assert!(cosine(&question, &near) > cosine(&question, &far) + 0.2, "what is alike is nearer");
}
