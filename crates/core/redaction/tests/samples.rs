//! The sample calls, as their scripts have them: what is marked sensitive is masked, and the name by which the agent is
//! called, and nothing else is.

use std::{fs, path::Path};

use model::{Channel, MediaTime, Participant, Pii, SpokenWord, Utterance, UtteranceId, UtteranceText};
use redaction::{Policy, Redactor};
use serde_json::Value;

/// A line of a script as a recogniser would give it, its words spread evenly.
fn utterance(line: &Value) -> Utterance {
    let ms = |key: &str| line[key].as_u64().expect("a number");
    let channel = if line["channel"] == "customer" { Channel::Customer } else { Channel::ToCustomer };
    let texts: Vec<&str> = line["text"].as_str().expect("a text").split_whitespace().collect();
    let step = (ms("end_ms") - ms("start_ms")) / u64::try_from(texts.len()).expect("few words");
    let words = (0..).zip(&texts).map(|(n, text)| SpokenWord {
        text: Pii::new((*text).to_owned()),
        start: MediaTime::from_millis(ms("start_ms") + n * step),
        end: MediaTime::from_millis(ms("start_ms") + (n + 1) * step),
        confidence: 1.0,
    });
    Utterance {
        id: UtteranceId::new(channel, MediaTime::from_millis(ms("start_ms"))),
        revision: 1,
        text: UtteranceText::Final,
        end: MediaTime::from_millis(ms("end_ms")),
        words: words.collect(),
    }
}

#[test]
fn samples_show_all_but_what_is_sensitive() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../samples");
    let mut calls = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let call: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let sensitive = call["sensitive"].as_array().unwrap();
        let mut redactor = Redactor::new(Policy::new([5; 16]));
        for line in call["script"].as_array().unwrap() {
            let said = utterance(line);
            let out = redactor.redact(&said, Participant::Customer);
            let within = |part: &&Value| {
                part["channel"] == line["channel"]
                    && part["start_ms"].as_u64() >= line["start_ms"].as_u64()
                    && part["end_ms"].as_u64() <= line["end_ms"].as_u64()
            };
            let agent = call["agent"]["name"].as_str().unwrap().split(' ').next().unwrap();
            let text = line["text"].as_str().unwrap();
            let names =
                text.split(|c: char| !c.is_alphabetic()).filter(|word| *word == agent).map(|_| "name");
            let marked = sensitive.iter().filter(within).map(|part| part["kind"].as_str().unwrap());
            let expected: Vec<&str> = names.chain(marked).collect();
            let masked: Vec<&str> =
                out.utterance.words.iter().filter_map(|word| word.masked).map(|kind| kind.as_str()).collect();
            assert_eq!(masked, expected, "{}: {}", path.display(), out.utterance.text());
            assert_eq!(out.mutes.len(), expected.len());
        }
        calls += 1;
    }
    assert!(calls > 0, "no samples found");
}
