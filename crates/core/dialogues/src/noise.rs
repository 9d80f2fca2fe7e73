//! What recognisers get wrong: a digit, a word that is not there.

use crate::{
    dice::Dice,
    truth::{Turn, Word},
};

const DIGITS: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// Hears about one digit in twenty-five wrong and drops one plain word in forty.
pub(crate) fn disturb(turns: &mut Vec<Turn>, dice: &mut Dice) {
    for turn in turns.iter_mut() {
        let mut kept: Vec<Word> = Vec::with_capacity(turn.words.len());
        for mut word in std::mem::take(&mut turn.words) {
            if DIGITS.contains(&word.text.as_str()) && dice.percent(4) {
                (dice.pick(&DIGITS)).clone_into(&mut word.text);
            }
            if word.truth.secret().is_some() || !dice.percent(2) {
                kept.push(word);
            }
        }
        turn.words = kept;
    }
    turns.retain(|turn| !turn.words.is_empty());
}
