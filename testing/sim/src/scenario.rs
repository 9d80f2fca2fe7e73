//! What happens: calls with their words, and what goes wrong meanwhile.

use std::time::Duration;

use model::{Channel, ContactId, StreamName, Timestamp};

use crate::rng::Rng;

/// Wall time at which the simulation begins: an epoch time as Connect's producers write it.
pub(crate) const BEGIN_MS: u64 = 1_800_000_000_000;
/// A fragment's length.
pub(crate) const FRAGMENT_MS: u64 = 1_024;
const RATE: u64 = 8_000;
/// Streams that contacts share, one after another.
const STREAMS: u64 = 4;
/// Words of one channel that a call may have; with them a sample's value names its call, channel and word.
const MAX_WORDS: u64 = 100;

/// A word on a channel: a stretch of equal samples whose value names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) channel: Channel,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    pub(crate) value: i16,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) contact: ContactId,
    /// The contact that it is transferred to, and after how many fragments.
    pub(crate) transfer: Option<(ContactId, u64)>,
    pub(crate) stream: StreamName,
    pub(crate) start_ms: u64,
    pub(crate) fragments: u64,
    pub(crate) first_number: u64,
    pub(crate) words: Vec<Word>,
    /// Connect says when it is over.
    pub(crate) told_end: bool,
    /// The first Lambda event does not name the stream.
    pub(crate) named_late: bool,
    /// No event names it: it is found by looking into the streams, if the call lasts long enough.
    pub(crate) never_named: bool,
}

impl Call {
    pub(crate) const fn length_ms(&self) -> u64 {
        self.fragments * FRAGMENT_MS
    }

    pub(crate) const fn end_ms(&self) -> u64 {
        self.start_ms + self.length_ms()
    }

    pub(crate) fn at(&self, after_ms: u64) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.start_ms + after_ms).unwrap_or(i64::MAX))
    }

    /// Whether the contact is the call's: one whose stream no event names may be found under the next one alone.
    pub(crate) fn is_of(&self, contact: &ContactId) -> bool {
        self.contact == *contact || self.transfer.as_ref().is_some_and(|(next, _)| next == contact)
    }

    /// A channel's samples from the call's beginning.
    pub(crate) fn samples(&self, channel: Channel) -> Vec<i16> {
        let length = usize::try_from(self.length_ms() * RATE / 1_000).unwrap_or(0);
        let mut samples = vec![0; length];
        for word in self.words.iter().filter(|word| word.channel == channel) {
            let at = |ms: u64| usize::try_from(ms * RATE / 1_000).unwrap_or(usize::MAX).min(length);
            if let Some(sound) = samples.get_mut(at(word.start_ms)..at(word.end_ms)) {
                sound.fill(word.value);
            }
        }
        samples
    }

    /// The words of a channel as they are recognised.
    pub(crate) fn said(&self, channel: Channel) -> Vec<String> {
        self.words.iter().filter(|word| word.channel == channel).map(|word| name(word.value)).collect()
    }
}

/// A word's text: letters that no rule of redaction takes for anything.
pub(crate) fn name(value: i16) -> String {
    let mut left = value.unsigned_abs();
    let mut text = "w".to_owned();
    while left > 0 {
        text.push(char::from(b'a' + u8::try_from(left % 20).unwrap_or(0)));
        left /= 20;
    }
    text
}

/// What hosts reach over the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Store {
    Log,
    Leases,
    Contacts,
    Bus,
    Blobs,
    Streams,
}

impl Store {
    pub(crate) const ALL: [Self; 6] =
        [Self::Log, Self::Leases, Self::Contacts, Self::Bus, Self::Blobs, Self::Streams];
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A host dies; another one starts so much later.
    Kill { host: usize, back_after: Duration },
    /// A host is stopped in order; another one starts so much later.
    Stop { host: usize, back_after: Duration },
    /// A host does nothing for so long, and goes on as if nothing had been.
    Pause { host: usize, lasts: Duration },
    /// A host does not reach a store for so long.
    Cut { host: usize, store: Store, lasts: Duration },
    /// No host reaches a store for so long.
    Away { store: Store, lasts: Duration },
}

