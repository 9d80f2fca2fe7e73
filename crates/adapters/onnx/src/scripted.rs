//! The sessions over a scripted engine: no models, no threads, time as an argument.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, StreamExt as _};
use model::{CallId, Channel, MediaTime, Pii, TenantId};
use ports::{SpeechResult, Transcriber as _, Transcription, TranscriptionRequest};
use proptest::prelude::*;

use crate::{
    EngineError, OnnxTranscriber,
    call::Work,
    channel::MAX_BACKLOG_SAMPLES,
    engine::{SpeechEngine, Tier, VoiceJudge},
    moonshine::HeardWord,
    pool::Pool,
};

/// Loud samples are speech; every half second of them is a word that says where in the audio it is.
#[derive(Default)]
struct Script {
    /// Whether pauses end turns.
    turns_complete: bool,
    fails: bool,
    panics: bool,
    /// What was recognised, in order.
    asked: Mutex<Vec<(Tier, usize)>>,
}

const LOUD: i16 = 8_000;

impl SpeechEngine for Script {
    fn voice(self: Arc<Self>) -> Box<dyn VoiceJudge> {
        Box::new(ScriptVoice)
    }

    fn is_turn_complete(&self, _: &[i16]) -> Result<bool, EngineError> {
        Ok(self.turns_complete)
    }

    fn recognise(&self, tier: Tier, samples: &[i16]) -> Result<Vec<HeardWord>, EngineError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push((tier, samples.len()));
        assert!(!self.panics, "scripted to break off");
        if self.fails {
            return Err(EngineError::Broken);
        }
        let loud = samples.iter().filter(|sample| **sample == LOUD).count();
        let word = |n: usize| HeardWord {
            text: Pii::new(format!("w{n}")),
            start: Duration::from_millis(500) * n as u32,
            end: Duration::from_millis(500) * (n as u32 + 1),
            confidence: 0.9,
        };
        Ok((0..loud.div_ceil(4_000)).map(word).collect())
    }
}

struct ScriptVoice;

impl VoiceJudge for ScriptVoice {
    fn speech(&mut self, frame: &[i16]) -> Result<f32, EngineError> {
        Ok(if frame.iter().filter(|sample| **sample == LOUD).count() * 2 > frame.len() { 0.95 } else { 0.01 })
    }

    fn reset(&mut self) {}
}

/// A recogniser whose work is done when the test says so.
struct Bench {
    pool: Arc<Pool>,
    script: Arc<Script>,
    transcriber: OnnxTranscriber,
    now: Instant,
}

impl Bench {
    fn new(script: Script) -> Self {
        let (pool, script) = (Pool::manual(), Arc::new(script));
        let engine: Arc<dyn SpeechEngine> = Arc::clone(&script) as _;
        let transcriber = OnnxTranscriber::scripted(engine, Arc::clone(&pool));
        Self { pool, script, transcriber, now: Instant::now() }
    }

    fn open(&self, tenant: &str) -> Transcription {
        self.open_at(tenant, 8_000, MediaTime::ZERO)
    }

    fn open_at(&self, tenant: &str, sample_rate_hz: u32, start: MediaTime) -> Transcription {
        let (tenant, call) = (TenantId::new(tenant).unwrap(), CallId::new("call").unwrap());
        let request =
            TranscriptionRequest { start, ..TranscriptionRequest::new(tenant, call, sample_rate_hz) };
        self.transcriber.open(request).now_or_never().unwrap().unwrap()
    }

    fn work(&self) -> Vec<Work> {
        std::iter::from_fn(|| self.pool.work_once(self.now)).collect()
    }
}

fn read(call: &mut Transcription) -> Vec<SpeechResult> {
    std::iter::from_fn(|| call.results.next().now_or_never().flatten()).map(Result::unwrap).collect()
}

/// Silence and speech by turns, in milliseconds, silence first.
fn samples(parts: &[usize]) -> Vec<i16> {
    let level = |at: usize| if at.is_multiple_of(2) { 0 } else { LOUD };
    parts.iter().enumerate().flat_map(|(at, ms)| std::iter::repeat_n(level(at), ms * 8)).collect()
}

