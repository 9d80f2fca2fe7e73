//! Saved `GetMedia` bodies, to be sent again.

use std::{path::Path, sync::Arc};

use mkv::{Fragment, FragmentReader, Item, Limits, tag};
use thiserror::Error;

use crate::{
    call::file_name,
    decode::{DecodeCause, read_bounded},
};

/// The fragments of a saved body.
#[derive(Clone, Debug)]
pub struct SavedMedia {
    /// The file's name.
    pub name: String,
    /// The fragments with their own tracks, blocks and producer's tags; times from the first one.
    pub fragments: Arc<[Fragment]>,
    /// The contact of the first fragment that names one.
    pub contact_id: Option<String>,
    /// Stretches of the file that could not be read.
    pub damaged: usize,
}

/// A file that is no saved body: which, and why, on one line.
#[derive(Debug, Error)]
#[error("cannot play {path}: {cause}")]
pub struct SavedMediaError {
    path: String,
    cause: SavedMediaCause,
}

#[derive(Debug, Error)]
enum SavedMediaCause {
    #[error(transparent)]
    File(#[from] DecodeCause),
    #[error("it is no Matroska file")]
    NotMatroska,
    #[error("it holds no fragment with audio")]
    NoFragments,
}

impl SavedMedia {
    /// Whether a file's first bytes are those of Matroska.
    #[must_use]
    pub fn is_matroska(path: &Path) -> bool {
        let mut head = [0; 4];
        let read =
            std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
        read.is_ok() && head == mkv::id::EBML.to_be_bytes()
    }

    /// Reads a saved body.
    ///
    /// # Errors
    /// When the file cannot be read, is no Matroska, or has no fragment with a time and blocks.
    pub fn read(path: &Path) -> Result<Self, SavedMediaError> {
        let name = file_name(path);
        read_bounded(path)
            .map_err(SavedMediaCause::File)
            .and_then(|bytes| Self::from_bytes(name, &bytes))
            .map_err(|cause| SavedMediaError { path: path.display().to_string(), cause })
    }

    fn from_bytes(name: String, bytes: &[u8]) -> Result<Self, SavedMediaCause> {
        if !bytes.starts_with(&mkv::id::EBML.to_be_bytes()) {
            return Err(SavedMediaCause::NotMatroska);
        }
        let mut reader = FragmentReader::new(Limits::default());
        let (mut fragments, mut damaged) = (Vec::new(), 0);
        let mut take = |reader: &mut FragmentReader| {
            while let Some(item) = reader.next() {
                match item {
                    Item::Fragment(fragment)
                        if fragment.timecode_ms.is_some() && !fragment.blocks.is_empty() =>
                    {
                        fragments.push(fragment);
                    }
                    Item::Fragment(_) => {}
                    Item::Damaged { .. } => damaged += 1,
                }
            }
        };
        for piece in bytes.chunks(64 * 1024) {
            reader.push(piece);
            take(&mut reader);
        }
        reader.finish();
        take(&mut reader);
        let first_ms = fragments.iter().filter_map(|fragment| fragment.timecode_ms).min();
        let first_ms = first_ms.ok_or(SavedMediaCause::NoFragments)?;
        let contact_id =
            fragments.iter().find_map(|fragment| fragment.tag(tag::CONTACT_ID)).map(str::to_owned);
        for fragment in &mut fragments {
            prepare(fragment, first_ms);
        }
        Ok(Self { name, fragments: fragments.into(), contact_id, damaged })
    }

    /// The same with another contact in place of its own. Where nothing names a contact, every fragment does now.
    #[must_use]
    pub fn with_contact(&self, contact_id: &str) -> Self {
        let mut fragments = self.fragments.to_vec();
        for fragment in &mut fragments {
            match &self.contact_id {
                Some(own) => fragment
                    .tags
                    .iter_mut()
                    .filter(|(name, value)| name == tag::CONTACT_ID && value == own)
                    .for_each(|(_, value)| contact_id.clone_into(value)),
                None => fragment.tags.push((tag::CONTACT_ID.to_owned(), contact_id.to_owned())),
            }
        }
        Self { fragments: fragments.into(), contact_id: Some(contact_id.to_owned()), ..self.clone() }
    }

