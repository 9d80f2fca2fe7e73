//! What is told of a call.

use deepgram_server::{FaultKind, Options};
use model::{Channel, MediaTime};
use ports::{Language, SpeechResult, TranscriptionRequest, testing::transcriber_suite};

use crate::support::{
    config, finals, good, request, said, server, server_with, settled, transcribe, transcriber,
};

const CUSTOMER: &[(u32, &str)] =
    &[(400, "hello my card number is"), (900, "four one one one"), (700, "oh two")];
const AGENT: &[(u32, &str)] = &[(2_900, "how can i help you"), (1_500, "thank you"), (2_000, "")];

#[tokio::test]
async fn it_keeps_the_contract_of_every_recogniser() {
    let server = server().await;
    transcriber_suite(async || transcriber(&server), [&said(CUSTOMER), &said(AGENT)]).await;
    transcriber_suite(async || transcriber(&server), [&said(AGENT), &said(CUSTOMER)]).await;
}

#[tokio::test]
async fn each_channel_says_its_own_words_at_their_own_times() {
    let server = server().await;
    let audio = [said(CUSTOMER), said(AGENT)];
    let results = good(transcribe(&transcriber(&server), request(), [&audio[0], &audio[1]]).await);
    let told = |at: u64, text: &str| (at, text.to_owned());
    assert_eq!(
        finals(&results, Channel::Customer),
        [told(400, "hello my card number is"), told(2_400, "four one one one"), told(3_980, "oh two")]
    );
    assert_eq!(
        finals(&results, Channel::ToCustomer),
        [told(2_900, "how can i help you"), told(5_500, "thank you")]
    );
}

#[tokio::test]
async fn times_are_those_of_the_call_wherever_the_stream_begins() {
    let server = server().await;
    let (customer, agent) = (said(CUSTOMER), said(AGENT));
    let whole = good(transcribe(&transcriber(&server), request(), [&customer, &agent]).await);
    // As another owner would send again: from where the first utterance was settled.
    let from = 2_000;
    let start = MediaTime::from_millis(from);
    let skip = usize::try_from(from * 8).unwrap();
    let later = TranscriptionRequest { start, ..request() };
    let again = transcribe(&transcriber(&server), later, [&customer[skip..], &agent[skip..]]).await;
    let again = good(again);
    for channel in Channel::ALL {
        let mut expected = finals(&whole, channel);
        expected.retain(|(at, _)| *at >= from);
        assert_eq!(finals(&again, channel), expected);
    }
    assert_eq!(settled(&again, Channel::Customer).last(), settled(&whole, Channel::Customer).last());
}

#[tokio::test]
async fn partials_grow_under_one_start_and_end_in_their_final() {
    let server = server().await;
    let long = said(&[(300, "my card number is four one one one two two two two three three three three")]);
    let results = good(transcribe(&transcriber(&server), request(), [&long, &[]]).await);
    let mut partials = Vec::new();
    for result in &results {
        if let SpeechResult::Partial { start, words, .. } = result {
            assert_eq!(start.as_millis(), 300);
            partials.push(words.len());
        }
    }
    assert!(partials.len() >= 3 && partials.is_sorted(), "{partials:?}");
    assert_eq!(finals(&results, Channel::Customer).len(), 1);
}

#[tokio::test]
async fn silence_is_settled_at_least_every_thirty_seconds() {
    let server = server().await;
    let quiet = said(&[(120_000, "")]);
    let results = good(transcribe(&transcriber(&server), request(), [&quiet, &quiet]).await);
    for channel in Channel::ALL {
        let settled = settled(&results, channel);
        assert!(settled.is_sorted() && settled.last() == Some(&120_000));
        assert!(settled.windows(2).all(|pair| pair[1] - pair[0] <= 30_000));
        assert!(settled[0] <= 30_000);
        assert!(finals(&results, channel).is_empty());
    }
}

#[tokio::test]
async fn nothing_is_settled_beyond_what_is_still_being_said() {
    let server = server().await;
    let audio = said(&[(100, &"four ".repeat(70)), (900, "bye")]);
    let results = good(transcribe(&transcriber(&server), request(), [&audio, &audio]).await);
    let mut through = MediaTime::ZERO;
    for result in &results {
        match result {
            SpeechResult::Settled { channel: Channel::Customer, through: now } => through = *now,
            SpeechResult::Partial { channel: Channel::Customer, start, .. }
            | SpeechResult::Final { channel: Channel::Customer, start, .. } => assert!(*start >= through),
            SpeechResult::Settled { .. }
            | SpeechResult::Partial { .. }
            | SpeechResult::Final { .. }
            | SpeechResult::LanguageIdentified { .. }
            | SpeechResult::RecogniserChanged { .. } => {}
        }
    }
    let words: Vec<_> =
        finals(&results, Channel::Customer).into_iter().flat_map(|(_, text)| words(&text)).collect();
    assert_eq!(words.len(), 71);
}

#[tokio::test]
async fn a_result_that_comes_twice_is_told_once() {
    let server = server().await;
    let audio = [said(CUSTOMER), said(AGENT)];
    let audio = [&audio[0][..], &audio[1][..]];
    let once = good(transcribe(&transcriber(&server), request(), audio).await);
    server.fault(FaultKind::Duplicate.always());
    let twice = good(transcribe(&transcriber(&server), request(), audio).await);
    for channel in Channel::ALL {
        assert_eq!(finals(&once, channel), finals(&twice, channel));
        assert_eq!(settled(&once, channel), settled(&twice, channel));
    }
}

#[tokio::test]
async fn a_language_that_was_to_be_found_out_is_told() {
    let server = server_with(Options { language: "es".to_owned(), ..Options::default() }).await;
    let audio = said(CUSTOMER);
    let expected = vec!["en-US".to_owned(), "es".to_owned()];
    let asked = TranscriptionRequest { language: Language::Identify(expected), ..request() };
    let results = good(transcribe(&transcriber(&server), asked, [&audio, &[]]).await);
    let told = results
        .iter()
        .filter(|result| matches!(result, SpeechResult::LanguageIdentified { tag } if tag == "es"));
    assert_eq!(told.count(), 1);
    let results = good(transcribe(&transcriber(&server), request(), [&audio, &[]]).await);
    assert!(!results.iter().any(|result| matches!(result, SpeechResult::LanguageIdentified { .. })));
}

#[tokio::test]
async fn tls_is_spoken_to_an_endpoint_whose_certificate_is_trusted() {
    let server = server_with(Options { tls: true, ..Options::default() }).await;
    let audio = said(CUSTOMER);
    let mut config = config(&server);
    let untrusting = deepgram::DeepgramTranscriber::new(config.clone()).unwrap();
    let error = ports::Transcriber::open(&untrusting, request()).await.unwrap_err();
    assert_eq!(error.kind(), "failed");

    config.extra_roots = vec![server.certificate().unwrap().to_vec()];
    let trusting = deepgram::DeepgramTranscriber::new(config).unwrap();
    let results = good(transcribe(&trusting, request(), [&audio, &[]]).await);
    assert_eq!(finals(&results, Channel::Customer).len(), 3);
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
