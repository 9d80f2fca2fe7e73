//! The service's rules on what producers send.

use mkv::{
    element::{Element, Elements},
    id, tag,
};

use super::ack::AckError;

/// The longest name and value of a fragment's tag, in bytes.
const MAX_TAG_NAME_BYTES: usize = 128;
const MAX_TAG_VALUE_BYTES: usize = 256;
/// Matroska's unit of time when `Info` names none: a millisecond.
const DEFAULT_SCALE_NS: u64 = 1_000_000;

/// A length of time in the stream's unit as milliseconds.
pub(crate) fn to_ms(ticks: u64, scale_ns: u64) -> u64 {
    let scale = if scale_ns == 0 { DEFAULT_SCALE_NS } else { scale_ns };
    u64::try_from(u128::from(ticks) * u128::from(scale) / 1_000_000).unwrap_or(u64::MAX)
}

/// `TimecodeScale` of an `Info` element.
pub(crate) fn timecode_scale(info: Element<'_>) -> Result<u64, AckError> {
    for child in info.children() {
        let child = child.map_err(|_| AckError::InvalidMkvData)?;
        if child.id == id::TIMECODE_SCALE {
            return child.uint().map_err(|_| AckError::InvalidMkvData);
        }
    }
    Ok(DEFAULT_SCALE_NS)
}

/// The numbers of the tracks that a `Tracks` element declares.
pub(crate) fn tracks(tracks: Element<'_>, max: usize) -> Result<Vec<u64>, AckError> {
    let mut numbers = Vec::new();
    for entry in tracks.children() {
        let entry = entry.map_err(|_| AckError::InvalidMkvData)?;
        if entry.id != id::TRACK_ENTRY {
            continue;
        }
        let number = find(entry.children(), id::TRACK_NUMBER)?.ok_or(AckError::InvalidMkvData)?;
        numbers.push(number.uint().map_err(|_| AckError::InvalidMkvData)?);
        if numbers.len() > max {
            return Err(AckError::MoreThanAllowedTracksFound);
        }
    }
    if numbers.is_empty() { Err(AckError::InvalidMkvData) } else { Ok(numbers) }
}

/// Counts the tags of a `Tags` element, and refuses those that the service does.
pub(crate) fn tags(tags: Element<'_>) -> Result<usize, AckError> {
    let mut count = 0;
    for one in tags.children() {
        let one = one.map_err(|_| AckError::InvalidMkvData)?;
        if one.id != id::TAG {
            continue;
        }
        for simple in one.children() {
            let simple = simple.map_err(|_| AckError::InvalidMkvData)?;
            if simple.id != id::SIMPLE_TAG {
                continue;
            }
            count += 1;
            let text = |id| Ok(find(simple.children(), id)?.map_or(&b""[..], |element| element.trimmed()));
            let (name, value) = (text(id::TAG_NAME)?, text(id::TAG_STRING)?);
            if name.len() > MAX_TAG_NAME_BYTES
                || value.len() > MAX_TAG_VALUE_BYTES
                || name.starts_with(tag::SERVICE_PREFIX.as_bytes())
            {
                return Err(AckError::FragmentMetadataLimitReached);
            }
        }
    }
    Ok(count)
}

fn find(mut children: Elements<'_>, id: u32) -> Result<Option<Element<'_>>, AckError> {
    let found = children.find(|child| child.as_ref().map_or(true, |child| child.id == id));
    found.transpose().map_err(|_| AckError::InvalidMkvData)
}

/// What a fragment's blocks tell: their tracks and times.
#[derive(Debug)]
pub(crate) struct Blocks {
    tracks: Vec<TrackBlocks>,
}

#[derive(Debug)]
struct TrackBlocks {
    number: u64,
    blocks: u64,
    first: i64,
    last: i64,
}

impl Blocks {
    pub(crate) fn new(tracks: &[u64]) -> Self {
        let track = |&number| TrackBlocks { number, blocks: 0, first: 0, last: 0 };
        Self { tracks: tracks.iter().map(track).collect() }
    }

    /// Takes the body of a block: its track, its time relative to the cluster, and what this server never looks at.
    pub(crate) fn block(&mut self, body: &[u8]) -> Result<(), AckError> {
        let (number, len) = vint(body).ok_or(AckError::InvalidMkvData)?;
        let Some(&[high, low, _flags]) = body.get(len..len + 3) else { return Err(AckError::InvalidMkvData) };
        let time = i64::from(i16::from_be_bytes([high, low]));
        let track = self.tracks.iter_mut().find(|track| track.number == number);
        let track = track.ok_or(AckError::TrackNumberMismatch)?;
        if track.blocks == 0 {
            (track.first, track.last) = (time, time);
        }
        track.first = track.first.min(time);
        track.last = track.last.max(time);
        track.blocks += 1;
        Ok(())
    }

    /// Takes a `BlockGroup`.
    pub(crate) fn group(&mut self, group: Element<'_>) -> Result<(), AckError> {
        let block = find(group.children(), id::BLOCK)?.ok_or(AckError::InvalidMkvData)?;
        self.block(block.body)
    }

    /// From the first block to the last.
    pub(crate) fn span_ticks(&self) -> u64 {
        let seen = || self.tracks.iter().filter(|track| track.blocks > 0);
        let first = seen().map(|track| track.first).min().unwrap_or(0);
        let last = seen().map(|track| track.last).max().unwrap_or(0);
        u64::try_from(last - first).unwrap_or(0)
    }

    /// The span and one block more, as long as the others are on average. Every track must have a block.
    pub(crate) fn duration_ticks(&self) -> Result<u64, AckError> {
        if self.tracks.iter().any(|track| track.blocks == 0) {
            return Err(AckError::FramesMissingForTrack);
        }
        let usual = self.tracks.iter().map(|track| {
            let between = u64::try_from(track.last - track.first).unwrap_or(0);
            between.checked_div(track.blocks - 1).unwrap_or(0)
        });
        Ok(self.span_ticks().saturating_add(usual.max().unwrap_or(0)))
    }
}

/// A block's track number: one byte in practice, up to eight by the format.
fn vint(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let len = first.leading_zeros() as usize + 1;
    let field = bytes.get(..len).filter(|_| len <= 8)?;
    let value = field.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    Some((value & !(1 << (7 * len)), len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragments_duration_counts_its_last_block_in_full() {
        let mut blocks = Blocks::new(&[1, 2]);
        for time in (0..16_i16).map(|n| n * 64) {
            for track in [0x81, 0x82] {
                let [high, low] = time.to_be_bytes();
                blocks.block(&[track, high, low, 0x80, 7]).unwrap();
            }
        }
        assert_eq!(blocks.span_ticks(), 960);
        assert_eq!(blocks.duration_ticks(), Ok(1024));
    }

    #[test]
    fn a_silent_track_and_an_unknown_one_are_refused() {
        let mut blocks = Blocks::new(&[1, 2]);
        blocks.block(&[0x81, 0, 0, 0]).unwrap();
        assert_eq!(blocks.duration_ticks(), Err(AckError::FramesMissingForTrack));
        assert_eq!(blocks.block(&[0x83, 0, 0, 0]), Err(AckError::TrackNumberMismatch));
        assert_eq!(blocks.block(&[0x81, 0]), Err(AckError::InvalidMkvData));
    }

    #[test]
    fn times_follow_the_scale_of_the_stream() {
        assert_eq!(to_ms(1_000, 1_000_000), 1_000);
        assert_eq!(to_ms(1_000, 100_000), 100);
        assert_eq!(to_ms(5, 0), 5);
    }
}
