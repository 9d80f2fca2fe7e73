//! Health terms.

use super::{super::*, support::*};
use crate::{Act, Acts};

fn terms(text: &str) -> usize {
    let mut acts = Acts::default();
    acts.set(EntityKind::HealthTerm, Act::Name).unwrap();
    let policy = Policy { acts: std::sync::Arc::new(acts), ..Policy::new([7; 16]) };
    let mut call = Call { redactor: Redactor::new(policy), now_ms: 1_000 };
    let out = call.says(Channel::Customer, text);
    out.spans.iter().filter(|span| span.kind == EntityKind::HealthTerm).count()
}

#[test]
fn conditions_drugs_and_procedures_are_found() {
    for said in [
        "i have type two diabetes",
        "she was diagnosed with epilepsy",
        "i take lisinopril every morning",
        "the doctor put me on rosuvastatin",
        "he had a colonoscopy last week",
        "i was prescribed zyloprexin for it",
        "is the chemotherapy covered",
    ] {
        assert!(terms(said) >= 1, "{said}");
    }
}

#[test]
fn ordinary_words_are_none() {
    for said in [
        "my phone battery is dead",
        "i have a cold room in the basement",
        "a stroke of luck",
        "the pressure in the pipe is low",
        "i take the bus to work",
        "a refill for my water bottle",
    ] {
        assert_eq!(terms(said), 0, "{said}");
    }
}
