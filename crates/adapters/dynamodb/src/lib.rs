//! The contact directory in Amazon DynamoDB: one table for all tenants.
//!
//! A contact is one item that holds its whole record as JSON. Writers merge under a condition on the item's version,
//! so that any number of them may put parts of one contact at the same time; one that keeps losing gives up as
//! contended. A second, small item per stream names the contact whose streaming began last, and a sparse index lists
//! the contacts that wait for their stream. It must not know what a record means beyond what the port asks of it.
//!
//! | attribute | of | |
//! |---|---|---|
//! | `pk` (S, the key) | both | `tenant#contact`, or `tenant#stream#name` |
//! | `ttl` (N) | both | when it is forgotten, in seconds since 1970; the table's time-to-live attribute |
//! | `version` (N), `json` (S) | contact | the record, and how often it was written |
//! | `waiting` (S), `waiting_since` (N) | contact | only while it waits: the keys of the index `waiting` |
//! | `contact` (S), `started_at` (N) | stream | the contact, and when its streaming began, in microseconds |
//!
//! **What survives.** An item that was acknowledged is in three zones. What nobody wrote for the retention (48 hours
//! unless configured; it has to be longer than the streams keep their media) reads as absent at once and is removed
//! by DynamoDB within days. The contact is written before its stream's item; a writer that dies in between is mended by
//! the next that puts the same, which is what the queue's redelivery does.
//!
//! **Least privilege.** A server needs, on `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`: `dynamodb:GetItem`,
//! `dynamodb:BatchGetItem` and `dynamodb:PutItem`, and `dynamodb:Query` on `…/index/waiting`. The checks of a
//! deployment add `dynamodb:DescribeTable` and `dynamodb:DescribeTimeToLive`. A table under a key of one's own adds
//! `kms:Decrypt` and `kms:DescribeKey` on that key.
//!
//! ```json
//! {"Effect": "Allow",
//!  "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query",
//!             "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"],
//!  "Resource": ["arn:aws:dynamodb:eu-central-1:111122223333:table/trunkline-contacts",
//!               "arn:aws:dynamodb:eu-central-1:111122223333:table/trunkline-contacts/index/waiting"]}
//! ```

mod backoff;
mod config;
mod directory;
mod error;
mod record;
mod table;
mod wire;

pub use config::DirectoryConfig;
pub use directory::DynamoDbDirectory;
pub use error::DynamoDbError;
pub use wire::SdkConfig;
