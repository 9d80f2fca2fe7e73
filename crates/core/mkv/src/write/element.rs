//! Single elements.

use crate::{buffer::length, element::data_mask, id};

/// How many bytes a size takes. KVS's writers use fixed widths, where EBML would allow shorter ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As few as hold it.
    Short,
    /// Four: the service's own elements. Larger sizes take as many as they need.
    Four,
    /// Eight: the producer library's elements.
    Eight,
}

/// Writes an element with this body.
pub fn element(out: &mut Vec<u8>, id: u32, width: Width, body: &[u8]) {
    push_id(out, id);
    push_size(out, length(body.len()), width);
    out.extend_from_slice(body);
}

/// Writes a master element around what `children` writes.
pub fn master(out: &mut Vec<u8>, id: u32, width: Width, children: impl FnOnce(&mut Vec<u8>)) {
    push_id(out, id);
    let start = out.len();
    children(out);
    let size = length(out.len().saturating_sub(start));
    push_size(out, size, width);
    // The size was written last: turn it to the front.
    let field = out.len().saturating_sub(start).saturating_sub(usize::try_from(size).unwrap_or(0));
    out.get_mut(start..).unwrap_or_default().rotate_right(field);
}

/// Opens a master element whose size is not known: one byte of ones, as the producer library writes it.
pub fn unknown_size(out: &mut Vec<u8>, id: u32) {
    push_id(out, id);
    out.push(0xFF);
}

/// Writes an unsigned integer of `len` bytes (at most eight; longer values lose their high bytes).
pub fn uint(out: &mut Vec<u8>, id: u32, value: u64, len: usize) {
    let bytes = value.to_be_bytes();
    element(out, id, Width::Short, bytes.get(8_usize.saturating_sub(len)..).unwrap_or_default());
}

/// Writes a text.
pub fn text(out: &mut Vec<u8>, id: u32, width: Width, value: &str) {
    element(out, id, width, value.as_bytes());
}

/// Writes one `Tags` element with one `Tag` of these names and values, without `Targets`, as KVS does.
pub fn tags<K: AsRef<str>, V: AsRef<str>>(out: &mut Vec<u8>, width: Width, tags: &[(K, V)]) {
    master(out, id::TAGS, width, |out| {
        master(out, id::TAG, width, |out| {
            for (name, value) in tags {
                master(out, id::SIMPLE_TAG, width, |out| {
                    text(out, id::TAG_NAME, width, name.as_ref());
                    text(out, id::TAG_STRING, width, value.as_ref());
                });
            }
        });
    });
}

/// Writes an id: its marker is part of the value, so its length is that of the value.
fn push_id(out: &mut Vec<u8>, id: u32) {
    let bytes = id.to_be_bytes();
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    out.extend_from_slice(bytes.get(zeros..).unwrap_or_default());
}

/// Writes a size or another variable-length integer.
pub(super) fn push_size(out: &mut Vec<u8>, value: u64, width: Width) {
    let at_least = match width {
        Width::Short => 1,
        Width::Four => 4,
        Width::Eight => 8,
    };
    // All ones would say "unknown", so the largest value of a width takes one byte more.
    let len = (at_least..8).find(|&len| value < data_mask(len)).unwrap_or(8);
    let marker = data_mask(len).saturating_add(1);
    let field = ((value & data_mask(len)) | marker).to_be_bytes();
    out.extend_from_slice(field.get(8_usize.saturating_sub(len)..).unwrap_or_default());
}
