//! What the service asks for, and what becomes of what it says.

use model::{Channel, MediaTime};
use ports::{Language, SpeechResult, Transcriber, Transcription, TranscriptionRequest};
use tone_words::silence;
use transcribe::{Stability, TranscribeConfig};
use transcribe_server::ServerConfig;

use crate::support::{
    RATE_HZ, call, config, drain, finals, next, push, request, server, server_with, settled, speech, text,
    transcriber, with,
};

#[tokio::test]
async fn each_channel_is_heard_for_itself_with_its_words_in_place() {
    let server = server().await;
    let (customer, to_customer) = (speech(&["my card", "yes"]), speech(&["how can i help"]));
    let (results, error) = call(&transcriber(&server), request(), [&customer, &to_customer]).await;
    assert!(error.is_none(), "{error:?}");
    let mut told = finals(&results);
    told.sort();
    assert_eq!(told, ["customer@1000 my card", "customer@2440 yes", "to_customer@1000 how can i help"]);
    let words = results.iter().find_map(|result| {
        let SpeechResult::Final { words, .. } = result else { return None };
        (words.len() == 2).then(|| words.clone())
    });
    let starts: Vec<u64> = words.unwrap().iter().map(|word| word.start.as_millis()).collect();
    assert_eq!(starts, [1_000, 1_220]);
}

#[tokio::test]
async fn partials_grow_under_the_start_that_the_final_keeps() {
    let server = server().await;
    let customer = speech(&["my card number"]);
    let (results, _) = call(&transcriber(&server), request(), [&customer, &[]]).await;
    let partials: Vec<(u64, String)> = results
        .iter()
        .filter_map(|result| {
            let SpeechResult::Partial { start, words, .. } = result else { return None };
            Some((start.as_millis(), text(words)))
        })
        .collect();
    let expected = [(1_000, "my"), (1_000, "my card"), (1_000, "my card number")];
    assert_eq!(partials, expected.map(|(start, text)| (start, text.to_owned())));
    assert_eq!(finals(&results), ["customer@1000 my card number"]);
}

#[tokio::test]
async fn times_count_from_where_the_audio_begins_on_the_call() {
    let server = server().await;
    let start = MediaTime::from_millis(600_000);
    let (results, _) =
        call(&transcriber(&server), TranscriptionRequest { start, ..request() }, [&speech(&["yes"]), &[]])
            .await;
    assert_eq!(finals(&results), ["customer@601000 yes"]);
    assert!(settled(&results, Channel::Customer) > start);
}

#[tokio::test]
async fn marks_are_written_to_the_word_before_them() {
    let server = server_with(ServerConfig { punctuates: true, ..ServerConfig::default() }).await;
    let (results, _) = call(&transcriber(&server), request(), [&speech(&["yes please"]), &[]]).await;
    assert_eq!(finals(&results), ["customer@1000 yes please."]);
}

#[tokio::test]
async fn a_channel_that_is_behind_holds_the_other_back_and_is_made_up_at_the_end() {
    let server = server().await;
    let Transcription { audio: mut sink, mut results } = transcriber(&server).open(request()).await.unwrap();
    let customer = speech(&["yes"]);
    push(&mut *sink, MediaTime::ZERO, [&customer, &[]]);
    assert_eq!(server.counters().audio_ms(), 0, "nothing is sent for one channel alone");
    sink.finish();
    let (results, error) = drain(&mut results).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(finals(&results), ["customer@1000 yes"]);
    assert_eq!(settled(&results, Channel::Customer), MediaTime::from_millis(2_220));
}

