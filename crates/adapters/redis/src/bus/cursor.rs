//! Where a reader stands in each stream, and what it has missed.

use ports::{BusMessage, Received};

use crate::heads::Head;

/// An entry of a stream: its id, and names and values in turn.
pub(super) type Entry = (String, Vec<Vec<u8>>);

/// What came of reading.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// What the subscriber receives.
    pub(super) received: Vec<Received>,
    /// Entries that this version cannot read.
    pub(super) unreadable: u64,
    /// Holes in the numbers.
    pub(super) holes: u64,
}

/// Where a reader stands.
#[derive(Debug)]
pub(super) struct Cursor {
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    id: String,
    number: u64,
}

impl Cursor {
    /// At the ends of the streams.
    pub(super) fn at(heads: Vec<Head>) -> Self {
        Self { places: heads.into_iter().map(|(id, number)| Place { id, number }).collect() }
    }

    /// The ids after which to read.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| place.id.as_str())
    }

    /// Takes what was read of a stream.
    pub(super) fn take(&mut self, partition: usize, entries: Vec<Entry>, taken: &mut Taken) {
        let Some(place) = self.places.get_mut(partition) else { return };
        for (id, fields) in entries {
            place.id = id;
            let Some(number) = field(&fields, b"n").and_then(number) else {
                taken.unreadable += 1;
                continue;
            };
            if number != place.number + 1 {
                taken.holes += 1;
                taken.received.push(Received::Lost);
            }
            place.number = number;
            match field(&fields, b"m").map(serde_json::from_slice::<BusMessage>) {
                Some(Ok(message)) => taken.received.push(Received::Message(message)),
                Some(Err(_)) | None => taken.unreadable += 1,
            }
        }
    }

    /// After an outage: a stream that ends before what was read of it came back empty, or as it once was. All that
    /// it holds behind its old end was never read, so it is read from its start.
    pub(super) fn rewind(&mut self, heads: &[Head]) {
        for (place, (id, _)) in self.places.iter_mut().zip(heads) {
            if parts(id) < parts(&place.id) {
                *place = Place { id: "0-0".to_owned(), number: 0 };
            }
        }
    }
}

fn field<'f>(fields: &'f [Vec<u8>], name: &[u8]) -> Option<&'f [u8]> {
    fields.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1].as_slice())
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// An id by its value.
fn parts(id: &str) -> Option<(u64, u64)> {
    let (ms, seq) = id.split_once('-')?;
    Some((ms.parse().ok()?, seq.parse().ok()?))
}
