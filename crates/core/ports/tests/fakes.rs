//! The fakes pass the suites that the adapters pass.

use std::{sync::Arc, time::Duration};

use futures_executor::block_on;
use model::{Channel, StreamName, TenantId, Timestamp};
use ports::{
    AuditEntry, AuditLog, NewAuditEntry,
    testing::{
        JOBS_SUITE_RULES, JobClock, MediaFixture, MemoryAuditLog, MemoryBlobStore, MemoryBus, MemoryContacts,
        MemoryEventLog, MemoryJobs, MemoryLeases, MemoryQueue, ScriptLine, ScriptedMediaSource,
        ScriptedModel, ScriptedTranscriber, audit_log_suite, blob_store_suite, bus_suite,
        contact_directory_suite, event_log_suite, jobs_suite, language_model_suite, leases_suite,
        media_source_suite, queue_suite, transcriber_suite,
    },
};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

#[test]
fn the_event_log_in_memory_conforms() {
    block_on(event_log_suite(async || MemoryEventLog::new()));
}

#[test]
fn the_audit_log_in_memory_conforms() {
    block_on(audit_log_suite(async || MemoryAuditLog::new()));
}

#[test]
fn a_changed_audit_log_shows_where() {
    let tenant = TenantId::new("acme").unwrap();
    let entry = |by: &str| NewAuditEntry {
        at: NOW,
        by: by.to_owned(),
        act: ports::act::LOOKED.to_owned(),
        subject: "call-1".to_owned(),
        detail: String::new(),
    };
    let broken_at = |change: fn(&mut Vec<AuditEntry>)| {
        block_on(async {
            let log = MemoryAuditLog::new();
            for by in ["ann", "bob", "cid", "dee"] {
                log.record(&tenant, entry(by)).await.unwrap();
            }
            log.tamper(&tenant, change);
            log.verify(&tenant).await.unwrap().broken_at
        })
    };
    assert_eq!(broken_at(|_| {}), None);
    assert_eq!(broken_at(|entries| entries[1].by = "eve".to_owned()), Some(2));
    assert_eq!(broken_at(|entries| drop(entries.remove(2))), Some(4));
    assert_eq!(broken_at(|entries| entries.swap(1, 2)), Some(3));
    assert_eq!(broken_at(|entries| entries[0].previous = entries[1].hash.clone()), Some(1));
}

#[test]
fn the_blob_store_in_memory_conforms() {
    block_on(blob_store_suite(async || MemoryBlobStore::new()));
}

#[test]
fn the_leases_in_memory_conform() {
    block_on(leases_suite(async || MemoryLeases::new(Arc::new(|| NOW))));
}

#[tokio::test(start_paused = true)]
async fn the_jobs_in_memory_conform() {
    let began = tokio::time::Instant::now();
    let clock = JobClock {
        now: Arc::new(move || NOW + began.elapsed()),
        sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
    };
    let make = async || {
        let jobs = MemoryJobs::new(JOBS_SUITE_RULES, clock.clone());
        [jobs.clone(), jobs]
    };
    jobs_suite(make, clock.clone()).await;
}

#[test]
fn the_contact_directory_in_memory_conforms() {
    block_on(contact_directory_suite(async || MemoryContacts::new()));
}

#[test]
fn the_bus_in_memory_conforms() {
    block_on(bus_suite(async || {
        let bus = MemoryBus::new();
        [bus.clone(), bus]
    }));
}

#[test]
fn the_queue_in_memory_conforms() {
    block_on(queue_suite(async || {
        let queue = MemoryQueue::new(Arc::new(|| NOW), Duration::from_secs(300), 3);
        [queue.clone(), queue]
    }));
}

#[test]
fn the_scripted_media_source_conforms() {
    block_on(media_source_suite(async || {
        let (stream, absent) = (StreamName::new("live").unwrap(), StreamName::new("absent").unwrap());
        let source = ScriptedMediaSource::new();
        for _ in 0..2 {
            source.add_bytes(&stream, &[0x1A, 0x45, 0xDF, 0xA3, 0x80], 2);
        }
        MediaFixture { source, stream, absent }
    }));
}

#[test]
fn the_scripted_transcriber_conforms() {
    let script = [
        ScriptLine::heard(Channel::Customer, 100, 400, "hello"),
        ScriptLine::said(Channel::Customer, 100, 600, "hello there"),
        ScriptLine::said(Channel::ToCustomer, 700, 1_000, "hi"),
        ScriptLine::said(Channel::Customer, 1_900, 2_500, "cut off"),
        ScriptLine::said(Channel::Customer, 5_000, 6_000, "never reached"),
    ];
    let audio = vec![0; 16_000];
    block_on(transcriber_suite(async || ScriptedTranscriber::new(script.clone()), [&audio, &audio]));
}

#[test]
fn the_scripted_language_model_conforms() {
    block_on(language_model_suite(async || ScriptedModel::obedient()));
}
