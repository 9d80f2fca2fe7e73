//! What was masked or erased is in no byte of the files.

use std::{fs, path::Path, time::Duration};

use events::Event;
use model::{CallId, CallKey, Channel, Epoch, TenantId, Timestamp};
use ports::{
    Append, EventLog, NewEvent,
    testing::{call_ended, call_started, ids, revised, utterance},
};
use sqlite::SqliteEventLog;
use tempfile::TempDir;

/// How long the write-ahead log may take to be emptied on a busy machine.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

async fn append(log: &SqliteEventLog, (tenant, call): &(TenantId, CallId), events: Vec<NewEvent>) {
    let key = CallKey::new(tenant.clone(), call.clone());
    let after = log.claim(&key, Epoch::FIRST).await.expect("claim");
    let now = Timestamp::from_millis(0);
    log.append(Append { key, epoch: Epoch::FIRST, after, now, events }).await.expect("append");
}

/// How often a word is in the bytes of a folder's files.
fn found(folder: &Path, word: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let bytes = fs::read(&path).expect("a file");
        let count = bytes.windows(word.len()).filter(|bytes| *bytes == word.as_bytes()).count();
        if count > 0 {
            found.push((path.display().to_string(), count));
        }
    }
    found
}

/// Waits until a word is in no file.
async fn is_soon_gone(folder: &Path, word: &str) {
    let gone = async {
        while !found(folder, word).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(MAX_WAIT, gone).await;
    assert!(waited.is_ok(), "{word} is still in {:?}", found(folder, word));
}

#[tokio::test]
async fn a_masked_word_is_in_no_byte_of_an_open_file() {
    let folder = TempDir::new().unwrap();
    let log = SqliteEventLog::open(folder.path()).unwrap();
    let at = ids("acme", "one");
    append(&log, &at, vec![call_started(0), utterance(Channel::Customer, 0, "my card is fourtyoneeleven")])
        .await;
    assert!(!found(folder.path(), "fourtyoneeleven").is_empty(), "the scan finds what is there");
    append(&log, &at, vec![revised(Channel::Customer, 0, 2, "my card is [card]")]).await;
    is_soon_gone(folder.path(), "fourtyoneeleven").await;
    drop(log);
    assert_eq!(found(folder.path(), "fourtyoneeleven"), []);
}

/// Many calls at once, long and short utterances, masks that shorten and masks that lengthen, so that pages are split,
/// joined and moved.
#[tokio::test]
async fn no_masked_word_stays_among_many() {
    let folder = TempDir::new().unwrap();
    let log = SqliteEventLog::open(folder.path()).unwrap();
    let mut dice = Dice(7);
    let calls: Vec<_> = (0..12).map(|n| ids("acme", &format!("call-{n}"))).collect();
    for at in &calls {
        append(&log, at, vec![call_started(0)]).await;
    }
    let mut open = Vec::new();
    for n in 0..1_500_u64 {
        let at = &calls[usize::try_from(dice.roll(12)).unwrap()];
        let filler = "and then some words ".repeat(usize::try_from(dice.roll(12)).unwrap());
        append(
            &log,
            at,
            vec![utterance(Channel::Customer, n * 10, &format!("{filler} zqsecret{n} {filler}"))],
        )
        .await;
        open.push((at, n, filler));
        while dice.roll(3) > 0 && !open.is_empty() {
            let (at, n, filler) = open.swap_remove(usize::try_from(dice.roll(open.len() as u64)).unwrap());
            let masked = match dice.roll(3) {
                0 => "[card]".to_owned(),
                1 => format!("{filler} [card] {filler}"),
                _ => format!("{filler} [card] [card] [card] {filler}"),
            };
            append(&log, at, vec![revised(Channel::Customer, n * 10, 2, &masked)]).await;
        }
    }
    for (at, n, _) in open.drain(..) {
        append(&log, at, vec![revised(Channel::Customer, n * 10, 2, "[card]")]).await;
    }
    is_soon_gone(folder.path(), "zqsecret").await;
    for at in &calls {
        assert!(log.verify_call(&at.0, &at.1).await.unwrap().is_identical());
    }
    drop(log);
    assert_eq!(found(folder.path(), "zqsecret"), []);
}

#[tokio::test]
async fn an_erased_call_is_in_no_byte_after_a_scrub() {
    let folder = TempDir::new().unwrap();
    let log = SqliteEventLog::open(folder.path()).unwrap();
    let calls: Vec<_> = (0..40).map(|n| ids("acme", &format!("call-{n}"))).collect();
    for (n, at) in calls.iter().enumerate() {
        let mut started = call_started(0);
        if let Event::CallStarted(started) = &mut started.event {
            started.queue = Some(format!("zqqueue{:02}", n % 2));
            started.customer_keys = vec![format!("tel-zqkey{:02}", n % 2)];
        }
        append(&log, at, vec![started]).await;
    }
    for said in 0..20_u64 {
        for (n, at) in calls.iter().enumerate() {
            let text = format!("words of zqcall{:02} {}", n % 2, "and more ".repeat(n));
            append(&log, at, vec![utterance(Channel::Customer, said * 100, &text)]).await;
        }
    }
    for at in calls.iter().skip(1).step_by(2) {
        append(&log, at, vec![call_ended(10)]).await;
        log.erase(&CallKey::new(at.0.clone(), at.1.clone())).await.unwrap();
    }
    log.scrub(&calls[0].0).await.unwrap();
    for word in ["zqcall01", "zqqueue01", "zqkey01"] {
        assert_eq!(found(folder.path(), word), []);
        assert!(!found(folder.path(), &word.replace('1', "0")).is_empty(), "others are still there");
    }
    assert!(log.verify_call(&calls[0].0, &calls[0].1).await.unwrap().is_identical());
    append(&log, &calls[0], vec![call_ended(10)]).await;
    assert_eq!(log.read_tenant(&calls[0].0, 860, 10).await.unwrap()[0].position, 861);
}
