//! What single words mean for numbers.

use std::sync::LazyLock;

use crate::lookup::WordSet;

/// What a word, without case and punctuation, can be in a spoken number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// "four": one digit.
    Unit(u8),
    /// "oh", "o": zero, but only beside other digits.
    Oh,
    /// "to", "for", "won": a digit only inside a number.
    Homophone(u8),
    /// "ten" to "nineteen".
    Teen(u8),
    /// "twenty" to "ninety".
    Tens(u8),
    /// "hundred", "thousand", "million".
    Scale(u32),
    /// "double", "triple": repeats what follows.
    Times(u8),
    /// One letter.
    Letter,
    /// "point": between the two parts of a decimal, or between digits.
    Point,
    /// Says nothing wherever it stands: "uh", "dash", "sorry".
    Filler,
    /// Says nothing between the parts of a number: "is", "I", "mean", "let", "me", "see".
    Link,
    /// "first", "twelfth".
    Ordinal,
    /// "may", "december".
    Month,
    /// Any other word.
    Word,
}

/// Number words whose beginnings may stand at the end of a partial, cut off.
const NUMBER_WORDS: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "double",
    "triple",
    "nought",
    "niner",
];

/// Words between digits whose beginnings may stand at the end of a partial, cut off.
const LINKING_WORDS: &[&str] = &[
    "and",
    "then",
    "dash",
    "hyphen",
    "okay",
    "so",
    "uh",
    "um",
    "er",
    "oh",
    "to",
    "too",
    "for",
    "won",
    "ate",
    "sorry",
    "wait",
    "no",
    "correction",
    "actually",
    "hold",
    "let",
    "mean",
    "scratch",
];

/// The class of a lower-case word.
pub(crate) fn classify(word: &str) -> Class {
    if let Some(number) = number(word) {
        return number;
    }
    match word {
        "uh" | "uhh" | "uhm" | "um" | "umm" | "er" | "erm" | "ah" | "eh" | "hm" | "hmm" | "mm" | "mhm"
        | "and" | "then" | "dash" | "hyphen" | "space" | "comma" | "dot" | "slash" | "hash" | "plus"
        | "minus" | "underscore" | "pause" | "okay" | "ok" | "sorry" | "no" | "nope" | "wait" | "yes"
        | "yeah" | "yep" | "right" | "so" | "well" | "like" | "again" | "actually" | "correction"
        | "next" | "pardon" | "oops" | "alright" => Class::Filler,
        "i" | "mean" | "make" | "that" | "thats" | "let" | "me" | "see" | "hold" | "on" | "you" | "know"
        | "think" | "a" | "an" | "its" | "it" | "is" | "the" | "was" | "scratch" | "sec" | "my" | "there"
        | "theres" | "here" | "heres" | "go" | "goes" | "ends" | "starts" | "starting" | "ending"
        | "first" | "last" | "please" | "hang" | "excuse" | "got" | "sure" | "or" | "number" | "numbers"
        | "digit" | "digits" | "im" | "gonna" | "repeat" | "rest" | "remaining" | "remainder"
        | "following" | "start" => Class::Link,
        "point" => Class::Point,
        "second" | "third" | "fourth" | "fifth" | "sixth" | "seventh" | "eighth" | "ninth" | "tenth"
        | "eleventh" | "twelfth" | "thirteenth" | "fourteenth" | "fifteenth" | "sixteenth"
        | "seventeenth" | "eighteenth" | "nineteenth" | "twentieth" | "thirtieth" | "fortieth"
        | "fiftieth" | "hundredth" => Class::Ordinal,
        "january" | "february" | "march" | "april" | "may" | "june" | "july" | "august" | "september"
        | "october" | "november" | "december" | "jan" | "feb" | "mar" | "apr" | "jun" | "jul" | "aug"
        | "sep" | "sept" | "oct" | "nov" | "dec" => Class::Month,
        "zee" | "zed" | "aitch" | "haitch" | "dubya" | "ess" | "eff" | "vee" => Class::Letter,
        _ if word.chars().count() == 1 && word.chars().all(char::is_alphabetic) => Class::Letter,
        _ => glued(word).unwrap_or(Class::Word),
    }
}

