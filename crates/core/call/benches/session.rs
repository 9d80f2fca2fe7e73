//! What a session costs for each second of a call, from whole fragment to spans of audio.

use call::{CallConfig, CallSession, Input, Output};
use divan::{Bencher, counter::ItemsCount};
use mkv::{Fragment, Item, testing::ConnectStream};
use model::{ContactId, Timestamp};

const SECONDS: usize = 600;

fn main() {
    divan::main();
}

/// Ten minutes of a call; one item is one fragment of 1.024 s with both tracks.
#[divan::bench]
fn fragment(bencher: Bencher<'_, '_>) {
    let mut bytes = Vec::new();
    ConnectStream::new("mine", 1_726_677_688_724, 7).write(SECONDS, &mut bytes);
    let mut reader = mkv::FragmentReader::new(mkv::Limits::default());
    reader.push(&bytes);
    let next = || reader.next().and_then(|item| if let Item::Fragment(it) = item { Some(it) } else { None });
    let fragments: Vec<Fragment> = std::iter::from_fn(next).collect();
    bencher
        .counter(ItemsCount::new(fragments.len()))
        .with_inputs(|| fragments.clone())
        .bench_local_values(play);
}

fn play(fragments: Vec<Fragment>) -> usize {
    let contact = ContactId::new("mine").expect("a good id");
    let mut session = CallSession::new(CallConfig::new(contact), Timestamp::default());
    let mut spans = 0;
    for input in std::iter::once(Input::Opened).chain(fragments.into_iter().map(Input::Fragment)) {
        while !matches!(session.poll_output(), Output::Timeout(..)) {
            spans += 1;
        }
        session.handle_input(Timestamp::default(), input);
    }
    spans
}
