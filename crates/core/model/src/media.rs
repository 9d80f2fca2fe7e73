//! Channels, who speaks on them, and what is missing from them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::MediaTime;

/// One of the two directions of a Connect media stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// `AUDIO_FROM_CUSTOMER`: what the customer says, also while on hold.
    Customer,
    /// `AUDIO_TO_CUSTOMER`: what the customer hears; a mix of agents, prompts and music.
    ToCustomer,
}

impl Channel {
    /// Both channels, in the order in which recordings interleave them.
    pub const ALL: [Self; 2] = [Self::Customer, Self::ToCustomer];

    /// 0 for the customer, 1 for what the customer hears.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Customer => 0,
            Self::ToCustomer => 1,
        }
    }

    /// The name as events and files spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::ToCustomer => "to_customer",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Participant {
    /// The customer.
    Customer,
    /// An agent: what the customer hears while contact or agent events say that one is connected.
    Agent,
    /// Prompts, queue announcements, hold music: what the customer hears from no agent.
    System,
    /// A voice bot.
    Bot,
}

impl Participant {
    /// The name as events and files spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::System => "system",
            Self::Bot => "bot",
        }
    }
}

/// Sample rate of one channel of 16-bit PCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AudioFormat {
    /// Samples per second.
    pub sample_rate_hz: u32,
}

impl AudioFormat {
    /// What Connect sends: 8 kHz, signed 16-bit little-endian, one channel per track.
    pub const CONNECT: Self = Self { sample_rate_hz: 8_000 };
}

/// Why a stretch of audio is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GapCause {
    /// Timecodes jump: the producer sent nothing for this stretch.
    NotSent,
    /// The bytes were damaged and the reader had to find its place again.
    Damaged,
    /// Fragments could not be attributed to this contact and were kept out.
    Quarantined,
    /// The stream reported an error in its body.
    StreamError,
    /// The connection was lost and the audio was gone when it came back.
    ConnectionLost,
    /// A bounded buffer was full.
    Overflow,
}

impl GapCause {
    /// The name as events and metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Damaged => "damaged",
            Self::Quarantined => "quarantined",
            Self::StreamError => "stream_error",
            Self::ConnectionLost => "connection_lost",
            Self::Overflow => "overflow",
        }
    }
}

/// A stretch of a channel for which there is no audio; the timeline holds silence there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MediaGap {
    /// The channel that lacks audio.
    pub channel: Channel,
    /// First missing position.
    pub from: MediaTime,
    /// First position with audio again.
    pub to: MediaTime,
    /// Why it is missing.
    pub cause: GapCause,
}
