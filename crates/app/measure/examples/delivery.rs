//! `trunkline bench delivery` without the rest of the program: the API over stores in memory.
//!
//! `cargo run -p measure --example delivery [SUBSCRIBERS [SECONDS]]`
#![expect(clippy::print_stdout, reason = "what was measured is what it is for")]

use std::{
    env,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use api::{ApiState, Desk, Entry, Reviewers, RouterOptions};
use compliance::{Verifier, VerifierParts};
use engine::{Clock, Engine, EngineOptions, EngineParts};
use measure::{Delivery, DeliveryBench, DeliveryPlan, DeliveryStage, Feed, Program, SubscriberOptions};
use model::{TenantId, Timestamp, WorkerId};
use ports::testing::{
    MemoryAuditLog, MemoryBlobStore, MemoryContacts, MemoryEventLog, MemoryLeases, ScriptedMediaSource,
};
use tokio::net::TcpListener;

/// More than any bench has.
const MAX_SUBSCRIBERS: usize = 1_000_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("server") => serve(&arguments).await,
        Some("subscribers") => subscribe(&arguments).await,
        _ => bench(&arguments).await,
    }
}

async fn bench(arguments: &[String]) -> anyhow::Result<()> {
    let number = |at: usize, default: usize| arguments.get(at).map_or(Ok(default), |text| text.parse());
    let (subscribers, seconds) = (number(0, 10_000)?, number(1, 8)?);
    let program = env::current_exe().context("this program's own file is not known")?;
    let bench = DeliveryBench {
        server: Program::new(&program).args(["server"]),
        subscribers: Program::new(&program).args(["subscribers"]),
        plan: DeliveryPlan {
            subscribers,
            calls: subscribers.div_ceil(10),
            interval: Duration::from_millis(500),
            length: Duration::from_secs(seconds as u64),
            peer: true,
        },
    };
    println!("{}", Delivery::HEAD);
    let report = bench
        .run(&mut |stage| match stage {
            DeliveryStage::Machine(machine) => println!("machine    {}", machine.line()),
            DeliveryStage::Load(load) => println!("{}", load.line()),
            DeliveryStage::Slow(slow) => println!("{}", slow.line()),
            DeliveryStage::LeftOut(why) => println!("left out   {why}"),
            _ => {}
        })
        .await?;
    println!("{}\n{}", report.summary(), report.json());
    Ok(())
}

fn value<T: std::str::FromStr>(arguments: &[String], name: &str) -> anyhow::Result<T> {
    let at =
        arguments.iter().position(|argument| argument == name).with_context(|| format!("give {name}"))?;
    let value = arguments.get(at + 1).and_then(|value| value.parse().ok());
    value.with_context(|| format!("{name} is not what it should be"))
}

async fn subscribe(arguments: &[String]) -> anyhow::Result<()> {
    let options = SubscriberOptions {
        url: value(arguments, "--url")?,
        count: value(arguments, "--count")?,
        calls: value(arguments, "--calls")?,
        never_read: value(arguments, "--never-read")?,
    };
    measure::subscribers(options, |line| println!("{line}")).await
}

async fn serve(arguments: &[String]) -> anyhow::Result<()> {
    let feed = Feed {
        calls: value(arguments, "--calls")?,
        interval: Duration::from_micros(value(arguments, "--interval-us")?),
    };
    let tenant = TenantId::new("local").context("the tenant")?;
    let state = state(&tenant)?;
    let engine = Arc::clone(&state.engine);
    let options = RouterOptions { max_sockets: MAX_SUBSCRIBERS, ..RouterOptions::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen")?;
    println!("listening on http://{}", listener.local_addr().context("the address")?);
    tokio::spawn(axum::serve(listener, api::router_for(state, options)).into_future());
    feed.publish(tenant, move |event| engine.publish(event)).await;
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn state(tenant: &TenantId) -> anyhow::Result<ApiState> {
    let clock: Clock = Arc::new(now);
    let (log, blobs) = (Arc::new(MemoryEventLog::new()), MemoryBlobStore::new());
    let parts = EngineParts {
        media: Arc::new(ScriptedMediaSource::new()),
        transcriber: None,
        absent: "a bench hears nothing".to_owned(),
        log: Arc::clone(&log) as _,
        blobs: Arc::new(blobs.clone()),
        leases: Arc::new(MemoryLeases::new(Arc::clone(&clock))),
        contacts: Arc::new(MemoryContacts::new()),
        bus: None,
        queue: None,
        clock: Arc::clone(&clock),
    };
    let options = EngineOptions::new(WorkerId::new("bench").context("the worker's name")?, tenant.clone());
    let verifier = Verifier::new(VerifierParts {
        log: Arc::clone(&log) as _,
        blobs: Arc::new(blobs.clone()),
        recogniser: None,
        key: None,
        clock,
        publish: Arc::new(|_| ()),
        policy: Arc::new(|_| Arc::default()),
    });
    Ok(ApiState {
        tenant: tenant.clone(),
        engine: Arc::new(Engine::new(parts, options)),
        log,
        blobs: Arc::new(blobs),
        keeping: None,
        verifier,
        audit: Arc::new(MemoryAuditLog::new()),
        reviewers: Reviewers::default(),
        entry: Entry::default(),
        desk: Desk::default(),
        guiding: None,
        metrics: None,
        probes: Vec::new(),
    })
}
