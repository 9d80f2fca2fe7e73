//! WAV files of 16-bit PCM, read and copied block by block.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use audio::{MAX_WAV_HEAD_BYTES, SampleRange, WavError, WavLayout, pcm_from_bytes};
use thiserror::Error;

/// Why a file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WavFileError {
    /// The system does not give it.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is no WAV of 16-bit PCM.
    #[error("cannot use {}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        #[source]
        source: WavError,
    },
}

/// An open WAV file.
#[derive(Debug)]
pub struct WavFile {
    file: File,
    path: PathBuf,
    layout: WavLayout,
    bytes: u64,
}

impl WavFile {
    /// Opens a file and reads its head.
    ///
    /// # Errors
    /// When it cannot be read, or is no WAV of 16-bit PCM.
    pub fn open(path: &Path) -> Result<Self, WavFileError> {
        let read = |source| WavFileError::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(read)?;
        let bytes = file.metadata().map_err(read)?.len();
        let mut head = Vec::new();
        let limit = u64::try_from(MAX_WAV_HEAD_BYTES).unwrap_or(u64::MAX);
        (&mut file).take(limit).read_to_end(&mut head).map_err(read)?;
        let layout = WavLayout::read(&head, bytes)
            .map_err(|source| WavFileError::Form { path: path.to_owned(), source })?;
        Ok(Self { file, path: path.to_owned(), layout, bytes })
    }

    /// How its samples lie.
    #[must_use]
    pub const fn layout(&self) -> &WavLayout {
        &self.layout
    }

    /// The file's length.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes from a place on, as many as the buffer takes or the file has.
    ///
    /// # Errors
    /// When the system does not give them.
    pub fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> Result<usize, WavFileError> {
        let read = |source| WavFileError::Read { path: self.path.clone(), source };
        self.file.seek(SeekFrom::Start(at)).map_err(read)?;
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read(rest) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read(error)),
            }
        }
        Ok(filled)
    }

    /// Samples of every channel within a range, a channel each; what lies beyond the end is left out.
    ///
    /// # Errors
    /// When the system does not give them.
    pub fn channels(&mut self, range: SampleRange) -> Result<Vec<Vec<i16>>, WavFileError> {
        let frame = self.layout.frame_bytes();
        let place = |n: u64| self.layout.data.start + n.min(self.layout.frames()) * frame;
        let (from, to) = (place(range.from), place(range.to));
        let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(0)];
        let filled = self.read_at(from, &mut bytes)?;
        bytes.truncate(filled);
        Ok(taken_apart(&bytes, usize::from(self.layout.channels)))
    }
}

/// Interleaved little-endian samples, a channel each.
pub(crate) fn taken_apart(bytes: &[u8], channels: usize) -> Vec<Vec<i16>> {
    let mut samples = Vec::with_capacity(bytes.len() / 2);
    pcm_from_bytes(bytes, &mut samples);
    let channels = channels.max(1);
    (0..channels).map(|channel| samples.iter().skip(channel).step_by(channels).copied().collect()).collect()
}

/// The same samples as interleaved bytes again. The channels are of one length.
pub(crate) fn put_together(channels: &[Vec<i16>], out: &mut Vec<u8>) {
    out.clear();
    let frames = channels.iter().map(Vec::len).min().unwrap_or(0);
    for n in 0..frames {
        for channel in channels {
            out.extend(channel.get(n).copied().unwrap_or(0).to_le_bytes());
        }
    }
}
