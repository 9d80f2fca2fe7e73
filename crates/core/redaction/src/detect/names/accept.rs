//! Whether a name begins at a token.

use std::sync::LazyLock;

use super::{Finder, Lead, Look, Why, Worth, others::ORGANISATIONS, spelled, why};
use crate::{lookup::WordSet, token::Token};

/// How many tokens an answer has at most in which an ordinary word is taken for a name.
const SHORT_ANSWER: usize = 4;

/// The most initials before a last name.
const MAX_INITIALS: usize = 3;

impl Finder<'_> {
    /// Why a name begins at `at`, if one does.
    pub(super) fn accept(&self, at: usize) -> Option<Why> {
        let look = self.look(at)?;
        let lead = self.lead(at);
        if self.is_cut(at) && lead >= Lead::Strong && !look.letter {
            return why(60, "may begin a name");
        }
        if self.is_example(at) {
            return None;
        }
        // What would be doubtful elsewhere is an answer where a name was asked for.
        let lead = match lead {
            Lead::Says | Lead::Points if self.scene.wanted.name => Lead::Strong,
            Lead::Strong if self.scene.wanted.name => Lead::Certain,
            Lead::None
            | Lead::Near
            | Lead::Greets
            | Lead::Points
            | Lead::Says
            | Lead::Kin
            | Lead::Strong
            | Lead::Certain => lead,
        };
        if look.letter {
            return self.by_initials(at, lead);
        }
        self.by_memory(at, look)
            .or_else(|| self.by_lead(at, look, lead))
            .or_else(|| self.by_question(at, look))
            .or_else(|| self.by_neighbours(at, look, lead))
            .or_else(|| self.by_list(at, look, lead))
    }

    /// "t j henderson".
    fn by_initials(&self, at: usize, lead: Lead) -> Option<Why> {
        let letters =
            self.looks.iter().skip(at).take(MAX_INITIALS + 1).take_while(|look| look.letter).count();
        let lone_word = letters == 1 && matches!(self.text(at), "a" | "i");
        if letters > MAX_INITIALS || lone_word {
            return None;
        }
        if self.scene.partial && at + letters == self.looks.len() {
            return if lead >= Lead::Points { why(60, "may begin a name") } else { None };
        }
        let last = at + letters;
        let named = match self.worth(last) {
            Worth::Sure | Worth::Likely => lead >= Lead::Near || self.quiet,
            Worth::Unknown | Worth::Either | Worth::Shy => {
                lead >= Lead::Says || (self.scene.wanted.name && self.quiet)
            }
            Worth::Word => lead >= Lead::Strong || (self.scene.wanted.name && self.quiet),
            Worth::Never => false,
        };
        let known = self.scene.people.knows(self.text(last));
        if (named || known) && !self.is_example(last) { why(86, "initials and a last name") } else { None }
    }

    /// Names that were given before in the call.
    fn by_memory(&self, at: usize, look: &Look) -> Option<Why> {
        let text = self.text(at);
        let known = |text: &str| self.scene.people.knows(text);
        let plausible = match look.worth {
            Worth::Never => self.lead(at) >= Lead::Kin,
            Worth::Word => self.lead(at) >= Lead::Greets && self.closes(at + 1),
            Worth::Shy => self.lead(at) >= Lead::Near && self.closes(at + 1) || self.goes_on_known(at + 1),
            Worth::Either => self.closes(at + 1) || self.worth(at + 1) != Worth::Word,
            Worth::Unknown | Worth::Likely | Worth::Sure => true,
        };
        if !plausible || !(known(text) || text.strip_suffix('s').is_some_and(known)) {
            return None;
        }
        why(88, "a name given before in the call")
    }

    /// Whether the next token, or the one after it, is a name that was given before.
    fn goes_on_known(&self, at: usize) -> bool {
        let known = |at: usize| self.worth(at) >= Worth::Shy && self.scene.people.knows(self.text(at));
        known(at) || known(at + 1)
    }

    /// What the words before it say.
    fn by_lead(&self, at: usize, look: &Look, lead: Lead) -> Option<Why> {
        match lead {
            Lead::Certain => self.after_certain(at, look),
            Lead::Strong => self.after_strong(at, look),
            Lead::Kin => self.after_kin(at, look),
            Lead::Says => self.after_says(at, look),
            Lead::Points => self.after_points(at, look),
            Lead::Greets => self.after_greeting(at, look),
            Lead::Near | Lead::None => None,
        }
    }

    fn after_certain(&self, at: usize, look: &Look) -> Option<Why> {
        const REASON: &str = "said to be a name";
        match look.worth {
            Worth::Sure | Worth::Likely | Worth::Unknown | Worth::Either => why(95, REASON),
            Worth::Shy if look.may_be_first() || self.is_last(at + 1) || self.is_name_like(at + 1) => {
                why(90, REASON)
            }
            Worth::Word if self.closes(at + 1) || self.is_name_like(at + 1) => why(80, REASON),
            Worth::Shy | Worth::Word | Worth::Never => None,
        }
    }

    fn after_strong(&self, at: usize, look: &Look) -> Option<Why> {
        const REASON: &str = "a name by the words before it";
        match look.worth {
            Worth::Sure | Worth::Likely | Worth::Unknown => why(92, REASON),
            Worth::Either if self.closes(at + 1) || self.is_name_like(at + 1) => why(85, REASON),
            Worth::Shy if look.may_be_first() && self.is_shy_pair(at) => why(80, REASON),
            Worth::Shy if look.facts.last == 3 && self.worth(at + 1) >= Worth::Unknown => why(80, REASON),
            Worth::Shy if self.ends(at + 1) || matches!(self.text(at + 1), "first" | "last" | "middle") => {
                why(75, REASON)
            }
            Worth::Either | Worth::Shy | Worth::Word | Worth::Never => None,
        }
    }

    fn after_kin(&self, at: usize, look: &Look) -> Option<Why> {
        const REASON: &str = "a name by who is spoken of";
        match look.worth {
            Worth::Sure | Worth::Likely => why(88, REASON),
            Worth::Unknown if long(self.text(at), 3) => why(75, REASON),
            Worth::Either if self.closes(at + 1) || self.is_name_like(at + 1) => why(70, REASON),
            Worth::Shy if look.may_be_first() && self.is_last(at + 1) => why(70, REASON),
            Worth::Unknown | Worth::Either | Worth::Shy | Worth::Word | Worth::Never => None,
        }
    }

    fn after_says(&self, at: usize, look: &Look) -> Option<Why> {
        const REASON: &str = "who is speaking or spoken to";
        match look.worth {
            Worth::Sure | Worth::Likely => why(90, REASON),
            Worth::Unknown
                if long(self.text(at), 3) && (self.closes(at + 1) || self.is_name_like(at + 1)) =>
            {
                why(80, REASON)
            }
            Worth::Shy if look.may_be_first() && self.is_over(at + 1) => why(65, REASON),
            Worth::Either if look.may_be_first() && (self.closes(at + 1) || self.is_last(at + 1)) => {
                why(80, REASON)
            }
            Worth::Either
                if look.may_be_first()
                    && self.is_name_like(at + 1)
                    && (self.closes(at + 2) || self.speaks(at + 2)) =>
            {
                why(75, REASON)
            }
            Worth::Either if self.is_title_before(at) && self.closes(at + 1) => why(75, REASON),
            Worth::Shy if look.may_be_first() && (self.is_shy_pair(at) || self.introduces(at + 1)) => {
                why(75, REASON)
            }
            Worth::Unknown | Worth::Either | Worth::Shy | Worth::Word | Worth::Never => None,
        }
    }

    fn after_points(&self, at: usize, look: &Look) -> Option<Why> {
        const REASON: &str = "a name by what follows";
        match look.worth {
            Worth::Sure => why(80, REASON),
            Worth::Likely if long(self.text(at), 4) => why(75, REASON),
            Worth::Either if look.may_be_first() && (self.is_last(at + 1) || self.introduces(at + 1)) => {
                why(75, REASON)
            }
            Worth::Unknown if self.introduces(at + 1) => why(70, REASON),
            Worth::Likely | Worth::Unknown | Worth::Either | Worth::Shy | Worth::Word | Worth::Never => None,
        }
    }

    fn after_greeting(&self, at: usize, look: &Look) -> Option<Why> {
        const REASON: &str = "who is greeted or thanked";
        match look.worth {
            Worth::Sure | Worth::Likely => why(85, REASON),
            Worth::Either if look.may_be_first() && look.facts.place == 0 && self.closes(at + 1) => {
                why(75, REASON)
            }
            Worth::Unknown if long(self.text(at), 3) && self.closes(at + 1) => why(70, REASON),
            Worth::Shy if look.facts.first == 3 && self.begins_clause(at + 1) => why(65, REASON),
            Worth::Unknown | Worth::Either | Worth::Shy | Worth::Word | Worth::Never => None,
        }
    }

    /// The other side asked for a name, or this side began one in the utterance before.
    fn by_question(&self, at: usize, look: &Look) -> Option<Why> {
        const REASON: &str = "a name where one was asked for";
        let wanted = self.scene.wanted;
        let goes_on = wanted.goes_on && self.quiet;
        if !(wanted.name || goes_on) {
            return None;
        }
        let short = self.looks.len() - at <= SHORT_ANSWER;
        match look.worth {
            Worth::Sure | Worth::Likely => why(92, REASON),
            Worth::Unknown if wanted.name || short => why(88, REASON),
            Worth::Either if self.quiet && short => why(85, REASON),
            Worth::Either if self.quiet && (self.closes(at + 1) || self.is_name_like(at + 1)) => {
                why(80, REASON)
            }
            Worth::Shy if self.quiet && wanted.name && short && self.ends(at + 1) => why(70, REASON),
            Worth::Shy if self.quiet && wanted.name && self.begins_pair(at, look) => why(80, REASON),
            Worth::Word if self.quiet && wanted.name && at == 0 && self.ends(at + 1) => why(65, REASON),
            Worth::Word if self.is_cut(at) && self.quiet && wanted.name => why(60, REASON),
            Worth::Unknown | Worth::Either | Worth::Shy | Worth::Word | Worth::Never => None,
        }
    }

    /// Two words that are a first and a last name, or an Asian last name before a first one.
    fn begins_pair(&self, at: usize, look: &Look) -> bool {
        let last = self.look(at + 1).is_some_and(|next| next.worth >= Worth::Shy && next.facts.last == 3);
        (look.may_be_first() && last) || (look.facts.last == 3 && self.worth(at + 1) >= Worth::Either)
    }

    /// A first and a last name side by side, or somebody who says that they speak.
    fn by_neighbours(&self, at: usize, look: &Look, lead: Lead) -> Option<Why> {
        if (self.quiet || look.begins) && self.speaks(at + 1) {
            let named = look.worth >= Worth::Either && (look.may_be_first() || look.worth > Worth::Either);
            if named || (look.worth == Worth::Shy && look.facts.first == 3) {
                return why(80, "who is speaking");
            }
        }
        if self.acts(at + 1) && !self.is_determined(at) {
            let person = match look.worth {
                Worth::Either => look.may_be_first() && look.facts.place == 0,
                Worth::Unknown | Worth::Likely => long(self.text(at), 4),
                Worth::Never | Worth::Word | Worth::Shy | Worth::Sure => false,
            };
            if person {
                return why(70, "who does what people do");
            }
        }
        if matches!(look.worth, Worth::Shy | Worth::Either | Worth::Unknown) && self.is_spelled_after(at + 1)
        {
            return why(85, "a name that is spelled");
        }
        let next = self.look(at + 1).filter(|_| !self.is_sentence_end(at))?;
        let sure_last = next.worth == Worth::Sure && next.may_be_last();
        let pair = match look.worth {
            Worth::Sure | Worth::Likely => next.worth >= Worth::Unknown,
            Worth::Either => {
                look.may_be_first()
                    && (sure_last || (look.facts.first == 3 && self.is_doubtful_pair(at, next, lead)))
            }
            Worth::Shy => {
                look.may_be_first() && sure_last && (lead >= Lead::Near || look.begins || look.capital)
            }
            // Two words in a row that no list has, or one before a last name.
            Worth::Unknown => {
                long(self.text(at), 3)
                    && (sure_last || (next.worth >= Worth::Unknown && long(self.text(at + 1), 3)))
            }
            Worth::Never | Worth::Word => false,
        };
        if pair && !self.is_place(at) { why(86, "a first and a last name") } else { None }
    }

    /// "mark brown": both are words, and a name only where they stand alone.
    fn is_doubtful_pair(&self, at: usize, next: &Look, lead: Lead) -> bool {
        let last = matches!(next.worth, Worth::Either | Worth::Shy) && next.facts.last == 3;
        last && self.closes(at + 2) && (lead >= Lead::Near || self.quiet || next.capital)
    }

    /// Common names, wherever they stand.
    fn by_list(&self, at: usize, look: &Look, lead: Lead) -> Option<Why> {
        const REASON: &str = "a common name";
        if lead < Lead::Near && self.is_organisation(at + 1) {
            return None;
        }
        let text = self.text(at);
        let common = look.facts.first == 3 || look.facts.last == 3;
        match look.worth {
            Worth::Sure if long(text, 4) || common => why(75, REASON),
            Worth::Sure | Worth::Likely if lead >= Lead::Near && long(text, 3) => why(65, REASON),
            Worth::Likely if look.capital => why(65, REASON),
            Worth::Either
                if look.capital
                    && look.may_be_first()
                    && look.facts.place == 0
                    && !self.is_number(at + 1) =>
            {
                why(65, REASON)
            }
            Worth::Sure
            | Worth::Likely
            | Worth::Unknown
            | Worth::Either
            | Worth::Shy
            | Worth::Word
            | Worth::Never => None,
        }
    }

    /// Whether a token may go on with a name.
    pub(super) fn is_name_like(&self, at: usize) -> bool {
        self.worth(at) >= Worth::Either && !self.is_sentence_end(at.wrapping_sub(1))
    }

    /// Whether a token may be a last name.
    fn is_last(&self, at: usize) -> bool {
        let listed = self.look(at).is_some_and(|look| look.worth >= Worth::Either && look.may_be_last());
        (listed || self.worth(at) >= Worth::Unknown) && !self.is_sentence_end(at.wrapping_sub(1))
    }

    /// "bill price": two common words that are a first and a last name, and nothing after them.
    fn is_shy_pair(&self, at: usize) -> bool {
        let shy = self.look(at + 1).is_some_and(|look| look.worth == Worth::Shy && look.facts.last == 3);
        self.is_last(at + 1) || (shy && !self.is_sentence_end(at) && self.closes(at + 2))
    }

    pub(super) fn is_sentence_end(&self, at: usize) -> bool {
        self.scene.tokens.get(at).is_some_and(|token| token.ends_sentence)
    }

    /// Nothing more is said, or nothing but "please", "thanks".
    fn ends(&self, at: usize) -> bool {
        at >= self.looks.len()
            || self.is_sentence_end(at.wrapping_sub(1))
            || matches!(self.text(at), "please" | "thanks" | "thank" | "and" | "yes" | "yeah")
    }

    /// The utterance or the sentence is over.
    fn is_over(&self, at: usize) -> bool {
        at >= self.looks.len() || self.is_sentence_end(at.wrapping_sub(1))
    }

    /// "from", "calling", "speaking": what follows somebody's own name.
    fn introduces(&self, at: usize) -> bool {
        matches!(self.text(at), "from" | "calling" | "speaking" | "here" | "again" | "with")
    }

    pub(super) fn speaks(&self, at: usize) -> bool {
        matches!(self.text(at), "speaking" | "here" | "calling") && !self.is_sentence_end(at.wrapping_sub(1))
    }

    /// "said", "promised": what people do.
    fn acts(&self, at: usize) -> bool {
        let verb = matches!(
            self.text(at),
            "said"
                | "says"
                | "told"
                | "tells"
                | "promised"
                | "wants"
                | "wanted"
                | "thinks"
                | "thought"
                | "asked"
                | "mentioned"
                | "emailed"
                | "texted"
                | "replied"
                | "signed"
                | "referred"
                | "agreed"
                | "claims"
                | "claimed"
                | "explained"
                | "assured"
                | "insisted"
                | "called"
                | "paid"
        );
        verb && !self.is_sentence_end(at.wrapping_sub(1))
    }

    /// "that's s m i t h".
    fn is_spelled_after(&self, at: usize) -> bool {
        let says = matches!(self.text(at), "thats" | "spelled" | "spelt" | "spelling");
        let letter =
            |at: usize| self.look(at).is_some_and(|look| look.letter) || spelled::is_code_word(self.text(at));
        says && letter(at + 1) && letter(at + 2)
    }

    /// "the", "my": what follows is a thing.
    fn is_determined(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|at| {
            matches!(
                self.text(at),
                "the"
                    | "a"
                    | "an"
                    | "my"
                    | "your"
                    | "our"
                    | "his"
                    | "her"
                    | "their"
                    | "this"
                    | "that"
                    | "any"
                    | "some"
                    | "no"
            )
        })
    }

    /// What begins after somebody was called by name.
    fn begins_clause(&self, at: usize) -> bool {
        matches!(self.text(at), "this" | "its" | "thanks" | "thank" | "how" | "and" | "im" | "my")
    }

    fn is_title_before(&self, at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| matches!(self.text(before), "mr" | "mrs" | "ms" | "miss" | "dr"))
    }

    fn is_number(&self, at: usize) -> bool {
        self.scene.tokens.get(at).is_some_and(Token::is_number)
    }

    /// "bank", "hospital": what it follows is the name of a thing.
    fn is_organisation(&self, at: usize) -> bool {
        static SET: LazyLock<WordSet> = LazyLock::new(|| ORGANISATIONS.iter().copied().collect());
        let and_sons = self.text(at) == "and"
            && matches!(self.text(at + 1), "sons" | "co" | "company" | "daughters" | "associates");
        (and_sons || SET.contains(self.text(at))) && !self.is_sentence_end(at.wrapping_sub(1))
    }

    /// "in charlotte north": a place before another one.
    fn is_place(&self, at: usize) -> bool {
        self.look(at).is_some_and(|look| look.facts.place > 0)
            && self.look(at + 1).is_some_and(|look| look.facts.place > 0)
    }

    /// "d as in david": a word that only spells.
    pub(super) fn is_example(&self, at: usize) -> bool {
        let letter = |at: Option<usize>| at.and_then(|at| self.look(at)).is_some_and(|look| look.letter);
        let as_in =
            at >= 3 && self.text(at - 1) == "in" && self.text(at - 2) == "as" && letter(at.checked_sub(3));
        let initial = |before: usize| self.text(at).starts_with(self.text(before));
        let for_ = at >= 2
            && matches!(self.text(at - 1), "for" | "like")
            && letter(at.checked_sub(2))
            && initial(at - 2);
        as_in || for_
    }
}

fn long(text: &str, letters: usize) -> bool {
    text.chars().count() >= letters
}
