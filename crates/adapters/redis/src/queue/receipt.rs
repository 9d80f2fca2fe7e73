//! Which entry a message is, and which of its deliveries.

use std::{fmt, str::FromStr};

use crate::RedisFailure;

/// Names a delivery of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) partition: u32,
    /// The entry's id.
    pub(super) id: String,
    /// How often the group has delivered this entry: a later delivery makes this receipt stale.
    pub(super) delivery: u32,
    /// How often the message was received, as this entry and as those before it.
    pub(super) attempts: u32,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.partition, self.id, self.delivery, self.attempts)
    }
}

impl FromStr for Receipt {
    type Err = RedisFailure;

    fn from_str(text: &str) -> Result<Self, RedisFailure> {
        let mut parts = text.split('/');
        let mut part = || parts.next().ok_or(RedisFailure::Receipt);
        let number = |text: &str| text.parse().map_err(|_| RedisFailure::Receipt);
        let partition = number(part()?)?;
        let id = part()?;
        let is_id = id
            .split_once('-')
            .is_some_and(|(ms, seq)| ms.parse::<u64>().is_ok() && seq.parse::<u64>().is_ok());
        let receipt =
            Self { partition, id: id.to_owned(), delivery: number(part()?)?, attempts: number(part()?)? };
        if is_id && parts.next().is_none() { Ok(receipt) } else { Err(RedisFailure::Receipt) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_reads_back() {
        let receipt = Receipt { partition: 3, id: "1700000000000-4".to_owned(), delivery: 2, attempts: 5 };
        assert_eq!(receipt.to_string().parse::<Receipt>().unwrap(), receipt);
    }

    #[test]
    fn what_is_no_receipt_is_refused() {
        for text in
            ["", "3", "3/1-1", "3/1-1/1", "x/1-1/1/1", "3/1/1/1", "3/1-x/1/1", "3/1-1/1/1/1", "-1/1-1/1/1"]
        {
            assert!(text.parse::<Receipt>().is_err(), "{text}");
        }
    }
}