#[tokio::test]
async fn long_silence_is_settled_before_the_call_is_over() {
    let server = server().await;
    let Transcription { audio: mut sink, mut results } = transcriber(&server).open(request()).await.unwrap();
    let quiet = silence(90_000, RATE_HZ);
    push(&mut *sink, MediaTime::ZERO, [&quiet, &quiet]);
    let mut through = [MediaTime::ZERO; 2];
    while through.iter().any(|through| *through < MediaTime::from_millis(80_000)) {
        match next(&mut results).await {
            Some(Ok(SpeechResult::Settled { channel, through: now })) => through[channel.index()] = now,
            other => panic!("only silence was pushed, and there came {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_language_may_be_given_identified_or_configured() {
    let server = server().await;
    let ask = |language: Language| TranscriptionRequest { language, ..request() };
    let audio = speech(&["yes"]);
    let tag = |tag: &str| Language::Tag(tag.to_owned());
    let identify = Language::Identify(vec!["es-US".to_owned(), "en-US".to_owned()]);

    let (given, error) = call(&transcriber(&server), ask(tag("es-US")), [&audio, &[]]).await;
    assert!(error.is_none(), "{error:?}");
    assert!(!given.iter().any(|result| matches!(result, SpeechResult::LanguageIdentified { .. })));

    let (found, error) = call(&transcriber(&server), ask(identify.clone()), [&audio, &[]]).await;
    assert!(error.is_none(), "{error:?}");
    let languages = found.iter().filter_map(|result| {
        let SpeechResult::LanguageIdentified { tag } = result else { return None };
        Some(tag.as_str())
    });
    assert_eq!(languages.collect::<Vec<_>>(), ["en-US"], "once, however many results name it");

    let configured = with(TranscribeConfig { language: identify, ..config(&server) });
    let (found, _) = call(&configured, request(), [&audio, &[]]).await;
    assert!(found.iter().any(|result| matches!(result, SpeechResult::LanguageIdentified { .. })));

    let (_, error) = call(&transcriber(&server), ask(tag("tlh-KL")), [&audio, &[]]).await;
    let error = error.expect("a language that the service does not know is refused");
    assert_eq!(error.kind(), "unavailable");
    assert!(error.to_string().contains("LanguageCode"), "{error}");
}

#[tokio::test]
async fn a_vocabulary_goes_with_a_language_and_with_identification() {
    let server = server().await;
    let audio = speech(&["yes"]);
    let identify = Language::Identify(vec!["es-US".to_owned(), "en-US".to_owned()]);
    for language in [Language::Default, identify] {
        let vocabulary = Some("cards".to_owned());
        let request = TranscriptionRequest { language, vocabulary, ..request() };
        let (results, error) = call(&transcriber(&server), request, [&audio, &[]]).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(finals(&results), ["customer@1000 yes"]);
    }
    let unknown = with(TranscribeConfig { vocabulary: Some("unknown".to_owned()), ..config(&server) });
    let (_, error) = call(&unknown, request(), [&audio, &[]]).await;
    let error = error.expect("a vocabulary that the service does not keep is refused");
    assert!(error.to_string().contains("vocabulary"), "{error}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn partials_need_not_be_stable() {
    let server = server().await;
    for stability in [Stability::Off, Stability::Low, Stability::High] {
        let transcriber = with(TranscribeConfig { stability, ..config(&server) });
        let (results, error) = call(&transcriber, request(), [&speech(&["yes"]), &[]]).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(finals(&results), ["customer@1000 yes"]);
    }
}

#[tokio::test]
async fn wider_audio_is_sent_as_it_is_and_other_rates_are_refused() {
    let server = server().await;
    let sample_rate_hz = 16_000;
    let Transcription { audio: mut sink, mut results } =
        transcriber(&server).open(TranscriptionRequest { sample_rate_hz, ..request() }).await.unwrap();
    let mut audio = silence(500, sample_rate_hz);
    audio.extend(tone_words::encode(&["yes"], sample_rate_hz));
    sink.push(Channel::Customer, MediaTime::ZERO, &audio);
    sink.push(Channel::ToCustomer, MediaTime::ZERO, &audio);
    sink.finish();
    let (results, _) = drain(&mut results).await;
    assert_eq!(finals(&results).len(), 2);
    assert!(finals(&results).contains(&"customer@500 yes".to_owned()));

    let refused =
        transcriber(&server).open(TranscriptionRequest { sample_rate_hz: 4_000, ..request() }).await;
    assert_eq!(refused.unwrap_err().kind(), "unavailable");
}

#[tokio::test]
async fn many_calls_run_side_by_side_each_on_its_connection() {
    // The server refuses a second stream on a connection.
    let server = server().await;
    let transcriber = transcriber(&server);
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(transcriber.open(request()).await.unwrap());
    }
    for Transcription { audio: sink, .. } in &mut open {
        push(&mut **sink, MediaTime::ZERO, [&speech(&["yes"]), &[]]);
        sink.finish();
    }
    for Transcription { mut results, .. } in open {
        let (results, error) = drain(&mut results).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(finals(&results), ["customer@1000 yes"]);
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_ends_its_results_and_its_stream() {
    let server = server().await;
    let Transcription { audio, mut results } = transcriber(&server).open(request()).await.unwrap();
    drop(audio);
    assert!(drain(&mut results).await.1.is_none());
    let Transcription { audio: _kept, results } = transcriber(&server).open(request()).await.unwrap();
    drop(results);
    server.counters().until(|counters| counters.opened() == 2 && counters.running() == 0).await;
}

#[tokio::test]
async fn words_said_again_after_what_is_settled_lie_where_they_lay() {
    let server = server().await;
    let customer = speech(&["my card", "yes please", "thank you"]);
    let (whole, _) = call(&transcriber(&server), request(), [&customer, &[]]).await;
    let start = MediaTime::from_millis(1_440);
    let rest = &customer[usize::try_from(start.as_samples(RATE_HZ)).unwrap()..];
    let again = TranscriptionRequest { start, ..request() };
    let (rest, _) = call(&transcriber(&server), again, [rest, &[]]).await;
    assert_eq!(finals(&rest), finals(&whole)[1..]);
}