fn push(call: &mut Transcription, channel: Channel, samples: &[i16]) {
    call.audio.push(channel, MediaTime::ZERO, samples);
}

fn finals(results: &[SpeechResult]) -> Vec<(u64, u64, usize, bool)> {
    results
        .iter()
        .filter_map(|result| match result {
            SpeechResult::Final { start, end, words, late, .. } => {
                Some((start.as_millis(), end.as_millis(), words.len(), *late))
            }
            SpeechResult::Partial { .. }
            | SpeechResult::Settled { .. }
            | SpeechResult::LanguageIdentified { .. }
            | SpeechResult::RecogniserChanged { .. } => None,
        })
        .collect()
}

#[test]
fn an_utterance_is_final_soon_after_its_end_and_the_channel_settles_in_silence() {
    let bench = Bench::new(Script { turns_complete: true, ..Script::default() });
    let mut call = bench.open("t");
    push(&mut call, Channel::Customer, &samples(&[512, 1_024, 352]));
    bench.work();
    let results = read(&mut call);
    assert_eq!(finals(&results), [(512, 1_536, 3, false)]);
    let settled =
        |ms| SpeechResult::Settled { channel: Channel::Customer, through: MediaTime::from_millis(ms) };
    assert_eq!(results.last(), Some(&settled(1_888)));
    push(&mut call, Channel::Customer, &samples(&[3_200]));
    bench.work();
    assert_eq!(read(&mut call), [settled(5_088)]);
}

/// Everything of a result that says where on the call it is, moved back by `start`.
fn places(result: &SpeechResult, start: MediaTime) -> Vec<i64> {
    let place = |at: &MediaTime| at.as_micros() as i64 - start.as_micros() as i64;
    match result {
        SpeechResult::Partial { start, end, words, .. } | SpeechResult::Final { start, end, words, .. } => {
            let words = words.iter().flat_map(|word| [place(&word.start), place(&word.end)]);
            [place(start), place(end)].into_iter().chain(words).collect()
        }
        SpeechResult::Settled { through, .. } => vec![place(through)],
        SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => Vec::new(),
    }
}

#[test]
fn audio_that_begins_later_on_the_call_is_heard_as_if_it_began_the_call() {
    // The second begins within a word, as where another recogniser was left.
    for parts in [&[512, 1_024, 352, 700, 500][..], &[0, 1_024, 352]] {
        for rate_hz in [8_000, 16_000] {
            let hear = |start: MediaTime| {
                let bench = Bench::new(Script { turns_complete: true, ..Script::default() });
                let mut call = bench.open_at("t", rate_hz, start);
                let audio = samples(parts);
                let audio: Vec<i16> =
                    audio.iter().flat_map(|sample| vec![*sample; rate_hz as usize / 8_000]).collect();
                for (n, piece) in audio.chunks(1_000).enumerate() {
                    let before = MediaTime::from_samples(n as u64 * 1_000, rate_hz);
                    let at = MediaTime::from_micros(start.as_micros() + before.as_micros());
                    for channel in Channel::ALL {
                        call.audio.push(channel, at, piece);
                    }
                    bench.work();
                }
                call.audio.finish();
                bench.work();
                let results = read(&mut call);
                assert!(!finals(&results).is_empty());
                results.iter().map(|result| places(result, start)).collect::<Vec<_>>()
            };
            assert_eq!(
                hear(MediaTime::from_micros(3_600_000_125)),
                hear(MediaTime::ZERO),
                "{parts:?} {rate_hz}"
            );
        }
    }
}

