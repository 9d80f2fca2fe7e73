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
            if place.number.checked_add(1) != Some(number) {
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

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: &[u8] = br#"{"kind":"offered","of":{"tenant":"acme","call":"c-1"}}"#;

    fn entry(id: &str, number: &[u8], message: &[u8]) -> Entry {
        let field = |text: &[u8]| text.to_vec();
        (id.to_owned(), vec![field(b"n"), field(number), field(b"m"), field(message)])
    }

    fn take(cursor: &mut Cursor, entries: Vec<Entry>) -> Taken {
        let mut taken = Taken::default();
        cursor.take(0, entries, &mut taken);
        taken
    }

    fn at_seven() -> Cursor {
        Cursor::at(vec![("7-0".to_owned(), 7)])
    }

    #[test]
    fn what_follows_without_a_hole_is_received() {
        let mut cursor = at_seven();
        let taken = take(&mut cursor, vec![entry("8-0", b"8", OFFERED), entry("9-0", b"9", OFFERED)]);
        assert!(matches!(taken.received.as_slice(), [Received::Message(_), Received::Message(_)]));
        assert_eq!(cursor.ids().collect::<Vec<_>>(), ["9-0"]);
    }

    #[test]
    fn a_hole_is_told_before_what_follows_it() {
        let taken = take(&mut at_seven(), vec![entry("20-0", b"20", OFFERED), entry("21-0", b"21", OFFERED)]);
        assert!(matches!(
            taken.received.as_slice(),
            [Received::Lost, Received::Message(_), Received::Message(_)]
        ));
        assert_eq!(taken.holes, 1);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over_and_counted() {
        let newer = br#"{"kind":"from_tomorrow","of":{}}"#;
        let odd = ("10-0".to_owned(), vec![b"n".to_vec()]);
        let entries = vec![
            entry("8-0", b"8", newer),
            entry("9-0", b"\xff", OFFERED),
            odd,
            entry("11-0", b"18446744073709551615", b"\xff{"),
            entry("12-0", b"1", OFFERED),
        ];
        let mut cursor = at_seven();
        let taken = take(&mut cursor, entries);
        assert_eq!(taken.unreadable, 4);
        assert_eq!(cursor.ids().collect::<Vec<_>>(), ["12-0"]);
    }

    #[test]
    fn after_an_outage_only_a_stream_that_lost_its_end_is_read_from_its_start() {
        let places = |ids: [&str; 3]| ids.map(|id| (id.to_owned(), 1)).to_vec();
        let mut cursor = Cursor::at(places(["10-0", "10-2", "10-2"]));
        cursor.rewind(&places(["9-5", "10-2", "11-0"]));
        assert_eq!(cursor.ids().collect::<Vec<_>>(), ["0-0", "10-2", "10-2"]);
    }
}
