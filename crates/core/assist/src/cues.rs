//! What an utterance says of a call's course, by the phrases that people use: looked for once, when it is heard.

use playbook::Words;

/// As many words of an utterance are looked at.
const MAX_WORDS: usize = 200;
/// An utterance of fewer words says little.
const MIN_WORDS: usize = 5;

/// Short utterances with one of these are courtesy, and sum nothing up.
const COURTESY: &[&str] = &[
    "anything else",
    "have a great",
    "have a good",
    "have a nice",
    "have a lovely",
    "you are welcome",
    "thank you for calling",
    "thanks for calling",
    "how can i help",
    "how may i help",
    "my name is",
    "take care",
    "good bye",
];
/// Longer than this it says something beside the courtesy.
const MAX_COURTESY_WORDS: usize = 16;

/// What an utterance says of a call's course.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cues {
    /// It says enough to be quoted.
    pub(crate) enough: bool,
    /// What somebody wants.
    pub(crate) why: bool,
    /// What somebody does, did, or explains.
    pub(crate) done: bool,
    /// What something came to.
    pub(crate) settled: bool,
    /// What somebody is to do.
    pub(crate) todo: bool,
}

impl Cues {
    pub(crate) fn of(words: &Words) -> Self {
        if words.len() < MIN_WORDS {
            return Self::default();
        }
        let mut text = String::from(" ");
        for word in words.iter().take(MAX_WORDS) {
            text.push_str(word);
            text.push(' ');
        }
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| stands_in(phrase, &text));
        if words.len() <= MAX_COURTESY_WORDS && says(COURTESY) {
            return Self::default();
        }
        Self { enough: true, why: says(WHY), done: says(DONE), settled: says(SETTLED), todo: says(TODO) }
    }
}

/// Whether a phrase stands in a text as whole words.
fn stands_in(phrase: &str, text: &str) -> bool {
    text.match_indices(phrase).any(|(at, found)| {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        before == Some(&b' ') && bytes.get(at + found.len()) == Some(&b' ')
    })
}

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
    "i have checked",
    "i have sent",
    "i have added",
    "i have updated",
    "i have changed",
    "i have put",
    "i have applied",
    "i have issued",
    "i have removed",
    "i have opened",
    "i have created",
    "i have noted",
    "i have processed",
    "please unplug",
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
    "all good",
    "good now",
    "back online",
    "back up",
    "works again",
    "gone through",
    "went through",
    "goes through",
    "effective from",
    "is fixed",
    "it loads",
    "that solved",
    "is cancelled",
    "is closed",
    "is on its way",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_utterance_says_what_it_is_for() {
        let of = |text: &str| Cues::of(&Words::of(text));
        assert!(of("Hi, I'm calling about my last bill").why);
        assert!(of("I'll send you an email with the details").todo);
        assert!(of("Okay, you're all set now then").settled);
        assert!(of("Let me have a look at that").done);
        assert_eq!(of("let me"), Cues::default(), "too short to be quoted");
        assert_eq!(of("Is there anything else I can do for you?"), Cues::default());
        assert!(!of("Can I have your customer number please?").done);
        assert!(of("Okay, it's back online. All good now.").settled);
        assert!(!of("the schedule will become clear soon").todo);
    }
}
