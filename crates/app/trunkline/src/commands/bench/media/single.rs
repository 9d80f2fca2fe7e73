//! The cost of each step on one thread, in memory, as fast as it goes.

use std::{fmt::Write as _, hint::black_box, time::Instant};

use call::{CallConfig, CallSession, Input, Output, Samples};
use events::{Envelope, Event, Stages, TranscriptUtterance, TranscriptWord, VERSION};
use mkv::{FragmentReader, Item, Limits, testing::ConnectStream};
use model::{CallId, Channel, ContactId, MediaTime, Participant, TenantId, Timestamp, UtteranceId};
use serde_json::{Value, json};

use crate::allocations;

/// Length of the call that is read; long enough that its beginning does not count.
const CALL_SECONDS: u64 = 300;
/// Length of one of Connect's fragments.
const FRAGMENT_MS: u64 = 1_024;
/// How often it is read; the fastest time counts, which is the one that other programs disturbed least.
const ROUNDS: usize = 7;
/// Bytes of a read from a socket.
const READ_BYTES: usize = 16 << 10;
const CONTACT: &str = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";
const START_MS: u64 = 1_726_677_688_724;

/// What one step costs per second of a call of two channels.
struct Step {
    name: &'static str,
    us: f64,
    allocations: f64,
}

/// All steps; the first is what the others are compared with.
pub(super) struct Single {
    steps: Vec<Step>,
    bytes_per_second: u64,
}

/// Measures every step on this thread.
pub(super) fn measure() -> Single {
    let mut bytes = Vec::new();
    let fragments = usize::try_from(CALL_SECONDS * 1_000 / FRAGMENT_MS).unwrap_or(usize::MAX);
    ConnectStream::new(CONTACT, START_MS, 1).write(fragments, &mut bytes);
    let steps = vec![
        step("copy the bytes once", || copy(&bytes)),
        step("demux", || demux(&bytes)),
        step("demux + session", || session(&bytes)),
        step("demux + session + delivery", || {
            session(&bytes);
            deliver()
        }),
    ];
    Single { steps, bytes_per_second: bytes.len() as u64 / CALL_SECONDS }
}

fn step<T>(name: &'static str, mut work: impl FnMut() -> T) -> Step {
    let (mut best, mut allocations) = (f64::MAX, 0);
    for _ in 0..ROUNDS {
        let (before, start) = (allocations::of_this_thread(), Instant::now());
        black_box(work());
        best = best.min(start.elapsed().as_secs_f64());
        allocations = allocations::of_this_thread() - before;
    }
    Step { name, us: best * 1e6 / CALL_SECONDS as f64, allocations: allocations as f64 / CALL_SECONDS as f64 }
}

fn copy(bytes: &[u8]) -> usize {
    let mut buffer = [0; READ_BYTES];
    bytes
        .chunks(READ_BYTES)
        .map(|piece| {
            if let Some(to) = buffer.get_mut(..piece.len()) {
                to.copy_from_slice(piece);
            }
            black_box(&buffer).len()
        })
        .sum()
}

fn demux(bytes: &[u8]) -> usize {
    let mut reader = FragmentReader::new(Limits::CONNECT);
    let mut blocks = 0;
    for piece in bytes.chunks(READ_BYTES) {
        reader.push(piece);
        while let Some(Item::Fragment(fragment)) = reader.next() {
            blocks += fragment.blocks.len();
            reader.recycle(fragment);
        }
    }
    blocks
}

fn session(bytes: &[u8]) -> u64 {
    let start = Timestamp::from_millis(i64::try_from(START_MS).expect("a time of our own"));
    let mut session =
        CallSession::new(CallConfig::new(ContactId::new(CONTACT).expect("the id is valid")), start);
    let mut samples = drain(&mut session);
    session.handle_input(start, Input::Opened);
    samples += drain(&mut session);
    let mut reader = FragmentReader::new(Limits::CONNECT);
    let mut now = start;
    for piece in bytes.chunks(READ_BYTES) {
        reader.push(piece);
        while let Some(Item::Fragment(fragment)) = reader.next() {
            now = now + std::time::Duration::from_millis(FRAGMENT_MS);
            session.handle_input(now, Input::Fragment(fragment));
            samples += drain(&mut session);
            if let Some(spent) = session.take_spent() {
                reader.recycle(spent);
            }
        }
    }
    samples
}

fn drain(session: &mut CallSession) -> u64 {
    let mut samples = 0;
    loop {
        match session.poll_output() {
            Output::Timeout(..) => return samples,
            Output::Audio(span) => {
                samples += span.samples.len();
                if let Samples::Pcm(pcm) = span.samples {
                    black_box(pcm);
                }
            }
            Output::Command(_) | Output::Event(_) => {}
        }
    }
}

/// An event a second and channel, as JSON: what a subscriber gets.
fn deliver() -> usize {
    let start = MediaTime::ZERO;
    let word = |text: &str| TranscriptWord {
        text: text.to_owned(),
        start_ms: 0,
        end_ms: 1_000,
        confidence: 1.0,
        masked: None,
    };
    let mut bytes = 0;
    for second in 0..CALL_SECONDS {
        for channel in Channel::ALL {
            let utterance = TranscriptUtterance {
                id: UtteranceId::new(channel, start),
                revision: u32::try_from(second).unwrap_or(0),
                channel,
                participant: Participant::Customer,
                start_ms: 0,
                end_ms: 1_000,
                words: "thank you for calling how may I help you".split(' ').map(word).collect(),
            };
            let envelope = Envelope {
                v: VERSION,
                tenant: TenantId::new("local").expect("the id is valid"),
                call_id: CallId::new("call-1").expect("the id is valid"),
                seq: second,
                position: second,
                stages: Stages::default(),
                event: Event::UtteranceUpdated(utterance),
            };
            bytes += serde_json::to_vec(&envelope).map_or(0, |json| json.len());
        }
    }
    bytes
}

impl Single {
    pub(super) fn text(&self) -> String {
        let base = self.steps.first().map_or(1.0, |step| step.us);
        let mut text =
            format!("ONE THREAD, IN MEMORY ({} kB per call-second)\n", self.bytes_per_second / 1_000);
        let mut put =
            |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("writing to a string succeeds");
        put(format_args!("{:<28} {:>12} {:>10} {:>20}", "", "us/call-s", "x copy", "allocations/call-s"));
        for step in &self.steps {
            put(format_args!(
                "{:<28} {:>12.2} {:>10.1} {:>20.2}",
                step.name,
                step.us,
                step.us / base,
                step.allocations
            ));
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let base = self.steps.first().map_or(1.0, |step| step.us);
        let step = |step: &Step| {
            json!({"step": step.name, "us_per_call_second": step.us, "times_copy": step.us / base,
                "allocations_per_call_second": step.allocations})
        };
        self.steps.iter().map(step).collect()
    }
}
