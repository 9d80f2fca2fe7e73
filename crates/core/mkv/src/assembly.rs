//! The open fragment: takes whole elements, gives a [`Fragment`].

use std::mem;

use crate::{
    DamageReason, Fragment, FragmentEnd, Limits, Track,
    buffer::{append, length},
    element::{Element, InvalidElement, read_vint},
    fragment::Block,
    id, lacing,
    limits::MAX_TAG_DEPTH,
    pool::Pool,
    tag,
};

/// Nanoseconds per tick, unless `Info` says otherwise: timecodes are milliseconds.
const DEFAULT_TIMECODE_SCALE: u64 = 1_000_000;

impl From<InvalidElement> for DamageReason {
    fn from(_: InvalidElement) -> Self {
        Self::InvalidElement
    }
}

#[derive(Debug)]
pub(crate) struct Assembly {
    limits: Limits,
    fragment: Fragment,
    began: bool,
    has_cluster: bool,
    /// It has elements of unknown kind, as noise would have.
    doubtful: bool,
    /// Bytes of the stream that belong to the fragment and are held for it.
    held_bytes: u64,
    /// `Tracks` of the last header, as it came; they hold until the next header.
    tracks: Vec<Track>,
    tracks_body: Vec<u8>,
    info_body: Vec<u8>,
    timecode_scale: u64,
    cluster_ticks: Option<u64>,
    pool: Pool,
}

