//! What reading one call costs, against another author's parser in the same run.
//!
//! An iteration reads one minute of a call: its time divided by 60 is the cost of a call-second.

use std::io::{self, Read};

use divan::{Bencher, counter::BytesCount};
use mkv::{FragmentReader, Item, Limits, testing::ConnectStream};
use webm_iterable::{WebmIterator, matroska_spec::MatroskaSpec};

const SECONDS: usize = 60;
const FEED_BYTES: [usize; 3] = [97, 1 << 10, 16 << 10];

fn main() {
    divan::main();
}

fn minute() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut stream = ConnectStream::new("5ca32fbd-8f92-46af-92a5-6b0f970f0efe", 1_726_677_688_724, 1);
    // Fragments of 1.024 s.
    stream.write(SECONDS * 1_000 / 1_024, &mut bytes);
    bytes
}

#[divan::bench(args = FEED_BYTES)]
fn fragment_reader(bencher: Bencher<'_, '_>, feed_bytes: usize) {
    let bytes = minute();
    let mut reader = FragmentReader::new(Limits::CONNECT);
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| {
        let mut blocks = 0;
        for piece in bytes.chunks(feed_bytes) {
            reader.push(piece);
            while let Some(Item::Fragment(fragment)) = reader.next() {
                blocks += fragment.blocks.len();
                reader.recycle(fragment);
            }
        }
        blocks
    });
}

#[divan::bench(args = FEED_BYTES)]
fn webm_iterable(bencher: Bencher<'_, '_>, feed_bytes: usize) {
    let bytes = minute();
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| {
        let pieces = Pieces { bytes: &bytes, feed_bytes };
        let tags = WebmIterator::new(pieces, &[]);
        tags.filter(|tag| matches!(tag, Ok(MatroskaSpec::SimpleBlock(_)))).count()
    });
}

/// A reader that gives no more than a socket would.
struct Pieces<'a> {
    bytes: &'a [u8],
    feed_bytes: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut piece = self.bytes.get(..self.feed_bytes).unwrap_or(self.bytes);
        let count = piece.read(to)?;
        self.bytes = self.bytes.get(count..).unwrap_or_default();
        Ok(count)
    }
}
