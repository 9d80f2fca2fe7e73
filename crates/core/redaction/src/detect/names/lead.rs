//! Words that come before a name, and how sure they make one.

use std::sync::LazyLock;

use crate::{detect::phrases::Phrases, token::Token};

/// How much the words before a place say that a name stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lead {
    /// Nothing.
    None,
    /// "with", "by": people and things.
    Near,
    /// "thanks", "hello": a name, or anything else.
    Greets,
    /// "it is", "that is": anything.
    Points,
    /// "this is", "i am": a name, or what somebody is doing.
    Says,
    /// "my wife", "doctor": a name, or what they do.
    Kin,
    /// "mrs", "last name", "under the name".
    Strong,
    /// "my name is".
    Certain,
}

const LEADS: &[(Lead, &[&str])] = &[
    (
        Lead::Certain,
        &[
            "my name is",
            "my names",
            "my name",
            "name is",
            "names is",
            "name was",
            "name as",
            "name would be",
            "name its",
            "name it is",
            "name thats",
            "name that is",
            "first name is",
            "last name is",
            "middle name is",
            "full name is",
            "surname is",
            "family name is",
            "maiden name is",
            "given name is",
            "good name is",
            "i am called",
            "im called",
            "name on the account is",
            "name on the card is",
            "name on file is",
            "name on it is",
            "name should be",
            "name will be",
            "name spelled",
            "name spelt",
            "last names",
            "first names",
        ],
    ),
    (
        Lead::Strong,
        &[
            "name to",
            "name from",
            "name under",
            "names are",
            "message for",
            "account of",
            "first name",
            "last name",
            "middle name",
            "full name",
            "surname",
            "family name",
            "maiden name",
            "given name",
            "mr",
            "mrs",
            "ms",
            "mister",
            "missus",
            "shri",
            "smt",
            "shrimati",
            "under the name",
            "under the name of",
            "in the name of",
            "by the name of",
            "under name",
            "name of",
            "goes by",
            "on behalf of",
            "account holder is",
            "card holder is",
            "cardholder is",
            "policy holder is",
            "policyholder is",
            "beneficiary is",
            "payee is",
            "nominee is",
            "emergency contact is",
            "next of kin is",
            "name on the account",
            "name on the card",
            "attention to",
            "care of",
            "named after",
            "addressed to",
            "registered to",
            "belongs to",
            "made out to",
            "reservation for",
            "booking for",
            "appointment for",
            "prescription for",
            "names",
            "reservation under",
            "booking under",
        ],
    ),
    (
        Lead::Kin,
        &[
            "my wife",
            "my husband",
            "my son",
            "my daughter",
            "my mother",
            "my father",
            "my mom",
            "my mum",
            "my dad",
            "my brother",
            "my sister",
            "my friend",
            "my boss",
            "my partner",
            "my manager",
            "my uncle",
            "my aunt",
            "my cousin",
            "my roommate",
            "my lawyer",
            "my neighbor",
            "my neighbour",
            "my colleague",
            "my assistant",
            "my girlfriend",
            "my boyfriend",
            "my fiance",
            "my fiancee",
            "my nephew",
            "my niece",
            "my grandson",
            "my granddaughter",
            "my grandfather",
            "my grandmother",
            "my landlord",
            "his wife",
            "her husband",
            "our son",
            "our daughter",
            "your colleague",
            "your agent",
            "your manager",
            "your supervisor",
            "agent",
            "representative",
            "technician",
            "doctor",
            "dr",
            "professor",
            "prof",
            "captain",
            "officer",
            "nurse",
            "pastor",
            "reverend",
            "detective",
            "sergeant",
            "uncle",
            "auntie",
            "aunt",
            "grandma",
            "grandpa",
            "miss",
            "madam",
            "sir",
            "lady named",
            "named",
            "guy named",
            "man named",
            "woman named",
            "person named",
            "agent named",
            "somebody named",
            "someone named",
            "somebody called",
            "someone called",
            "guy called",
            "lady called",
            "gentleman named",
            "signed by",
            "wife is",
            "husband is",
            "supervisor",
            "advisor",
            "adviser",
            "colleague",
            "engineer",
            "driver",
            "manager is",
            "specialist",
            "attorney",
            "counselor",
            "ask for",
            "asked for",
            "asking for",
        ],
    ),
    (
        Lead::Says,
        &[
            "myself",
            "booked under",
            "under the surname",
            "this is",
            "i am",
            "im",
            "is this",
            "speaking with",
            "speaking to",
            "spoke with",
            "spoke to",
            "talk to",
            "talking to",
            "talking with",
            "talked to",
            "talked with",
            "speak to",
            "speak with",
            "spoken to",
            "spoken with",
            "looking for",
            "reached",
            "dealing with",
            "dealt with",
            "helped by",
            "you are",
            "youre",
            "am i speaking with",
            "am i speaking to",
            "am i talking to",
            "call me",
            "calls me",
            "known as",
            "here is",
            "meet",
            "met",
            "connect you to",
            "connect you with",
            "transfer you to",
            "transferring you to",
            "connecting you to",
            "connecting you with",
            "put me through to",
            "transfer me to",
            "chatting with",
            "chatted with",
            "assisted by",
            "answered by",
            "booked by",
            "placed by",
            "made by",
            "handled by",
            "assigned to",
            "sold by",
            "sent by",
            "sent to",
            "signed for by",
            "received by",
            "he is",
            "she is",
            "hes",
            "shes",
            "ordered by",
            "authorized by",
            "meeting with",
            "appointment with",
            "it should be under",
            "should be under",
            "its under",
            "is under",
            "it under",
            "account under",
            "order under",
            "listed under",
            "registered under",
            "filed under",
        ],
    ),
    (
        Lead::Points,
        &["its", "it is", "thats", "that is", "is that", "this was", "it was", "for a", "under", "was it"],
    ),
    (
        Lead::Greets,
        &[
            "tell",
            "told",
            "ask",
            "asked",
            "contact",
            "who is",
            "whos",
            "can call",
            "let",
            "called by",
            "remind",
            "inform",
            "notify",
            "email",
            "text",
            "add",
            "meet with",
            "met with",
            "hi",
            "hello",
            "hey",
            "hiya",
            "thanks",
            "thank you",
            "thank you so much",
            "thank you very much",
            "thanks so much",
            "thanks a lot",
            "good morning",
            "good afternoon",
            "good evening",
            "morning",
            "afternoon",
            "evening",
            "dear",
            "sorry",
            "bye",
            "goodbye",
            "bye bye",
            "welcome",
            "welcome back",
            "thanks again",
            "thank you again",
            "nice to meet you",
            "pleasure",
            "cheers",
            "namaste",
            "have a good day",
            "have a nice day",
            "have a great day",
            "take care",
            "listen",
            "excuse me",
            "apologies",
            "youre welcome",
            "no problem",
        ],
    ),
    (
        Lead::Near,
        &[
            "with",
            "by",
            "for",
            "to",
            "and",
            "about",
            "gave",
            "paid",
            "okay",
            "ok",
            "alright",
            "yes",
            "yeah",
            "sure",
            "right",
            "great",
            "perfect",
            "well",
            "so",
            "called",
            "calling",
            "from",
            "of",
            "between",
            "but",
            "because",
            "when",
            "that",
            "if",
            "is",
            "was",
            "wonderful",
            "awesome",
            "absolutely",
            "certainly",
            "correct",
            "now",
            "please",
            "no",
            "maam",
            "hear",
            "or",
            "both",
            "as",
        ],
    ),
];

