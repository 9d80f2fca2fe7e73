//! What digits say of themselves: brands, lengths, check digits. Evidence for the kind, never for whether.

/// Whether the digits pass the check of card numbers.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0') % 10);
            if place % 2 == 0 { value } else { value * 2 / 10 + value * 2 % 10 }
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// Whether a card brand issues numbers that begin so and are as long.
pub(super) fn is_branded(digits: &[u8]) -> bool {
    let head = digits.iter().take(4).fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'));
    let lengths = match head {
        // Visa.
        4000..=4999 => 13..=19,
        // Mastercard.
        2221..=2720 | 5100..=5599 => 16..=16,
        // American Express.
        3400..=3499 | 3700..=3799 => 15..=15,
        // Diners Club.
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => 14..=19,
        // JCB.
        2131 | 1800 => 15..=15,
        3528..=3589 => 16..=19,
        // Discover, UnionPay, RuPay, Maestro.
        6000..=6999 => 12..=19,
        5000..=5099 | 5600..=5899 => 12..=19,
        8100..=8299 => 16..=19,
        _ => return false,
    };
    lengths.contains(&digits.len())
}

/// Whether twelve digits pass the check of Aadhaar numbers (Verhoeff).
pub(super) fn is_aadhaar(digits: &[u8]) -> bool {
    const PERMUTATION: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    let check = digits.iter().rev().zip(PERMUTATION.iter().cycle()).fold(0, |check, (digit, row)| {
        dihedral(check, row.get(usize::from(digit - b'0')).copied().unwrap_or(0))
    });
    digits.len() == 12 && matches!(digits.first(), Some(b'2'..=b'9')) && check == 0
}

/// The product in the dihedral group of the pentagon.
const fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_check_takes_cards_and_no_others() {
        for card in ["4111111111111111", "378282246310005", "6304000000000000", "2223003122003222"] {
            assert!(luhn(card.as_bytes()), "{card}");
        }
        assert!(!luhn(b"4111111111111112"));
        assert!(!luhn(b""));
    }

    #[test]
    fn brands_are_told_by_beginning_and_length() {
        for card in ["4111111111111111", "378282246310005", "2223003122003222", "675964982643"] {
            assert!(is_branded(card.as_bytes()), "{card}");
        }
        for other in ["9111111111111111", "41111111", "37828224631000", ""] {
            assert!(!is_branded(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn aadhaar_is_told_by_its_check_digit() {
        assert!(is_aadhaar(b"234123412346"));
        assert!(!is_aadhaar(b"234123412347"));
        assert!(!is_aadhaar(b"23412341234"));
    }
}
