//! Words that say which number comes next.

use events::EntityKind;

use crate::{
    lexicon::Class,
    token::{Kind, Token},
};

/// What was asked for or announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Card,
    Expiry,
    SecurityCode,
    GovernmentId,
    Phone,
    Birth,
    /// A number with a name of its own: an order's, an account's.
    Named,
    /// A number of which nothing more is known: "the number is".
    Number,
}

impl Slot {
    pub(crate) const fn kind(self) -> EntityKind {
        match self {
            Self::Card => EntityKind::Card,
            Self::SecurityCode => EntityKind::Cvv,
            Self::GovernmentId => EntityKind::GovernmentId,
            Self::Phone => EntityKind::Phone,
            Self::Expiry | Self::Birth | Self::Named | Self::Number => EntityKind::Number,
        }
    }

    /// The most digits that an answer has.
    pub(crate) const fn max_digits(self) -> usize {
        match self {
            Self::SecurityCode => 4,
            Self::Expiry => 8,
            Self::GovernmentId => 12,
            Self::Phone => 16,
            Self::Card | Self::Birth | Self::Named | Self::Number => usize::MAX,
        }
    }

    /// Dates and ordinals are part of the answer.
    pub(crate) const fn takes_dates(self) -> bool {
        matches!(self, Self::Expiry | Self::Birth)
    }
}

/// What an utterance says about numbers to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// A sensitive one.
    Opens(Slot),
    /// Only the end of it: "last four".
    LastFour,
    /// A harmless one: "how many", "what time".
    Counts,
}

/// A cue, and the first token after it.
pub(crate) type Found = (usize, Cue);

const PHRASES: &[(&[&str], Slot)] = &[
    (&["card"], Slot::Card),
    (&["cards"], Slot::Card),
    (&["visa"], Slot::Card),
    (&["mastercard"], Slot::Card),
    (&["amex"], Slot::Card),
    (&["american", "express"], Slot::Card),
    (&["debit"], Slot::Card),
    (&["credit"], Slot::Card),
    (&["long", "number"], Slot::Card),
    (&["expiry"], Slot::Expiry),
    (&["expiration"], Slot::Expiry),
    (&["expires"], Slot::Expiry),
    (&["expire"], Slot::Expiry),
    (&["valid", "thru"], Slot::Expiry),
    (&["valid", "through"], Slot::Expiry),
    (&["valid", "until"], Slot::Expiry),
    (&["good", "through"], Slot::Expiry),
    (&["good", "thru"], Slot::Expiry),
    (&["security", "code"], Slot::SecurityCode),
    (&["security", "number"], Slot::SecurityCode),
    (&["card", "verification"], Slot::SecurityCode),
    (&["digit", "code"], Slot::SecurityCode),
    (&["cvv"], Slot::SecurityCode),
    (&["cvv2"], Slot::SecurityCode),
    (&["cvc"], Slot::SecurityCode),
    (&["csc"], Slot::SecurityCode),
    (&["c", "v", "v"], Slot::SecurityCode),
    (&["c", "v", "c"], Slot::SecurityCode),
    (&["on", "the", "back"], Slot::SecurityCode),
    (&["back", "of", "the", "card"], Slot::SecurityCode),
    (&["back", "of", "your", "card"], Slot::SecurityCode),
    (&["social", "security"], Slot::GovernmentId),
    (&["social", "security", "number"], Slot::GovernmentId),
    (&["social", "insurance"], Slot::GovernmentId),
    (&["social", "number"], Slot::GovernmentId),
    (&["social"], Slot::GovernmentId),
    (&["ssn"], Slot::GovernmentId),
    (&["s", "s", "n"], Slot::GovernmentId),
    (&["tax", "id"], Slot::GovernmentId),
    (&["itin"], Slot::GovernmentId),
    (&["national", "insurance"], Slot::GovernmentId),
    (&["passport"], Slot::GovernmentId),
    (&["license", "number"], Slot::GovernmentId),
    (&["licence", "number"], Slot::GovernmentId),
    (&["drivers", "license"], Slot::GovernmentId),
    (&["medicare"], Slot::GovernmentId),
    (&["phone"], Slot::Phone),
    (&["telephone"], Slot::Phone),
    (&["cell"], Slot::Phone),
    (&["cellphone"], Slot::Phone),
    (&["mobile"], Slot::Phone),
    (&["landline"], Slot::Phone),
    (&["fax"], Slot::Phone),
    (&["area", "code"], Slot::Phone),
    (&["call", "me", "at"], Slot::Phone),
    (&["call", "me", "on"], Slot::Phone),
    (&["call", "you", "at"], Slot::Phone),
    (&["call", "you", "on"], Slot::Phone),
    (&["call", "back", "at"], Slot::Phone),
    (&["callback"], Slot::Phone),
    (&["reach", "me", "at"], Slot::Phone),
    (&["reach", "me", "on"], Slot::Phone),
    (&["reach", "you", "at"], Slot::Phone),
    (&["reach", "you", "on"], Slot::Phone),
    (&["text", "me", "at"], Slot::Phone),
    (&["contact", "number"], Slot::Phone),
    (&["best", "number"], Slot::Phone),
    (&["extension"], Slot::Phone),
    (&["date", "of", "birth"], Slot::Birth),
    (&["birth", "date"], Slot::Birth),
    (&["birthdate"], Slot::Birth),
    (&["birthday"], Slot::Birth),
    (&["born"], Slot::Birth),
    (&["dob"], Slot::Birth),
    (&["d", "o", "b"], Slot::Birth),
    (&["account", "number"], Slot::Named),
    (&["order", "number"], Slot::Named),
    (&["confirmation", "number"], Slot::Named),
    (&["reference", "number"], Slot::Named),
    (&["tracking", "number"], Slot::Named),
    (&["case", "number"], Slot::Named),
    (&["ticket", "number"], Slot::Named),
    (&["claim", "number"], Slot::Named),
    (&["policy", "number"], Slot::Named),
    (&["member", "number"], Slot::Named),
    (&["membership", "number"], Slot::Named),
    (&["customer", "number"], Slot::Named),
    (&["employee", "number"], Slot::Named),
    (&["invoice", "number"], Slot::Named),
    (&["serial", "number"], Slot::Named),
    (&["booking", "number"], Slot::Named),
    (&["reservation", "number"], Slot::Named),
    (&["loyalty", "number"], Slot::Named),
    (&["id", "number"], Slot::Named),
    (&["zip", "code"], Slot::Named),
    (&["postal", "code"], Slot::Named),
    (&["pin", "code"], Slot::Named),
    (&["verification", "code"], Slot::Named),
    (&["access", "code"], Slot::Named),
    (&["one-time", "code"], Slot::Named),
    (&["passcode", "code"], Slot::Named),
    (&["sort", "code"], Slot::Named),
    (&["confirmation", "code"], Slot::Named),
    (&["number"], Slot::Number),
    (&["numbers"], Slot::Number),
    (&["digits"], Slot::Number),
    (&["pin"], Slot::Named),
    (&["passcode"], Slot::Named),
    (&["password"], Slot::Named),
    (&["code"], Slot::Number),
    (&["iban"], Slot::Named),
    (&["id"], Slot::Named),
    (&["zip"], Slot::Named),
    (&["postcode"], Slot::Named),
    (&["routing"], Slot::Named),
    (&["ending", "in"], Slot::Number),
    (&["ends", "in"], Slot::Number),
    (&["ends", "with"], Slot::Number),
];

