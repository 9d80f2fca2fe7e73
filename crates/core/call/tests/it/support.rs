//! Fragments to feed, and a session whose outputs are collected and checked as they come.

use std::time::Duration;

use call::{CallConfig, CallSession, Command, Event, Input, Output, Reason, Samples};
use mkv::{
    Block, Fragment, FragmentEnd, tag,
    testing::{AUDIO_FROM_CUSTOMER, AUDIO_TO_CUSTOMER, connect_tracks},
};
use model::{Channel, ContactId, FragmentNumber, MediaTime, Timestamp};

/// When the tests' calls begin, in milliseconds since the epoch.
pub(crate) const T0: i64 = 1_726_677_688_724;

pub(crate) fn contact(id: &str) -> ContactId {
    ContactId::new(id).unwrap()
}

pub(crate) fn number(n: u64) -> FragmentNumber {
    FragmentNumber::new(&format!("913438523331814323926820626222205907{n:011}")).unwrap()
}

/// A fragment as Connect writes it: 16 blocks of 64 ms on each track, every sample the same value.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    pub(crate) number: Option<u64>,
    /// Milliseconds after [`T0`].
    pub(crate) start_ms: i64,
    pub(crate) contacts: Vec<&'static str>,
    /// The value of the customer's samples; the other channel has its negative.
    pub(crate) value: i16,
    pub(crate) blocks: usize,
    pub(crate) tracks: Vec<&'static str>,
    pub(crate) end: FragmentEnd,
    pub(crate) tags: Vec<(&'static str, String)>,
}

impl Spoken {
    /// The `n`th fragment of the contact `mine`, without a break after the one before.
    pub(crate) fn mine(n: u64) -> Self {
        Self {
            number: Some(n),
            start_ms: i64::try_from(n).unwrap() * 1_024,
            contacts: vec!["mine"],
            value: i16::try_from(n).unwrap() + 1,
            blocks: 16,
            tracks: vec![AUDIO_FROM_CUSTOMER, AUDIO_TO_CUSTOMER],
            end: FragmentEnd::ContinuationToken,
            tags: Vec::new(),
        }
    }

    pub(crate) fn of(mut self, contacts: &[&'static str]) -> Self {
        self.contacts = contacts.to_vec();
        self
    }

    pub(crate) fn at_ms(mut self, start_ms: i64) -> Self {
        self.start_ms = start_ms;
        self
    }

    pub(crate) fn build(&self) -> Fragment {
        let mut fragment = Fragment {
            timecode_ms: Some(u64::try_from(T0 + self.start_ms).unwrap()),
            tracks: connect_tracks(true),
            end: self.end,
            ..Fragment::default()
        };
        fragment.tracks.truncate(self.tracks.len());
        for (track, name) in fragment.tracks.iter_mut().zip(&self.tracks) {
            (*name).clone_into(&mut track.name);
        }
        for index in 0..self.blocks {
            let timecode_ms = T0 + self.start_ms + 64 * i64::try_from(index).unwrap();
            for (track, name) in (1..).zip(&self.tracks) {
                let value = if *name == AUDIO_TO_CUSTOMER { -self.value } else { self.value };
                push_block(&mut fragment, track, timecode_ms, &[value; 512]);
            }
        }
        let tags = self.number.map(|n| (tag::FRAGMENT_NUMBER.to_owned(), number(n).to_string()));
        fragment.tags.extend(tags);
        fragment.tags.extend(self.contacts.iter().map(|id| (tag::CONTACT_ID.to_owned(), (*id).to_owned())));
        fragment.tags.extend(self.tags.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        fragment
    }
}

/// Adds a block of these samples.
pub(crate) fn push_block(fragment: &mut Fragment, track: u64, timecode_ms: i64, samples: &[i16]) {
    let start = fragment.payload.len();
    fragment.payload.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fragment.blocks.push(Block { track, timecode_ms, bytes: start..fragment.payload.len() });
}

/// A session, what it gave, and the rules that hold for every output.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) session: CallSession,
    pub(crate) now: Timestamp,
    /// Each channel's samples as runs of one value, silence as zeros.
    runs: [Vec<(i16, u64)>; 2],
    pub(crate) events: Vec<Event>,
    pub(crate) commands: Vec<Command>,
    pub(crate) timeout: (Timestamp, Reason),
    /// Each channel's next position.
    pub(crate) position: [u64; 2],
}

impl Call {
    /// A session that has asked to open its stream, one second after [`T0`].
    pub(crate) fn new(config: CallConfig) -> Self {
        Self::new_at(config, Timestamp::from_millis(T0 + 1_000))
    }

