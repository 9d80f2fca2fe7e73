//! What people call the things that open an account.

use std::sync::LazyLock;

use events::EntityKind::{self, Email, IpAddress, OneTimeCode, Password, SecurityAnswer, Url, UserName};

use crate::{lookup::WordMap, token::Token};

/// Phrases, words apart by a space. The longest that matches counts.
const NOUNS: &[(&str, EntityKind)] = &[
    ("email", Email),
    ("emails", Email),
    ("e mail", Email),
    ("email address", Email),
    ("e mail address", Email),
    ("email id", Email),
    ("mail id", Email),
    ("password", Password),
    ("passwords", Password),
    ("pass word", Password),
    ("passphrase", Password),
    ("pass phrase", Password),
    ("passkey", Password),
    ("pwd", Password),
    ("pw", Password),
    ("pword", Password),
    ("website", Url),
    ("web site", Url),
    ("web address", Url),
    ("web page", Url),
    ("url", Url),
    ("u r l", Url),
    ("ip address", IpAddress),
    ("i p address", IpAddress),
    ("ip", IpAddress),
    ("mac address", IpAddress),
    ("network key", Password),
    ("wifi key", Password),
    ("one time password", OneTimeCode),
    ("one time code", OneTimeCode),
    ("one time passcode", OneTimeCode),
    ("otp", OneTimeCode),
    ("o t p", OneTimeCode),
    ("verification code", OneTimeCode),
    ("access code", OneTimeCode),
    ("confirmation code", OneTimeCode),
    ("user name", UserName),
    ("username", UserName),
    ("usernames", UserName),
    ("user id", UserName),
    ("userid", UserName),
    ("login name", UserName),
    ("login id", UserName),
    ("log in id", UserName),
    ("login", UserName),
    ("screen name", UserName),
    ("sign in name", UserName),
    ("handle", UserName),
    ("mothers maiden name", SecurityAnswer),
    ("mother maiden name", SecurityAnswer),
    ("maiden name", SecurityAnswer),
    ("security answer", SecurityAnswer),
    ("secret answer", SecurityAnswer),
    ("the answer", SecurityAnswer),
    ("security question", SecurityAnswer),
    ("secret question", SecurityAnswer),
    ("security word", SecurityAnswer),
    ("secret word", SecurityAnswer),
    ("security phrase", SecurityAnswer),
    ("secret phrase", SecurityAnswer),
    ("safe word", SecurityAnswer),
    ("code word", SecurityAnswer),
    ("codeword", SecurityAnswer),
    ("memorable word", SecurityAnswer),
    ("memorable name", SecurityAnswer),
    ("memorable place", SecurityAnswer),
    ("memorable answer", SecurityAnswer),
    ("memorable information", SecurityAnswer),
    ("pets name", SecurityAnswer),
    ("pet name", SecurityAnswer),
    ("name of your pet", SecurityAnswer),
    ("you grew up on", SecurityAnswer),
    ("you grew up in", SecurityAnswer),
    ("you grow up on", SecurityAnswer),
    ("you grow up in", SecurityAnswer),
    ("you were born in", SecurityAnswer),
    ("were you born", SecurityAnswer),
    ("was your mother born", SecurityAnswer),
    ("was your father born", SecurityAnswer),
    ("place of birth", SecurityAnswer),
    ("birthplace", SecurityAnswer),
    ("birth place", SecurityAnswer),
    ("town of birth", SecurityAnswer),
    ("city of birth", SecurityAnswer),
    ("elementary school", SecurityAnswer),
    ("primary school", SecurityAnswer),
    ("high school", SecurityAnswer),
    ("school mascot", SecurityAnswer),
    ("best friends name", SecurityAnswer),
    ("best friend", SecurityAnswer),
    ("fathers middle name", SecurityAnswer),
    ("mothers middle name", SecurityAnswer),
    ("fathers first name", SecurityAnswer),
    ("mothers first name", SecurityAnswer),
    ("grandmothers name", SecurityAnswer),
    ("grandfathers name", SecurityAnswer),
    ("meet your spouse", SecurityAnswer),
    ("meet your husband", SecurityAnswer),
    ("meet your wife", SecurityAnswer),
    ("honeymoon", SecurityAnswer),
];