const QUESTIONS: &[&[&str]] = &[
    &["how", "many"],
    &["how", "much"],
    &["how", "old"],
    &["how", "long"],
    &["how", "often"],
    &["how", "far"],
    &["how", "big"],
    &["how", "tall"],
    &["what", "time"],
    &["which", "time"],
    &["what", "year"],
    &["which", "year"],
    &["what", "size"],
    &["which", "size"],
    &["what", "quantity"],
    &["what", "day"],
    &["which", "day"],
    &["what", "percentage"],
    &["which", "option"],
    &["from", "one", "to"],
    &["from", "1", "to"],
    &["scale", "of"],
];

/// "social media", "number of", "a number": no cues.
const FALSE_CUES: &[&[&str]] = &[
    &["social", "media"],
    &["number", "of"],
    &["numbers", "of"],
    &["number", "one"],
    &["number", "two"],
    &["number", "three"],
    &["credit", "to"],
    &["credit", "of"],
    &["phone", "call"],
    &["mobile", "app"],
    &["area", "of"],
];

/// All cues in order.
pub(crate) fn scan(tokens: &[Token]) -> Vec<Found> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (len, cue) = cue_at(tokens, at);
        if let Some(cue) = cue {
            out.push((at + len, cue));
        }
        at += len.max(1);
    }
    out
}

fn cue_at(tokens: &[Token], at: usize) -> (usize, Option<Cue>) {
    let token = &tokens[at];
    // Most tokens begin no phrase.
    if matches!(token.kind, Kind::Written(..))
        || matches!(token.class(), Some(Class::Unit(_) | Class::Filler))
    {
        return (1, None);
    }
    let here = |phrase: &[&str]| {
        phrase.iter().enumerate().all(|(n, word)| tokens.get(at + n).is_some_and(|token| token.text == *word))
    };
    if let Some(phrase) = FALSE_CUES.iter().find(|phrase| here(phrase)) {
        return (phrase.len() - 1, None);
    }
    if let Some(phrase) = QUESTIONS.iter().find(|phrase| here(phrase)) {
        return (phrase.len(), Some(Cue::Counts));
    }
    if here(&["last", "four"]) || here(&["last", "4"]) {
        return (2, Some(Cue::LastFour));
    }
    let longest = PHRASES.iter().filter(|(phrase, _)| here(phrase)).max_by_key(|(phrase, _)| phrase.len());
    longest.map_or((1, None), |(phrase, slot)| (phrase.len(), Some(Cue::Opens(*slot))))
}
