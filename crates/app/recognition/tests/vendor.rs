//! The pool over a vendor's adapter and the stand-in for that vendor: what the service does wrong, the call does not
//! notice.

use std::{sync::Arc, time::Duration};

use deepgram::{ApiKey, DeepgramConfig, DeepgramTranscriber};
use deepgram_server::{DeepgramServer, FaultKind, Garbage, Options};
use futures_util::{StreamExt, future::join_all};
use model::{Channel, MediaTime};
use ports::{
    SpeechResult, Transcriber, Transcription, TranscriptionRequest,
    testing::{ids, transcriber_suite},
};
use recognition::{RecogniserPool, Tier, Times};
use tone_words::{encode_text, silence};

const RATE_HZ: u32 = 8_000;
const FRAME: usize = 160;

/// Start and words of each final, by channel, and the names that were told.
#[derive(Debug, Default, PartialEq)]
struct Told {
    finals: [Vec<(MediaTime, String)>; 2],
    names: Vec<String>,
}

async fn server() -> DeepgramServer {
    DeepgramServer::start(Options::default()).await.expect("a free port")
}

fn tier(server: &DeepgramServer, name: &str) -> Tier {
    let config = DeepgramConfig {
        endpoint: server.url().to_owned(),
        max_speed: 100_000.0,
        no_answer_timeout: Duration::from_millis(500),
        ..DeepgramConfig::new(ApiKey::new("test-key"))
    };
    let transcriber = DeepgramTranscriber::new(config).expect("a good configuration");
    Tier { name: name.to_owned(), ..Tier::new(Arc::new(transcriber)) }
}

fn pool(servers: [&DeepgramServer; 2]) -> RecogniserPool {
    let tiers = vec![tier(servers[0], "first"), tier(servers[1], "second")];
    RecogniserPool::new(tiers, Times::default()).expect("two tiers")
}

/// Half a minute in which one speaks while the other listens, and a few words fall together.
fn dialogue() -> [Vec<i16>; 2] {
    let mut customer = Vec::new();
    let mut agent = silence(700, RATE_HZ);
    for (n, text) in ["one two three four", "five six", "seven eight nine zero one two three", "four"]
        .into_iter()
        .cycle()
        .take(16)
        .enumerate()
    {
        let speaker = if n % 3 == 1 { &mut agent } else { &mut customer };
        speaker.extend(encode_text(text, RATE_HZ));
        speaker.extend(silence(900, RATE_HZ));
    }
    let longest = customer.len().max(agent.len());
    customer.resize(longest, 0);
    agent.resize(longest, 0);
    [customer, agent]
}

async fn hear(pool: &RecogniserPool) -> Told {
    let (tenant, call) = ids("acme", "call-1");
    let request = TranscriptionRequest::new(tenant, call, RATE_HZ);
    let Transcription { mut audio, mut results } = pool.open(request).await.expect("a call");
    let [customer, agent] = dialogue();
    let frames = customer.chunks(FRAME).zip(agent.chunks(FRAME)).zip(0_u64..);
    for ((customer, agent), n) in frames {
        let at = MediaTime::from_samples(n * FRAME as u64, RATE_HZ);
        audio.push(Channel::Customer, at, customer);
        audio.push(Channel::ToCustomer, at, agent);
    }
    audio.finish();
    let mut told = Told::default();
    while let Some(result) = results.next().await {
        match result.expect("no error reaches the call") {
            SpeechResult::Final { channel, start, words, .. } if !words.is_empty() => {
                let words: Vec<_> = words.iter().map(|word| word.text.expose().as_str()).collect();
                told.finals[channel.index()].push((start, words.join(" ")));
            }
            SpeechResult::RecogniserChanged { name } => told.names.push(name),
            SpeechResult::Final { .. }
            | SpeechResult::Partial { .. }
            | SpeechResult::Settled { .. }
            | SpeechResult::LanguageIdentified { .. } => {}
        }
    }
    told
}

async fn undisturbed() -> Told {
    let servers = [server().await, server().await];
    let told = hear(&pool(servers.each_ref())).await;
    assert!(told.finals.iter().all(|finals| finals.len() >= 4), "{told:?}");
    told
}

fn faults(after_ms: u64) -> Vec<FaultKind> {
    let garbage = [Garbage::Text, Garbage::Shape, Garbage::Times, Garbage::Backwards, Garbage::Channel];
    let mut faults = vec![
        FaultKind::Close { after_ms, code: 1011, reason: "NET-0000".to_owned() },
        FaultKind::Error { after_ms, code: "INTERNAL_SERVER_ERROR".to_owned() },
        FaultKind::Drop { after_ms },
        FaultKind::Stall { after_ms },
    ];
    faults.extend(garbage.map(|what| FaultKind::Garbage { after_ms, what }));
    faults
}

#[tokio::test]
async fn a_pool_over_a_vendor_is_a_recogniser() {
    let servers = [server().await, server().await];
    let [customer, agent] = dialogue();
    transcriber_suite(async || pool(servers.each_ref()), [&customer, &agent]).await;
}

#[tokio::test]
async fn a_stream_that_fails_once_leaves_no_trace_in_the_transcript() {
    let calm = undisturbed().await;
    let runs = [700, 3_210, 9_000].into_iter().flat_map(faults).map(async |fault| {
        let servers = [server().await, server().await];
        servers[0].fault(fault.clone().times(1));
        (fault, hear(&pool(servers.each_ref())).await)
    });
    for (fault, told) in join_all(runs).await {
        assert_eq!(told, calm, "{fault:?}");
    }
}

#[tokio::test]
async fn a_service_that_keeps_failing_is_left_and_the_transcript_is_the_same() {
    let calm = undisturbed().await;
    let refusals = [401, 402, 429, 500, 503].map(|status| FaultKind::Refuse { status });
    let runs = faults(1_500).into_iter().chain(refusals).map(async |fault| {
        let servers = [server().await, server().await];
        servers[0].fault(fault.clone().always());
        (fault, hear(&pool(servers.each_ref())).await)
    });
    for (fault, told) in join_all(runs).await {
        assert_eq!(told.finals, calm.finals, "{fault:?}");
        assert_eq!(told.names, ["second"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_call_outlives_both_services_failing_in_turn() {
    let calm = undisturbed().await;
    let servers = [server().await, server().await];
    servers[0].fault(FaultKind::Drop { after_ms: 2_300 }.times(4));
    servers[0].fault(FaultKind::Refuse { status: 503 }.times(1));
    servers[1].fault(FaultKind::Close { after_ms: 3_100, code: 1011, reason: String::new() }.times(2));
    servers[1].fault(FaultKind::Refuse { status: 429 }.times(1));
    assert_eq!(hear(&pool(servers.each_ref())).await.finals, calm.finals);
}