    /// How long it plays, in milliseconds, as its timecodes say.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.fragments.iter().flat_map(|fragment| &fragment.blocks).map(due_ms).max().unwrap_or(0)
    }
}

/// Takes out what only the service may write, and counts times from the file's first.
fn prepare(fragment: &mut Fragment, first_ms: u64) {
    fragment.tags.retain(|(name, _)| !name.starts_with(tag::SERVICE_PREFIX));
    fragment.timecode_ms = fragment.timecode_ms.map(|ms| ms.saturating_sub(first_ms));
    let first_ms = i64::try_from(first_ms).unwrap_or(i64::MAX);
    for block in &mut fragment.blocks {
        block.timecode_ms = block.timecode_ms.saturating_sub(first_ms);
    }
}

/// When a block's last sample was spoken, as 16-bit audio at 8 kHz; of other media, about when it was sent.
pub(crate) fn due_ms(block: &mkv::Block) -> u64 {
    /// Other media than audio have blocks of any size.
    const MAX_BLOCK_MS: usize = 1_000;
    let length = (block.bytes.len() / 16).min(MAX_BLOCK_MS) as u64;
    u64::try_from(block.timecode_ms).unwrap_or(0).saturating_add(length)
}

#[cfg(test)]
mod tests {
    use mkv::write;

    use super::*;
    use crate::{call::Call, fragments::Fragments, quirks::Quirks};

    /// A body as `GetMedia` would have sent it.
    fn body() -> Vec<u8> {
        let call = Call::new("x", vec![500; 24_000], vec![0; 24_000]);
        let mut out = Vec::new();
        for mut fragment in Fragments::new(&call, "contact-1", "i", &Quirks::plain(), 0) {
            fragment.timecode_ms = fragment.timecode_ms.map(|ms| ms + 1_700_000_000_000);
            fragment.blocks.iter_mut().for_each(|block| block.timecode_ms += 1_700_000_000_000);
            write::document(
                &mut out,
                &write::Document {
                    info: write::Info::Connect { segment_uuid: [1; 16] },
                    tracks: write::Tracks::Entries(&fragment.tracks),
                    before: &write::service_tags("1", "2.000", "3.000"),
                    fragment: &fragment,
                    after: &[(tag::CONTINUATION_TOKEN, "1")],
                },
            );
        }
        out
    }

    #[test]
    fn a_saved_body_keeps_its_audio_and_loses_the_services_tags() {
        let saved = SavedMedia::from_bytes("a.mkv".into(), &body()).unwrap();
        assert_eq!(saved.contact_id.as_deref(), Some("contact-1"));
        assert_eq!((saved.fragments.len(), saved.damaged, saved.duration_ms()), (3, 0, 3_000));
        assert_eq!(saved.fragments[1].timecode_ms, Some(1_024));
        assert!(saved.fragments.iter().flat_map(|f| &f.tags).all(|(name, _)| !name.starts_with("AWS")));
    }

    #[test]
    fn another_contact_takes_the_place_of_its_own() {
        let saved = SavedMedia::from_bytes("a.mkv".into(), &body()).unwrap().with_contact("contact-2");
        assert!(saved.fragments.iter().all(|fragment| fragment.tag(tag::CONTACT_ID) == Some("contact-2")));
    }

    #[test]
    fn what_is_no_saved_body_is_refused_by_name() {
        assert!(matches!(SavedMedia::from_bytes("a".into(), b"RIFF"), Err(SavedMediaCause::NotMatroska)));
        let head = mkv::id::EBML.to_be_bytes();
        assert!(matches!(SavedMedia::from_bytes("a".into(), &head), Err(SavedMediaCause::NoFragments)));
        let error = SavedMedia::read(Path::new("/no/such.mkv")).unwrap_err().to_string();
        assert!(error.contains("/no/such.mkv"), "{error}");
    }
}
