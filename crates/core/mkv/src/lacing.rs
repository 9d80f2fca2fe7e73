//! Several frames in one block (RFC 9559, 10.3). KVS producers do not use it; the frames are given as one run of bytes.

use crate::element::{InvalidElement, data_mask, read_vint};

/// The frames of a block, without the sizes that stand before them.
pub(crate) fn frames(flags: u8, data: &[u8]) -> Result<&[u8], InvalidElement> {
    let lacing = flags & 0x06;
    if lacing == 0 {
        return Ok(data);
    }
    let (&count, data) = data.split_first().ok_or(InvalidElement)?;
    let (sizes, sum) = match lacing {
        0x02 => xiph(count, data)?,
        0x06 => ebml(count, data)?,
        _ => (0, 0),
    };
    let frames = data.get(sizes..).ok_or(InvalidElement)?;
    if sum > frames.len() { Err(InvalidElement) } else { Ok(frames) }
}

/// Sizes as sums of bytes, each sum ended by one below 255. Gives their length, and what they sum to.
fn xiph(count: u8, data: &[u8]) -> Result<(usize, usize), InvalidElement> {
    let (mut len, mut sum) = (0_usize, 0_usize);
    for _ in 0..count {
        loop {
            let byte = *data.get(len).ok_or(InvalidElement)?;
            len = len.saturating_add(1);
            sum = sum.saturating_add(usize::from(byte));
            if byte < 255 {
                break;
            }
        }
    }
    Ok((len, sum))
}

/// The first size as it is, each further one as its difference from the one before.
fn ebml(count: u8, data: &[u8]) -> Result<(usize, usize), InvalidElement> {
    let (mut len, mut sum, mut size) = (0_usize, 0_i64, 0_i64);
    for index in 0..count {
        let rest = data.get(len..).unwrap_or_default();
        let Some((Some(value), width)) = read_vint(rest)? else { return Err(InvalidElement) };
        let value = i64::try_from(value).map_err(|_| InvalidElement)?;
        let bias = if index == 0 { 0 } else { i64::try_from(data_mask(width) >> 1).unwrap_or(0) };
        size = size.saturating_add(value).saturating_sub(bias);
        if size < 0 {
            return Err(InvalidElement);
        }
        sum = sum.saturating_add(size);
        len = len.saturating_add(width);
    }
    Ok((len, usize::try_from(sum).map_err(|_| InvalidElement)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_their_sizes_in_every_lacing() {
        assert_eq!(frames(0x80, b"abc"), Ok(&b"abc"[..]));
        assert_eq!(frames(0x04, b"\x01abcd"), Ok(&b"abcd"[..]));
        assert_eq!(frames(0x02, b"\x02\x01\x02abbccc"), Ok(&b"abbccc"[..]));
        // Sizes 2, then 2 - 1 = 1; the last is what remains.
        assert_eq!(frames(0x06, b"\x02\x82\xBEaabcc"), Ok(&b"aabcc"[..]));
    }

    #[test]
    fn sizes_beyond_the_block_are_refused() {
        assert_eq!(frames(0x02, b"\x01\x05abc"), Err(InvalidElement));
        assert_eq!(frames(0x02, b"\x01\xFF"), Err(InvalidElement));
        assert_eq!(frames(0x06, b"\x02\x81\x80"), Err(InvalidElement));
        assert_eq!(frames(0x02, b""), Err(InvalidElement));
    }
}