fn number(word: &str) -> Option<Class> {
    Some(match word {
        "zero" | "zeros" | "zeroes" | "nought" | "naught" | "nil" | "cero" => Class::Unit(0),
        "one" | "ones" => Class::Unit(1),
        "two" | "twos" => Class::Unit(2),
        "three" | "threes" => Class::Unit(3),
        "four" | "fours" => Class::Unit(4),
        "five" | "fives" | "fife" => Class::Unit(5),
        "six" | "sixes" => Class::Unit(6),
        "seven" | "sevens" => Class::Unit(7),
        "eight" | "eights" => Class::Unit(8),
        "nine" | "nines" | "niner" => Class::Unit(9),
        "oh" | "o" | "ohs" => Class::Oh,
        "won" | "wan" => Class::Homophone(1),
        "to" | "too" | "tu" => Class::Homophone(2),
        "tree" | "free" => Class::Homophone(3),
        "for" | "fore" | "fo" => Class::Homophone(4),
        "sex" | "sics" | "sicks" => Class::Homophone(6),
        "ate" | "ait" => Class::Homophone(8),
        "nein" | "nigh" => Class::Homophone(9),
        "ten" => Class::Teen(10),
        "eleven" => Class::Teen(11),
        "twelve" => Class::Teen(12),
        "thirteen" => Class::Teen(13),
        "fourteen" => Class::Teen(14),
        "fifteen" => Class::Teen(15),
        "sixteen" => Class::Teen(16),
        "seventeen" => Class::Teen(17),
        "eighteen" => Class::Teen(18),
        "nineteen" => Class::Teen(19),
        "twenty" | "twenties" => Class::Tens(20),
        "thirty" => Class::Tens(30),
        "forty" | "fourty" => Class::Tens(40),
        "fifty" => Class::Tens(50),
        "sixty" => Class::Tens(60),
        "seventy" => Class::Tens(70),
        "eighty" => Class::Tens(80),
        "ninety" | "ninty" => Class::Tens(90),
        "hundred" | "hundreds" => Class::Scale(100),
        "thousand" | "thousands" | "grand" => Class::Scale(1_000),
        "lakh" | "lakhs" | "lac" | "lacs" => Class::Scale(100_000),
        "crore" | "crores" => Class::Scale(10_000_000),
        "million" | "millions" => Class::Scale(1_000_000),
        "billion" | "billions" => Class::Scale(1_000_000_000),
        "double" => Class::Times(2),
        "triple" | "treble" => Class::Times(3),
        "quadruple" | "quad" => Class::Times(4),
        _ => return None,
    })
}

/// "fortyone", as some recognisers write it: counts as its first part.
fn glued(word: &str) -> Option<Class> {
    // The shortest two number words are six letters.
    let begin = *word.as_bytes().first().filter(|_| word.len() >= 6)?;
    NUMBER_WORDS.iter().filter(|first| first.as_bytes().first() == Some(&begin)).find_map(|first| {
        let rest = word.strip_prefix(first)?;
        number(rest).and_then(|_| number(first))
    })
}

/// Whether a word that sounds like a digit is hardly ever said as itself.
pub(crate) fn is_odd(word: &str) -> bool {
    matches!(word, "fore" | "fo" | "tree" | "tu" | "wan" | "sics" | "sicks" | "ait" | "nein" | "nigh")
}

/// Whether the word stands for its first letter when something is spelled.
pub(crate) fn is_phonetic(word: &str) -> bool {
    matches!(
        word,
        "alpha"
            | "alfa"
            | "bravo"
            | "charlie"
            | "delta"
            | "echo"
            | "foxtrot"
            | "golf"
            | "hotel"
            | "india"
            | "juliet"
            | "juliett"
            | "kilo"
            | "lima"
            | "mike"
            | "november"
            | "oscar"
            | "papa"
            | "quebec"
            | "romeo"
            | "sierra"
            | "tango"
            | "uniform"
            | "victor"
            | "whiskey"
            | "whisky"
            | "xray"
            | "yankee"
            | "zulu"
    )
}

