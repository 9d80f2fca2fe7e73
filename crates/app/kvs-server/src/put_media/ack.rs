//! What `PutMedia` answers while it takes media: one JSON object per line.

use bytes::Bytes;
use model::FragmentNumber;
use serde::Serialize;

/// The errors of acknowledgements, with the numbers and names that producers know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AckError {
    StreamReadError,
    MaxFragmentSizeReached,
    MaxFragmentDurationReached,
    MaxConnectionDurationReached,
    FragmentTimecodeLesserThanPrevious,
    MoreThanAllowedTracksFound,
    InvalidMkvData,
    InvalidProducerTimestamp,
    StreamNotActive,
    FragmentMetadataLimitReached,
    TrackNumberMismatch,
    FramesMissingForTrack,
    Kms(u16),
    InternalError,
    ArchivalError,
}

impl AckError {
    pub(crate) const fn id(self) -> u16 {
        match self {
            Self::StreamReadError => 4000,
            Self::MaxFragmentSizeReached => 4001,
            Self::MaxFragmentDurationReached => 4002,
            Self::MaxConnectionDurationReached => 4003,
            Self::FragmentTimecodeLesserThanPrevious => 4004,
            Self::MoreThanAllowedTracksFound => 4005,
            Self::InvalidMkvData => 4006,
            Self::InvalidProducerTimestamp => 4007,
            Self::StreamNotActive => 4008,
            Self::FragmentMetadataLimitReached => 4009,
            Self::TrackNumberMismatch => 4010,
            Self::FramesMissingForTrack => 4011,
            Self::Kms(code) => code,
            Self::InternalError => 5000,
            Self::ArchivalError => 5001,
        }
    }

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::StreamReadError => "STREAM_READ_ERROR",
            Self::MaxFragmentSizeReached => "MAX_FRAGMENT_SIZE_REACHED",
            Self::MaxFragmentDurationReached => "MAX_FRAGMENT_DURATION_REACHED",
            Self::MaxConnectionDurationReached => "MAX_CONNECTION_DURATION_REACHED",
            Self::FragmentTimecodeLesserThanPrevious => "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS",
            Self::MoreThanAllowedTracksFound => "MORE_THAN_ALLOWED_TRACKS_FOUND",
            Self::InvalidMkvData => "INVALID_MKV_DATA",
            Self::InvalidProducerTimestamp => "INVALID_PRODUCER_TIMESTAMP",
            Self::StreamNotActive => "STREAM_NOT_ACTIVE",
            Self::FragmentMetadataLimitReached => "FRAGMENT_METADATA_LIMIT_REACHED",
            Self::TrackNumberMismatch => "TRACK_NUMBER_MISMATCH",
            Self::FramesMissingForTrack => "FRAMES_MISSING_FOR_TRACK",
            Self::Kms(code) => kms_name(code),
            Self::InternalError => "INTERNAL_ERROR",
            Self::ArchivalError => "ARCHIVAL_ERROR",
        }
    }

    /// The error of this number; an unknown one is an internal error.
    pub(crate) fn of(id: u16) -> Self {
        const PLAIN: [AckError; 14] = [
            AckError::StreamReadError,
            AckError::MaxFragmentSizeReached,
            AckError::MaxFragmentDurationReached,
            AckError::MaxConnectionDurationReached,
            AckError::FragmentTimecodeLesserThanPrevious,
            AckError::MoreThanAllowedTracksFound,
            AckError::InvalidMkvData,
            AckError::InvalidProducerTimestamp,
            AckError::StreamNotActive,
            AckError::FragmentMetadataLimitReached,
            AckError::TrackNumberMismatch,
            AckError::FramesMissingForTrack,
            AckError::InternalError,
            AckError::ArchivalError,
        ];
        if (4500..=4506).contains(&id) {
            return Self::Kms(id);
        }
        PLAIN.into_iter().find(|error| error.id() == id).unwrap_or(Self::InternalError)
    }
}

/// The names of errors with a stream's key, the same in acknowledgements and in `GetMedia`.
pub(crate) const fn kms_name(code: u16) -> &'static str {
    match code {
        4500 => "KMS_KEY_ACCESS_DENIED",
        4501 => "KMS_KEY_DISABLED",
        4502 => "KMS_KEY_VALIDATION_ERROR",
        4503 => "KMS_KEY_UNAVAILABLE",
        4504 => "KMS_KEY_INVALID_USAGE",
        4505 => "KMS_KEY_INVALID_STATE",
        _ => "KMS_KEY_NOT_FOUND",
    }
}

/// One line.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ack<'a> {
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fragment_timecode: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fragment_number: Option<&'a FragmentNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
}

impl<'a> Ack<'a> {
    pub(crate) const IDLE: Self = Self {
        event_type: "IDLE",
        fragment_timecode: None,
        fragment_number: None,
        error_id: None,
        error_code: None,
    };

    /// `BUFFERING`, `RECEIVED` or `PERSISTED`.
    pub(crate) const fn of(event_type: &'static str, timecode_ms: u64, number: &'a FragmentNumber) -> Self {
        Self {
            event_type,
            fragment_timecode: Some(timecode_ms),
            fragment_number: Some(number),
            error_id: None,
            error_code: None,
        }
    }

    /// `ERROR`, with the fragment that it concerns, if any.
    pub(crate) fn error(error: AckError, fragment: Option<(u64, &'a FragmentNumber)>) -> Self {
        Self {
            event_type: "ERROR",
            fragment_timecode: fragment.map(|(timecode_ms, _)| timecode_ms),
            fragment_number: fragment.map(|(_, number)| number),
            error_id: Some(error.id()),
            error_code: Some(error.code()),
        }
    }

    pub(crate) fn line(&self) -> Bytes {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        Bytes::from(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_are_spelt_as_the_wire_has_them() {
        let number = FragmentNumber::new("91343852333181432392682062622220590765191907586").unwrap();
        assert_eq!(
            Ack::of("BUFFERING", 1_711_124_585_823, &number).line(),
            "{\"EventType\":\"BUFFERING\",\"FragmentTimecode\":1711124585823,\
             \"FragmentNumber\":\"91343852333181432392682062622220590765191907586\"}\n"
        );
        assert_eq!(Ack::IDLE.line(), "{\"EventType\":\"IDLE\"}\n");
        assert_eq!(
            Ack::error(AckError::MaxConnectionDurationReached, None).line(),
            "{\"EventType\":\"ERROR\",\"ErrorId\":4003,\"ErrorCode\":\"MAX_CONNECTION_DURATION_REACHED\"}\n"
        );
    }

    #[test]
    fn every_number_finds_its_error() {
        for id in (4000..=4011).chain(4500..=4506).chain(5000..=5001) {
            assert_eq!(AckError::of(id).id(), id);
        }
    }
}
