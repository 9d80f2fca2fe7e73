use super::*;

const TUNED: &str = include_str!("../../tests/sentiment/tuned.txt");
const HELD_OUT: &str = include_str!("../../tests/sentiment/held_out.txt");
/// Beyond this an utterance is said to be content, or not.
const TOLD: f32 = 0.2;

fn label(text: &str) -> char {
    match score(&Words::of(text)) {
        Some(score) if score >= TOLD => '+',
        Some(score) if score <= -TOLD => '-',
        Some(_) | None => '=',
    }
}

/// The share that is told as people labelled it, and what is not.
fn share(labelled: &str) -> (f32, Vec<String>) {
    let all: Vec<(&str, &str)> = labelled.lines().filter_map(|line| line.split_once(' ')).collect();
    let wrong: Vec<String> = all
        .iter()
        .filter(|(known, text)| label(text).to_string() != *known)
        .map(|(known, text)| format!("{known} told as {}: {text}", label(text)))
        .collect();
    (1.0 - wrong.len() as f32 / all.len() as f32, wrong)
}

#[test]
fn most_sentences_are_told_as_people_would() {
    for (name, labelled, least) in [("tuned", TUNED, 0.95), ("held out", HELD_OUT, 0.75)] {
        let (share, wrong) = share(labelled);
        println!("{name}: {share:.3}");
        assert!(share >= least, "{name}: {share} {wrong:#?}");
    }
}

#[test]
fn a_negation_turns_and_an_intensifier_strengthens() {
    let of = |text: &str| score(&Words::of(text)).unwrap();
    assert!(of("this is not great") < 0.0);
    assert!(of("this is really great") > of("this is great"));
    assert!(of("it was a bit slow") > of("it was very slow"));
    assert!(of("you were nice but this is terrible") < 0.0);
    assert!(of("it was terrible but you have been wonderful") > 0.0);
    assert_eq!(score(&Words::of("the bill is due on Monday")), None);
}

#[test]
fn a_mood_follows_the_latest_words() {
    let mut mood = Mood::default();
    mood.hear(&Words::of("hello there"));
    assert_eq!(mood.value(), None, "too little was said");
    for text in ["this is terrible and I am very angry", "it is an awful service"] {
        mood.hear(&Words::of(text));
    }
    let low = mood.value().unwrap();
    assert!(low < -0.5, "{low}");
    for text in ["oh that works now, great", "perfect, thank you so much", "you have been wonderful"] {
        mood.hear(&Words::of(text));
    }
    assert!(mood.value().unwrap() > 0.2);
}

#[test]
fn ten_thousand_words_are_bounded() {
    let score = score(&Words::of(&"terrible ".repeat(10_000))).unwrap();
    assert!((-1.0..-0.9).contains(&score));
}
