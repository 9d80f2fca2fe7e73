use super::*;
use crate::{feed::CHUNK, results::RawItem};

const RATE_HZ: u32 = 8_000;

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn config() -> SessionConfig {
    SessionConfig { rate_hz: RATE_HZ, start: MediaTime::from_millis(10_000), identifies: false, limit: secs(3_600) }
}

/// Sends silence in real time until `until`.
fn send(session: &mut Session, now: &mut Duration, until: Duration) {
    while *now < until {
        *now += CHUNK;
        session.sent(&Chunk { samples: vec![0; 1_600], fill: 0 }, *now).unwrap();
    }
}

fn said(channel: &str, id: &str, is_partial: bool, start: f64, end: f64) -> RawResult {
    let content = model::Pii::new("word".to_owned());
    RawResult {
        id: Some(id.to_owned()),
        channel: Some(channel.to_owned()),
        start,
        end,
        is_partial,
        language: Some("es-US".to_owned()),
        items: vec![RawItem { is_punctuation: false, content, start, end, confidence: None }],
        has_text: true,
    }
}

fn kinds(results: &[SpeechResult]) -> Vec<String> {
    results.iter().map(kind).collect()
}

fn kind(result: &SpeechResult) -> String {
    match result {
        SpeechResult::Partial { channel, start, .. } => format!("partial {channel} {}", start.as_millis()),
        SpeechResult::Final { channel, start, .. } => format!("final {channel} {}", start.as_millis()),
        SpeechResult::Settled { channel, through } => format!("settled {channel} {}", through.as_millis()),
        SpeechResult::LanguageIdentified { tag } => format!("language {tag}"),
        SpeechResult::RecogniserChanged { .. } => "recogniser".to_owned(),
    }
}

#[test]
fn in_silence_both_channels_are_settled_every_few_seconds() {
    let (mut session, mut now, mut all) = (Session::new(config()), Duration::ZERO, Vec::new());
    while now < secs(60) {
        let next = now + secs(1);
        send(&mut session, &mut now, next);
        all.extend(session.tick(now).unwrap());
    }
    let of = |wanted: Channel| -> Vec<u64> {
        let through = all.iter().filter_map(|result| {
            let SpeechResult::Settled { channel, through } = result else { return None };
            (*channel == wanted).then(|| through.as_millis())
        });
        through.collect()
    };
    let expected: Vec<u64> = (3..=13).map(|n| n * 5_000).collect();
    assert_eq!(of(Channel::Customer), expected);
    assert_eq!(of(Channel::ToCustomer), expected);
}

#[test]
fn a_final_is_followed_by_what_it_settles() {
    let (mut session, mut now) = (Session::new(config()), Duration::ZERO);
    send(&mut session, &mut now, secs(4));
    let partial = session.said(vec![said("ch_0", "a", true, 1.0, 2.0)], now).unwrap();
    assert_eq!(kinds(&partial), ["partial customer 11000"]);
    let done = session.said(vec![said("ch_0", "a", false, 1.0, 3.0)], now).unwrap();
    assert_eq!(kinds(&done), ["final customer 11000", "settled customer 13000"]);
}

#[test]
fn channels_are_told_apart_by_their_ids() {
    let (mut session, mut now) = (Session::new(config()), Duration::ZERO);
    send(&mut session, &mut now, secs(4));
    let both = vec![said("ch_1", "a", true, 1.0, 2.0), said("ch_0", "b", true, 1.5, 2.0)];
    let told = session.said(both, now).unwrap();
    assert_eq!(kinds(&told), ["partial to_customer 11000", "partial customer 11500"]);
    for channel in [Some("ch_2".to_owned()), Some(String::new()), None] {
        let bad = RawResult { channel, ..said("ch_0", "c", true, 2.0, 3.0) };
        assert!(matches!(session.said(vec![bad], now), Err(TranscriberError::Garbled(_))));
    }
}

#[test]
fn the_language_is_told_when_it_was_asked_for_and_changes() {
    let mut session = Session::new(SessionConfig { identifies: true, ..config() });
    let mut now = Duration::ZERO;
    send(&mut session, &mut now, secs(9));
    let first = session.said(vec![said("ch_0", "a", false, 1.0, 2.0)], now).unwrap();
    assert_eq!(kinds(&first)[0], "language es-US");
    let same = session.said(vec![said("ch_0", "b", true, 3.0, 4.0)], now).unwrap();
    assert_eq!(kinds(&same), ["partial customer 13000"]);
    let other = RawResult { language: Some("en-US".to_owned()), ..said("ch_0", "b", true, 3.0, 5.0) };
    assert_eq!(kinds(&session.said(vec![other], now).unwrap())[0], "language en-US");
}

#[test]
fn silence_in_place_of_audio_moves_no_later_word() {
    let (mut session, mut now) = (Session::new(config()), Duration::ZERO);
    send(&mut session, &mut now, secs(2));
    session.sent(&Chunk { samples: vec![0; 1_600], fill: 400 }, now).unwrap();
    send(&mut session, &mut now, secs(6));
    let told = session.said(vec![said("ch_0", "a", true, 3.05, 4.0)], now).unwrap();
    assert_eq!(kinds(&told), ["partial customer 13000"]);
}

#[test]
fn at_the_end_what_is_open_stays_and_all_is_settled() {
    let (mut session, mut now) = (Session::new(config()), Duration::ZERO);
    send(&mut session, &mut now, secs(4));
    session.said(vec![said("ch_0", "a", true, 1.0, 2.0)], now).unwrap();
    session.finished(now);
    let last = session.ended([secs(4), Duration::from_millis(3_990)]).unwrap();
    let expected = ["final customer 11000", "settled customer 14000", "settled to_customer 13990"];
    assert_eq!(kinds(&last), expected);
}

fn failure<T: std::fmt::Debug>(result: Result<T, TranscriberError>) -> String {
    match result {
        Err(TranscriberError::Failed(cause)) => cause.to_string(),
        other => panic!("no failure but {other:?}"),
    }
}

#[test]
fn a_stream_that_ends_before_its_audio_has_failed() {
    let mut session = Session::new(config());
    assert!(failure(session.ended([secs(1); 2])).contains("before the audio was over"));
}

#[test]
fn the_limit_of_a_stream_ends_it_with_its_cause() {
    let mut session = Session::new(SessionConfig { limit: secs(60), ..config() });
    let chunk = Chunk { samples: vec![0; 1_600], fill: 0 };
    for n in 0..600 {
        session.sent(&chunk, CHUNK * n).unwrap();
    }
    let limit = session.sent(&chunk, secs(60)).unwrap_err();
    assert_eq!(limit.to_string(), "the stream has reached the 1 minutes that the service allows");
}

#[test]
fn a_service_that_does_not_end_the_stream_is_not_waited_for_for_ever() {
    let (mut session, mut now) = (Session::new(config()), Duration::ZERO);
    send(&mut session, &mut now, secs(4));
    session.finished(now);
    assert!(session.tick(now + secs(30)).is_ok());
    session.said(Vec::new(), now + secs(20)).unwrap();
    assert!(session.tick(now + secs(40)).is_ok());
    assert!(failure(session.tick(now + secs(51))).contains("not ended the stream"));
}
