//! The port `Queue` on Amazon SQS.
//!
//! A queue whose name ends in `.fifo` keeps the messages of a group in order and takes the same message of the same
//! group only once within five minutes; any other is a standard queue, which orders as well as it can. Bodies are the
//! bytes as they are where they are text, so that EventBridge and the console read and write the same queue; others go
//! as base64 under the message attribute `encoding`. It must not know what a message holds.
//!
//! **What the queue needs.** A visibility timeout longer than handling takes (60 seconds for triggers): what is neither
//! deleted nor put back comes again after it, and so does what was received by a client that went away in the middle
//! of a receive. A redrive policy, without which a message that can never be handled comes for ever:
//!
//! ```json
//! {"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:111122223333:trunkline-triggers-dead.fifo", "maxReceiveCount": 10}
//! ```
//!
//! The dead letters' queue is of the same kind and keeps them for 14 days. [`SqsQueue::facts`] tells how a queue is set.
//!
//! **Limits.** A message has up to 256 KiB, ten come at a time, a receive waits up to 20 seconds, and what is put back
//! comes again after at most 11 hours. Times are whole seconds, rounded up.
//!
//! **Least privilege.** Who sends needs `sqs:SendMessage`; who receives `sqs:ReceiveMessage`, `sqs:DeleteMessage` and
//! `sqs:ChangeMessageVisibility`; who checks a deployment `sqs:GetQueueAttributes`. A queue under a key of one's own
//! adds `kms:GenerateDataKey` for senders and `kms:Decrypt` for both.
//!
//! ```json
//! {"Effect": "Allow",
//!  "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
//!  "Resource": "arn:aws:sqs:eu-central-1:111122223333:trunkline-triggers.fifo"}
//! ```

mod error;
mod message;
mod queue;
mod wire;

pub use error::SqsError;
pub use queue::{QueueFacts, SqsQueue};
pub use wire::SdkConfig;
