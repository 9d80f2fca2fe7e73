//! Which engines an installation runs on: files of this host, or servers that many hosts share.

use serde::{Deserialize, Serialize};

use crate::Secret;

/// Event logs, leases and contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// Which engine.
    pub engine: StoreEngine,
    /// Of `postgres`: the control database, as in `postgres://user:password@host/trunkline`.
    pub url: Option<Secret>,
}

/// Which engine keeps event logs, leases and contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreEngine {
    /// Files in the storage folder, one a tenant.
    #[default]
    Sqlite,
    /// PostgreSQL, one database a tenant.
    Postgres,
}

/// What the hosts tell each other over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    /// Which engine.
    pub engine: BusEngine,
    /// Of `redis`: the server, as in `redis://:password@host:6379`.
    pub url: Option<Secret>,
    /// What the names of its streams begin with.
    pub prefix: String,
    /// Among how many streams messages are spread by call; the same on every host.
    pub partitions: u16,
}

impl Default for Bus {
    fn default() -> Self {
        Self { engine: BusEngine::None, url: None, prefix: "trunkline".to_owned(), partitions: 64 }
    }
}

/// Which engine carries what hosts tell each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusEngine {
    /// None: there is one host.
    #[default]
    None,
    /// Redis Streams.
    Redis,
}

/// Where triggers wait for a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Which engine.
    pub engine: QueueEngine,
    /// Of `redis`: the server; without it the bus's. Of `sqs`: the queue.
    pub url: Option<Secret>,
    /// The queue's name, of `redis`.
    pub name: String,
}

impl Default for Queue {
    fn default() -> Self {
        Self { engine: QueueEngine::None, url: None, name: "triggers".to_owned() }
    }
}

/// Which engine keeps triggers until a worker owns their call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueEngine {
    /// None: triggers come over HTTP alone.
    #[default]
    None,
    /// Redis Streams.
    Redis,
    /// Amazon SQS, which the `media-trigger` Lambda writes to.
    Sqs,
}

/// Work that is done after calls: verification, and the like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// Which engine.
    pub engine: JobsEngine,
    /// How many jobs a worker does at once; none when it is 0, which leaves them to other hosts.
    pub at_once: usize,
    /// Of `temporal`: the frontend, as in `http://temporal.example.com:7233`.
    pub url: Option<String>,
    /// Of `temporal`: the namespace.
    pub namespace: String,
    /// Of `temporal`: the task queue.
    pub queue: String,
}

impl Default for Jobs {
    fn default() -> Self {
        let (namespace, queue) = ("default".to_owned(), "trunkline".to_owned());
        Self { engine: JobsEngine::Store, at_once: 2, url: None, namespace, queue }
    }
}

/// Which engine keeps jobs until they are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobsEngine {
    /// Where event logs and leases are.
    #[default]
    Store,
    /// Temporal, in a program that is built with it.
    Temporal,
}

/// Recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blobs {
    /// Which engine.
    pub engine: BlobEngine,
    /// Of `s3`: the bucket.
    pub bucket: Option<String>,
    /// Of `s3`: what keys begin with.
    pub prefix: Option<String>,
    /// Of `s3`: the bucket's region.
    pub region: Option<String>,
    /// Of `s3`: the KMS key that objects are encrypted with.
    pub kms_key_id: Option<String>,
    /// Of `s3`: another server than Amazon's.
    pub endpoint: Option<String>,
}

/// Which engine keeps recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlobEngine {
    /// A folder of this host.
    #[default]
    Folder,
    /// Amazon S3, or what speaks its protocol.
    S3,
}

/// The contact directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contacts {
    /// Which engine.
    pub engine: ContactsEngine,
    /// Of `dynamodb`: the table.
    pub table: Option<String>,
    /// Of `dynamodb`: another server than Amazon's.
    pub endpoint: Option<String>,
}

/// Which engine keeps what is known of contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactsEngine {
    /// Where event logs and leases are.
    #[default]
    Store,
    /// Amazon DynamoDB, which the `media-trigger` Lambda can write to.
    Dynamodb,
}
