//! What one side asked the other for in words, and what a speaker was about to say: an e-mail address, a
//! password, the answer to a security question.
//!
//! Mentioning a password is not asking for it: what follows a question is hidden, what follows a complaint is
//! not.

use std::time::Duration;

use events::EntityKind;
use model::{MediaTime, UtteranceId};

use crate::{
    detect::{Noun, nouns},
    token::Token,
    view::Span,
};

/// The most questions open at once. Beyond it the oldest closes.
const MAX_QUESTIONS: usize = 6;

/// How long a question waits for its answer.
const TTL: Duration = Duration::from_secs(45);

/// How long an answer may go on.
const ANSWERED_TTL: Duration = Duration::from_secs(30);

/// How long words that no form completes may go on.
const BREATH: Duration = Duration::from_secs(10);

/// After so many finished utterances of the side that was asked, the question is dropped.
const MAX_TURNS: u32 = 3;

/// From this confidence on a span is a whole address.
const WHOLE: u8 = 97;

/// The same of a web address: its path may go on.
const WHOLE_URL: u8 = 94;

/// How far before the noun the question may begin.
const MAX_BEFORE: usize = 12;

/// How much may follow the noun of a question that has no verb: "and your password for me please".
const MAX_AFTER: usize = 4;

/// How far the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing was said yet.
    Fresh,
    /// A part was said, and more is to come.
    Begun,
    /// All of it may have been said: only what can be nothing else belongs to it.
    Done,
}

/// Something that is expected where an utterance begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) kind: EntityKind,
    pub(crate) stage: Stage,
    /// It is the other side that gives it: this one may repeat it.
    pub(crate) echo: bool,
}

#[derive(Clone, Copy, Debug)]
struct Question {
    kind: EntityKind,
    by: UtteranceId,
    /// Its own speaker is about to say it.
    own: bool,
    stage: Stage,
    turns: u32,
    until: MediaTime,
}

/// The questions that wait for an answer.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Of finished utterances, the newest last.
    open: Vec<Question>,
    /// Of the utterance of each channel that is not over: nothing remains of them once it is.
    live: [Vec<Question>; 2],
}

impl Asked {
    pub(crate) const fn new() -> Self {
        Self { open: Vec::new(), live: [Vec::new(), Vec::new()] }
    }

    /// Takes the newest version of an utterance. Says whether anything is asked in it.
    pub(crate) fn hear(&mut self, id: UtteranceId, tokens: &[Token], end: MediaTime, is_final: bool) -> bool {
        let live = &mut self.live[id.channel().index()];
        live.clear();
        for (kind, own) in questions(tokens) {
            let until = end + TTL;
            live.push(Question { kind, by: id, own, stage: Stage::Fresh, turns: 0, until });
        }
        let asks = !live.is_empty();
        if is_final {
            for question in live.drain(..) {
                self.open.retain(|other| !other.is_same(&question));
                self.open.push(question);
            }
            let over = self.open.len().saturating_sub(MAX_QUESTIONS);
            self.open.drain(..over);
        }
        asks
    }

    /// What `id` may answer or repeat.
    pub(crate) fn expected(&self, id: UtteranceId) -> Vec<Expected> {
        let waits = |question: &&Question| {
            question.by != id
                && (question.is_for(id) || question.stage != Stage::Fresh)
                && (question.by.start()..=question.until).contains(&id.start())
        };
        let expected = |question: &Question| Expected {
            kind: question.kind,
            stage: question.stage,
            echo: !question.is_for(id),
        };
        self.open.iter().chain(self.live.iter().flatten()).filter(waits).map(expected).collect()
    }

    /// Takes what was hidden in a finished utterance of so many words.
    pub(crate) fn finish(&mut self, id: UtteranceId, spans: &[Span], words: usize, end: MediaTime) {
        for question in self.open.iter_mut().filter(|question| question.by != id && question.is_for(id)) {
            question.turns += 1;
            if let Some(stage) = stage_of(spans, question.kind) {
                question.stage = stage;
                question.turns = 0;
                question.until = end + if is_address(question.kind) { ANSWERED_TTL } else { BREATH };
            }
        }
        // What ends an utterance may go on in the next one, though nobody asked for it.
        let mut reach = words;
        let at_end = spans.iter().rev().take_while(|span| {
            let touches = span.to >= reach;
            reach = span.from;
            touches
        });
        if let Some(last) = at_end.filter(|span| goes_on(span.kind)).last()
            && !self.open.iter().any(|question| question.kind == last.kind)
            && let Some(stage) = stage_of(spans, last.kind)
        {
            let until = end + if is_address(last.kind) { ANSWERED_TTL } else { BREATH };
            self.open.push(Question { kind: last.kind, by: id, own: true, stage, turns: 0, until });
        }
        // The newest last.
        self.open.sort_by_key(|question| question.until);
        self.open.retain(|question| question.turns < MAX_TURNS && end <= question.until + TTL);
        let over = self.open.len().saturating_sub(MAX_QUESTIONS);
        self.open.drain(..over);
    }
}

/// Kinds that are known to be whole once they are.
const fn is_address(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::Email | EntityKind::Url | EntityKind::IpAddress)
}

/// Kinds that are said in parts.
const fn goes_on(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::Email
            | EntityKind::Url
            | EntityKind::UserName
            | EntityKind::Password
            | EntityKind::IpAddress
            | EntityKind::SecurityAnswer
    )
}

/// How far the answer is after what was hidden.
fn stage_of(spans: &[Span], kind: EntityKind) -> Option<Stage> {
    let sure = spans.iter().filter(|span| span.kind == kind).map(|span| span.confidence).max()?;
    let whole = is_address(kind) && sure >= if kind == EntityKind::Url { WHOLE_URL } else { WHOLE };
    Some(if whole { Stage::Done } else { Stage::Begun })
}

