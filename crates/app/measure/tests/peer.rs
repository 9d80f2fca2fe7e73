//! The peer that we are measured against does its job, or no ratio would mean anything.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use lab::{Batch, Call, Media, NoticeUrls, Pace, Progress, Quirks, Target};
use measure::{Delivered, Followers, Program, Running, StandIn, StandInOptions, node_version};
use tokio::sync::mpsc;

/// Eight fragments of sound that is no speech: the stand-in does not listen.
const FRAGMENTS: usize = 8;
const MAX_WAIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_node_consumer_hands_on_the_words_of_both_channels_in_time() {
    if let Err(why) = node_version() {
        println!("skipped: {why}");
        return;
    }
    let streams = kvs_server::Server::bind(kvs_server::Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        default_retention_hours: 1,
        ..kvs_server::Config::default()
    });
    let streams = streams.await.unwrap().spawn();
    let recogniser = StandIn::start(StandInOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("recogniser.pem");
    std::fs::write(&certificate, &recogniser.certificate).unwrap();
    let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../bench/peers/node-kvs-consumer/main.js");
    let program = Program::new("node")
        .args([main])
        .args(["--kvs", &streams.endpoint(), "--recogniser", &recogniser.url])
        .env("NODE_EXTRA_CA_CERTS", &certificate);
    let peer = Running::start(&program, None, "console").await.unwrap();
    let address: SocketAddr = peer.said.trim_start_matches("http://").parse().unwrap();

    let (heard, mut words) = mpsc::unbounded_channel();
    let followers = Followers::new(Arc::new(move |event: &Delivered<'_>| {
        heard.send((event.seq, event.due.unwrap())).ok();
    }));
    let mut target = Target::new(streams.endpoint().parse().unwrap());
    target.notices =
        Some(NoticeUrls::from_trigger(format!("{}/v1/triggers/connect", peer.said).parse().unwrap()));
    let sound = vec![1_000; FRAGMENTS * 8_192];
    let call = Media::Audio(Call::new("sound", sound.clone(), sound));
    // In real time the first words come after a second, when their follower is there.
    let batch = Batch { quirks: Quirks::plain(), pace: Pace::Times(4.0), ..Batch::new(vec![call]) };
    let follow = Arc::clone(&followers);
    let placing = batch.run(
        Arc::new(target),
        Arc::new(move |progress| {
            if let Progress::Triggered { call_id, .. } = progress {
                follow.follow(0, address, call_id);
            }
        }),
    );
    let placed = placing.await;
    let report = placed[0].as_ref().unwrap();
    assert!(report.is_clean(), "{report:?}");

    let last = report.started_at + Duration::from_micros(FRAGMENTS as u64 * 1_024_000);
    let mut finals = 0;
    while finals < 2 {
        let (seq, due) = tokio::time::timeout(MAX_WAIT, words.recv()).await.unwrap().unwrap();
        // Timecodes are whole milliseconds.
        let off = due.since(last).max(last.since(due));
        finals += usize::from(seq > 0 && off < Duration::from_millis(2));
    }
    followers.close();
    streams.shutdown().await;
}
