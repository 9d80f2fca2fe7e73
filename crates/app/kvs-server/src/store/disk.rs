//! A stream's fragments on disk: append-only segment files of records.
//!
//! A record is `MAGIC`, the length of its header (u32, big-endian), the header as JSON, and the four parts of the
//! fragment. A record that a crash cut short is cut off at the next start. All calls block.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use model::{FragmentNumber, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Content, Entry, FragmentInfo};

const MAGIC: [u8; 4] = *b"TKF1";
/// A segment file is closed once it is this long: about 8 minutes of one call.
const MAX_SEGMENT_BYTES: u64 = 16 * 1024 * 1024;
/// The longest record header that is believed.
const MAX_HEADER_BYTES: u32 = 4096;

/// Why a fragment could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum DiskError {
    #[error("use the segment file {path}")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("finish writing")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error("write a record header")]
    Header(#[source] serde_json::Error),
}

/// Where a fragment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DiskRef {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) lengths: [u32; 4],
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    number: FragmentNumber,
    producer: Timestamp,
    server: Timestamp,
    duration_ms: u64,
    lengths: [u32; 4],
}

#[derive(Debug)]
struct Segment {
    id: u64,
    bytes: u64,
    newest: Timestamp,
}

/// The segment files of one stream.
#[derive(Debug)]
pub(crate) struct DiskLog {
    dir: PathBuf,
    segments: VecDeque<Segment>,
    /// The id of the next segment: never one that was used before.
    next_id: u64,
    writer: Option<File>,
}

impl DiskLog {
    /// Opens a stream's folder and reads the index of what it holds, oldest first.
    pub(crate) fn open(dir: PathBuf) -> Result<(Self, VecDeque<Entry>), DiskError> {
        fs::create_dir_all(&dir).map_err(|source| DiskError::File { path: dir.clone(), source })?;
        let mut log = Self { dir, segments: VecDeque::new(), next_id: 1, writer: None };
        let mut entries = VecDeque::new();
        for id in log.segment_ids()? {
            log.next_id = id + 1;
            let path = segment_path(&log.dir, id);
            let scanned = scan(&path, id, &mut entries).map_err(|source| DiskError::File { path, source })?;
            if let Some(newest) = scanned.newest {
                log.segments.push_back(Segment { id, bytes: scanned.bytes, newest });
            }
        }
        Ok((log, entries))
    }

    /// Bytes of all segments.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// When the newest fragment of the oldest segment came in.
    pub(crate) fn oldest_segment(&self) -> Option<Timestamp> {
        self.segments.front().map(|segment| segment.newest)
    }

    /// Writes a fragment at the end.
    pub(crate) fn append(&mut self, info: &FragmentInfo, content: &Content) -> Result<DiskRef, DiskError> {
        let lengths = content.parts().map(|part| u32::try_from(part.len()).unwrap_or(u32::MAX));
        let header = Header {
            number: info.number.clone(),
            producer: info.producer,
            server: info.server,
            duration_ms: info.duration_ms,
            lengths,
        };
        let header = serde_json::to_vec(&header).map_err(DiskError::Header)?;
        if self.segments.back().is_none_or(|segment| segment.bytes >= MAX_SEGMENT_BYTES) {
            self.begin_segment(info.server)?;
        }
        self.write_record(&header, info.server, content, lengths)
    }

    /// Deletes the oldest segment; gives the id of the oldest that is left, or of the next one.
    pub(crate) fn delete_oldest_segment(&mut self) -> Result<Option<u64>, DiskError> {
        let Some(segment) = self.segments.pop_front() else { return Ok(None) };
        if self.segments.is_empty() {
            self.writer = None;
        }
        let path = segment_path(&self.dir, segment.id);
        fs::remove_file(&path).map_err(|source| DiskError::File { path, source })?;
        Ok(Some(self.segments.front().map_or(self.next_id, |next| next.id)))
    }

