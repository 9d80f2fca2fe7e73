//! After calls full of secrets through a whole server, every byte that it wrote is read: databases and their logs, blobs,
//! spool, its own log, metrics, answers of its API, exports. None of them holds a secret, as words, as digits, or as sound.
//!
//! The streams are not among them: they stand for Amazon's, and are kept in memory here.

mod secrets;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use deepgram_server::{DeepgramServer, Options};
use e2e::{Program, Scripted, Signal, binary, get, place_all};
use lab::{NoticeUrls, Pace, Target};
use model::Channel::{Customer, ToCustomer};
use secrets::Secrets;
use tokio::time::sleep;

const KEY: &str = "test-key";
const READY: Duration = Duration::from_secs(60);
const OVER: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);

/// What is said: numbers in one breath, in four, over interruptions, and read back by the other side.
fn calls() -> Vec<Scripted> {
    let whole: &[&str] = &[
        "four", "one", "five", "six", "seven", "eight", "nine", "zero", "two", "three", "four", "five",
        "six", "seven", "eight", "three",
    ];
    let quarters: [&[&str]; 4] = [
        &["five", "two", "zero", "nine"],
        &["eight", "one", "three", "six"],
        &["four", "four", "seven", "two"],
        &["nine", "zero", "one", "eight"],
    ];
    let asked: &[&str] = &["what", "is", "your", "card", "number", "please"];
    let cvv: &[&str] = &["seven", "three", "one"];
    let social: &[&str] = &["two", "one", "nine", "zero", "nine", "eight", "four", "three", "six"];
    let thanks: &[&str] = &["thank", "you", "good", "bye"];
    let breaths = Scripted::turns(
        11,
        &[
            (ToCustomer, asked, false),
            (Customer, &["yes", "a", "moment", "please"], false),
            (Customer, quarters[0], true),
            (ToCustomer, &["okay"], false),
            (Customer, quarters[1], true),
            (ToCustomer, &["right"], false),
            (Customer, quarters[2], true),
            (Customer, quarters[3], true),
            (ToCustomer, &["okay", "the", "card", "number", "is"], false),
            (ToCustomer, quarters[0], true),
            (ToCustomer, quarters[1], true),
            (ToCustomer, quarters[2], true),
            (ToCustomer, quarters[3], true),
            (Customer, &["yes", "that", "is", "right"], false),
            (ToCustomer, &["what", "is", "the", "security", "code", "on", "the", "card"], false),
            (Customer, cvv, true),
            (ToCustomer, thanks, false),
        ],
    );
    let whole = Scripted::turns(
        12,
        &[
            (ToCustomer, asked, false),
            (Customer, whole, true),
            (ToCustomer, whole, true),
            (ToCustomer, &["what", "is", "your", "social", "security", "number", "please"], false),
            (Customer, social, true),
            (Customer, &["i", "want", "to", "pay", "the", "bill", "today"], false),
            (ToCustomer, thanks, false),
        ],
    );
    vec![breaths, whole]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the trunkline program: scripts/test-remains.sh builds it and runs this"]
async fn nothing_that_a_server_writes_holds_what_was_secret() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let recogniser = Options { api_key: KEY.to_owned(), ..Options::default() };
    let recogniser = DeepgramServer::start(recogniser).await.expect("the recogniser starts");
    let server = serve(folder.path(), &data, recogniser.url());
    let api = server.word_after("console ", READY).await;
    let streams = server.word_after("streams ", READY).await;
    let calls = calls();
    let secrets = Secrets::of(&calls);
    secrets.prove_themselves(&calls);

    let placing = place_all(&calls, &target(&api, &streams), Pace::Times(1.0), Duration::from_millis(300));
    // While the calls run, raw audio is in the spool, and must not be readable.
    let mut spooled = 0;
    let placed = tokio::spawn(placing.finish());
    while !placed.is_finished() {
        spooled += scan(&data, &secrets);
        sleep(POLL).await;
    }
    for call in placed.await.expect("it places them") {
        call.expect("a call is placed");
    }
    assert!(spooled > 0, "nothing was written while calls ran");

    let ids = verified(&api, calls.len()).await;
    let mut masked = 0;
    for id in &ids {
        for path in [
            "",
            "/transcript",
            "/events?limit=500",
            "/recording",
            "/waveform",
            "/export?format=txt",
            "/export?format=srt",
        ] {
            let (status, body) = get(&api, &format!("/v1/calls/{id}{path}")).await.expect("an answer");
            masked += usize::from(status == 200 && body.windows(6).any(|part| part == b"[card]"));
            secrets.assert_none(&body, &format!("GET {path}"));
        }
        for format in ["json", "srt", "txt", "ndjson"] {
            let export =
                Command::new(binary()).args(["export", id, "--format", format, "--data"]).arg(&data).output();
            secrets.assert_none(&export.expect("it exports").stdout, format);
        }
    }
    assert!(masked > 0, "no call shows that a card was masked");
    for path in ["/metrics", "/v1/calls", "/v1/status"] {
        secrets.assert_none(&get(&api, path).await.expect("an answer").1, path);
    }
    assert!(scan(&data, &secrets) > 0);
    server.signal(Signal::Term);
    server.end(READY).await;
    assert!(scan(&data, &secrets) > 0);
    secrets.assert_none(&fs::read(server.log()).expect("its log"), "the log");
}

