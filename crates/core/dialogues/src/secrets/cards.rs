//! Payment cards of every brand and length.

use events::EntityKind;

use super::{Made, Value};
use crate::dice::Dice;

/// A brand: its name, the numbers with which its cards begin, the lengths, the groups on the card.
#[derive(Clone, Copy)]
struct Brand {
    name: &'static str,
    begins: &'static [&'static str],
    lengths: &'static [usize],
    groups: &'static [usize],
}

const BRANDS: &[Brand] = &[
    Brand { name: "visa", begins: &["4"], lengths: &[16], groups: &[4, 4, 4, 4] },
    Brand { name: "visa", begins: &["4"], lengths: &[16], groups: &[4, 4, 4, 4] },
    Brand { name: "visa 13", begins: &["4"], lengths: &[13], groups: &[4, 3, 3, 3] },
    Brand { name: "visa 19", begins: &["4"], lengths: &[19], groups: &[4, 4, 4, 4, 3] },
    Brand {
        name: "mastercard",
        begins: &["51", "52", "53", "54", "55"],
        lengths: &[16],
        groups: &[4, 4, 4, 4],
    },
    Brand {
        name: "mastercard 2-series",
        begins: &["2221", "2298", "2345", "2500", "2617", "2699", "2702", "2720"],
        lengths: &[16],
        groups: &[4, 4, 4, 4],
    },
    Brand { name: "amex", begins: &["34", "37"], lengths: &[15], groups: &[4, 6, 5] },
    Brand {
        name: "discover",
        begins: &["6011", "644", "647", "65"],
        lengths: &[16, 16, 19],
        groups: &[4, 4, 4, 4],
    },
    Brand { name: "jcb", begins: &["3528", "3545", "3572", "3589"], lengths: &[16], groups: &[4, 4, 4, 4] },
    Brand { name: "jcb 15", begins: &["2131", "1800"], lengths: &[15], groups: &[4, 6, 5] },
    Brand { name: "diners", begins: &["300", "303", "36", "38", "39"], lengths: &[14], groups: &[4, 6, 4] },
    Brand {
        name: "maestro",
        begins: &["5018", "5020", "5038", "5893", "6304", "6759", "6761", "6763"],
        lengths: &[12, 13, 14, 15, 16, 17, 18, 19],
        groups: &[4, 4, 4, 4],
    },
    Brand { name: "unionpay", begins: &["62"], lengths: &[16, 17, 18, 19], groups: &[4, 4, 4, 4] },
    Brand { name: "rupay", begins: &["60", "81", "82", "508"], lengths: &[16], groups: &[4, 4, 4, 4] },
];

/// How many of a hundred numbers fail their checksum, as one wrongly heard digit makes them.
const BROKEN_PERCENT: usize = 35;

pub(super) fn card(dice: &mut Dice) -> Made {
    let brand = dice.pick(BRANDS);
    let length = dice.pick(brand.lengths);
    let mut digits = (dice.pick(brand.begins)).to_owned();
    while digits.len() + 1 < length {
        digits.push(dice.digit());
    }
    digits.push(check_digit(&digits));
    if dice.percent(BROKEN_PERCENT) {
        digits = with_one_digit_wrong(&digits, dice);
    }
    let groups = groups(brand.groups, length);
    Made::new(EntityKind::Card, brand.name, Value::Digits { digits, groups })
}

/// The groups of a number that is longer or shorter than the brand's usual one.
fn groups(usual: &[usize], length: usize) -> Vec<usize> {
    let (mut out, mut left) = (Vec::new(), length);
    for group in usual.iter().copied().chain(std::iter::repeat(4)) {
        if left == 0 {
            break;
        }
        out.push(group.min(left));
        left -= group.min(left);
    }
    out
}

/// The digit that makes a number pass Luhn's check.
fn check_digit(digits: &str) -> char {
    let sum: u32 = (0..)
        .zip(digits.bytes().rev())
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            if place % 2 == 1 { value } else { value * 2 / 10 + value * 2 % 10 }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

pub(crate) fn with_one_digit_wrong(digits: &str, dice: &mut Dice) -> String {
    let at = dice.between(digits.len() / 3, digits.len().saturating_sub(1));
    let wrong = |digit: char| char::from_digit((digit.to_digit(10).unwrap_or(0) + 3) % 10, 10).unwrap_or('7');
    digits.chars().enumerate().map(|(n, digit)| if n == at { wrong(digit) } else { digit }).collect()
}

pub(super) fn cvv(dice: &mut Dice) -> Made {
    let length = if dice.percent(20) { 4 } else { 3 };
    Made::digits(EntityKind::Cvv, "cvv", dice.digits(length), &[length])
}

pub(super) fn expiry(dice: &mut Dice) -> Made {
    let (month, year) = (dice.between(1, 12), dice.between(2026, 2034));
    Made::new(EntityKind::CardExpiry, "expiry", Value::Expiry { month, year })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_known_test_numbers() {
        for number in ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"] {
            let (body, last) = number.split_at(number.len() - 1);
            assert_eq!(check_digit(body).to_string(), last, "{number}");
        }
    }

    #[test]
    fn a_broken_number_differs_in_one_digit() {
        let mut dice = Dice::new(5);
        let broken = with_one_digit_wrong("4111111111111111", &mut dice);
        assert_eq!(broken.chars().zip("4111111111111111".chars()).filter(|(a, b)| a != b).count(), 1);
    }

    #[test]
    fn groups_cover_every_length() {
        for length in 12..=19 {
            assert_eq!(groups(&[4, 4, 4, 4], length).iter().sum::<usize>(), length);
        }
    }
}