impl Question {
    /// Whether it asks for the same of the same side.
    fn is_same(&self, other: &Self) -> bool {
        (self.kind, self.own, self.by.channel()) == (other.kind, other.own, other.by.channel())
    }

    fn is_for(&self, id: UtteranceId) -> bool {
        (self.by.channel() == id.channel()) == self.own
    }
}

/// What an utterance asks for, and what it is about to say itself.
fn questions(tokens: &[Token]) -> Vec<(EntityKind, bool)> {
    let mut out = Vec::new();
    // "The answer" is one only to what was asked before.
    let is_answer = |noun: &Noun| tokens.get(noun.first).is_some_and(|token| token.is(&["the"]));
    for noun in nouns(tokens).into_iter().filter(|noun| !is_answer(noun)) {
        if is_announced(tokens, noun) {
            out.push((noun.kind, true));
        } else if is_asked(tokens, noun) {
            out.push((noun.kind, false));
        }
    }
    out.dedup();
    out.truncate(MAX_QUESTIONS);
    out
}

/// "my password is", and nothing more.
fn is_announced(tokens: &[Token], noun: Noun) -> bool {
    let Some(rest) = tokens.get(noun.end..) else { return false };
    let quiet = |token: &Token| {
        token.is(&[
            "is", "its", "was", "would", "be", "will", "um", "uh", "so", "okay", "like", "just", "the",
            "thats",
        ])
    };
    rest.len() <= MAX_AFTER
        && rest.iter().any(|token| token.is(&["is", "its", "was", "be"]))
        && rest.iter().all(quiet)
        && !asks_before(tokens, noun)
}

fn is_asked(tokens: &[Token], noun: Noun) -> bool {
    let before = before(tokens, noun);
    let owner = before.iter().rev().take(3).any(|token| token.is(&["my", "our", "forgot", "his", "her"]));
    // "Where should we send the email?", "what did you change it to?"
    let asked_of_you = before.iter().any(|token| is_question_word(&token.text))
        && before.iter().any(|token| token.is(&["you", "we", "should", "can"]));
    let forgotten = before.iter().any(|token| token.is(&["forgot", "forget", "forgotten", "reset", "lost"]));
    if owner || forgotten || (!asked_of_you && before.iter().any(|token| is_about_it(&token.text))) {
        return false;
    }
    let rest = tokens.get(noun.end..).unwrap_or_default();
    let said = rest
        .iter()
        .take(2)
        .any(|token| token.is(&["is", "was", "isnt", "wasnt", "has", "will", "must", "should"]));
    if said && !before.iter().any(|token| is_question_word(&token.text)) {
        return false;
    }
    let sure = noun.kind == EntityKind::SecurityAnswer;
    let ends = rest.len() <= MAX_AFTER || tokens.get(noun.end - 1).is_some_and(|token| token.ends_sentence);
    asks_before(tokens, noun)
        || (ends && (before.len() <= 3 || sure) && before.iter().all(|token| is_lead(&token.text)))
        || (sure && rest.iter().take(6).any(|token| token.is(&["please", "what", "which"])))
}

/// The words of the sentence before the noun.
fn before(tokens: &[Token], noun: Noun) -> &[Token] {
    let near = tokens.get(noun.first.saturating_sub(MAX_BEFORE)..noun.first).unwrap_or_default();
    let sentence = near.iter().rposition(|token| token.ends_sentence).map_or(0, |at| at + 1);
    near.get(sentence..).unwrap_or_default()
}

fn asks_before(tokens: &[Token], noun: Noun) -> bool {
    let before = before(tokens, noun);
    let asks = |token: &Token| {
        is_question_word(&token.text)
            || token.is(&[
                "tell", "give", "provide", "confirm", "verify", "spell", "need", "have", "get", "repeat",
                "say", "state", "share", "grab", "take", "read", "ask", "enter", "type", "name", "know",
                "answer",
            ])
    };
    let yours = |token: &Token| {
        token.is(&[
            "your", "the", "a", "an", "that", "what", "whats", "did", "is", "of", "you", "which", "with",
            "we", "should", "on", "this",
        ])
    };
    before.iter().any(asks) && (before.iter().any(yours) || noun.kind == EntityKind::SecurityAnswer)
}

fn is_question_word(word: &str) -> bool {
    matches!(word, "what" | "whats" | "which" | "who" | "whos" | "where" | "wheres")
}

/// What is done with a password that nobody says.
fn is_about_it(word: &str) -> bool {
    matches!(
        word,
        "forgot"
            | "forget"
            | "forgotten"
            | "reset"
            | "resetting"
            | "change"
            | "changed"
            | "changing"
            | "lost"
            | "recover"
            | "create"
            | "expired"
            | "wrong"
            | "send"
            | "sent"
            | "sending"
            | "resend"
            | "receive"
            | "received"
            | "never"
            | "dont"
            | "didnt"
            | "wont"
            | "not"
            | "without"
            | "mail"
            | "update"
            | "updated"
    )
}

fn is_lead(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "your"
            | "the"
            | "okay"
            | "ok"
            | "so"
            | "now"
            | "also"
            | "then"
            | "uh"
            | "um"
            | "great"
            | "thanks"
            | "thank"
            | "you"
            | "alright"
            | "all"
            | "right"
            | "next"
            | "perfect"
            | "finally"
            | "a"
            | "an"
            | "plus"
            | "or"
            | "well"
            | "good"
            | "sure"
            | "yes"
            | "please"
            | "of"
            | "account"
    )
}
