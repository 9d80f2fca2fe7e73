//! What a server is told: a TOML file, then environment variables over it.
//!
//! | key | default | what it is |
//! |---|---|---|
//! | `tenant` | `local` | the tenant whose calls are carried |
//! | `server.listen` | `127.0.0.1:8080` | address of the API and the console |
//! | `server.allowed_hosts` | none | names under which browsers may ask for it, beside `localhost` and addresses |
//! | `storage.folder` | `var` | event logs, recordings, spools |
//! | `kvs.listen` | `127.0.0.1:9000` | address of the local Kinesis Video Streams |
//! | `kvs.endpoint` | none | instead of a local one: `aws` for Amazon's, with the credentials of the environment, or a URL |
//! | `kvs.region` | `us-east-1` | its region |
//! | `kvs.retention_hours` | 24 | how long the local one keeps fragments, 1 to 87600 |
//! | `kvs.keep_on_disk` | true | whether it keeps them on disk, in clear, so that calls survive a restart |
//! | `recognition.models` | the cache | folder of the recognition models |
//! | `recognition.threads` | one per core | threads that recognise, 1 to 1024 |
//! | `recognition.enabled` | true | false carries calls without words |
//! | `engine.max_calls` | 2000 | calls carried at once, 1 to 100000 |
//! | `engine.idle_seconds` | 30 | a call without audio for this long is asked after, 1 to 86400 |
//! | `log.level` | `info` | as in `warn,engine=debug` |
//! | `log.format` | `text` | `text` or `json` |
//!
//! Each key is also an environment variable: `TRUNKLINE_` and the key in capitals with `__` for the dot, as in
//! `TRUNKLINE_SERVER__LISTEN`. A key that does not exist is an error that names it.

mod endpoint;
mod error;
mod file;
mod limits;
mod overlay;

pub use endpoint::{InvalidKvsEndpoint, KvsEndpoint};
pub use error::ConfigError;
pub use file::{Config, Engine, Kvs, Log, LogFormat, Recognition, Server, Storage};