static PHRASES: LazyLock<Phrases<Lead>> = LazyLock::new(|| {
    let none = NONE.iter().map(|text| (*text, Lead::None));
    Phrases::new(none.chain(LEADS.iter().flat_map(|(lead, texts)| texts.iter().map(|text| (*text, *lead)))))
});

/// Longer phrases whose ends look like one of the others.
const NONE: &[&str] = &[
    "brand name",
    "brand name is",
    "user name",
    "user name is",
    "username is",
    "domain name",
    "domain name is",
    "company name",
    "company name is",
    "business name",
    "business name is",
    "file name",
    "product name",
    "product name is",
    "model name",
    "pets name",
    "store name",
    "network name",
    "network name is",
    "wifi name",
    "street name",
    "bank name",
    "bank name is",
    "the bank name",
    "name of the",
    "name of my",
    "name of your",
    "name of a",
    "name of our",
    "name of that",
    "app is called",
    "street name is",
    "in the name",
    "school name",
];

/// Per token, what the words right before it say.
pub(super) fn leads(tokens: &[Token]) -> Vec<Lead> {
    let mut out = vec![Lead::None; tokens.len() + 1];
    let mut at = 0;
    while at < tokens.len() {
        match PHRASES.at(tokens, at) {
            Some((len, lead)) => {
                let end = at + len;
                // A sentence that ends takes its words with it, but for a question or greeting that goes on with a name.
                let cut = tokens.get(end - 1).is_some_and(|token| token.ends_sentence);
                if let Some(place) =
                    out.get_mut(end).filter(|_| !cut || lead >= Lead::Strong || lead == Lead::Greets)
                {
                    *place = (*place).max(lead);
                }
                // The end of a phrase may begin the next one: "and this is".
                at += if lead == Lead::None { len } else { 1 };
            }
            None => at += 1,
        }
    }
    name_is(tokens, &mut out);
    out
}

/// What has a name and is no person.
const THINGS: &[&str] = &[
    "brand", "user", "company", "business", "product", "domain", "file", "bank", "street", "store", "school",
    "network", "wifi", "model", "pets", "dogs", "cats", "app", "host", "screen", "display", "event", "plan",
    "shop", "hotel",
];

