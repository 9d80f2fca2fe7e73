//! How old somebody is: "i am forty two years old", "aged 42", "a 30 year old man".

use super::Scene;
use crate::{
    lexicon::is_counted,
    run::{Item, Run},
};

/// How many words before a number are asked whose age it is.
const MAX_BEFORE: usize = 4;

/// Who has an age that is private; a car has none.
const PEOPLE: &[&str] = &[
    "i",
    "im",
    "ive",
    "he",
    "hes",
    "she",
    "shes",
    "who",
    "whos",
    "me",
    "my",
    "son",
    "daughter",
    "mother",
    "father",
    "mom",
    "mum",
    "dad",
    "wife",
    "husband",
    "brother",
    "sister",
    "kid",
    "child",
    "baby",
    "boy",
    "girl",
    "grandmother",
    "grandfather",
    "you",
    "youre",
    "patient",
    "partner",
    "they",
    "theyre",
    "were",
    "we",
];

/// What is called old: "a 30 year old man".
const AGED: &[&str] = &[
    "man", "woman", "male", "female", "boy", "girl", "son", "daughter", "child", "kid", "baby", "patient",
    "mother", "father", "person", "guy", "lady", "infant", "toddler", "teenager",
];

/// What ends "i am forty two".
const ENDS: &[&str] = &["", "and", "now", "so", "but", "already", "today", "then", "okay", "yeah", "by"];

impl Scene<'_> {
    /// Whether the run is the age of somebody.
    pub(super) fn is_age(&self, run: &Run) -> bool {
        let years = match run.items[..] {
            [Item::Unit(value) | Item::Pair(value)] => u16::from(value),
            [Item::Written(1..=3, _, value)] => value,
            // "Six five years old".
            [_, _] if run.digits.len() == 2 && self.is_old(run.last + 1) => {
                run.digits.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'))
            }
            _ => return false,
        };
        if !(1..=120).contains(&years) {
            return false;
        }
        let before = |n: usize| run.first.checked_sub(n).map_or("", |at| self.text(at));
        let after = |n: usize| self.known(run.last + n);
        let person = || (1..=MAX_BEFORE).any(|n| PEOPLE.contains(&before(n)));
        if self.is_old(run.last + 1) {
            return person()
                || AGED.contains(&after(3))
                || (self.partial && self.tokens.len() <= run.last + 4);
        }
        if matches!(before(1), "aged" | "turned" | "turning")
            || (before(1) == "age" && before(2) != "the")
            || (before(2), before(1)) == ("age", "is")
        {
            return after(1) != "off" && !is_counted(after(1));
        }
        let is = matches!(before(1), "im" | "hes" | "shes")
            || matches!((before(2), before(1)), ("i", "am") | ("he" | "she", "is"));
        is && years >= 13 && ENDS.contains(&after(1))
    }

    /// "years old", "year old", "years of age", or as much of it as was heard.
    fn is_old(&self, at: usize) -> bool {
        let ends = |at: usize| self.partial && at >= self.tokens.len();
        matches!(self.text(at), "year" | "years" | "yr" | "yrs" | "months")
            && (self.text(at + 1) == "old"
                || (self.text(at + 1) == "of" && (self.text(at + 2) == "age" || ends(at + 2)))
                || ends(at + 1))
    }
}
