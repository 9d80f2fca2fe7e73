//! Finding a fragment's beginning in bytes that cannot be read.
//!
//! Sound may hold the four magic bytes, so they alone prove nothing: a header counts only when its size, every
//! child, its `DocType` and the segment id behind it are right.

use crate::{
    element::{Elements, read_vint},
    id,
};

const MAGIC: [u8; 4] = id::EBML.to_be_bytes();
const SEGMENT: [u8; 4] = id::SEGMENT.to_be_bytes();

/// What a search found. The counts are of bytes from the start of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// A header begins after this many bytes.
    Found(usize),
    /// What begins after this many bytes may be a header; more bytes will tell.
    Pending(usize),
    /// There is no header in these bytes.
    Absent(usize),
}

enum Verdict {
    Header,
    Unclear,
    Other,
}

/// Looks for the first header and its segment. `more` says whether bytes may still follow.
pub(crate) fn find_header(bytes: &[u8], max_header_bytes: usize, more: bool) -> Search {
    let mut from = 0_usize;
    while let Some(next) = bytes.get(from..).and_then(|rest| rest.iter().position(|&b| b == 0x1A)) {
        let start = from.saturating_add(next);
        match judge(bytes.get(start..).unwrap_or_default(), max_header_bytes) {
            Verdict::Header => return Search::Found(start),
            Verdict::Unclear if more => return Search::Pending(start),
            Verdict::Unclear | Verdict::Other => from = start.saturating_add(1),
        }
    }
    Search::Absent(bytes.len())
}

/// Whether bytes at the end of a stream could be the start of a header.
pub(crate) fn is_header_start(bytes: &[u8]) -> bool {
    begins_with(bytes, MAGIC) != Some(false)
}

/// Whether this is the body of an EBML header of a Matroska document (RFC 8794, 11.2; trailing zeros are padding).
pub(crate) fn is_matroska_header(body: &[u8]) -> bool {
    let mut matroska = false;
    for child in Elements::new(body) {
        let Ok(child) = child else { return false };
        match child.id {
            id::DOC_TYPE => matroska = matches!(child.trimmed(), b"matroska" | b"webm"),
            id::EBML_VERSION
            | id::EBML_READ_VERSION
            | id::EBML_MAX_ID_LENGTH
            | id::EBML_MAX_SIZE_LENGTH
            | id::DOC_TYPE_VERSION
            | id::DOC_TYPE_READ_VERSION
            | id::DOC_TYPE_EXTENSION => {}
            other if id::is_global(other) => {}
            _ => return false,
        }
    }
    matroska
}

fn judge(bytes: &[u8], max_header_bytes: usize) -> Verdict {
    match begins_with(bytes, MAGIC) {
        None => return Verdict::Unclear,
        Some(false) => return Verdict::Other,
        Some(true) => {}
    }
    let after_id = bytes.get(MAGIC.len()..).unwrap_or_default();
    let (size, size_len) = match read_vint(after_id) {
        Ok(Some((Some(size), len))) => (size, len),
        Ok(None) => return Verdict::Unclear,
        Ok(Some((None, _))) | Err(_) => return Verdict::Other,
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > max_header_bytes {
        return Verdict::Other;
    }
    let end = size_len.saturating_add(size);
    let Some(body) = after_id.get(size_len..end) else { return Verdict::Unclear };
    if !is_matroska_header(body) {
        return Verdict::Other;
    }
    match begins_with(after_id.get(end..).unwrap_or_default(), SEGMENT) {
        Some(true) => Verdict::Header,
        Some(false) => Verdict::Other,
        None => Verdict::Unclear,
    }
}

/// Whether `bytes` begin with `mark`; `None` when there are too few to tell.
fn begins_with(bytes: &[u8], mark: [u8; 4]) -> Option<bool> {
    match bytes.get(..mark.len()) {
        Some(start) => Some(start == mark),
        None if mark.starts_with(bytes) => None,
        None => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska\x18\x53\x80\x67";

    #[test]
    fn a_header_is_found_behind_false_magic() {
        let mut bytes = b"\x1A\x1A\x45\xDF\xA3\x8B\x42\x82\x88nonsense\x1A\x45\xDF\xA3".to_vec();
        let start = bytes.len();
        bytes.extend_from_slice(HEADER);
        assert_eq!(find_header(&bytes, 64, true), Search::Found(start));
    }

    #[test]
    fn a_header_that_may_still_come_is_waited_for_and_given_up_at_the_end() {
        for len in 1..HEADER.len() {
            let part = HEADER.get(..len).unwrap();
            assert_eq!(find_header(part, 64, true), Search::Pending(0), "{len} bytes");
            assert_eq!(find_header(part, 64, false), Search::Absent(len), "{len} bytes");
        }
    }

    #[test]
    fn a_header_larger_than_its_cap_is_none() {
        assert_eq!(find_header(HEADER, 10, true), Search::Absent(HEADER.len()));
    }
}
