//! Names in many forms, and ordinary talk: what is hidden of both.

use events::{EntityGroup, EntityKind};
use model::{Channel, MediaTime, Participant, Pii, SpokenWord, Utterance, UtteranceId, UtteranceText};
use redaction::{Policy, Redactor};

const NAMED: &str = include_str!("people/named.txt");
const PLAIN: &str = include_str!("people/plain.txt");

/// The most letters and digits of a thousand harmless ones that may be hidden.
const MAX_OVER_MASKED: usize = 1;

/// One call that is being talked through.
struct Call {
    redactor: Redactor,
    now_ms: u64,
}

impl Call {
    fn new() -> Self {
        Self { redactor: Redactor::new(Policy::new([3; 16])), now_ms: 0 }
    }

    fn utterance(&self, channel: Channel, words: &[&str], text: UtteranceText) -> Utterance {
        let at = |n: usize| MediaTime::from_millis(self.now_ms + 300 * u64::try_from(n).expect("few words"));
        let spoken = words.iter().enumerate().map(|(n, word)| SpokenWord {
            text: Pii::new((*word).to_owned()),
            start: at(n),
            end: at(n + 1),
            confidence: 1.0,
        });
        let id = UtteranceId::new(channel, at(0));
        Utterance { id, revision: 1, text, end: at(words.len()), words: spoken.collect() }
    }

    /// Which of the words are hidden: in the final, and in each partial before it.
    fn says(&mut self, channel: Channel, words: &[&str]) -> (Vec<bool>, Vec<Vec<bool>>) {
        let partials = (1..=words.len())
            .map(|n| {
                let heard = self.utterance(channel, &words[..n], UtteranceText::Partial);
                let out = self.redactor.redact(&heard, Participant::Customer);
                // What is not shown yet is hidden.
                let shown: Vec<u64> =
                    out.utterance.words.iter().filter(|w| w.masked.is_none()).map(|w| w.start_ms).collect();
                heard.words.iter().map(|word| !shown.contains(&word.start.as_millis())).collect()
            })
            .collect();
        let whole = self.utterance(channel, words, UtteranceText::Final);
        self.now_ms = whole.end.as_millis() + 500;
        let out = self.redactor.redact(&whole, Participant::Customer);
        let ours = |kind: EntityKind| kind.group() == EntityGroup::Contact && kind != EntityKind::Date;
        let spans = || out.spans.iter().filter(|span| ours(span.kind));
        let hidden = |at: usize| spans().any(|span| (span.from..span.to).contains(&at));
        ((0..words.len()).map(hidden).collect(), partials)
    }
}

/// A line without its braces: who says it, its words, and which of them are names.
fn parsed(line: &str) -> (Channel, Vec<String>, Vec<bool>) {
    let (channel, said) = match line.strip_prefix("a: ") {
        Some(said) => (Channel::ToCustomer, said),
        None => (Channel::Customer, line),
    };
    let (mut inside, mut words, mut named) = (false, Vec::new(), Vec::new());
    for word in said.split_whitespace() {
        inside |= word.starts_with('{');
        named.push(inside);
        inside &= !word.contains('}');
        words.push(word.replace(['{', '}'], ""));
    }
    (channel, words, named)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

#[test]
fn names_are_hidden_in_every_version_and_nothing_else_is() {
    let mut call = Call::new();
    let mut failures = Vec::new();
    for line in lines(NAMED) {
        if line.is_empty() {
            call = Call::new();
            continue;
        }
        let (channel, words, named) = parsed(line);
        let texts: Vec<&str> = words.iter().map(String::as_str).collect();
        let (hidden, partials) = call.says(channel, &texts);
        if hidden != named {
            let wrong: Vec<&str> = texts
                .iter()
                .zip(hidden.iter().zip(&named))
                .filter(|(_, (a, b))| a != b)
                .map(|(t, _)| *t)
                .collect();
            failures.push(format!("{line}\n    wrong: {wrong:?}"));
        }
        let early =
            |partial: &Vec<bool>| partial.iter().zip(&named).any(|(hidden, named)| *named && !*hidden);
        if let Some(partial) = partials.iter().find(|partial| early(partial)) {
            failures.push(format!("{line}\n    a partial of {} words shows it", partial.len()));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn ordinary_talk_stays_readable() {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let (mut all, mut lost, mut hidden_words) = (0, 0, Vec::new());
    for (n, line) in lines(PLAIN).enumerate() {
        let mut call = Call::new();
        let texts: Vec<&str> = line.split_whitespace().collect();
        let (hidden, _) = call.says(Channel::ALL[n % 2], &texts);
        all += texts.iter().map(|text| letters(text)).sum::<usize>();
        for (text, _) in texts.iter().zip(&hidden).filter(|(_, hidden)| **hidden) {
            lost += letters(text);
            hidden_words.push(format!("{text} in: {line}"));
        }
    }
    assert!(all >= 10_000, "only {all} letters");
    assert!(lost * 1_000 <= all * MAX_OVER_MASKED, "{lost} of {all}:\n{}", hidden_words.join("\n"));
}
