//! Words of addresses.

use std::sync::LazyLock;

use crate::{
    detect::places::phrases::{CITIES, REGIONS},
    lookup::{WordMap, WordSet},
};

/// What a token can be in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A part of a number.
    Number,
    /// "apartment", "flat".
    Unit,
    /// "street".
    Type,
    /// "drive", "close": a type of street, and much else.
    WeakType,
    /// "north".
    Direction,
    /// A town.
    Town,
    /// A city that many know.
    City,
    /// A state, a county, a country.
    Region,
    /// One letter.
    Letter,
}

impl Piece {
    pub(super) const fn is_place(self) -> bool {
        matches!(self, Self::Town | Self::City | Self::Region)
    }
}

/// Places of several words.
pub(super) fn places() -> impl Iterator<Item = (&'static str, Piece)> {
    CITIES.iter().map(|text| (*text, Piece::City)).chain(REGIONS.iter().map(|text| (*text, Piece::Region)))
}

pub(super) fn word(text: &str) -> Option<Piece> {
    static PIECES: LazyLock<WordMap<Piece>> = LazyLock::new(|| {
        let lists = [
            // Of a word in two lists the last one counts.
            (DIRECTIONS, Piece::Direction),
            (UNITS, Piece::Unit),
            (WEAK_TYPES, Piece::WeakType),
            (TYPES, Piece::Type),
        ];
        lists.into_iter().flat_map(|(words, piece)| words.iter().map(move |word| (*word, piece))).collect()
    });
    PIECES.get(text).copied()
}

/// Common words that streets are called by.
pub(super) fn names_streets(text: &str) -> bool {
    static SET: LazyLock<WordSet> = LazyLock::new(|| STREET_NAMES.iter().copied().collect());
    SET.contains(text)
}

/// The two letters of a US state.
pub(super) fn is_state_code(text: &str) -> bool {
    text.len() == 2 && STATE_CODES.contains(&text)
}

const TYPES: &[&str] = &[
    "street",
    "avenue",
    "ave",
    "boulevard",
    "blvd",
    "lane",
    "road",
    "crescent",
    "terrace",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "freeway",
    "turnpike",
    "rd",
    "ln",
    "cres",
    "mews",
    "gardens",
    "grove",
    "alley",
    "avenida",
    "calle",
    "marg",
    "nagar",
    "colony",
    "enclave",
    "vihar",
    "chowk",
    "bypass",
    "expressway",
    "esplanade",
    "strasse",
    "galli",
    "salai",
    "puram",
    "pally",
    "layout",
    "causeway",
    "promenade",
    "plaza",
    "wharf",
    "quay",
    "cottages",
    "ter",
    "sq",
    "cir",
    "heights",
    "estates",
];

const WEAK_TYPES: &[&str] = &[
    "drive",
    "court",
    "close",
    "place",
    "way",
    "square",
    "row",
    "hill",
    "park",
    "walk",
    "rise",
    "view",
    "trail",
    "circle",
    "loop",
    "path",
    "pike",
    "green",
    "vale",
    "st",
    "dr",
    "ct",
    "pl",
    "cross",
    "main",
    "phase",
    "sector",
    "field",
    "fields",
    "bend",
    "run",
    "ridge",
    "point",
    "crossing",
    "landing",
    "cove",
    "glen",
    "hollow",
    "creek",
    "bridge",
    "parade",
    "croft",
    "gate",
    "mount",
    "meadow",
    "meadows",
    "villas",
    "estate",
    "village",
    "valley",
    "station",
    "pass",
    "canyon",
    "lake",
    "springs",
    "house",
    "cottage",
    "end",
    "yard",
    "buildings",
    "mansions",
];

/// Types that end a street's name only where an address is sure: elsewhere they are too often something else.
pub(super) const PLAIN_TYPES: &[&str] = &[
    "way", "place", "point", "end", "run", "pass", "view", "house", "main", "green", "gate", "field", "lake",
    "station", "phase", "cross", "village", "park", "square",
];

const UNITS: &[&str] = &[
    "apartment",
    "apt",
    "flat",
    "unit",
    "suite",
    "ste",
    "floor",
    "block",
    "tower",
    "wing",
    "plot",
    "door",
    "building",
    "bldg",
    "room",
    "lot",
    "penthouse",
    "shop",
    "maisonette",
];

const DIRECTIONS: &[&str] = &[
    "north",
    "south",
    "east",
    "west",
    "northeast",
    "northwest",
    "southeast",
    "southwest",
    "n",
    "s",
    "e",
    "w",
    "ne",
    "nw",
    "se",
    "sw",
];

const STREET_NAMES: &[&str] = &[
    "main",
    "high",
    "park",
    "church",
    "station",
    "king",
    "kings",
    "queen",
    "queens",
    "london",
    "green",
    "long",
    "mill",
    "school",
    "bridge",
    "hill",
    "old",
    "new",
    "great",
    "little",
    "short",
    "white",
    "black",
    "young",
    "market",
    "center",
    "centre",
    "county",
    "college",
    "back",
    "front",
    "lake",
    "river",
    "union",
    "state",
    "court",
    "house",
    "field",
    "spring",
    "water",
    "wood",
    "oak",
    "pine",
    "first",
    "second",
    "third",
    "commercial",
    "the",
    "of",
    "de",
    "la",
    "el",
    "los",
    "las",
    "st",
    "saint",
    "mount",
    "mt",
    "fort",
    "ft",
    "upper",
    "lower",
    "broad",
    "cross",
    "bank",
    "castle",
    "garden",
    "summer",
    "winter",
    "may",
    "march",
    "april",
    "june",
    "july",
    "august",
    "mr",
    "dr",
    "silver",
    "golden",
    "gold",
    "stone",
    "rose",
    "forest",
    "valley",
    "view",
    "sunset",
    "island",
    "beach",
    "bay",
    "ocean",
    "military",
    "university",
    "hospital",
    "airport",
    "industrial",
    "memorial",
    "lincoln",
    "washington",
    "martin",
    "luther",
    "love",
    "price",
    "brown",
    "red",
    "blue",
    "page",
    "will",
    "case",
    "cherry",
    "post",
    "office",
    "bell",
    "day",
    "town",
    "city",
    "village",
    "liberty",
    "business",
    "corporate",
    "technology",
    "executive",
    "circle",
    "square",
    "link",
    "service",
    "mall",
    "grand",
];

const STATE_CODES: &[&str] = &[
    "al", "ak", "az", "ar", "ca", "co", "ct", "de", "fl", "ga", "ia", "id", "il", "ks", "ky", "la", "ma",
    "md", "mi", "mn", "mo", "ms", "mt", "nc", "nd", "ne", "nh", "nj", "nm", "nv", "ny", "ok", "or", "pa",
    "ri", "sc", "sd", "tn", "tx", "ut", "va", "vt", "wa", "wi", "wv", "wy", "dc", "in", "oh", "me", "hi",
];
