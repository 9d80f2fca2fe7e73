use super::*;

const SENT: Duration = Duration::from_secs(60);

fn word(text: &str, start: f64, end: f64) -> RawItem {
    RawItem { is_punctuation: false, content: Pii::new(text.to_owned()), start, end, confidence: Some(0.9) }
}

fn mark(text: &str) -> RawItem {
    RawItem { is_punctuation: true, confidence: None, ..word(text, 0.0, 0.0) }
}

fn result(id: &str, is_partial: bool, start: f64, end: f64, items: Vec<RawItem>) -> RawResult {
    let has_text = !items.is_empty();
    RawResult { id: Some(id.to_owned()), start, end, is_partial, items, has_text, ..RawResult::default() }
}

/// Takes results with the audio beginning at one minute of the call.
struct Taker {
    utterances: Utterances,
    timeline: Timeline,
}

impl Taker {
    fn new() -> Self {
        let timeline = Timeline::new(MediaTime::from_millis(60_000));
        Self { utterances: Utterances::new(Channel::Customer), timeline }
    }

    fn take(&mut self, result: RawResult) -> Result<Vec<SpeechResult>, TranscriberError> {
        let known = Known { sent: SENT, settled: MediaTime::ZERO, timeline: &self.timeline };
        self.utterances.take(result, known)
    }

    fn told(&mut self, result: RawResult) -> Vec<String> {
        self.take(result).unwrap().iter().map(tell).collect()
    }

    fn garbled(&mut self, result: RawResult) -> bool {
        matches!(self.take(result), Err(TranscriberError::Garbled(_)))
    }
}

fn tell(result: &SpeechResult) -> String {
    match result {
        SpeechResult::Partial { start, end, words, .. } => tell_words("partial", *start, *end, words),
        SpeechResult::Final { start, end, words, .. } => tell_words("final", *start, *end, words),
        SpeechResult::Settled { .. }
        | SpeechResult::LanguageIdentified { .. }
        | SpeechResult::RecogniserChanged { .. } => "other".to_owned(),
    }
}

fn tell_words(what: &str, start: MediaTime, end: MediaTime, words: &[SpokenWord]) -> String {
    let words = words.iter().map(|word| format!(" {}@{}", word.text.expose(), word.start.as_millis()));
    format!("{what} {}-{}{}", start.as_millis(), end.as_millis(), words.collect::<String>())
}

#[test]
fn an_utterance_keeps_the_start_of_its_first_partial() {
    let mut taker = Taker::new();
    let first = taker.told(result("a", true, 1.0, 1.4, vec![word("my", 1.0, 1.2)]));
    assert_eq!(first, ["partial 61000-61400 my@61000"]);
    let words = || vec![word("my", 0.9, 1.2), word("card", 1.3, 1.8), mark(".")];
    let second = taker.told(result("a", true, 0.9, 1.8, words()));
    assert_eq!(second, ["partial 61000-61800 my@60900 card.@61300"]);
    assert_eq!(taker.utterances.progress().open, Some(Duration::from_secs(1)));
    let last = taker.told(result("a", false, 0.9, 1.9, words()));
    assert_eq!(last, ["final 61000-61900 my@60900 card.@61300"]);
    assert_eq!(taker.utterances.progress().open, None);
}

#[test]
fn a_final_that_comes_again_is_told_once() {
    let mut taker = Taker::new();
    let said = || result("a", false, 1.0, 2.0, vec![word("yes", 1.0, 2.0)]);
    assert_eq!(taker.told(said()).len(), 1);
    assert!(taker.told(said()).is_empty());
    assert!(taker.told(RawResult { is_partial: true, ..said() }).is_empty());
}

#[test]
fn utterances_of_a_channel_never_overlap() {
    let mut taker = Taker::new();
    taker.told(result("a", false, 1.0, 2.0, vec![word("yes", 1.0, 2.0)]));
    let next = taker.told(result("b", false, 1.8, 3.0, vec![word("no", 1.8, 3.0)]));
    assert_eq!(next, ["final 62000-63000 no@61800"], "the word stays where it is");
}

#[test]
fn an_utterance_that_the_service_leaves_open_keeps_its_words() {
    let mut taker = Taker::new();
    taker.told(result("a", true, 1.0, 2.0, vec![word("yes", 1.0, 2.0)]));
    let both = taker.told(result("b", true, 3.0, 3.5, vec![word("no", 3.0, 3.5)]));
    assert_eq!(both, ["final 61000-62000 yes@61000", "partial 63000-63500 no@63000"]);
}

#[test]
fn a_final_without_words_closes_what_was_open_and_else_says_nothing() {
    let mut taker = Taker::new();
    assert!(taker.told(result("a", false, 1.0, 2.0, vec![])).is_empty());
    assert_eq!(taker.utterances.progress().final_end, Duration::from_secs(2));
    taker.told(result("b", true, 3.0, 3.5, vec![word("no", 3.0, 3.5)]));
    assert_eq!(taker.told(result("b", false, 3.0, 3.5, vec![])), ["final 63000-63500"]);
}

#[test]
fn marks_belong_to_the_word_before_and_words_do_not_overlap() {
    let mut taker = Taker::new();
    let items =
        vec![mark("-"), word("one", 1.0, 1.5), mark(","), word("two", 1.4, 1.3 + 0.5), mark("?"), mark("!")];
    let told = taker.told(result("a", false, 1.0, 2.0, items));
    assert_eq!(told, ["final 61000-62000 one,@61000 two?!@61500"]);
}

#[test]
fn times_are_exact_to_the_microsecond() {
    assert_eq!(position(1.056), Some(Duration::from_micros(1_056_000)));
    assert_eq!(position(0.3), Some(Duration::from_micros(300_000)));
}

#[test]
fn answers_of_the_wrong_shape_are_garbled() {
    let words = || vec![word("my", 1.0, 1.2)];
    let good = || result("a", true, 1.0, 1.4, words());
    assert!(!Taker::new().garbled(good()));
    let bad = [
        RawResult { id: None, ..good() },
        RawResult { id: Some(String::new()), ..good() },
        RawResult { start: f64::NAN, ..good() },
        RawResult { end: f64::INFINITY, ..good() },
        RawResult { start: -0.5, ..good() },
        RawResult { end: 0.5, ..good() },
        RawResult { end: 65.5, ..good() },
        RawResult { end: 1e300, ..good() },
        RawResult { items: vec![], ..good() },
        RawResult { items: vec![word("my", 2.0, 1.0)], ..good() },
        RawResult { items: vec![word("my", f64::NAN, 1.0)], ..good() },
    ];
    for (index, bad) in bad.into_iter().enumerate() {
        assert!(Taker::new().garbled(bad), "{index}");
    }
    let mut taker = Taker::new();
    taker.told(result("a", false, 10.0, 12.0, vec![word("yes", 10.0, 12.0)]));
    assert!(taker.garbled(result("b", false, 3.0, 4.0, vec![word("no", 3.0, 4.0)])), "backwards");
}

#[test]
fn what_was_said_is_in_no_debug_text() {
    let mut taker = Taker::new();
    let secret = result("a", true, 1.0, 1.4, vec![word("rosebud", 1.0, 1.2), mark(".")]);
    assert!(!format!("{secret:?}").contains("rosebud"));
    taker.told(secret);
    assert!(!format!("{:?}", taker.utterances).contains("rosebud"));
}
