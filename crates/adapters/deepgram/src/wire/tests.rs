use proptest::prelude::*;

use super::*;

const ORIGIN: MediaTime = MediaTime::from_millis(60_000);

fn read(text: &str) -> Result<Message, Garbage> {
    parse(text, ORIGIN, ORIGIN + Duration::from_secs(10))
}

fn results(channel: &str, start: f64, duration: f64, words: &str) -> String {
    format!(
        r#"{{"type":"Results","channel_index":{channel},"duration":{duration},"start":{start},"is_final":true,
        "speech_final":false,"channel":{{"alternatives":[{{"transcript":"","confidence":0.9,"words":[{words}]}}]}},
        "metadata":{{"request_id":"r","model_info":{{"name":"m"}},"model_uuid":"u"}},"from_finalize":false}}"#
    )
}

fn word(text: &str, start: f64, end: f64) -> String {
    format!(r#"{{"word":"{text}","start":{start},"end":{end},"confidence":0.87}}"#)
}

fn heard(text: &str) -> Heard {
    let Message::Heard(heard) = read(text).unwrap() else { panic!("nothing is heard") };
    heard
}

#[test]
fn a_result_is_put_on_the_calls_timeline() {
    let words = [word("my", 1.2, 1.4), word("card", 1.4, 1.75)].join(",");
    let heard = heard(&results("[1,2]", 1.0, 2.5, &words));
    assert_eq!(heard.channel, Channel::ToCustomer);
    assert_eq!(heard.end, MediaTime::from_millis(63_500));
    let times: Vec<_> =
        heard.words.iter().map(|word| (word.start.as_millis(), word.end.as_millis())).collect();
    assert_eq!(times, [(61_200, 61_400), (61_400, 61_750)]);
    assert!(heard.is_final && !heard.speech_final);
}

#[test]
fn the_punctuated_word_is_taken_where_there_is_one() {
    let word = r#"{"word":"yes","punctuated_word":"Yes.","start":0.1,"end":0.3,"confidence":1.0}"#;
    let heard = heard(&results("[0,2]", 0.0, 1.0, word));
    assert_eq!(heard.words[0].text.expose(), "Yes.");
}

#[test]
fn words_that_overlap_or_leave_their_result_are_put_in_order() {
    let words = [word("a", 0.9, 1.4), word("b", 1.3, 1.2), word("c", 1.9, 2.4)].join(",");
    let heard = heard(&results("[0,2]", 1.0, 1.0, &words));
    let times: Vec<_> = heard.words.iter().flat_map(|word| [word.start, word.end]).collect();
    assert!(times.is_sorted());
    assert!(times.iter().all(|at| (ORIGIN + Duration::from_secs(1)..=heard.end).contains(at)));
}

#[test]
fn the_language_is_that_of_the_message_or_of_most_words() {
    let word = |tag: &str| format!(r#"{{"word":"w","start":0,"end":0.1,"confidence":1,"language":"{tag}"}}"#);
    let words = [word("es"), word("es"), word("en")].join(",");
    assert_eq!(heard(&results("[0,2]", 0.0, 1.0, &words)).language.as_deref(), Some("es"));
    assert_eq!(heard(&results("[0,2]", 0.0, 1.0, "")).language, None);
}

#[test]
fn messages_without_words_are_understood_too() {
    let end = r#"{"type":"UtteranceEnd","channel":[0,2],"last_word_end":2.5}"#;
    assert!(matches!(read(end), Ok(Message::UtteranceEnd { channel: Channel::Customer, words_end })
        if words_end == MediaTime::from_millis(62_500)));
    let unknown_end = r#"{"type":"UtteranceEnd","channel":[0,2],"last_word_end":-1}"#;
    assert!(matches!(read(unknown_end), Ok(Message::UtteranceEnd { .. })));
    let summary = r#"{"type":"Metadata","transaction_key":"deprecated","duration":9.5,"channels":2}"#;
    assert!(matches!(read(summary), Ok(Message::Summary { audio }) if audio == Duration::from_millis(9_500)));
    let started = r#"{"type":"SpeechStarted","channel":[0,2],"timestamp":1.0}"#;
    assert!(matches!(read(started), Ok(Message::Other)));
    assert!(matches!(read(r#"{"type":"SomethingNew","x":[1]}"#), Ok(Message::Other)));
    let error = r#"{"type":"Error","variant":"NET-0000","description":"my card number"}"#;
    match read(error) {
        Ok(Message::Failed(error)) => {
            let text = error.to_string();
            assert!(text.contains("NET-0000") && !text.contains("card"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn garbage_is_told_without_what_is_in_it() {
    let garbage = [
        "my card number is four one one one".to_owned(),
        r#"["my card"]"#.to_owned(),
        r#"{"words":"my card"}"#.to_owned(),
        r#"{"type":"Results","channel":"my card"}"#.to_owned(),
        r#"{"type":7}"#.to_owned(),
        results("[2,3]", 0.0, 1.0, ""),
        results("[0]", 0.0, 1.0, ""),
        results("[0,2]", -1.0, 1.0, ""),
        results("[0,2]", 2.0, -1.0, ""),
        results("[0,2]", 9.0, 3.0, ""),
        results("[0,2]", 1e300, 1.0, ""),
        results("[0,2]", 0.0, 4.0, &[word("card", 3.0, 3.5), word("my", 1.0, 1.5)].join(",")),
        results("[0,2]", 0.0, 4.0, &word("card", 3.0, 1.0)),
        results("[0,2]", 0.0, 1.0, &word("card", 3.0, 3.1)),
        results("[0,2]", 0.0, 1.0, r#"{"word":"card","start":"my card","end":1,"confidence":1}"#),
        results("[0,2]", 0.0, 9.0, &vec![word("card", 1.0, 1.0); MAX_WORDS + 1].join(",")),
    ];
    for text in garbage {
        let Err(Garbage(what)) = read(&text) else { panic!("taken: {text}") };
        assert!(!what.contains("card"));
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), from in 0_usize..400, cut in 0_usize..400) {
        drop(read(&text));
        let good = results("[0,2]", 0.5, 2.0, &word("yes", 1.0, 1.5));
        let mut broken: String = good.chars().take(from).collect();
        broken.push_str(&text);
        broken.extend(good.chars().skip(cut));
        drop(read(&broken));
    }

    #[test]
    fn whatever_is_taken_is_in_order_and_within_the_audio(
        start in -1.0..12.0_f64,
        duration in -1.0..12.0_f64,
        words in proptest::collection::vec((-1.0..12.0_f64, -1.0..12.0_f64), 0..6),
    ) {
        let words: Vec<String> = words.iter().map(|&(start, end)| word("w", start, end)).collect();
        if let Ok(Message::Heard(heard)) = read(&results("[0,2]", start, duration, &words.join(","))) {
            let times: Vec<_> = heard.words.iter().flat_map(|word| [word.start, word.end]).collect();
            prop_assert!(times.is_sorted());
            prop_assert!(times.iter().all(|at| *at >= ORIGIN && *at <= heard.end));
        }
    }
}