/// "the name on the booking is", "the driver's name was": the verb may stand some words after the noun.
fn name_is(tokens: &[Token], leads: &mut [Lead]) {
    let mut noun = None;
    for (at, token) in tokens.iter().enumerate() {
        let of_thing =
            at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|before| before.is(THINGS));
        if token.is(&["name", "names", "surname"]) && !of_thing {
            noun = Some(at);
        }
        if noun.is_some_and(|noun| at <= noun + NAME_IS && at > noun + 1)
            && token.is(&["is", "was"])
            && let Some(lead) = leads.get_mut(at + 1)
        {
            *lead = (*lead).max(Lead::Strong);
        }
        if token.ends_sentence {
            noun = None;
        }
    }
}

/// How far from "name" its verb may stand.
const NAME_IS: usize = 6;

/// "Whose name is it under", "i'll need the name of both travellers": a name, and a word that asks.
fn asks_in_other_words(tokens: &[Token]) -> bool {
    let mut asks = false;
    for (at, token) in tokens.iter().enumerate() {
        asks |= token.is(ASKING);
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let other = before.is_some_and(|before| before.is(THINGS) || before.is(&["my", "our"]));
        if asks && !other && token.is(&["name", "names", "surname"]) {
            return true;
        }
        asks &= !token.ends_sentence;
    }
    false
}

/// Words that ask.
const ASKING: &[&str] = &[
    "what", "whats", "which", "whose", "can", "could", "may", "please", "need", "confirm", "verify", "state",
    "provide", "spell", "tell", "give", "grab", "get", "under", "and",
];

/// How many words a question has at most that ends in "name".
const SHORT_QUESTION: usize = 4;

/// Questions for the name of the other side.
const QUESTIONS: &[&str] = &[
    "your name",
    "your names",
    "your full name",
    "your first name",
    "your last name",
    "your first and last name",
    "your surname",
    "first and last name",
    "name please",
    "your complete name",
    "your good name",
    "your legal name",
    "your middle name",
    "your maiden name",
    "your given name",
    "name on the account",
    "name on the card",
    "name on your",
    "names on the",
    "account holders name",
    "account holder name",
    "cardholders name",
    "cardholder name",
    "card holder name",
    "card holders name",
    "whos calling",
    "who is calling",
    "who am i speaking",
    "who am i talking",
    "whom am i",
    "who do i have",
    "who i am speaking",
    "who im speaking",
    "who i have",
    "who im talking",
    "spell that",
    "spell your",
    "spell it",
    "spell the",
    "do you spell",
    "that spelled",
    "name spelled",
    "is it spelled",
    "spelling of",
    "surname please",
    "the surname",
    "the first name",
    "the last name",
    "the full name",
    "and the name",
    "and last name",
    "and first name",
    "whats the name",
    "what is the name",
    "what name",
    "which name",
    "get a name",
    "have a name",
    "patients name",
    "patient name",
    "guest name",
    "guests name",
    "passenger name",
    "passengers name",
    "beneficiary name",
    "beneficiarys name",
    "what should i call you",
    "how should i address you",
    "who did you speak",
    "who did you talk",
    "who is this",
    "who is on the line",
    "whos on the line",
    "whos this",
    "who is the account holder",
    "who is the primary",
    "name of the person",
    "name of the account",
    "name of the card",
    "name of the cardholder",
    "name of the patient",
    "name of the passenger",
    "name of the policy",
    "full name please",
    "last name please",
    "first name please",
    "his name",
    "her name",
    "their name",
    "his full name",
    "her full name",
    "contact name",
    "name as it appears",
    "name exactly as",
    "name for the",
    "what is your surname",
    "authorized user",
    "emergency contact",
    "next of kin",
    "wifes name",
    "husbands name",
    "fathers name",
    "mothers name",
    "nominee name",
    "nominees name",
    "the name under",
    "name is it under",
    "name is the",
    "under what name",
    "under which name",
    "need the name",
    "need a name",
    "need your name",
    "confirm the name",
    "verify the name",
    "name for me",
];

/// Questions that ask for something else.
const OTHER_QUESTIONS: &[&str] = &[
    "your name and",
    "the name of the product",
    "the name of the company",
    "the name of the store",
    "the name of the app",
];

static ASKS: LazyLock<Phrases<bool>> = LazyLock::new(|| {
    let other = OTHER_QUESTIONS.iter().map(|text| (*text, *text == "your name and"));
    Phrases::new(other.chain(QUESTIONS.iter().map(|text| (*text, true))))
});

/// Whether the other side is asked for a name.
pub(super) fn asks_for_name(tokens: &[Token]) -> bool {
    // "First name?"
    if tokens.len() <= SHORT_QUESTION
        && tokens.last().is_some_and(|token| token.is(&["name", "surname", "names"]))
    {
        return true;
    }
    if asks_in_other_words(tokens) {
        return true;
    }
    let mut at = 0;
    while at < tokens.len() {
        match ASKS.at(tokens, at) {
            Some((_, true)) => return true,
            Some((len, false)) => at += len,
            None => at += 1,
        }
    }
    false
}
