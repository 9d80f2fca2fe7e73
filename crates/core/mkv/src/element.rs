//! EBML elements in a slice (RFC 8794): an id, a size, a body.

use thiserror::Error;

/// The bytes are no EBML element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a valid EBML element")]
pub struct InvalidElement;

/// What stands before an element's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The element's id with its length marker.
    pub id: u32,
    /// The length of the body, or `None` when the writer did not know it.
    pub size: Option<u64>,
    /// The length of id and size themselves.
    pub len: usize,
}

impl Header {
    /// Reads a header at the start of `bytes`; `None` when more bytes are needed to tell.
    ///
    /// # Errors
    /// When no element can begin like this.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, InvalidElement> {
        let Some((id, id_len)) = read_id(bytes)? else { return Ok(None) };
        let Some((size, size_len)) = read_vint(bytes.get(id_len..).unwrap_or_default())? else {
            return Ok(None);
        };
        Ok(Some(Self { id, size, len: id_len.saturating_add(size_len) }))
    }

    /// The length of the whole element, if known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.size.map(|size| size.saturating_add(u64::try_from(self.len).unwrap_or(u64::MAX)))
    }
}

/// One element whose body is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The element's id with its length marker.
    pub id: u32,
    /// Its body.
    pub body: &'a [u8],
}

impl<'a> Element<'a> {
    /// The children of a master element.
    #[must_use]
    pub fn children(&self) -> Elements<'a> {
        Elements::new(self.body)
    }

    /// The body as an unsigned integer.
    ///
    /// # Errors
    /// When the body is longer than eight bytes.
    pub fn uint(&self) -> Result<u64, InvalidElement> {
        if self.body.len() > 8 {
            return Err(InvalidElement);
        }
        Ok(big_endian(self.body))
    }

    /// The body without the zero bytes that pad it.
    #[must_use]
    pub fn trimmed(&self) -> &'a [u8] {
        let end = self.body.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
        self.body.get(..end).unwrap_or_default()
    }
}

/// Walks the elements that lie one after another in a slice. Stops after the first error.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Walks `bytes`, which must hold whole elements of known size.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn advance(&mut self) -> Result<Element<'a>, InvalidElement> {
        let header = Header::read(self.rest)?.ok_or(InvalidElement)?;
        let size = header.size.and_then(|size| usize::try_from(size).ok()).ok_or(InvalidElement)?;
        let end = header.len.checked_add(size).ok_or(InvalidElement)?;
        let body = self.rest.get(header.len..end).ok_or(InvalidElement)?;
        self.rest = self.rest.get(end..).unwrap_or_default();
        Ok(Element { id: header.id, body })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, InvalidElement>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let element = self.advance();
        if element.is_err() {
            self.rest = &[];
        }
        Some(element)
    }
}

/// Reads an element id of one to four bytes, marker kept. Ids of all zeros or all ones are reserved (RFC 8794, 5).
fn read_id(bytes: &[u8]) -> Result<Option<(u32, usize)>, InvalidElement> {
    let Some((&first, _)) = bytes.split_first() else { return Ok(None) };
    let len = width(first);
    if len > 4 {
        return Err(InvalidElement);
    }
    let Some(field) = bytes.get(..len) else { return Ok(None) };
    let id = big_endian(field);
    let data = data_mask(len);
    if id & data == 0 || id & data == data {
        return Err(InvalidElement);
    }
    Ok(Some((u32::try_from(id).map_err(|_| InvalidElement)?, len)))
}

/// Reads a variable-length integer of one to eight bytes; the value is `None` when it is all ones ("unknown").
pub(crate) fn read_vint(bytes: &[u8]) -> Result<Option<(Option<u64>, usize)>, InvalidElement> {
    let Some((&first, _)) = bytes.split_first() else { return Ok(None) };
    let len = width(first);
    if len > 8 {
        return Err(InvalidElement);
    }
    let Some(field) = bytes.get(..len) else { return Ok(None) };
    let data = data_mask(len);
    let value = big_endian(field) & data;
    Ok(Some(((value != data).then_some(value), len)))
}

/// The length in bytes that a first byte announces: one more than its leading zeros.
const fn width(first: u8) -> usize {
    match first.leading_zeros() {
        0 => 1,
        1 => 2,
        2 => 3,
        3 => 4,
        4 => 5,
        5 => 6,
        6 => 7,
        7 => 8,
        _ => 9,
    }
}

/// The value bits of a variable-length integer of `len` bytes: seven of each.
pub(crate) const fn data_mask(len: usize) -> u64 {
    match len {
        1 => 0x7F,
        2 => 0x3FFF,
        3 => 0x1F_FFFF,
        4 => 0x0FFF_FFFF,
        5 => 0x07_FFFF_FFFF,
        6 => 0x03FF_FFFF_FFFF,
        7 => 0x01_FFFF_FFFF_FFFF,
        _ => 0xFF_FFFF_FFFF_FFFF,
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_every_width_read_and_all_ones_is_unknown() {
        assert_eq!(read_vint(&[0x81]), Ok(Some((Some(1), 1))));
        assert_eq!(read_vint(&[0xFF]), Ok(Some((None, 1))));
        assert_eq!(read_vint(&[0x40, 0x7F]), Ok(Some((Some(127), 2))));
        assert_eq!(read_vint(&[0x01, 0, 0, 0, 0, 0, 4, 0]), Ok(Some((Some(1024), 8))));
        assert_eq!(read_vint(&[0x01, 255, 255, 255, 255, 255, 255, 255]), Ok(Some((None, 8))));
        assert_eq!(read_vint(&[0x01, 255]), Ok(None));
        assert_eq!(read_vint(&[0x00]), Err(InvalidElement));
    }

    #[test]
    fn reserved_and_overlong_ids_are_refused_as_soon_as_seen() {
        assert_eq!(Header::read(&[0xFF]), Err(InvalidElement));
        assert_eq!(Header::read(&[0x80]), Err(InvalidElement));
        assert_eq!(Header::read(&[0x08]), Err(InvalidElement));
        assert_eq!(Header::read(&[0x1A, 0x45]), Ok(None));
        let header = Header::read(&[0x1A, 0x45, 0xDF, 0xA3, 0xA3]);
        assert_eq!(header, Ok(Some(Header { id: 0x1A45_DFA3, size: Some(35), len: 5 })));
    }

    #[test]
    fn a_walk_stops_at_the_first_child_that_does_not_fit() {
        let bytes = [0xEC, 0x81, 7, 0xA3, 0x85, 1];
        let mut walk = Elements::new(&bytes);
        assert_eq!(walk.next(), Some(Ok(Element { id: 0xEC, body: &[7] })));
        assert_eq!(walk.next(), Some(Err(InvalidElement)));
        assert_eq!(walk.next(), None);
    }

    #[test]
    fn padding_of_zeros_is_trimmed_and_only_at_the_end() {
        assert_eq!(Element { id: 0x86, body: b"a\0b\0\0" }.trimmed(), b"a\0b");
        assert_eq!(Element { id: 0x86, body: b"\0\0" }.trimmed(), b"");
    }
}
