use proptest::prelude::*;

use super::*;
use crate::{feed::CHUNK, results::RawItem};

const RATE_HZ: u32 = 8_000;

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn config() -> SessionConfig {
    SessionConfig {
        rate_hz: RATE_HZ,
        start: MediaTime::from_millis(10_000),
        identifies: false,
        limit: secs(3_600),
    }
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
    while now < secs(12) {
        let next = now + Duration::from_millis(200);
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
    let expected = [10_200, 12_200, 14_200, 16_200];
    assert_eq!(of(Channel::Customer), expected);
    assert_eq!(of(Channel::ToCustomer), expected);
}

#[test]
fn audio_that_is_sent_fast_is_settled_in_steps() {
    let mut session = Session::new(config());
    let chunk = Chunk { samples: vec![0; 1_600], fill: 0 };
    let mut told = Vec::new();
    for _ in 0..200 {
        session.sent(&chunk, secs(1)).unwrap();
        told.extend(session.tick(secs(1)).unwrap());
    }
    let ends = [15_000, 20_000, 25_000];
    let expected = ends.map(|end| [format!("settled customer {end}"), format!("settled to_customer {end}")]);
    assert_eq!(kinds(&told), expected.concat());
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
    send(&mut session, &mut now, secs(7));
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
    assert_eq!(kinds(&told)[0], "partial customer 13000");
}

#[test]
fn speech_that_is_not_answered_fails_the_stream_before_it_is_settled() {
    let (mut session, mut now) = (Session::new(config()), Duration::ZERO);
    send(&mut session, &mut now, secs(10));
    let loud = Chunk { samples: [[5_000, 0], [-5_000, 0]].concat().repeat(400), fill: 0 };
    for _ in 0..20 {
        now += CHUNK;
        session.sent(&loud, now).unwrap();
    }
    let (mut told, mut failed) = (Vec::new(), None);
    while failed.is_none() {
        let next = now + secs(1);
        send(&mut session, &mut now, next);
        match session.tick(now) {
            Ok(more) => told.extend(more),
            Err(error) => failed = Some(error),
        }
    }
    assert!(now < secs(40), "{now:?}");
    assert!(failure(Err::<(), _>(failed.unwrap())).contains("not answered 25 s of sound"));
    let customer = told.iter().rev().find(|result| kind(result).starts_with("settled customer"));
    assert_eq!(customer.map(kind).as_deref(), Some("settled customer 19500"));
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

/// Something that happens to a stream.
#[derive(Clone, Debug)]
enum Happens {
    Sent { loud: bool },
    Filled,
    Said { channel: usize, id: u8, is_partial: bool, start: f64, length: f64 },
    Quiet,
    Passed(u64),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => any::<bool>().prop_map(|loud| Happens::Sent { loud }),
        1 => Just(Happens::Filled),
        4 => (0..2_usize, 0..6_u8, any::<bool>(), -0.1..12.0, -0.01..3.0).prop_map(
            |(channel, id, is_partial, start, length)| Happens::Said { channel, id, is_partial, start, length }
        ),
        1 => Just(Happens::Quiet),
        1 => (0..5_000_u64).prop_map(Happens::Passed),
    ]
}

/// What a reader may rely on, of one channel.
#[derive(Default)]
struct Reader {
    settled: MediaTime,
    last_final: Option<(MediaTime, MediaTime)>,
}

impl Reader {
    fn read(&mut self, result: &SpeechResult) {
        match result {
            SpeechResult::Partial { start, end, words, .. } => self.speech(*start, *end, words),
            SpeechResult::Final { start, end, words, .. } => {
                self.speech(*start, *end, words);
                self.last_final = Some((*start, *end));
            }
            SpeechResult::Settled { through, .. } => {
                assert!(*through >= self.settled, "what is settled stays settled");
                self.settled = *through;
            }
            SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => {}
        }
    }

    fn speech(&self, start: MediaTime, end: MediaTime, words: &[model::SpokenWord]) {
        assert!(start <= end, "speech ends after it starts");
        assert!(start >= self.settled, "nothing comes before what is settled");
        let (last_start, last_end) = self.last_final.unwrap_or_default();
        assert!(
            self.last_final.is_none() || (start > last_start && start >= last_end),
            "finals do not overlap"
        );
        let times: Vec<_> = words.iter().flat_map(|word| [word.start, word.end]).collect();
        assert!(times.is_sorted(), "words come in time order");
    }
}

fn of(result: &SpeechResult) -> Option<Channel> {
    match result {
        SpeechResult::Partial { channel, .. }
        | SpeechResult::Final { channel, .. }
        | SpeechResult::Settled { channel, .. } => Some(*channel),
        SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => None,
    }
}

proptest! {
    #[test]
    fn whatever_the_service_says_readers_can_rely_on_the_order(all in prop::collection::vec(happens(), 0..200)) {
        let mut session = Session::new(config());
        let mut now = Duration::ZERO;
        let mut readers = [Reader::default(), Reader::default()];
        for happened in all {
            let told = match happened {
                Happens::Sent { loud } => {
                    now += CHUNK;
                    let samples = [[i16::from(loud) * 5_000; 2], [i16::from(loud) * -5_000; 2]].concat();
                    session.sent(&Chunk { samples: samples.repeat(400), fill: 0 }, now).unwrap();
                    session.tick(now)
                }
                Happens::Filled => {
                    session.sent(&Chunk { samples: vec![0; 1_600], fill: 300 }, now).unwrap();
                    session.tick(now)
                }
                Happens::Said { channel, id, is_partial, start, length } => {
                    let (channel, id) = (format!("ch_{channel}"), id.to_string());
                    session.said(vec![said(&channel, &id, is_partial, start, start + length)], now)
                }
                Happens::Quiet => session.said(Vec::new(), now),
                Happens::Passed(ms) => {
                    now += Duration::from_millis(ms);
                    session.tick(now)
                }
            };
            let Ok(told) = told else { break };
            for result in &told {
                if let Some(channel) = of(result) {
                    readers[channel.index()].read(result);
                }
            }
        }
        session.finished(now);
        for result in session.ended([now; 2]).unwrap() {
            if let Some(channel) = of(&result) {
                readers[channel.index()].read(&result);
            }
        }
    }
}
