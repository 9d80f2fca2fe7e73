//! What every log, transcript and recording must be.

use std::fmt::Write as _;

use audio::WAV_HEADER_BYTES;
use events::{Envelope, Event, Gap, TranscriptUtterance, UtteranceRevised};
use model::Channel;
use ports::testing::MemoryBlobStore;

use crate::{
    run::Totals,
    scenario::{Call, Scenario, name},
};

const PER_MS: usize = 8;

/// Judges one call's log.
pub(crate) fn one(
    log: &[Envelope],
    scenario: &Scenario,
    blobs: &MemoryBlobStore,
    totals: &mut Totals,
    wrong: &mut Vec<String>,
) {
    let Some(id) = log.first().map(|event| event.call_id.clone()) else { return };
    let mut bad = |what: String| wrong.push(format!("{id}: {what}"));
    let started: Vec<_> = log
        .iter()
        .filter_map(|event| if let Event::CallStarted(started) = &event.event { Some(started) } else { None })
        .collect();
    let Some(contact) = started.first().map(|started| &started.contact_id) else {
        bad("the log has no start".to_owned());
        return;
    };
    let Some(call) = scenario.calls.iter().find(|call| call.is_of(contact)) else {
        bad(format!("nobody placed a call of {contact}"));
        return;
    };
    let real = started.iter().filter(|started| !started.provisional).count();
    if real != 1 {
        bad(format!("{real} starts"));
    }
    if !log.iter().map(|event| event.seq).eq(1..=log.len() as u64) {
        bad("the seqs have a hole".to_owned());
    }
    let ends = log.iter().filter(|event| matches!(event.event, Event::CallEnded(_))).count();
    if ends != 1 || !matches!(log.last().map(|event| &event.event), Some(Event::CallEnded(_))) {
        bad(format!("{ends} ends, or not the last event"));
    }
    let gaps: Vec<&Gap> = log
        .iter()
        .filter_map(|event| if let Event::MediaGap(gap) = &event.event { Some(gap) } else { None })
        .collect();
    if !gaps.is_empty() {
        bad(format!("gaps where the archive has everything: {gaps:?}"));
    }
    for channel in Channel::ALL {
        judge_words(log, call, channel, totals, &mut bad);
    }
    if scenario.keeps_recordings {
        judge_recording(log, call, blobs, totals, &mut bad);
    }
}

/// Each word once, in order, where it was said.
fn judge_words(
    log: &[Envelope],
    call: &Call,
    channel: Channel,
    totals: &mut Totals,
    bad: &mut impl FnMut(String),
) {
    let mut finals: Vec<&TranscriptUtterance> = log
        .iter()
        .filter_map(|event| {
            if let Event::UtteranceCompleted(said)
            | Event::UtteranceRevised(UtteranceRevised { utterance: said, .. }) = &event.event
            {
                Some(said)
            } else {
                None
            }
        })
        .filter(|said| said.channel == channel)
        .collect();
    totals.finals += finals.len();
    finals.sort_by_key(|said| said.start_ms);
    let heard: Vec<&str> =
        finals.iter().flat_map(|said| &said.words).map(|word| word.text.as_str()).collect();
    let said = call.said(channel);
    if heard != said {
        let first = heard.iter().zip(&said).position(|(heard, said)| *heard != said.as_str());
        let at = first.unwrap_or_else(|| heard.len().min(said.len()));
        bad(format!(
            "{channel}: {} words for {}, the first difference at {at}: {:?} for {:?}",
            heard.len(),
            said.len(),
            heard.get(at),
            said.get(at)
        ));
        return;
    }
    let words = call.words.iter().filter(|word| word.channel == channel);
    for (heard, word) in finals.iter().flat_map(|said| &said.words).zip(words) {
        if heard.start_ms.abs_diff(word.start_ms) > 1 {
            bad(format!(
                "{channel}: {} at {} ms instead of {}",
                name(word.value),
                heard.start_ms,
                word.start_ms
            ));
        }
    }
}

/// Every sample of both channels, where it was said.
fn judge_recording(
    log: &[Envelope],
    call: &Call,
    blobs: &MemoryBlobStore,
    totals: &mut Totals,
    bad: &mut impl FnMut(String),
) {
    let recording = log.iter().find_map(|event| {
        if let Event::RecordingCompleted(recording) = &event.event { Some(recording) } else { None }
    });
    let Some(recording) = recording else {
        let failed = log.iter().find(|event| matches!(event.event, Event::RecordingFailed(_)));
        bad(format!("no recording: {:?}", failed.map(|event| &event.event)));
        return;
    };
    let Some(file) = blobs.blob(&recording.key) else {
        bad("the recording is not in the store".to_owned());
        return;
    };
    totals.recordings += 1;
    let samples = file.get(WAV_HEADER_BYTES..).unwrap_or_default();
    for channel in Channel::ALL {
        let expected = call.samples(channel);
        let offset = channel.index() * 2;
        let recorded = samples.chunks_exact(4).map(|frame| {
            i16::from_le_bytes([
                frame.get(offset).copied().unwrap_or(0),
                frame.get(offset + 1).copied().unwrap_or(0),
            ])
        });
        let recorded: Vec<i16> = recorded.collect();
        if recorded != expected {
            let at = recorded.iter().zip(&expected).position(|(is, should)| is != should);
            let at = at.unwrap_or_else(|| recorded.len().min(expected.len())) / PER_MS;
            bad(format!(
                "{channel}: recorded {} samples for {}, different at {at} ms",
                recorded.len(),
                expected.len()
            ));
        }
    }
}

/// Judges all logs together: each call once, and none that nobody placed.
pub(crate) fn all(logs: &[Vec<Envelope>], scenario: &Scenario, wrong: &mut Vec<String>) {
    for call in &scenario.calls {
        let carried = logs.iter().filter(|log| {
            log.iter().any(|event| matches!(&event.event, Event::CallStarted(started) if call.is_of(&started.contact_id)))
        });
        let carried = carried.count();
        if carried != 1 && !(carried == 0 && call.never_named) {
            wrong.push(format!("{}: carried {carried} times", call.contact));
        }
    }
}

/// All events as text.
pub(crate) fn text(logs: &[Vec<Envelope>]) -> String {
    let mut text = String::new();
    for event in logs.iter().flatten() {
        writeln!(text, "{} {} {:?}", event.call_id, event.seq, event.event)
            .expect("writing to a string succeeds");
    }
    text
}
