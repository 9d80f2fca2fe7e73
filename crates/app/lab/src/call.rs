//! A call that can be placed: its audio and its facts.

use std::{borrow::Cow, path::Path, sync::Arc};

use crate::{
    decode::{self, DecodeError, DecodedAudio},
    facts::CallFacts,
};

/// Two channels of audio at 8 kHz, and what is known of them. Cheap to clone: calls by the thousand share one.
#[derive(Clone, Debug)]
pub struct Call {
    /// A name for progress lines: the sample's, or the file's.
    pub name: Cow<'static, str>,
    /// `AUDIO_FROM_CUSTOMER`.
    pub customer: Arc<[i16]>,
    /// `AUDIO_TO_CUSTOMER`, as long as the other.
    pub to_customer: Arc<[i16]>,
    /// Agent, queue, events, script.
    pub facts: Arc<CallFacts>,
}

/// Where the one channel of a mono recording goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MonoAs {
    /// It is what the customer says.
    #[default]
    Customer,
    /// It is what the customer hears.
    Agent,
    /// It is heard on both channels.
    Both,
}

impl Call {
    /// A call of two channels; the shorter one is filled with silence.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        mut customer: Vec<i16>,
        mut to_customer: Vec<i16>,
    ) -> Self {
        let len = customer.len().max(to_customer.len());
        customer.resize(len, 0);
        to_customer.resize(len, 0);
        Self {
            name: name.into(),
            customer: customer.into(),
            to_customer: to_customer.into(),
            facts: Arc::new(CallFacts::default()),
        }
    }

    /// A call from a decoded recording: of stereo, left is the customer; of mono, `mono_as` says. Further channels
    /// are not heard.
    #[must_use]
    pub fn from_audio(name: impl Into<Cow<'static, str>>, audio: &DecodedAudio, mono_as: MonoAs) -> Self {
        let mut channels = decode::to_8k(audio).channels.into_iter();
        let first = channels.next().unwrap_or_default();
        match (channels.next(), mono_as) {
            (Some(second), _) => Self::new(name, first, second),
            (None, MonoAs::Customer) => Self::new(name, first, Vec::new()),
            (None, MonoAs::Agent) => Self::new(name, Vec::new(), first),
            (None, MonoAs::Both) => Self::new(name, first.clone(), first),
        }
    }

    /// A call from an audio file.
    ///
    /// # Errors
    /// As [`decode::read_file`].
    pub fn from_file(path: &Path, mono_as: MonoAs) -> Result<Self, DecodeError> {
        Ok(Self::from_audio(file_name(path), &decode::read_file(path)?, mono_as))
    }

    /// A call from two recordings, one of each side; of each only the first channel is heard.
    ///
    /// # Errors
    /// As [`decode::read_file`].
    pub fn from_two_files(customer: &Path, agent: &Path) -> Result<Self, DecodeError> {
        let first = |path| {
            let audio = decode::to_8k(&decode::read_file(path)?);
            Ok(audio.channels.into_iter().next().unwrap_or_default())
        };
        Ok(Self::new(file_name(customer), first(customer)?, first(agent)?))
    }

    /// How long it plays, in milliseconds, rounded up.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        (self.customer.len() as u64).div_ceil(u64::from(decode::CALL_RATE_HZ) / 1_000)
    }
}

/// The last part of a path, for a person.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_is_the_customer_unless_told_otherwise() {
        let audio = DecodedAudio { channels: vec![vec![1; 80]], sample_rate_hz: 8_000 };
        let sides = |mono_as| {
            let call = Call::from_audio("x", &audio, mono_as);
            (call.customer[0], call.to_customer[0], call.customer.len() == call.to_customer.len())
        };
        assert_eq!(sides(MonoAs::Customer), (1, 0, true));
        assert_eq!(sides(MonoAs::Agent), (0, 1, true));
        assert_eq!(sides(MonoAs::Both), (1, 1, true));
    }
}