/// Whether `word` may be a number word of which only the beginning was heard.
pub(crate) fn may_become_number(word: &str) -> bool {
    let common = matches!(word, "on" | "no" | "he" | "then" | "the");
    word.chars().count() >= 2 && !common && NUMBER_WORDS.iter().any(|number| number.starts_with(word))
}

/// Whether a word may be the beginning of a number word or of what stands between digits.
pub(crate) fn begins_number(text: &str) -> bool {
    NUMBER_WORDS.iter().chain(LINKING_WORDS).any(|word| word.starts_with(text))
}

/// What a currency is called: what stands before it is money.
pub(crate) fn is_money(word: &str) -> bool {
    matches!(
        word,
        "dollars"
            | "dollar"
            | "bucks"
            | "buck"
            | "quid"
            | "cents"
            | "cent"
            | "euros"
            | "euro"
            | "pounds"
            | "pound"
            | "pence"
            | "rupees"
            | "rupee"
            | "rs"
            | "paise"
            | "pesos"
            | "yen"
            | "usd"
            | "gbp"
            | "inr"
            | "percent"
    )
}

/// Common words that no digit is mistaken for: a number ends before one of them.
pub(crate) fn is_no_digit(word: &str) -> bool {
    is_label(word)
        || is_counted(word)
        || is_money(word)
        || matches!(
            word,
            "but"
                | "because"
                | "with"
                | "without"
                | "we"
                | "he"
                | "she"
                | "they"
                | "have"
                | "has"
                | "had"
                | "from"
                | "by"
                | "of"
                | "if"
                | "when"
                | "what"
                | "not"
                | "do"
                | "does"
                | "did"
                | "will"
                | "would"
                | "can"
                | "could"
                | "should"
                | "where"
                | "who"
                | "are"
                | "am"
                | "be"
                | "at"
                | "in"
                | "into"
                | "out"
                | "up"
                | "off"
                | "until"
                | "till"
                | "after"
                | "before"
                | "between"
                | "about"
                | "around"
                | "under"
                | "over"
                | "plan"
                | "while"
                | "every"
                | "each"
                | "per"
                | "than"
                | "only"
                | "just"
                | "maybe"
                | "instead"
                | "since"
        )
        || leads_price(word)
}

/// What is counted: a small or round number before one of these is no secret.
pub(crate) fn is_counted(word: &str) -> bool {
    static SET: LazyLock<WordSet> = LazyLock::new(|| COUNTED.iter().copied().collect());
    SET.contains(word)
}

/// Whether the word looks like more than one of something.
pub(crate) fn is_plural(word: &str) -> bool {
    let other = matches!(
        word,
        "this"
            | "thats"
            | "thanks"
            | "does"
            | "plus"
            | "lets"
            | "yours"
            | "hers"
            | "always"
            | "heres"
            | "theres"
            | "whats"
            | "perhaps"
            | "yes"
            | "guess"
            | "pass"
            | "across"
            | "unless"
            | "oops"
            | "numbers"
            | "digits"
    );
    word.len() >= 4 && word.ends_with('s') && !word.ends_with("ss") && !other
}

/// What stands before a time of day.
pub(crate) fn leads_time(word: &str) -> bool {
    matches!(
        word,
        "at" | "by"
            | "until"
            | "till"
            | "around"
            | "about"
            | "before"
            | "after"
            | "from"
            | "between"
            | "past"
    )
}

/// What stands before a year.
pub(crate) fn leads_year(word: &str) -> bool {
    matches!(
        word,
        "in" | "since"
            | "year"
            | "of"
            | "from"
            | "until"
            | "till"
            | "before"
            | "after"
            | "during"
            | "around"
            | "circa"
            | "late"
            | "early"
            | "by"
            | "spring"
            | "summer"
            | "fall"
            | "autumn"
            | "winter"
    )
}

/// What is paid: two parts after one of these are a price.
pub(crate) fn leads_price(word: &str) -> bool {
    matches!(
        word,
        "cost"
            | "costs"
            | "price"
            | "priced"
            | "pay"
            | "pays"
            | "paid"
            | "paying"
            | "charge"
            | "charged"
            | "fee"
            | "total"
            | "totals"
            | "amount"
            | "bill"
            | "balance"
            | "refund"
            | "refunded"
            | "worth"
            | "owe"
    )
}

