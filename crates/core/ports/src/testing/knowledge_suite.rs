//! What every index of documents does.

use model::TenantId;

use crate::{Knowledge, Passage};

/// A document that the suite searches.
#[derive(Clone, Debug)]
pub struct SuiteDocument {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its path within the tenant's documents.
    pub path: &'static str,
    /// What is in it.
    pub markdown: &'static str,
}

const REFUNDS: &str = "# Refunds\n\n## How long it takes\n\nA refund is paid to the card that was charged within five \
    working days after the parcel arrives in our warehouse.\n\n## Damaged goods\n\nBroken items are replaced without \
    charge; ask the customer for a photograph of the damage.";
const ROUTER: &str = "# Router lights\n\n## Red light\n\nA red light that blinks means that the router finds no \
    signal: check the fibre cable, then restart the router.";
const SECRET: &str = "# Discounts\n\n## Retention\n\nLoyal members receive fifteen percent discount for twelve months \
    when they mention leaving.";

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).expect("a tenant's name")
}

/// Proves an index of documents against its contract. `make` gives one that holds these documents and no others.
///
/// # Panics
/// At the first rule that the index breaks.
pub async fn knowledge_suite<K: Knowledge>(make: impl AsyncFn(&[SuiteDocument]) -> K) {
    let (one, other) = (tenant("one"), tenant("two"));
    let document =
        |tenant: &TenantId, path, markdown| SuiteDocument { tenant: tenant.clone(), path, markdown };
    let documents = [
        document(&one, "refunds.md", REFUNDS),
        document(&one, "support/router.md", ROUTER),
        document(&other, "discounts.md", SECRET),
    ];
    let knowledge = make(&documents).await;
    the_passage_that_answers_comes_first(&knowledge, &one).await;
    few_come_when_few_are_asked_for(&knowledge, &one).await;
    nothing_comes_when_nothing_fits(&knowledge, &one).await;
    tenants_are_apart(&knowledge, &one, &other).await;
    any_question_is_a_question(&knowledge, &one).await;
}

async fn search(knowledge: &impl Knowledge, tenant: &TenantId, question: &str, limit: usize) -> Vec<Passage> {
    knowledge.search(tenant, question, limit).await.expect("search")
}

async fn the_passage_that_answers_comes_first(knowledge: &impl Knowledge, tenant: &TenantId) {
    let found = search(knowledge, tenant, "how long until a refund is paid to the card", 5).await;
    let first = found.first().expect("a passage fits");
    assert_eq!((first.document.as_str(), first.title.as_str()), ("refunds.md", "Refunds"));
    assert_eq!(first.heading.as_deref(), Some("How long it takes"));
    assert!(REFUNDS.contains(first.text.trim()), "word for word: {}", first.text);
    assert!(first.text.contains("five working days"), "{}", first.text);
    assert!(found.iter().all(|passage| (0.0..=1.0).contains(&passage.score)), "scores are from 0 to 1");
    assert!(found.is_sorted_by(|one, other| one.score >= other.score), "the best comes first");
    let found = search(knowledge, tenant, "the router blinks with a red light", 5).await;
    assert_eq!(found.first().expect("a passage fits").document, "support/router.md");
}

async fn few_come_when_few_are_asked_for(knowledge: &impl Knowledge, tenant: &TenantId) {
    assert_eq!(search(knowledge, tenant, "refund paid to the card that was charged", 1).await.len(), 1);
    assert!(search(knowledge, tenant, "refund paid to the card that was charged", 0).await.is_empty());
}

async fn nothing_comes_when_nothing_fits(knowledge: &impl Knowledge, tenant: &TenantId) {
    for question in ["", "   ", "?!", "who won the football championship yesterday"] {
        let found = search(knowledge, tenant, question, 5).await;
        assert!(found.is_empty(), "{question:?}: {found:?}");
    }
}

async fn tenants_are_apart(knowledge: &impl Knowledge, one: &TenantId, other: &TenantId) {
    let question = "discount for loyal members when they mention leaving";
    assert!(search(knowledge, one, question, 5).await.iter().all(|found| found.document != "discounts.md"));
    assert_eq!(search(knowledge, other, question, 5).await.len(), 1);
    assert!(search(knowledge, &tenant("nobody"), question, 5).await.is_empty());
}

async fn any_question_is_a_question(knowledge: &impl Knowledge, tenant: &TenantId) {
    let long = "refund router ".repeat(10_000);
    let odd = [
        "\"",
        "\" OR *",
        "NEAR(refund card",
        "heading:x AND NOT (",
        "'; DROP TABLE passages; --",
        "\u{0}",
        &long,
    ];
    for question in odd {
        search(knowledge, tenant, question, 3).await;
    }
    assert!(
        !search(knowledge, tenant, "when is the refund paid to the card?", 3).await.is_empty(),
        "it still works"
    );
}
