//! In a steady stream, reading allocates nothing, for blocks or for fragments. Alone in its file: the profiler is
//! the program's allocator.

use mkv::{FragmentReader, Item, Limits, testing::ConnectStream};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const WARM_UP: usize = 4;
const FRAGMENTS: usize = 50;
/// A fragment of 36 kB twice, raw and read, with what both grew by; and a piece of 16 KiB.
const MAX_HELD_BYTES: usize = 96 << 10;

fn read(reader: &mut FragmentReader, bytes: &[u8], piece_bytes: usize) -> usize {
    let mut blocks = 0;
    for piece in bytes.chunks(piece_bytes) {
        reader.push(piece);
        while let Some(item) = reader.next() {
            let Item::Fragment(fragment) = item else { panic!("{item:?}") };
            blocks += fragment.blocks.len();
            reader.recycle(fragment);
        }
    }
    blocks
}

#[test]
fn a_steady_stream_is_read_without_allocating() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let mut stream = ConnectStream::new("5ca32fbd-8f92-46af-92a5-6b0f970f0efe", 1_726_677_688_724, 1);
    for piece_bytes in [97, 1 << 10, 16 << 10] {
        let (mut warm_up, mut bytes) = (Vec::new(), Vec::new());
        stream.write(WARM_UP, &mut warm_up);
        stream.write(FRAGMENTS, &mut bytes);
        let without_reader = dhat::HeapStats::get().curr_bytes;
        let mut reader = FragmentReader::new(Limits::CONNECT);
        read(&mut reader, &warm_up, piece_bytes);

        let before = dhat::HeapStats::get();
        let blocks = read(&mut reader, &bytes, piece_bytes);
        let after = dhat::HeapStats::get();

        assert_eq!(blocks, FRAGMENTS * 32);
        dhat::assert_eq!(after.total_blocks - before.total_blocks, 0);
        let held = after.curr_bytes - without_reader;
        dhat::assert!(held < MAX_HELD_BYTES, "{held} bytes for pieces of {piece_bytes}");
    }
}
