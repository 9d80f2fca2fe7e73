//! Telephone numbers as they may be shown.

/// A number with all but its last four digits hidden; none when it is too short to hide anything.
#[must_use]
pub fn masked_number(number: &str) -> Option<String> {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let shown = digits.len().checked_sub(4).filter(|hidden| *hidden >= 3)?;
    Some(digits.get(shown..)?.iter().fold("•••".to_owned(), |text, digit| text + &digit.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_only_its_last_four_digits() {
        assert_eq!(masked_number("+1 (555) 555-0134").as_deref(), Some("•••0134"));
        assert_eq!(masked_number("911"), None);
        assert_eq!(masked_number("anonymous"), None);
    }
}