fn serve(folder: &Path, data: &Path, recogniser: &str) -> Program {
    let env = [
        ("RECOGNITION__ORDER", r#"["deepgram"]"#),
        ("RECOGNITION__DEEPGRAM__API_KEY", KEY),
        ("RECOGNITION__DEEPGRAM__ENDPOINT", recogniser),
        ("RECOGNITION__DEEPGRAM__MAX_SPEED_PERCENT", "100000"),
        ("KVS__KEEP_ON_DISK", "false"),
        ("LOG__LEVEL", "debug"),
    ];
    let env = env.map(|(name, value)| (format!("TRUNKLINE_{name}"), value.to_owned()));
    let data = data.to_string_lossy().into_owned();
    let args = ["serve", "--listen", "127.0.0.1:0", "--kvs-listen", "127.0.0.1:0", "--data", &data];
    Program::start(&binary(), &args.map(str::to_owned), &env, &folder.join("serve.log"))
}

fn target(api: &str, streams: &str) -> Target {
    let trigger = format!("{api}/v1/triggers/connect").parse().expect("a URL");
    let notices = Some(NoticeUrls::from_trigger(trigger));
    Target { notices, ..Target::new(streams.trim_end_matches(',').parse().expect("a URL")) }
}

/// Waits until every call is over and verified; their ids.
async fn verified(api: &str, count: usize) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let (_, body) = get(api, "/v1/calls").await.expect("an answer");
        let list: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let calls: Vec<&serde_json::Value> =
            list["calls"].as_array().map(|all| all.iter().collect()).unwrap_or_default();
        let ids =
            calls.iter().filter_map(|call| call["call_id"].as_str().map(str::to_owned)).collect::<Vec<_>>();
        let mut done = 0;
        for id in &ids {
            let (_, events) = get(api, &format!("/v1/calls/{id}/events?limit=500")).await.expect("an answer");
            done += usize::from(String::from_utf8_lossy(&events).contains("\"call_verified\""));
        }
        if done == count {
            return ids;
        }
        assert!(begun.elapsed() < OVER, "not every call is verified: {list}");
        sleep(POLL).await;
    }
}

/// Reads every file; says how many bytes that were.
fn scan(folder: &Path, secrets: &Secrets) -> usize {
    let mut bytes = 0;
    for path in files(folder) {
        // One that went away meanwhile holds nothing.
        let Ok(file) = fs::read(&path) else { continue };
        bytes += file.len();
        secrets.assert_none(&file, &path.display().to_string());
    }
    bytes
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return out };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { out.extend(files(&path)) } else { out.push(path) }
    }
    out
}
