//! Counts the differences of two word sequences.

use std::ops::AddAssign;

/// What is different, and how many words there should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordErrors {
    /// Words of the reference.
    pub words: usize,
    /// Words that another one stands for.
    pub substitutions: usize,
    /// Words that are left out.
    pub deletions: usize,
    /// Words that are added.
    pub insertions: usize,
}

impl WordErrors {
    /// All differences.
    #[must_use]
    pub const fn errors(&self) -> usize {
        self.substitutions + self.deletions + self.insertions
    }

    /// Differences per word of the reference; more than 1 when much was added.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.errors() as f64 / self.words.max(1) as f64
    }
}

impl AddAssign for WordErrors {
    fn add_assign(&mut self, other: Self) {
        self.words += other.words;
        self.substitutions += other.substitutions;
        self.deletions += other.deletions;
        self.insertions += other.insertions;
    }
}

/// Aligns two sequences with the fewest differences.
#[must_use]
pub fn compare(reference: &[String], transcript: &[String]) -> WordErrors {
    // One row of the table: the best way to have made `transcript[..column]` of the reference so far.
    let insertions = |insertions| WordErrors { insertions, ..WordErrors::default() };
    let mut row: Vec<WordErrors> = (0..=transcript.len()).map(insertions).collect();
    for wanted in reference {
        let mut diagonal = row[0];
        row[0].words += 1;
        row[0].deletions += 1;
        for (column, said) in transcript.iter().enumerate() {
            let above = row[column + 1];
            let replaced = usize::from(wanted != said);
            let mut both = WordErrors {
                words: diagonal.words + 1,
                substitutions: diagonal.substitutions + replaced,
                ..diagonal
            };
            let left_out = WordErrors { words: above.words + 1, deletions: above.deletions + 1, ..above };
            let added = WordErrors { insertions: row[column].insertions + 1, ..row[column] };
            for other in [left_out, added] {
                if other.errors() < both.errors() {
                    both = other;
                }
            }
            row[column + 1] = both;
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn each_kind_of_difference_is_counted() {
        let errors = compare(&words("the cat sat on the mat"), &words("the bat sat the mat now"));
        assert_eq!(errors, WordErrors { words: 6, substitutions: 1, deletions: 1, insertions: 1 });
        assert!((errors.rate() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn nothing_said_or_nothing_heard_is_counted_too() {
        assert_eq!(compare(&words("a b"), &[]).deletions, 2);
        assert_eq!(compare(&[], &words("a b")).insertions, 2);
        assert_eq!(compare(&[], &[]).rate(), 0.0);
    }

    proptest! {
        #[test]
        fn counts_are_consistent(a in prop::collection::vec("[abc]", 0..12), b in prop::collection::vec("[abc]", 0..12)) {
            let errors = compare(&a, &b);
            prop_assert_eq!(errors.words, a.len());
            prop_assert_eq!(a.len() - errors.deletions + errors.insertions, b.len());
            prop_assert!(errors.errors() <= a.len().max(b.len()));
            prop_assert_eq!(errors.errors(), compare(&b, &a).errors());
            prop_assert_eq!(errors.errors() == 0, a == b);
        }
    }
}