    pub(crate) fn new_at(config: CallConfig, now: Timestamp) -> Self {
        let position = config.resume.as_ref().map_or([0; 2], |checkpoint| checkpoint.samples);
        let session = CallSession::new(config, now);
        let mut call = Self {
            session,
            now,
            runs: [Vec::new(), Vec::new()],
            events: Vec::new(),
            commands: Vec::new(),
            timeout: (now, Reason::Idle),
            position,
        };
        call.drain();
        call
    }

    /// The next owner goes on from a checkpoint of this one: what it gives again replaces what was given.
    pub(crate) fn take_over(&mut self, config: CallConfig, now: Timestamp) {
        let samples = config.resume.as_ref().map_or([0, 0], |resume| resume.samples);
        for channel in Channel::ALL {
            self.truncate(channel, samples[channel.index()]);
        }
        self.session = CallSession::new(config, now);
        self.now = now;
        self.position = samples;
        self.drain();
    }

    fn truncate(&mut self, channel: Channel, samples: u64) {
        let mut left = samples;
        self.runs[channel.index()].retain_mut(|(_, length)| {
            *length = left.min(*length);
            left -= *length;
            *length > 0
        });
        assert_eq!(left, 0, "a checkpoint is of what was given");
        let end = MediaTime::from_samples(samples, 8_000);
        self.events.retain_mut(|event| match event {
            Event::Gap(gap) if gap.channel == channel => {
                gap.to = gap.to.min(end);
                gap.from < gap.to
            }
            _ => true,
        });
    }

    /// The contact `mine`, its stream open.
    pub(crate) fn open() -> Self {
        Self::opened(CallConfig::new(contact("mine")))
    }

    pub(crate) fn opened(config: CallConfig) -> Self {
        let mut call = Self::new(config);
        call.feed(Input::Opened);
        call
    }

    pub(crate) fn feed(&mut self, input: Input) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    pub(crate) fn hear(&mut self, spoken: &Spoken) {
        self.feed(Input::Fragment(spoken.build()));
    }

    /// Lets time pass, timeout by timeout.
    pub(crate) fn pass(&mut self, by: Duration) {
        let end = self.now + by;
        let mut rounds = 0;
        while self.timeout.0 <= end {
            self.now = self.now.max(self.timeout.0);
            self.time_out();
            rounds += 1;
            assert!(rounds < 10_000, "timeouts must come to an end: {:?}", self.timeout);
        }
        self.now = end;
    }

    /// Tells the session the time.
    pub(crate) fn time_out(&mut self) {
        self.session.handle_timeout(self.now);
        self.drain();
    }

    pub(crate) fn end_reason(&self) -> Option<events::CallEndReason> {
        self.events.iter().find_map(|event| match event {
            Event::Ended { reason, .. } => Some(*reason),
            _ => None,
        })
    }

    pub(crate) fn gaps(&self) -> Vec<model::MediaGap> {
        let gap = |event: &Event| if let Event::Gap(gap) = event { Some(*gap) } else { None };
        self.events.iter().filter_map(gap).collect()
    }

    /// A channel's samples as runs of one value, silence as zeros.
    pub(crate) fn runs(&self, channel: Channel) -> Vec<(i16, u64)> {
        self.runs[channel.index()].clone()
    }

    fn extend(&mut self, channel: Channel, value: i16, count: u64) {
        self.position[channel.index()] += count;
        match self.runs[channel.index()].last_mut() {
            Some((last, length)) if *last == value => *length += count,
            _ => self.runs[channel.index()].push((value, count)),
        }
    }

    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Timeout(at, reason) => {
                    self.timeout = (at, reason);
                    return;
                }
                Output::Command(command) => self.commands.push(command),
                Output::Event(event) => {
                    assert_eq!(self.end_reason(), None, "nothing comes after the end: {event:?}");
                    self.events.push(event);
                }
                Output::Audio(span) => {
                    let position = MediaTime::from_samples(self.position[span.channel.index()], 8_000);
                    assert_eq!(span.at, position, "audio is contiguous");
                    match span.samples {
                        Samples::Pcm(samples) => {
                            samples.iter().for_each(|&sample| self.extend(span.channel, sample, 1));
                        }
                        Samples::Silence(count) => self.extend(span.channel, 0, count),
                    }
                }
            }
        }
    }
}
