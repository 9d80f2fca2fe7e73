//! Word error rate: how far a transcript is from what was said.
//!
//! Both texts are brought into one spelling first, so that only words count and not how they are written; then the
//! cheapest alignment tells how many words were replaced, left out and added.

mod align;
mod normal;
mod number;

pub use align::{WordErrors, compare};
pub use normal::normalise;

/// Compares a transcript with what was said, both in any spelling.
#[must_use]
pub fn word_errors(reference: &str, transcript: &str) -> WordErrors {
    compare(&normalise(reference), &normalise(transcript))
}
