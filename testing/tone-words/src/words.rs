//! The words and their frequencies.

/// What can be said. A word's place in the list is its frequency: new ones go to the end.
pub const WORDS: &[&str] = &[
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple",
    "ten", "twenty", "thirty", "hundred", "and", "my", "card", "number", "is", "the", "please", "thank",
    "you", "yes", "no", "hello", "how", "can", "i", "help", "account", "balance", "bill", "payment", "order",
    "address", "name", "phone", "social", "security", "code", "date", "of", "birth", "expires", "on", "to",
    "pay", "want", "cancel", "refund", "a", "moment", "okay", "right", "what", "your", "for", "today", "was",
    "late", "again", "good", "bye", "agent", "customer", "it", "in", "not", "with", "this", "that", "call",
];

/// The frequency of the first word. Telephones carry nothing below 300 Hz.
const LOWEST_HZ: u32 = 400;
/// The distance of two words.
const STEP_HZ: u32 = 25;

/// The frequency of a word; `None` when it is not one of [`WORDS`].
#[must_use]
pub fn frequency_hz(word: &str) -> Option<u32> {
    let place = WORDS.iter().position(|known| *known == word)?;
    Some(frequency_at(place))
}

/// The frequency of the word at this place of the list.
pub(crate) fn frequency_at(place: usize) -> u32 {
    LOWEST_HZ + STEP_HZ * u32::try_from(place).unwrap_or(u32::MAX / STEP_HZ - LOWEST_HZ)
}

/// The places of the words whose frequencies are next to `hz`.
pub(crate) fn places_near(hz: f64) -> impl Iterator<Item = usize> {
    const EACH_SIDE: f64 = 1.5;
    let near =
        move |place: &usize| (f64::from(frequency_at(*place)) - hz).abs() <= EACH_SIDE * f64::from(STEP_HZ);
    (0..WORDS.len()).filter(near)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_has_its_own_frequency_within_a_telephone_band() {
        let frequencies: BTreeSet<_> = WORDS.iter().filter_map(|word| frequency_hz(word)).collect();
        assert_eq!(frequencies.len(), WORDS.len());
        assert!(frequencies.first() >= Some(&300) && frequencies.last() <= Some(&3_400));
    }

    #[test]
    fn an_unknown_word_has_no_frequency() {
        assert_eq!(frequency_hz("antidisestablishmentarianism"), None);
    }
}
