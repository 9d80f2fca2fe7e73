//! How far a name goes.

use super::{Finder, Lead, Worth};

/// The most tokens of one name.
const MAX_NAME: usize = 7;

impl Finder<'_> {
    /// The first token after the name that begins at `first`.
    pub(super) fn extend(&self, first: usize) -> usize {
        let lead = self.lead(first);
        let initials = self.looks.iter().skip(first).take_while(|look| look.letter).take(MAX_NAME).count();
        let mut end = (first + 1 + initials).min(self.looks.len());
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
            let last = self.is_name_like(at + 1) || self.ends_answer(first, at + 1, lead);
            let known = self.scene.people.knows(self.text(at + 1));
            return (last || known || (self.is_cut(at) && text != "i")).then_some(1);
        }
        if (is_particle(text) || matches!(text, "hyphen" | "dash"))
            && let Some(more) = self.over_particles(at)
        {
            return Some(more);
        }
        if look.worth >= Worth::Shy && self.scene.people.knows(text) {
            return Some(1);
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
                    && (lead >= Lead::Strong
                        || closed
                        || self.is_name_like(at + 1)
                        || (look.capital && self.is_capital(at - 1)))
            }
            Worth::Shy => {
                let named = look.facts.last == 3 && self.worth(first) >= Worth::Shy;
                let answer = self.ends_answer(first, at, lead);
                answer || (named && (look.capital || (closed && is_surname(text))))
            }
            Worth::Word => self.ends_answer(first, at, lead) || (look.capital && self.is_capital(at - 1)),
            Worth::Never => false,
        };
        part.then_some(1)
    }

    /// Whether a word ends an answer, or what was said to be a name: then it is the last name, whatever else it means.
    fn ends_answer(&self, first: usize, at: usize, lead: Lead) -> bool {
        let certain = lead >= Lead::Strong || self.scene.wanted.name;
        let over = at + 1 >= self.looks.len()
            || self.is_sentence_end(at)
            || matches!(
                self.text(at + 1),
                "please" | "thanks" | "thank" | "thats" | "and" | "correct" | "yes"
            );
        let word = self.worth(at) >= Worth::Word || self.look(at).is_some_and(|look| look.facts.last > 0);
        certain && over && word && at <= first + 3 && self.worth(first) >= Worth::Shy
    }

    /// "de la cruz": how many tokens the particles at `at` and the name after them have. At the end of a partial the name
    /// may still come.
    fn over_particles(&self, at: usize) -> Option<usize> {
        let next = (1..=2).find(|n| !is_particle(self.text(at + n)))?;
        if self.scene.partial && at + next >= self.looks.len() {
            return Some(self.looks.len() - at);
        }
        let foreign = matches!(self.text(at), "von" | "van" | "bin" | "ibn" | "dos" | "della" | "bint");
        let worth = self.worth(at + next);
        let part = worth >= Worth::Unknown || (foreign && worth >= Worth::Word);
        (part || self.is_capital(at)).then_some(next + 1)
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

/// Common words that many have for a last name, so that they are one behind a first name.
fn is_surname(text: &str) -> bool {
    matches!(
        text,
        "young"
            | "long"
            | "king"
            | "page"
            | "price"
            | "hall"
            | "day"
            | "west"
            | "white"
            | "black"
            | "green"
            | "brown"
            | "hill"
            | "french"
            | "short"
            | "little"
            | "park"
            | "parks"
            | "bush"
            | "wood"
            | "woods"
            | "stone"
            | "rice"
            | "banks"
            | "fields"
            | "house"
            | "street"
            | "church"
            | "bell"
            | "cross"
            | "cook"
            | "baker"
            | "ball"
            | "wall"
            | "walls"
            | "glass"
            | "gross"
    )
}