#[test]
fn the_first_partial_comes_within_700_ms_of_speech_and_then_one_in_every_700_ms() {
    let bench = Bench::new(Script::default());
    let mut call = bench.open("t");
    let audio = samples(&[320, 6_000]);
    let mut shown_at = Vec::new();
    for (index, chunk) in audio.chunks(160).enumerate() {
        push(&mut call, Channel::Customer, chunk);
        bench.work();
        let fed_ms = (index as u64 + 1) * 20;
        let partial = |result: &SpeechResult| match result {
            SpeechResult::Partial { words, .. } => !words.is_empty(),
            SpeechResult::Final { .. }
            | SpeechResult::Settled { .. }
            | SpeechResult::LanguageIdentified { .. }
            | SpeechResult::RecogniserChanged { .. } => false,
        };
        if read(&mut call).iter().any(partial) {
            shown_at.push(fed_ms - 320);
        }
    }
    assert!(shown_at[0] <= 620, "{shown_at:?}");
    assert!(shown_at.windows(2).all(|pair| pair[1] - pair[0] <= 620), "{shown_at:?}");
    assert!(shown_at.last().unwrap() + 620 >= 6_000, "{shown_at:?}");
}

#[test]
fn a_busy_machine_makes_finals_late_and_drafts_rare_and_loses_nothing() {
    let mut bench = Bench::new(Script { turns_complete: true, ..Script::default() });
    let mut call = bench.open("t");
    for _ in 0..3 {
        push(&mut call, Channel::Customer, &samples(&[512, 1_984, 512]));
    }
    bench.now += Duration::from_secs(3);
    bench.work();
    let results = read(&mut call);
    let said = finals(&results);
    assert_eq!(said.len(), 3);
    assert!(said.iter().all(|(.., late)| *late));
    let drafts = bench.script.asked.lock().unwrap().iter().filter(|(tier, _)| *tier == Tier::Draft).count();
    assert!(drafts <= 3, "{drafts} drafts of three utterances that were over long since");
}

#[test]
fn a_click_is_final_without_words_and_without_work() {
    let bench = Bench::new(Script { turns_complete: true, ..Script::default() });
    let mut call = bench.open("t");
    push(&mut call, Channel::ToCustomer, &samples(&[512, 64, 512]));
    bench.work();
    assert_eq!(finals(&read(&mut call)), [(512, 576, 0, false)]);
    assert!(bench.script.asked.lock().unwrap().is_empty());
}

#[test]
fn words_stay_within_their_utterance_and_in_order() {
    let bench = Bench::new(Script { turns_complete: true, ..Script::default() });
    let mut call = bench.open("t");
    push(&mut call, Channel::Customer, &samples(&[512, 1_120, 512]));
    bench.work();
    let results = read(&mut call);
    let Some(SpeechResult::Final { start, end, words, .. }) =
        results.iter().find(|result| matches!(result, SpeechResult::Final { .. }))
    else {
        panic!("no final in {results:?}");
    };
    assert_eq!(words[0].start, *start);
    assert!(words.windows(2).all(|pair| pair[0].end <= pair[1].start));
    assert!(words.iter().all(|word| word.start <= word.end && word.end <= *end));
}

#[test]
fn the_end_of_the_audio_makes_all_final_and_ends_the_results() {
    let bench = Bench::new(Script::default());
    let mut call = bench.open("t");
    push(&mut call, Channel::Customer, &samples(&[100, 777]));
    call.audio.finish();
    bench.work();
    let results = read(&mut call);
    assert_eq!(finals(&results).len(), 1);
    let through = MediaTime::from_millis(877);
    assert_eq!(results.last(), Some(&SpeechResult::Settled { channel: Channel::Customer, through }));
    assert!(matches!(call.results.next().now_or_never(), Some(None)));
}

#[test]
fn a_call_without_audio_ends_at_once() {
    let bench = Bench::new(Script::default());
    let mut call = bench.open("t");
    call.audio.finish();
    assert!(matches!(call.results.next().now_or_never(), Some(None)));
}

