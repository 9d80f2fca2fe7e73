//! Numbers as words.

pub(super) const UNITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const TEENS: [&str; 10] = [
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
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// "one hundred and twenty three", without the "and".
pub(super) fn cardinal(n: usize) -> String {
    match n {
        0..10 => UNITS[n].to_owned(),
        10..20 => TEENS[n - 10].to_owned(),
        20..100 if n.is_multiple_of(10) => TENS[n / 10].to_owned(),
        20..100 => format!("{} {}", TENS[n / 10], UNITS[n % 10]),
        100..1_000 => joined(UNITS[n / 100].to_owned() + " hundred", n % 100),
        _ => joined(cardinal(n / 1_000) + " thousand", n % 1_000),
    }
}

fn joined(front: String, rest: usize) -> String {
    if rest == 0 { front } else { format!("{front} {}", cardinal(rest)) }
}

/// "twenty first".
pub(super) fn ordinal(n: usize) -> String {
    match n {
        0..20 => ORDINALS[n].to_owned(),
        20 => "twentieth".to_owned(),
        30 => "thirtieth".to_owned(),
        _ => format!("{} {}", TENS[(n / 10) % 10], ORDINALS[n % 10]),
    }
}

/// "21st".
pub(super) fn numeral_ordinal(n: usize) -> String {
    let suffix = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

/// "nineteen eighty five", "two thousand seven", "twenty twenty six".
pub(super) fn year(n: usize) -> String {
    match (n / 100, n % 100) {
        (20, rest @ 0..10) => joined("two thousand".to_owned(), rest),
        (century, 0) => cardinal(century) + " hundred",
        (century, rest @ 1..10) => format!("{} oh {}", cardinal(century), UNITS[rest]),
        (century, rest) => format!("{} {}", cardinal(century), cardinal(rest)),
    }
}

/// Two digits as one number where there is a short word for them: "forty one", "twelve", "oh five".
pub(super) fn pair(tens: usize, unit: usize) -> String {
    if tens == 0 { format!("oh {}", UNITS[unit]) } else { cardinal(tens * 10 + unit) }
}

/// The value of a decimal digit.
pub(super) fn value(digit: char) -> usize {
    digit.to_digit(10).map_or(0, |value| value as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!(cardinal(1_420), "one thousand four hundred twenty");
        assert_eq!(cardinal(21), "twenty one");
        assert_eq!(year(1985), "nineteen eighty five");
        assert_eq!(year(1905), "nineteen oh five");
        assert_eq!(year(2007), "two thousand seven");
        assert_eq!(year(2026), "twenty twenty six");
        assert_eq!(ordinal(31), "thirty first");
        assert_eq!(numeral_ordinal(12), "12th");
        assert_eq!(pair(0, 5), "oh five");
    }
}
