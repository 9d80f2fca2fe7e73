//! Numbers of banks, governments and firms, with their checksums where they have one.

use events::EntityKind as Kind;

use super::Made;
use crate::dice::Dice;

pub(super) fn account(dice: &mut Dice) -> Made {
    let length = dice.pick(&[8, 8, 9, 10, 10, 11, 12, 14]);
    let groups: &[usize] = match length {
        8 => &[4, 4],
        9 => &[3, 3, 3],
        10 => &[3, 3, 4],
        11 => &[4, 4, 3],
        12 => &[4, 4, 4],
        _ => &[4, 4, 4, 2],
    };
    Made::digits(Kind::BankAccount, "bank account", dice.digits(length), groups)
}

/// A US bank's number: its ninth digit makes the weighted sum of all a multiple of ten.
pub(super) fn routing(dice: &mut Dice) -> Made {
    let body =
        format!("{}{}", dice.pick(&["01", "02", "03", "06", "07", "11", "12", "26", "31"]), dice.digits(6));
    let sum: u32 = body.chars().zip([3, 7, 1].into_iter().cycle()).map(|(d, weight)| value(d) * weight).sum();
    let digits = format!("{body}{}", (10 - sum % 10) % 10);
    Made::digits(Kind::RoutingNumber, "us routing", digits, &[3, 3, 3])
}

pub(super) fn iban(dice: &mut Dice) -> Made {
    let (country, bank) = match dice.roll(4) {
        0 => ("GB", format!("{}{}", dice.letters(4), dice.digits(14))),
        1 => ("DE", dice.digits(18)),
        2 => ("FR", dice.digits(23)),
        _ => ("NL", format!("{}{}", dice.letters(4), dice.digits(10))),
    };
    let remainder = format!("{bank}{country}00").chars().fold(0_u64, |sum, c| {
        let v = u64::from(c.to_digit(36).unwrap_or(0));
        (if v > 9 { sum * 100 + v } else { sum * 10 + v }) % 97
    });
    let code = format!("{country}{:02}{bank}", 98 - remainder);
    let groups = vec![4; code.len().div_ceil(4)];
    Made::code(Kind::Iban, "iban", code, &groups)
}

pub(super) fn swift(dice: &mut Dice) -> Made {
    let country = dice.pick(&["US", "GB", "DE", "FR", "IN", "CA"]);
    let code = format!("{}{country}{}{}", dice.letters(4), dice.digits(1), dice.letters(1));
    Made::code(Kind::Swift, "swift", code, &[8])
}

pub(super) fn ssn(dice: &mut Dice) -> Made {
    let area = loop {
        let area = dice.between(1, 899);
        if area != 666 {
            break area;
        }
    };
    let digits = format!("{area:03}{:02}{:04}", dice.between(1, 99), dice.between(1, 9_999));
    Made::digits(Kind::Ssn, "us ssn", digits, &[3, 2, 4])
}

pub(super) fn nino(dice: &mut Dice) -> Made {
    let prefix = dice.pick(&["AB", "CE", "JG", "KL", "MW", "NA", "PR", "SH", "TW", "YZ"]);
    let code = format!("{prefix}{}{}", dice.digits(6), dice.pick(&["A", "B", "C", "D"]));
    Made::code(Kind::GovernmentId, "uk nino", code, &[2, 2, 2, 2, 1])
}

/// Ten digits whose last makes the weighted sum a multiple of eleven.
pub(super) fn nhs(dice: &mut Dice) -> Made {
    loop {
        let body = dice.digits(9);
        let sum: u32 = body.chars().zip((2..=10).rev()).map(|(d, weight)| value(d) * weight).sum();
        let check = (11 - sum % 11) % 11;
        if check < 10 {
            return Made::digits(Kind::HealthId, "uk nhs", format!("{body}{check}"), &[3, 3, 4]);
        }
    }
}

pub(super) fn sin(dice: &mut Dice) -> Made {
    Made::digits(Kind::GovernmentId, "ca sin", dice.digits(9), &[3, 3, 3])
}

pub(super) fn aadhaar(dice: &mut Dice) -> Made {
    let digits = format!("{}{}", dice.between(2, 9), dice.digits(11));
    Made::digits(Kind::GovernmentId, "in aadhaar", digits, &[4, 4, 4])
}

pub(super) fn tax_id(dice: &mut Dice) -> Made {
    if dice.percent(50) {
        return Made::digits(Kind::TaxId, "uk utr", dice.digits(10), &[5, 5]);
    }
    let code = format!("{}P{}{}{}", dice.letters(3), dice.letters(1), dice.digits(4), dice.letters(1));
    Made::code(Kind::TaxId, "in pan", code, &[5, 4, 1])
}

pub(super) fn passport(dice: &mut Dice) -> Made {
    match dice.roll(3) {
        0 => Made::digits(Kind::Passport, "passport", dice.digits(9), &[3, 3, 3]),
        1 => Made::code(Kind::Passport, "passport", letters_first(dice, 1, 8), &[5, 4]),
        _ => Made::code(Kind::Passport, "passport", letters_first(dice, 2, 7), &[2, 4, 3]),
    }
}

pub(super) fn licence(dice: &mut Dice) -> Made {
    let (letters, digits, groups): (usize, usize, &[usize]) =
        dice.pick(&[(1, 7, &[4, 4]), (1, 12, &[4, 3, 3, 3]), (2, 6, &[2, 3, 3]), (0, 9, &[3, 3, 3])]);
    Made::code(Kind::DriverLicence, "driver licence", letters_first(dice, letters, digits), groups)
}

pub(super) fn plate(dice: &mut Dice) -> Made {
    let code = if dice.percent(50) {
        format!("{}{}{}", dice.letters(2), dice.digits(2), dice.letters(3))
    } else {
        format!("{}{}", dice.letters(3), dice.digits(4))
    };
    Made::code(Kind::Vehicle, "plate", code, &[4, 3])
}

pub(super) fn member(dice: &mut Dice) -> Made {
    Made::code(Kind::HealthId, "plan member", letters_first(dice, 3, 9), &[3, 3, 3, 3])
}

pub(super) fn order(dice: &mut Dice) -> Made {
    match dice.roll(3) {
        0 => Made::digits(Kind::Reference, "order", dice.digits(7), &[3, 4]),
        1 => Made::digits(Kind::Reference, "order", dice.digits(10), &[3, 3, 4]),
        _ => Made::code(Kind::Reference, "order", letters_first(dice, 2, 6), &[2, 3, 3]),
    }
}

pub(super) fn policy(dice: &mut Dice) -> Made {
    let (letters, digits) = dice.pick(&[(2, 7), (3, 6), (1, 8), (0, 9)]);
    Made::code(Kind::Reference, "policy", letters_first(dice, letters, digits), &[3, 3, 3])
}

fn letters_first(dice: &mut Dice, letters: usize, digits: usize) -> String {
    format!("{}{}", dice.letters(letters), dice.digits(digits))
}

fn value(digit: char) -> u32 {
    digit.to_digit(10).unwrap_or(0)
}