#[test]
fn a_failing_or_panicking_recogniser_ends_its_call_alone() {
    for script in [
        Script { fails: true, turns_complete: true, ..Script::default() },
        Script { panics: true, turns_complete: true, ..Script::default() },
    ] {
        let bench = Bench::new(script);
        let (mut bad, mut good) = (bench.open("t"), bench.open("t"));
        push(&mut bad, Channel::Customer, &samples(&[512, 1_024, 512]));
        push(&mut good, Channel::Customer, &samples(&[1_024]));
        bench.work();
        let ends_in_error =
            std::iter::from_fn(|| bad.results.next().now_or_never().flatten()).any(|item| item.is_err());
        assert!(ends_in_error);
        assert!(matches!(bad.results.next().now_or_never(), Some(None)));
        assert!(!read(&mut good).is_empty());
    }
}

#[test]
fn more_than_the_backlog_holds_is_an_error_and_no_silent_loss() {
    let bench = Bench::new(Script::default());
    let mut call = bench.open("t");
    for _ in 0..=10 {
        push(&mut call, Channel::Customer, &vec![0; MAX_BACKLOG_SAMPLES / 10]);
    }
    let Some(Some(Err(error))) = call.results.next().now_or_never() else { panic!("no error") };
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "10 minutes of audio wait to be recognised");
}

#[test]
fn a_call_that_nobody_reads_any_more_costs_nothing() {
    let bench = Bench::new(Script { turns_complete: true, ..Script::default() });
    let Transcription { mut audio, results } = bench.open("t");
    drop(results);
    audio.push(Channel::Customer, MediaTime::ZERO, &samples(&[512, 2_048, 512]));
    assert!(bench.work().is_empty());
    assert!(bench.script.asked.lock().unwrap().is_empty());
}

#[test]
fn finals_of_a_small_tenant_do_not_wait_behind_a_big_one() {
    let bench = Bench::new(Script { turns_complete: true, ..Script::default() });
    let mut big: Vec<_> = (0..20).map(|_| bench.open("big")).collect();
    let mut small = bench.open("small");
    for call in &mut big {
        push(call, Channel::Customer, &samples(&[320, 320, 352]));
    }
    push(&mut small, Channel::Customer, &samples(&[320, 320, 352]));
    // One turn of listening and one final of each of two calls, and what stands between them.
    for _ in 0..8 {
        bench.pool.work_once(bench.now);
    }
    assert_eq!(finals(&read(&mut small)).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_is_final_depends_on_the_audio_alone(
        parts in prop::collection::vec(40_usize..2_500, 1..8),
        cuts in prop::collection::vec(1_usize..4_000, 1..30),
        turns_complete in any::<bool>(),
        late in any::<bool>(),
    ) {
        let audio = samples(&parts);
        let run = |pieces: &mut dyn Iterator<Item = usize>, work_between: bool, late: bool| {
            let mut bench = Bench::new(Script { turns_complete, ..Script::default() });
            let mut call = bench.open("t");
            let mut rest = audio.as_slice();
            let mut results = Vec::new();
            for piece in pieces {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                push(&mut call, Channel::Customer, now);
                rest = later;
                if work_between {
                    bench.work();
                    results.extend(read(&mut call));
                }
                if late {
                    bench.now += Duration::from_secs(1);
                }
            }
            push(&mut call, Channel::Customer, rest);
            call.audio.finish();
            bench.work();
            results.extend(read(&mut call));
            results
        };
        let whole = run(&mut std::iter::empty(), false, false);
        let cut = run(&mut cuts.iter().copied(), true, late);
        let plain = |results: &[SpeechResult]| -> Vec<_> {
            finals(results).into_iter().map(|(start, end, words, _)| (start, end, words)).collect()
        };
        prop_assert_eq!(plain(&whole), plain(&cut));
        // Positions settle monotonically, and no final starts before a settled position.
        let mut settled = MediaTime::ZERO;
        for result in &cut {
            match result {
                SpeechResult::Settled { through, .. } => {
                    prop_assert!(*through >= settled);
                    settled = *through;
                }
                SpeechResult::Final { start, .. } | SpeechResult::Partial { start, .. } => {
                    prop_assert!(*start >= settled);
                }
                SpeechResult::LanguageIdentified { .. } | SpeechResult::RecogniserChanged { .. } => {}
            }
        }
    }
}
