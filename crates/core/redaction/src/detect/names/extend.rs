//! How far a name goes.

use super::{Finder, Lead, Worth};

/// The most tokens of one name.
const MAX_NAME: usize = 7;

impl Finder<'_> {
    /// The first token after the name that begins at `first`.
    pub(super) fn extend(&self, first: usize) -> usize {
        let lead = self.lead(first);
        let mut end = first + 1;
        while end < self.looks.len().min(first + MAX_NAME) && !self.is_abbreviated_end(end - 1) {
            let Some(more) = self.goes_on(first, end, lead) else { break };
            end += more;
        }
        end
    }

    /// How many tokens from `at` on are part of the name.
    fn goes_on(&self, first: usize, at: usize, lead: Lead) -> Option<usize> {
        let look = self.look(at)?;
        let text = self.text(at);
        if self.is_example(at) {
            return None;
        }
        if look.letter {
            // "john q public": an initial, but no letters that spell.
            let next = self.is_name_like(at + 1) || (self.is_cut(at) && text != "i");
            return next.then_some(1);
        }
        if is_particle(text) || matches!(text, "hyphen" | "dash") {
            let next = (1..=2).find(|n| !is_particle(self.text(at + n)))?;
            if self.scene.partial && at + next >= self.looks.len() {
                return Some(self.looks.len() - at);
            }
            return (self.is_name_like(at + next) && self.worth(at + next) != Worth::Either || look.capital)
                .then_some(next);
        }
        if is_suffix(text) {
            return Some(1);
        }
        if matches!(text, "uh" | "um" | "er" | "erm" | "uhm") {
            let next = self.worth(at + 1);
            let sure = next >= Worth::Likely || (next == Worth::Unknown && lead >= Lead::Strong);
            return sure.then_some(2);
        }
        let long = text.chars().count() >= 3;
        let closed = self.closes(at + 1);
        let part = match look.worth {
            Worth::Sure | Worth::Likely => true,
            Worth::Unknown => long || lead >= Lead::Strong || self.scene.wanted.name,
            Worth::Either => {
                (look.may_be_last() || look.may_be_first())
                    && (lead >= Lead::Strong || closed || self.is_name_like(at + 1))
            }
            Worth::Shy => {
                let named = look.facts.last == 3 && !is_verb(text);
                named && self.worth(first) >= Worth::Either && (closed || look.capital)
            }
            Worth::Word => {
                let certain = lead == Lead::Certain || self.scene.wanted.name;
                (certain && look.facts.english == 1 && at == first + 1 && closed)
                    || (look.capital && self.is_capital(at - 1))
            }
            Worth::Never => false,
        };
        part.then_some(1)
    }

    fn is_capital(&self, at: usize) -> bool {
        self.look(at).is_some_and(|look| look.capital)
    }

    /// A sentence ends, and not just an initial or a title does: "J. Smith".
    fn is_abbreviated_end(&self, at: usize) -> bool {
        self.is_sentence_end(at) && !self.look(at).is_some_and(|look| look.letter)
    }
}

/// Small words inside names.
pub(super) fn is_particle(text: &str) -> bool {
    matches!(
        text,
        "de" | "la"
            | "las"
            | "los"
            | "del"
            | "van"
            | "von"
            | "der"
            | "den"
            | "di"
            | "da"
            | "dos"
            | "das"
            | "bin"
            | "binti"
            | "ibn"
            | "al"
            | "el"
            | "abu"
            | "ben"
            | "mac"
            | "mc"
            | "st"
            | "saint"
            | "le"
            | "du"
            | "ter"
            | "bint"
            | "ul"
            | "ur"
    )
}

fn is_suffix(text: &str) -> bool {
    matches!(text, "junior" | "jr" | "sr" | "iii" | "esquire" | "ji" | "bhai" | "garu" | "saab" | "sahib")
}

/// Last names that are verbs, and say what the one before them does.
fn is_verb(text: &str) -> bool {
    matches!(
        text,
        "will"
            | "may"
            | "love"
            | "call"
            | "can"
            | "do"
            | "did"
            | "see"
            | "go"
            | "look"
            | "wait"
            | "so"
            | "to"
            | "he"
            | "an"
            | "no"
            | "my"
            | "in"
            | "but"
            | "her"
            | "has"
            | "had"
            | "said"
            | "case"
            | "check"
            | "card"
            | "phone"
            | "house"
            | "can't"
            | "back"
    )
}