/// What is numbered in public: rooms, flights, pages.
pub(crate) fn is_label(word: &str) -> bool {
    matches!(
        word,
        "room"
            | "gate"
            | "flight"
            | "train"
            | "coach"
            | "page"
            | "version"
            | "model"
            | "route"
            | "highway"
            | "exit"
            | "channel"
            | "level"
            | "floor"
            | "step"
            | "option"
            | "section"
            | "article"
            | "form"
            | "size"
            | "bus"
            | "platform"
            | "terminal"
            | "seat"
            | "row"
            | "aisle"
            | "press"
            | "error"
            | "window"
            | "windows"
            | "top"
            | "interstate"
            | "unit"
            | "apartment"
            | "suite"
            | "lane"
            | "bay"
            | "desk"
            | "counter"
            | "zone"
            | "season"
            | "episode"
            | "part"
            | "phase"
            | "stage"
            | "tier"
            | "grade"
            | "class"
            | "chapter"
            | "line"
            | "dial"
            | "queue"
            | "bin"
            | "shelf"
    )
}

const COUNTED: &[&str] = &[
    "dollar",
    "dollars",
    "buck",
    "bucks",
    "cent",
    "cents",
    "pound",
    "pounds",
    "euro",
    "euros",
    "pence",
    "percent",
    "percentage",
    "degree",
    "degrees",
    "oclock",
    "am",
    "pm",
    "second",
    "seconds",
    "minute",
    "minutes",
    "min",
    "mins",
    "hour",
    "hours",
    "day",
    "days",
    "night",
    "nights",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "business",
    "working",
    "moment",
    "moments",
    "time",
    "times",
    "item",
    "items",
    "piece",
    "pieces",
    "box",
    "boxes",
    "bag",
    "bags",
    "order",
    "orders",
    "people",
    "person",
    "persons",
    "adult",
    "adults",
    "child",
    "children",
    "kid",
    "kids",
    "guest",
    "guests",
    "room",
    "rooms",
    "bedroom",
    "bedrooms",
    "ticket",
    "tickets",
    "seat",
    "seats",
    "mile",
    "miles",
    "meter",
    "meters",
    "metre",
    "metres",
    "foot",
    "feet",
    "inch",
    "inches",
    "kilometers",
    "kilos",
    "gigabyte",
    "gigabytes",
    "megabytes",
    "gig",
    "gigs",
    "megs",
    "star",
    "stars",
    "point",
    "points",
    "package",
    "packages",
    "device",
    "devices",
    "line",
    "lines",
    "account",
    "accounts",
    "card",
    "cards",
    "option",
    "options",
    "question",
    "questions",
    "thing",
    "things",
    "copy",
    "copies",
    "page",
    "pages",
    "step",
    "steps",
    "way",
    "ways",
    "payment",
    "payments",
    "installments",
    "call",
    "calls",
    "more",
    "other",
    "others",
    "bottles",
    "bottle",
    "shirts",
    "shirt",
    "pairs",
    "pair",
    "units",
    "unit",
    "users",
    "user",
    "licenses",
    "employees",
    "thirds",
    "quarters",
    "chance",
    "problem",
    "issue",
    "issues",
    "reason",
    "reasons",
    "stop",
    "stops",
    "bed",
    "beds",
    "bath",
    "baths",
    "percentages",
    "digit",
    "digits",
    "number",
    "numbers",
    "figure",
    "figures",
    "character",
    "characters",
    "letters",
    "inclusive",
    "kilowatt",
    "kilowatts",
    "megabits",
    "mg",
    "milligrams",
    "ml",
    "volts",
    "watts",
    "amps",
    "grams",
    "ounces",
    "oz",
    "lbs",
    "gallons",
    "liters",
    "mph",
    "fahrenheit",
    "celsius",
    "cars",
    "car",
    "doors",
    "visits",
    "transactions",
    "transaction",
    "charges",
    "charge",
    "letter",
    "passengers",
    "passenger",
    "sizes",
    "dozen",
    "couple",
    "half",
    "weekdays",
    "occasions",
    "attempts",
    "tries",
];
