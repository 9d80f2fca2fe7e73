//! Blobs, each written once, whole or not at all: in a local folder, or in a bucket of Amazon S3. It must not know what
//! a blob holds.
//!
//! **In a folder** a blob is written under `.tmp` (a name that no key can have), synced, and linked to its name, so that
//! what has the name is whole even after a power loss. Files are readable by their owner alone. What a killed process
//! left under `.tmp` is removed at the next start; a file that another process still writes is locked and stays.
//!
//! **In S3** a blob of up to 5 MiB is one conditional request, and a larger one an upload in parts of 5 MiB, one after
//! the other, whose last request is conditional: of two writers of one key, one wins and the other hears it. A writer
//! holds at most two parts in memory. Each object carries its writer's id, so that a commit whose answer was lost on its
//! way is still known as one's own. Writers wait for a service that is away for up to two and a half minutes, readers
//! for half a minute. Uploads that were given up are aborted; what a killed process leaves of one is removed by a
//! lifecycle rule of the bucket (`AbortIncompleteMultipartUpload` after one day), which also removes it from the bill.
//! The bucket blocks public access, and S3 encrypts what is written, with a KMS key where one is configured.
//!
//! **Least privilege** in S3: `s3:ListBucket` on the bucket, and not only for a prefix, without which S3 answers that
//! access is denied where a blob is not there; `s3:PutObject`, `s3:GetObject`, `s3:DeleteObject` and `s3:AbortMultipartUpload` on its objects; and
//! `kms:GenerateDataKey` and `kms:Decrypt` on the key.
//!
//! ```json
//! [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::recordings"},
//!  {"Effect": "Allow",
//!   "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
//!   "Resource": "arn:aws:s3:::recordings/trunkline/*"},
//!  {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
//!   "Resource": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}]
//! ```

mod error;
mod list;
mod s3;
mod store;
mod writer;

pub use aws_config::SdkConfig;
pub use error::OpenBlobStoreError;
pub use s3::{S3BlobStore, S3Config, S3Error};
pub use store::FolderBlobStore;