impl Assembly {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            fragment: Fragment::default(),
            began: false,
            has_cluster: false,
            doubtful: false,
            held_bytes: 0,
            tracks: Vec::new(),
            tracks_body: Vec::new(),
            info_body: Vec::new(),
            timecode_scale: DEFAULT_TIMECODE_SCALE,
            cluster_ticks: None,
            pool: Pool::new(limits),
        }
    }

    /// Opens a fragment whose first byte lies at `offset`.
    pub(crate) const fn begin(&mut self, offset: u64) {
        self.fragment.offset = offset;
        self.began = true;
        self.doubtful = false;
    }

    /// Forgets what the last header declared.
    pub(crate) fn begin_document(&mut self) {
        self.pool.put_tracks(&mut self.tracks);
        self.tracks_body.clear();
        self.info_body.clear();
        self.timecode_scale = DEFAULT_TIMECODE_SCALE;
    }

    /// Counts bytes of the stream that are held for this fragment.
    pub(crate) fn hold(&mut self, bytes: u64) -> Result<(), DamageReason> {
        self.held_bytes = self.held_bytes.saturating_add(bytes);
        if self.held_bytes > length(self.limits.fragment_bytes) {
            return Err(DamageReason::FragmentTooLarge);
        }
        Ok(())
    }

    pub(crate) fn begin_cluster(&mut self) {
        self.has_cluster = true;
        self.cluster_ticks = None;
    }

    pub(crate) fn timecode(&mut self, element: Element<'_>) -> Result<(), DamageReason> {
        let ticks = element.uint()?;
        self.cluster_ticks = Some(ticks);
        if self.fragment.timecode_ms.is_none() {
            let ms = u64::try_from(self.milliseconds(i128::from(ticks))).unwrap_or(0);
            self.fragment.timecode_ms = Some(ms);
        }
        Ok(())
    }

    pub(crate) fn info(&mut self, element: Element<'_>) -> Result<(), DamageReason> {
        self.info_body.clear();
        append(&mut self.info_body, element.body);
        for child in element.children() {
            let child = child?;
            if child.id == id::TIMECODE_SCALE {
                self.timecode_scale = child.uint()?;
            }
        }
        Ok(())
    }

    pub(crate) fn tracks(&mut self, element: Element<'_>) -> Result<(), DamageReason> {
        self.pool.put_tracks(&mut self.tracks);
        self.tracks_body.clear();
        append(&mut self.tracks_body, element.body);
        for child in element.children() {
            let child = child?;
            if child.id == id::TRACK_ENTRY {
                self.track_entry(child)?;
            }
        }
        Ok(())
    }

    fn track_entry(&mut self, entry: Element<'_>) -> Result<(), DamageReason> {
        if self.tracks.len() >= self.limits.tracks {
            return Err(DamageReason::TooManyElements);
        }
        let mut track = self.pool.track();
        for child in entry.children() {
            let child = child?;
            match child.id {
                id::TRACK_NUMBER => track.number = child.uint()?,
                id::TRACK_UID => track.uid = child.uint()?,
                id::TRACK_TYPE => track.track_type = child.uint()?,
                id::NAME => push_text(&mut track.name, child, self.limits.tag_value_bytes)?,
                id::CODEC_ID => push_text(&mut track.codec_id, child, self.limits.tag_value_bytes)?,
                id::CODEC_PRIVATE => track.codec_private.extend_from_slice(child.body),
                _ => {}
            }
        }
        self.tracks.push(track);
        Ok(())
    }

    /// Takes a `Tags` element; says whether it closes the fragment.
    pub(crate) fn tags(&mut self, element: Element<'_>) -> Result<bool, DamageReason> {
        let first = self.fragment.tags.len();
        for tag in element.children() {
            let tag = tag?;
            if tag.id != id::TAG {
                continue;
            }
            for child in tag.children() {
                let child = child?;
                if child.id == id::SIMPLE_TAG {
                    self.simple_tag(child, MAX_TAG_DEPTH)?;
                }
            }
        }
        let new = self.fragment.tags.get(first..).unwrap_or_default();
        Ok(self.has_cluster && new.iter().any(|(name, _)| name == tag::CONTINUATION_TOKEN))
    }

    /// Takes a tag and those nested in it, outer ones first. `depth` bounds the recursion.
    fn simple_tag(&mut self, element: Element<'_>, depth: usize) -> Result<(), DamageReason> {
        let depth = depth.checked_sub(1).ok_or(DamageReason::BadNesting)?;
        let (mut name, mut value) = self.pool.tag();
        let mut nested = false;
        for child in element.children() {
            let child = child?;
            match child.id {
                id::TAG_NAME => push_text(&mut name, child, self.limits.tag_name_bytes)?,
                id::TAG_STRING => push_text(&mut value, child, self.limits.tag_value_bytes)?,
                id::SIMPLE_TAG => nested = true,
                _ => {}
            }
        }
        if self.fragment.tags.len() >= self.limits.tags {
            return Err(DamageReason::TooManyElements);
        }
        self.fragment.tags.push((name, value));
        if nested {
            for child in element.children().filter_map(Result::ok).filter(|child| child.id == id::SIMPLE_TAG)
            {
                self.simple_tag(child, depth)?;
            }
        }
        Ok(())
    }

    /// Takes the block of a `BlockGroup`.
    pub(crate) fn block_group(&mut self, element: Element<'_>) -> Result<(), DamageReason> {
        for child in element.children() {
            let child = child?;
            if child.id == id::BLOCK {
                self.block(child)?;
            }
        }
        Ok(())
    }

    /// Takes a `SimpleBlock` or `Block`: track, timecode of 16 bits, flags, lace sizes, frames (RFC 9559, 10).
    pub(crate) fn block(&mut self, element: Element<'_>) -> Result<(), DamageReason> {
        let Some((Some(track), len)) = read_vint(element.body)? else {
            return Err(DamageReason::InvalidElement);
        };
        let after_track = element.body.get(len..).unwrap_or_default();
        let Some((&[high, low, flags], data)) = after_track.split_first_chunk() else {
            return Err(DamageReason::InvalidElement);
        };
        let data = lacing::frames(flags, data)?;
        let cluster = self.cluster_ticks.ok_or(DamageReason::InvalidElement)?;
        if self.fragment.blocks.len() >= self.limits.blocks {
            return Err(DamageReason::TooManyElements);
        }
        let ticks = i128::from(cluster).saturating_add(i128::from(i16::from_be_bytes([high, low])));
        let timecode_ms = self.milliseconds(ticks);
        let start = self.fragment.payload.len();
        append(&mut self.fragment.payload, data);
        let bytes = start..self.fragment.payload.len();
        self.fragment.blocks.push(Block { track, timecode_ms, bytes });
        Ok(())
    }

    fn milliseconds(&self, ticks: i128) -> i64 {
        if self.timecode_scale == DEFAULT_TIMECODE_SCALE {
            return i64::try_from(ticks).unwrap_or(i64::MAX);
        }
        let ms = ticks.saturating_mul(i128::from(self.timecode_scale)).div_euclid(1_000_000);
        i64::try_from(ms).unwrap_or(i64::MAX)
    }

    /// Closes the fragment and gives it away.
    pub(crate) fn take(&mut self, end: FragmentEnd) -> Fragment {
        self.fragment.end = end;
        for track in &self.tracks {
            let copy = self.pool.copy_track(track);
            self.fragment.tracks.push(copy);
        }
        let next = self.pool.fragment();
        self.reset();
        mem::replace(&mut self.fragment, next)
    }

    /// Loses the fragment.
    pub(crate) fn abandon(&mut self) {
        self.pool.empty(&mut self.fragment);
        self.reset();
    }

    const fn reset(&mut self) {
        self.began = false;
        self.has_cluster = false;
        self.doubtful = false;
        self.held_bytes = 0;
        self.cluster_ticks = None;
    }

    /// Takes a fragment's memory back: at best for the next fragment at once, so that a call holds only one.
    pub(crate) fn recycle(&mut self, fragment: Fragment) {
        self.pool.put(fragment);
        if !self.began && self.fragment.payload.capacity() == 0 {
            self.fragment = self.pool.fragment();
        }
    }

    pub(crate) const fn began(&self) -> bool {
        self.began
    }

    /// Notes that an element of unknown kind was met.
    pub(crate) const fn doubt(&mut self) {
        self.doubtful = true;
    }

    pub(crate) const fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    pub(crate) const fn has_cluster(&self) -> bool {
        self.has_cluster
    }

    pub(crate) const fn fragment(&self) -> &Fragment {
        &self.fragment
    }

    pub(crate) fn info_body(&self) -> &[u8] {
        &self.info_body
    }

    pub(crate) fn tracks_body(&self) -> &[u8] {
        &self.tracks_body
    }
}

/// Sets a text from an element: padding removed, what is not UTF-8 replaced.
fn push_text(to: &mut String, element: Element<'_>, max_bytes: usize) -> Result<(), DamageReason> {
    let bytes = element.trimmed();
    if bytes.len() > max_bytes {
        return Err(DamageReason::ElementTooLarge);
    }
    to.clear();
    for chunk in bytes.utf8_chunks() {
        to.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            to.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Ok(())
}
