//! Making and checking the table.

use std::time::Duration;

use crate::{directory::DynamoDbDirectory, error::DynamoDbError, wire::Shape};

/// How long a new table may take to become active.
const MAX_WAIT: Duration = Duration::from_secs(120);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl DynamoDbDirectory {
    /// Makes the table with its index, paid by request, and waits until it can be used. A table that is there is
    /// checked only. For local stand-ins and tests: an installation's table belongs to its infrastructure's templates.
    ///
    /// # Errors
    /// When the table cannot be made, is of another form, or does not become active within two minutes.
    pub async fn create_table(&self) -> Result<(), DynamoDbError> {
        self.table.create().await?;
        let mut waited = Duration::ZERO;
        let shape = loop {
            let shape = self.table.shape().await?;
            if shape.is_active && shape.has_index || waited >= MAX_WAIT {
                break shape;
            }
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        };
        if !shape.forgets {
            self.table.forget_by_ttl().await?;
        }
        self.check().await
    }

    /// Whether the table is there, can be used, and is of the form that this crate needs.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub async fn check(&self) -> Result<(), DynamoDbError> {
        let shape = self.table.shape().await?;
        match wrong_with(&shape) {
            None => Ok(()),
            Some(wrong) => Err(DynamoDbError::Misshapen { table: self.table.name().to_owned(), wrong }),
        }
    }
}

const fn wrong_with(shape: &Shape) -> Option<&'static str> {
    if !shape.is_active {
        Some("is not active yet: wait, or look at its state in the console")
    } else if !shape.has_key {
        Some("has another key: it needs the single key pk (a string); make a new table")
    } else if !shape.has_index {
        Some(
            "has no usable index waiting: add the global index waiting with the keys waiting (a string) and \
             waiting_since (a number) and the attribute ttl",
        )
    } else if !shape.forgets {
        Some("forgets nothing: enable time to live on the attribute ttl")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_table_is_said_one_by_one() {
        let good = Shape { is_active: true, has_key: true, has_index: true, forgets: true };
        assert_eq!(wrong_with(&good), None);
        let said = |shape: Shape| wrong_with(&shape).unwrap();
        assert!(said(Shape { has_key: false, ..good }).contains("pk"));
        assert!(said(Shape { has_index: false, ..good }).contains("waiting_since"));
        assert!(said(Shape { forgets: false, ..good }).contains("time to live"));
        assert!(said(Shape { is_active: false, ..good }).contains("not active"));
    }
}