    /// Deletes the stream's folder.
    pub(crate) fn delete(&mut self) -> Result<(), DiskError> {
        self.writer = None;
        self.segments.clear();
        fs::remove_dir_all(&self.dir).map_err(|source| DiskError::File { path: self.dir.clone(), source })
    }

    /// Reads a fragment's bytes from a stream's folder; needs no lock.
    pub(crate) fn read(dir: &Path, at: DiskRef) -> io::Result<Content> {
        let mut file = File::open(segment_path(dir, at.segment))?;
        file.seek(SeekFrom::Start(at.offset))?;
        let total: u64 = at.lengths.iter().copied().map(u64::from).sum();
        let mut bytes = Vec::new();
        file.take(total).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != total {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = Bytes::from(bytes);
        let [head, tags_before, cluster, tags_after] =
            at.lengths.map(|length| bytes.split_to(bytes.len().min(length as usize)));
        Ok(Content { head, tags_before, cluster, tags_after })
    }

    fn begin_segment(&mut self, newest: Timestamp) -> Result<(), DiskError> {
        let id = self.next_id;
        let path = segment_path(&self.dir, id);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        self.writer = Some(file.map_err(|source| DiskError::File { path, source })?);
        self.segments.push_back(Segment { id, bytes: 0, newest });
        self.next_id += 1;
        Ok(())
    }

    fn write_record(
        &mut self,
        header: &[u8],
        newest: Timestamp,
        content: &Content,
        lengths: [u32; 4],
    ) -> Result<DiskRef, DiskError> {
        let Some(segment) = self.segments.back_mut() else {
            let source = io::ErrorKind::NotFound.into();
            return Err(DiskError::File { path: self.dir.clone(), source });
        };
        let path = segment_path(&self.dir, segment.id);
        let start = segment.bytes;
        let written = (|| {
            if self.writer.is_none() {
                self.writer = Some(OpenOptions::new().append(true).open(&path)?);
            }
            let Some(file) = self.writer.as_mut() else { return Err(io::ErrorKind::NotFound.into()) };
            let result = write_parts(file, header, content);
            if result.is_err() {
                // A record in part would hide all that follow it.
                file.set_len(start)?;
            }
            result
        })();
        match written {
            Ok(bytes) => {
                segment.bytes += bytes;
                segment.newest = newest;
                let offset = start + 8 + header.len() as u64;
                Ok(DiskRef { segment: segment.id, offset, lengths })
            }
            Err(source) => Err(DiskError::File { path, source }),
        }
    }

    fn segment_ids(&self) -> Result<Vec<u64>, DiskError> {
        let listed = fs::read_dir(&self.dir).and_then(|entries| {
            let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
            names.collect::<io::Result<Vec<_>>>()
        });
        let names = listed.map_err(|source| DiskError::File { path: self.dir.clone(), source })?;
        let id = |name: &std::ffi::OsString| name.to_str()?.strip_suffix(".segment")?.parse().ok();
        let mut ids: Vec<u64> = names.iter().filter_map(id).collect();
        ids.sort_unstable();
        Ok(ids)
    }
}

fn segment_path(dir: &Path, segment: u64) -> PathBuf {
    dir.join(format!("{segment:08}.segment"))
}

fn write_parts(file: &mut File, header: &[u8], content: &Content) -> io::Result<u64> {
    let mut record = Vec::with_capacity(8 + header.len() + usize::try_from(content.bytes()).unwrap_or(0));
    record.extend_from_slice(&MAGIC);
    record.extend_from_slice(&u32::try_from(header.len()).unwrap_or(u32::MAX).to_be_bytes());
    record.extend_from_slice(header);
    for part in content.parts() {
        record.extend_from_slice(part);
    }
    file.write_all(&record)?;
    Ok(record.len() as u64)
}

struct Scanned {
    bytes: u64,
    newest: Option<Timestamp>,
}

/// Reads the headers of one segment file and cuts off what is no whole record.
fn scan(path: &Path, segment: u64, entries: &mut VecDeque<Entry>) -> io::Result<Scanned> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut scanned = Scanned { bytes: 0, newest: None };
    while let Some((header, offset)) = read_header(&mut file, scanned.bytes, length)? {
        let bytes: u64 = header.lengths.iter().copied().map(u64::from).sum();
        if offset + bytes > length {
            break;
        }
        scanned.bytes = offset + bytes;
        scanned.newest = Some(header.server);
        let Header { number, producer, server, duration_ms, lengths } = header;
        let info = FragmentInfo { number, producer, server, duration_ms };
        let disk = Some(DiskRef { segment, offset, lengths });
        entries.push_back(Entry { info, sequence: entries.len() as u64, bytes, content: None, disk });
    }
    if scanned.bytes < length {
        tracing::warn!(file = %path.display(), bytes = length - scanned.bytes, "cut off an incomplete record");
        file.set_len(scanned.bytes)?;
    }
    if scanned.newest.is_none() {
        fs::remove_file(path)?;
    }
    Ok(scanned)
}

