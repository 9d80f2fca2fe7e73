//! What was said is in no log, not even in the finest one of the client.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use model::{Channel, MediaTime};
use ports::{Transcriber, Transcription};
use tracing_subscriber::fmt::MakeWriter;

#[path = "stand_in/support.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod support;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_finest_log_holds_no_words() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    subscriber.init();
    let server = support::server().await;
    let Transcription { audio: mut sink, mut results } =
        support::transcriber(&server).open(support::request()).await.expect("a stream");
    let customer = support::speech(&["my card balance", "seven"]);
    support::push(&mut *sink, MediaTime::ZERO, [&customer, &customer]);
    sink.finish();
    let (results, error) = support::drain(&mut results).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(support::finals(&results).len(), 4);
    assert!(support::settled(&results, Channel::Customer) > MediaTime::ZERO);

    let log = String::from_utf8_lossy(&log.0.lock().expect("the log")).into_owned();
    assert!(log.contains("StartStreamTranscription"), "the client writes a log");
    for said in ["card", "balance", "seven", "IsPartial"] {
        let found = log.lines().find(|line| line.contains(said));
        assert!(found.is_none(), "a word was written to the log: {found:?}");
    }
}
