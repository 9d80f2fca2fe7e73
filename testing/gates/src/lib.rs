//! What carrying a call's media costs, in numbers that do not depend on the machine's mood: instructions (counted by
//! callgrind over the program of this crate) and allocations (counted by a test).

use std::time::Duration;

use call::{CallConfig, CallSession, Input, Output};
use mkv::{FragmentReader, Item, Limits, testing::ConnectStream};
use model::{ContactId, Timestamp};

/// Length of one of Connect's fragments.
const FRAGMENT: Duration = Duration::from_millis(1_024);
/// Bytes of a read from a socket.
const READ_BYTES: usize = 16 << 10;
const CONTACT: &str = "5ca32fbd-8f92-46af-92a5-6b0f970f0efe";
const START_MS: u64 = 1_726_677_688_724;

/// The stream of a call of so many fragments, each a little over a second of two channels.
#[must_use]
pub fn stream(fragments: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    ConnectStream::new(CONTACT, START_MS, 1).write(fragments, &mut bytes);
    bytes
}

/// One call's reader and session.
#[derive(Debug)]
pub struct Carried {
    reader: FragmentReader,
    session: CallSession,
    now: Timestamp,
    samples: u64,
}

impl Default for Carried {
    fn default() -> Self {
        let now = Timestamp::from_millis(i64::try_from(START_MS).expect("a time of our own"));
        let contact = ContactId::new(CONTACT).expect("the id is valid");
        let session = CallSession::new(CallConfig::new(contact), now);
        let mut this = Self { reader: FragmentReader::new(Limits::CONNECT), session, now, samples: 0 };
        this.drain();
        this.session.handle_input(now, Input::Opened);
        this.drain();
        this
    }
}

impl Carried {
    /// Takes bytes of the stream in, as a call's task does.
    pub fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(READ_BYTES) {
            self.reader.push(piece);
            while let Some(item) = self.reader.next() {
                let Item::Fragment(fragment) = item else { continue };
                self.now = self.now + FRAGMENT;
                self.session.handle_input(self.now, Input::Fragment(fragment));
                self.drain();
                if let Some(spent) = self.session.take_spent() {
                    self.reader.recycle(spent);
                }
            }
        }
    }

    /// How many samples of both channels came out.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Timeout(..) => return,
                Output::Audio(span) => self.samples += span.samples.len(),
                Output::Command(_) | Output::Event(_) => {}
            }
        }
    }
}