fn read_header(file: &mut File, at: u64, length: u64) -> io::Result<Option<(Header, u64)>> {
    let mut start = [0_u8; 8];
    if at + 8 > length {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut start)?;
    let [m0, m1, m2, m3, l0, l1, l2, l3] = start;
    let header_bytes = u32::from_be_bytes([l0, l1, l2, l3]);
    let offset = at + 8 + u64::from(header_bytes);
    if [m0, m1, m2, m3] != MAGIC || header_bytes > MAX_HEADER_BYTES || offset > length {
        return Ok(None);
    }
    let mut header = vec![0; header_bytes as usize];
    file.read_exact(&mut header)?;
    Ok(serde_json::from_slice(&header).ok().map(|header| (header, offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(n: u32) -> FragmentInfo {
        let at = Timestamp::from_millis(i64::from(n));
        FragmentInfo {
            number: FragmentNumber::new(&n.to_string()).unwrap(),
            producer: at,
            server: at,
            duration_ms: 1,
        }
    }

    fn content(n: u8) -> Content {
        Content {
            head: Bytes::from_static(b"head"),
            tags_before: Bytes::new(),
            cluster: Bytes::from(vec![n; 1000]),
            tags_after: Bytes::from_static(b"tags"),
        }
    }

    #[test]
    fn fragments_read_back_after_a_restart_and_a_torn_record_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let (mut log, entries) = DiskLog::open(dir.path().to_owned()).unwrap();
        assert!(entries.is_empty());
        for n in 1..=3_u8 {
            log.append(&info(u32::from(n)), &content(n)).unwrap();
        }
        let path = segment_path(dir.path(), 1);
        let length = fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 1).unwrap();

        let (mut log, entries) = DiskLog::open(dir.path().to_owned()).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.info.clone()).collect::<Vec<_>>(), [info(1), info(2)]);
        assert_eq!(DiskLog::read(dir.path(), entries[1].disk.unwrap()).unwrap(), content(2));
        let at = log.append(&info(4), &content(4)).unwrap();
        assert_eq!(DiskLog::read(dir.path(), at).unwrap(), content(4));
        assert_eq!(DiskLog::open(dir.path().to_owned()).unwrap().1.len(), 3);
    }

    #[test]
    fn the_oldest_segment_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let (mut log, _) = DiskLog::open(dir.path().to_owned()).unwrap();
        let big = Content { cluster: Bytes::from(vec![0; 9 * 1024 * 1024]), ..Content::default() };
        for n in 1..=3 {
            log.append(&info(n), &big).unwrap();
        }
        assert_eq!(log.oldest_segment(), Some(Timestamp::from_millis(2)));
        assert_eq!(log.delete_oldest_segment().unwrap(), Some(2));
        assert_eq!(log.oldest_segment(), Some(Timestamp::from_millis(3)));
        assert_eq!(log.append(&info(4), &big).unwrap().segment, 2);
    }
}