/// A whole simulation.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) calls: Vec<Call>,
    /// What goes wrong, and when.
    pub(crate) faults: Vec<(Duration, Fault)>,
    pub(crate) hosts: usize,
    pub(crate) keeps_recordings: bool,
}

impl Scenario {
    pub(crate) fn new(seed: u64, calls: usize, keeps_recordings: bool) -> Self {
        let mut rng = Rng::new(seed);
        let hosts = usize::try_from(rng.within(2, 5)).unwrap_or(2);
        let mut free_at = [BEGIN_MS + 2_000; STREAMS as usize];
        let mut next_number = [1; STREAMS as usize];
        let calls: Vec<Call> = (0..calls)
            .map(|n| {
                let stream = usize::try_from(rng.within(0, STREAMS)).unwrap_or(0);
                let call = call(&mut rng, n, stream, free_at[stream], next_number[stream]);
                // The next contact of the stream comes soon after, or at once.
                free_at[stream] = call.end_ms() + rng.within(0, 4) * 3_000;
                next_number[stream] = call.first_number + call.fragments;
                call
            })
            .collect();
        let end = calls.iter().map(Call::end_ms).max().unwrap_or(BEGIN_MS) - BEGIN_MS;
        let count = rng.within(2, 4 + end / 15_000);
        let mut faults: Vec<(Duration, Fault)> = (0..count)
            .map(|_| (Duration::from_millis(rng.within(1_000, end)), fault(&mut rng, hosts)))
            .collect();
        faults.sort_by_key(|(at, _)| *at);
        Self { calls, faults, hosts, keeps_recordings }
    }
}

fn call(rng: &mut Rng, n: usize, stream: usize, free_at: u64, first_number: u64) -> Call {
    let fragments = rng.within(6, 60);
    let id = |text: String| ContactId::new(text).expect("letters and digits make an id");
    let transfer = rng.percent(20).then(|| (id(format!("contact-{n}-next")), rng.within(2, fragments)));
    let mut call = Call {
        contact: id(format!("contact-{n}")),
        transfer,
        stream: StreamName::new(format!("sim-connect-contact-{stream}")).expect("letters make a name"),
        start_ms: free_at + rng.within(0, 3_000),
        fragments,
        first_number,
        words: Vec::new(),
        told_end: rng.percent(85),
        named_late: rng.percent(15),
        never_named: false,
    };
    call.never_named = call.named_late && rng.percent(40);
    for channel in Channel::ALL {
        let mut at = rng.within(200, 4_000);
        for word in 0..MAX_WORDS {
            let end_ms = at + rng.within(3, 8) * 64;
            if end_ms + 200 >= call.length_ms() {
                break;
            }
            let value = 1 + n as u64 * 2 * MAX_WORDS + channel.index() as u64 * MAX_WORDS + word;
            let value = i16::try_from(value).unwrap_or(i16::MAX);
            call.words.push(Word { channel, start_ms: at, end_ms, value });
            // Within an utterance, or a pause that ends one, or a long silence.
            let pause = rng.within(0, 10);
            at = end_ms
                + match pause {
                    0..6 => 128,
                    6..9 => rng.within(800, 3_000),
                    _ => rng.within(3_000, 12_000),
                };
        }
    }
    call
}

fn fault(rng: &mut Rng, hosts: usize) -> Fault {
    let host = usize::try_from(rng.within(0, hosts as u64)).unwrap_or(0);
    let store = Store::ALL[usize::try_from(rng.within(0, Store::ALL.len() as u64)).unwrap_or(0)];
    let lasts = |rng: &mut Rng, to: u64| Duration::from_millis(rng.within(500, to));
    match rng.within(0, 100) {
        0..25 => Fault::Kill { host, back_after: lasts(rng, 8_000) },
        25..40 => Fault::Stop { host, back_after: lasts(rng, 8_000) },
        40..60 => Fault::Pause { host, lasts: lasts(rng, 25_000) },
        60..80 => Fault::Cut { host, store, lasts: lasts(rng, 30_000) },
        _ => Fault::Away { store, lasts: lasts(rng, 60_000) },
    }
}
