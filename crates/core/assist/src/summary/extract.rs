//! Chooses the sentences of a call that say why, what and how it ended, without a model: by the phrases that people use.

use model::UtteranceId;
use playbook::{Speaker, Words};

use crate::{course::Course, transcript::Kept};

/// As many words of an utterance are looked at.
const MAX_WORDS: usize = 200;
/// An utterance of fewer words says little.
const MIN_WORDS: usize = 5;
const MAX_REASONS: usize = 2;
const MAX_STEPS: usize = 5;
const MAX_OUTCOMES: usize = 2;
const MAX_ACTIONS: usize = 6;
/// The outcome is looked for among so many of the last utterances.
const LAST: usize = 24;

const WHY: &[&str] = &[
    "i am calling",
    "am calling about",
    "calling because",
    "calling to",
    "calling in",
    "i want to",
    "i wanted to",
    "i would like",
    "i need to",
    "i need some",
    "i need a",
    "i need help",
    "i have a problem",
    "i have an issue",
    "having trouble",
    "having a problem",
    "having issues",
    "having an issue",
    "problem with",
    "issue with",
    "trouble with",
    "can you help",
    "could you help",
    "trying to",
    "is not working",
    "does not work",
    "stopped working",
    "not able to",
    "can not get",
    "can not log",
    "charged",
    "my bill",
    "i received",
    "i got a",
    "there is a charge",
    "i was wondering",
    "wondering if",
    "question about",
    "i noticed",
    "how do i",
    "how can i",
    "cancel my",
    "i lost",
    "was stolen",
    "never arrived",
    "has not arrived",
    "i would want",
];

const DONE: &[&str] = &[
    "i have",
    "i just",
    "i am going to",
    "i am sending",
    "i am checking",
    "let me",
    "i will",
    "i went ahead",
    "go ahead and",
    "i see that",
    "i can see",
    "it looks like",
    "looks like",
    "what i did",
    "i did",
    "we have",
    "we will",
    "i have reset",
    "i am transferring",
    "i am adding",
    "i am removing",
    "i can offer",
    "we can offer",
    "i can do",
    "what i can do",
    "could you try",
    "can you try",
    "please try",
    "try to",
    "unplug",
    "restart",
    "the reason",
    "because",
    "that means",
    "this means",
    "you need to",
    "you will need",
    "please go",
];

const SETTLED: &[&str] = &[
    "all set",
    "is done",
    "has been",
    "have been",
    "resolved",
    "fixed",
    "confirmed",
    "confirmation",
    "refund",
    "refunded",
    "credited",
    "you will receive",
    "you will see",
    "will be",
    "is working",
    "works now",
    "it works",
    "working again",
    "that worked",
    "cancelled",
    "canceled",
    "processed",
    "scheduled",
    "booked",
    "approved",
    "reference number",
    "case number",
    "ticket",
    "taken care of",
    "sorted",
    "i will stay",
    "i will keep",
    "i will think about it",
    "never mind",
    "i will call back",
    "that is everything",
    "sounds good",
];

const TODO: &[&str] = &[
    "i will send",
    "i will email",
    "i will mail",
    "i will text",
    "i will call you",
    "i will check with",
    "i will follow up",
    "i will get back",
    "i will have",
    "i will make sure",
    "i will open",
    "i will escalate",
    "i will put in",
    "i will schedule",
    "i will transfer",
    "i am going to send",
    "i am going to call",
    "we will send",
    "we will call",
    "we will email",
    "we will contact",
    "we will get back",
    "we will refund",
    "we will credit",
    "will send you",
    "will call you",
    "will email you",
    "will contact you",
    "will reach out",
    "will get back to you",
    "will follow up",
    "will be in touch",
    "you will receive",
    "you will get a",
    "you will get an",
    "you should receive",
    "should receive",
    "a technician will",
    "technician will",
    "someone will",
    "somebody will",
    "will be sent",
    "will be shipped",
    "will be mailed",
    "will be refunded",
    "will be credited",
    "please call",
    "please send",
    "please return",
    "please bring",
    "please check",
    "call us back",
    "call back if",
    "you need to send",
    "you will need to",
    "make sure you",
    "i will call back",
    "i will pay",
    "i will bring",
    "i will return it",
    "i will try",
    "i will look for",
];

/// The customer's first sentences that say what they want.
pub(super) fn reason(course: &Course) -> Vec<UtteranceId> {
    let theirs = || course.transcript.iter().filter(|(_, kept)| kept.who == Speaker::Customer);
    let told: Vec<_> =
        theirs().filter(|(_, kept)| says(kept, WHY)).map(|(id, _)| id).take(MAX_REASONS).collect();
    if told.is_empty() {
        theirs().filter(|(_, kept)| says(kept, &[""])).map(|(id, _)| id).take(1).collect()
    } else {
        told
    }
}

/// What the agent did, said to have done, or explained: of many the longest, in their order.
pub(super) fn steps(course: &Course) -> Vec<UtteranceId> {
    let ours = course.transcript.iter().filter(|(_, kept)| kept.who == Speaker::Agent && says(kept, DONE));
    let mut found: Vec<(usize, UtteranceId)> = ours.map(|(id, kept)| (kept.text.len(), id)).collect();
    found.sort_by_key(|(length, id)| (usize::MAX - length.min(&200), *id));
    let mut chosen: Vec<UtteranceId> = found.into_iter().map(|(_, id)| id).take(MAX_STEPS).collect();
    chosen.sort();
    chosen
}

/// The last sentences that settle something; the agent's last one that says anything without them.
pub(super) fn outcome(course: &Course) -> Vec<UtteranceId> {
    let last = || course.transcript.iter().rev().take(LAST);
    let mut found: Vec<_> =
        last().filter(|(_, kept)| says(kept, SETTLED)).map(|(id, _)| id).take(MAX_OUTCOMES).collect();
    if found.is_empty() {
        let ours = last().filter(|(_, kept)| kept.who == Speaker::Agent && says(kept, &[""]));
        found = ours.map(|(id, _)| id).take(1).collect();
    }
    found.reverse();
    found
}

/// What somebody said they would do, or has to do.
pub(super) fn actions(course: &Course) -> Vec<UtteranceId> {
    let mut found: Vec<_> = course
        .transcript
        .iter()
        .rev()
        .filter(|(_, kept)| says(kept, TODO))
        .map(|(id, _)| id)
        .take(MAX_ACTIONS)
        .collect();
    found.reverse();
    found
}

/// Whether an utterance says enough, with one of these phrases.
fn says(kept: &Kept, phrases: &[&str]) -> bool {
    let words = Words::of(&kept.text);
    if words.len() < MIN_WORDS {
        return false;
    }
    let mut text = String::from(" ");
    for word in words.iter().take(MAX_WORDS) {
        text.push_str(word);
        text.push(' ');
    }
    phrases.iter().any(|phrase| phrase.is_empty() || text.contains(&format!(" {phrase} ")))
}