/// What is asked for with "first" or "childhood" before it.
const FIRSTS: &[&str] = &[
    "pet",
    "dog",
    "cat",
    "car",
    "school",
    "teacher",
    "job",
    "employer",
    "boss",
    "street",
    "house",
    "concert",
    "friend",
    "nickname",
    "girlfriend",
    "boyfriend",
    "album",
    "roommate",
    "hero",
    "bike",
    "manager",
    "phone",
];

/// What is asked for with "favourite" before it.
const FAVOURITES: &[&str] = &[
    "teacher",
    "color",
    "colour",
    "food",
    "movie",
    "film",
    "book",
    "author",
    "team",
    "sport",
    "sports",
    "song",
    "band",
    "singer",
    "actor",
    "actress",
    "place",
    "animal",
    "drink",
    "restaurant",
    "subject",
    "hobby",
    "destination",
    "flower",
    "fruit",
    "dessert",
    "artist",
    "uncle",
    "aunt",
    "cousin",
    "vacation",
    "holiday",
    "football",
    "baseball",
    "pet",
    "ice",
    "superhero",
    "cartoon",
    "character",
    "game",
    "city",
    "country",
];

/// The words of a phrase after its first, and its kind.
type Phrase = (Vec<&'static str>, EntityKind);

/// The phrases by their first word.
static BY_FIRST: LazyLock<WordMap<Vec<Phrase>>> = LazyLock::new(|| {
    let mut by_first = WordMap::<Vec<Phrase>>::default();
    for (text, kind) in NOUNS {
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        by_first.entry(first).or_default().push((rest.split_whitespace().collect(), *kind));
    }
    by_first
});

/// Words before "word", "answer" and the like that make them secret.
const KEPT: &[&str] = &[
    "security",
    "secret",
    "memorable",
    "verification",
    "backup",
    "recovery",
    "safe",
    "verbal",
    "code",
    "magic",
    "special",
    "private",
    "challenge",
    "hint",
];

/// What is kept.
const KEEPS: &[&str] = &[
    "question",
    "answer",
    "word",
    "phrase",
    "name",
    "place",
    "response",
    "hint",
    "detail",
    "information",
    "info",
];

/// A noun of one of these kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noun {
    /// Its first token.
    pub(crate) first: usize,
    /// The first token after it.
    pub(crate) end: usize,
    pub(crate) kind: EntityKind,
}

/// The noun that begins at a token.
pub(crate) fn noun_at(tokens: &[Token], at: usize) -> Option<Noun> {
    let here = tokens.get(at..)?;
    let first: &str = &here.first()?.text;
    let noun = |len: usize, kind: EntityKind| Noun { first: at, end: at + len, kind };
    let next = |n: usize| here.get(n).map_or("", |token| &*token.text);
    match first {
        _ if KEPT.contains(&first) && KEEPS.contains(&next(1)) => return Some(noun(2, SecurityAnswer)),
        "my" | "your" if next(1) == "answer" => return Some(noun(2, SecurityAnswer)),
        "answer" if next(1) == "on" && next(2) == "file" => return Some(noun(3, SecurityAnswer)),
        "pass" if matches!(next(1), "is" | "code") => return Some(noun(1, Password)),
        "first" | "childhood" | "oldest" | "second" if FIRSTS.contains(&next(1)) => {
            return Some(noun(2, SecurityAnswer));
        }
        "favorite" | "favourite" if FAVOURITES.contains(&next(1)) => return Some(noun(2, SecurityAnswer)),
        "favorite" | "favourite" if FAVOURITES.contains(&next(2)) => return Some(noun(3, SecurityAnswer)),
        _ => {}
    }
    let after = here.get(1..).unwrap_or_default();
    let matches = |rest: &[&str]| {
        rest.len() <= after.len() && rest.iter().zip(after).all(|(word, token)| *word == &*token.text)
    };
    let phrases = BY_FIRST.get(first)?.iter().filter(|(rest, _)| matches(rest));
    let (rest, kind) = phrases.max_by_key(|(rest, _)| rest.len())?;
    Some(noun(rest.len() + 1, *kind))
}

/// All nouns in order.
pub(crate) fn nouns(tokens: &[Token]) -> Vec<Noun> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match noun_at(tokens, at) {
            Some(noun) => {
                out.push(noun);
                at = noun.end;
            }
            None => at += 1,
        }
    }
    out
}
