//! Allocations of a running call, per fragment of two channels (32 blocks).

use gates::{Carried, stream};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Nine are measured: the samples that are handed on, a buffer a channel, and what is read of the tags; a fragment has
/// 32 blocks, so one per block would show.
const MAX_PER_FRAGMENT: u64 = 10;
const WARM_UP: usize = 20;
const FRAGMENTS: usize = 200;

#[test]
fn a_running_call_allocates_per_fragment_and_not_per_block() {
    let bytes = stream(WARM_UP + FRAGMENTS);
    let (warm_up, rest) = bytes.split_at(bytes.len() * WARM_UP / (WARM_UP + FRAGMENTS));
    let mut carried = Carried::default();
    carried.push(warm_up);
    let profiler = dhat::Profiler::builder().testing().build();
    carried.push(rest);
    let blocks = dhat::HeapStats::get().total_blocks;
    drop(profiler);
    let per_fragment = blocks / FRAGMENTS as u64;
    assert!(per_fragment <= MAX_PER_FRAGMENT, "{per_fragment} allocations per fragment");
    assert!(carried.samples() > 0);
}
