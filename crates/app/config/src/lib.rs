//! What a server is told: a TOML file, then environment variables over it.
//!
//! | key | default | what it is |
//! |---|---|---|
//! | `tenant` | `local` | whose a call is that nothing says otherwise of |
//! | `tenants.NAME.instances` | none | the ARNs of its Connect instances: contact and agent events name only these |
//! | `tenants.NAME.stream_prefix` | none | what its streams' names begin with, to look for one that no event names |
//! | `tenants.NAME.role_arn`, `.external_id`, `.region` | none | the role in its account that reads its streams |
//! | `tenants.NAME.language`, `.identify_languages`, `.vocabulary` | none | how its speech is recognised |
//! | `tenants.NAME.redaction.policy` | none | the file of its redaction policy, as docs/redaction-policy.md tells |
//! | `tenants.NAME.redaction.…` | all masked | the keys of such a file, here: `mask.…`, `audio.…`, `review.…`, `quarantine.…` |
//! | `tenants.NAME.profiles.PROFILE.…` | none | the same three by profile |
//! | `attributes.tenant`, `.profile`, `.session`, `.language`, `.customer` | `trunkline_tenant`, … | names of the flow's custom attributes |
//! | `server.roles` | `api`, `worker` | what this process does |
//! | `server.listen` | `127.0.0.1:8080` | address of the API and the console |
//! | `server.allowed_hosts` | none | names under which browsers may ask for it, beside `localhost` and addresses |
//! | `server.allowed_origins` | none | origins of other servers' pages that may ask, such as `https://desk.example.com` |
//! | `server.max_subscribers` | 16384 | clients that may follow calls at once, over all transports, 1 to 1000000 |
//! | `access.api_keys` | anybody has everything | who is let in: `name`, `sha256` or `env`, `role`, `agent`, `queues`, `tenant` |
//! | `access.issuers` | | identity providers: `issuer`, `client_id`, `audience`, `jwks_url` or `keys`, `agent_claim`, `role_claim`, `queues_claim`, `roles`, `role` (agent unless told), `tenant` |
//! | `access.token_minutes` | 15 | how long a token of ours holds, 1 to 720 |
//! | `storage.folder` | `var` | spools, and in the embedded profile event logs and recordings |
//! | `store.engine`, `.url` | `sqlite` | event logs, leases, contacts: `sqlite` in the folder, or `postgres` at a URL |
//! | `bus.engine`, `.url`, `.prefix`, `.partitions` | `none` | what hosts tell each other over: `none` or `redis` |
//! | `queue.engine`, `.url`, `.name` | `none` | where triggers wait for a worker: `none`, `redis` or `sqs` |
//! | `blobs.engine`, `.bucket`, `.prefix`, `.region`, `.kms_key_id`, `.endpoint` | `folder` | recordings: `folder` or `s3` |
//! | `contacts.engine`, `.table`, `.endpoint` | `store` | the contact directory: `store` or `dynamodb` |
//! | `jobs.engine`, `.url`, `.namespace`, `.queue` | `store` | work after calls: kept by the `store`, or by `temporal` in a program built with it |
//! | `jobs.at_once` | 2 | jobs that a worker does at once, 0 to 64; 0 leaves them to other hosts |
//! | `kvs.listen` | `127.0.0.1:9000` | address of the local Kinesis Video Streams |
//! | `kvs.endpoint` | none | instead of a local one: `aws` for Amazon's, with the credentials of the environment, or a URL |
//! | `kvs.region` | `us-east-1` | its region |
//! | `kvs.retention_hours` | 24 | how long the local one keeps fragments, 1 to 87600 |
//! | `kvs.keep_on_disk` | true | whether it keeps them on disk, in clear, so that calls survive a restart |
//! | `recognition.order` | `local` | who hears a call, the first that can: `local`, `deepgram`, `transcribe` |
//! | `recognition.models` | the cache | folder of the local models |
//! | `recognition.threads` | one per core | threads of the local models, 1 to 1024 |
//! | `recognition.deepgram.…` | | `api_key`, `endpoint`, `model`, `language`, `max_speed_percent`, `vocabularies`, `quota` |
//! | `recognition.transcribe.…` | | `region`, `endpoint`, `language`, `vocabulary`, `quota` |
//! | `….quota.max_streams`, `.starts_per_second`, `.price_per_minute_usd` | none | what a vendor lets us use |
//! | `recognition.enabled` | true | false carries calls without words |
//! | `models.NAME.kind`, `.model`, `.endpoint`, `.key` | `openai` | a language model, as docs/models.md tells: `openai` or `bedrock`, its name or id, where it is, its key |
//! | `models.NAME.…` | | `tenant_models.TENANT`, `temperature`, `reasoning_effort`, `certificate`, `region`, `role_arn`, `external_id`, `json`, `streaming`, `at_once`, `hedging`, `hint_within_ms`, `answer_within_ms`, `summary_within_ms`, `budget` |
//! | `default_models.hint`, `.answer`, `.summary` | none | the names of the models that write cards, answer searches, write summaries |
//! | `tenants.NAME.models.…`, `.prompts` | as `default_models` | the same of one tenant, and the folder of its prompts |
//! | `guidance.enabled` | true | false carries calls without guidance |
//! | `guidance.playbooks` | those of the program | folder of the playbooks: `*.yaml` for all tenants, `TENANT/*.yaml` for one |
//! | `guidance.built_in_alerts` | true | whether every call is watched for silence, holds, an unhappy customer, talking over each other |
//! | `tenants.NAME.guidance.attributes` | none | the flow's attributes that rules and desks may see, redacted |
//! | `knowledge.folder`, `tenants.NAME.knowledge.folder` | none | folder of the documents that answers come from, of all tenants or of one |
//! | `keys.file` | `keys.toml` in the storage folder | where keys lie that are not set; made at the first start on SQLite |
//! | `keys.customers` | from the file | 64 hex digits: the secret behind the blind names by which customers are found |
//! | `keys.signing` | from the file | 64 hex digits: the key that signs certificates and reports |
//! | `retention.transcript_days` | for good | all that is kept of a call goes so many days after its end, 1 to 36500 |
//! | `retention.recording_days`, `.evidence_days`, `.audit_days` | with the call; the audit log for good | the same of its recording (sooner), its reports (later), the audit log |
//! | `tenants.NAME.retention.…` | as `retention` | the same of one tenant |
//! | `engine.max_calls` | 2000 | calls carried at once, 1 to 100000 |
//! | `engine.idle_seconds` | 30 | a call without audio for this long is asked after, 1 to 86400 |
//! | `engine.lease_seconds` | 10 | a dead worker's calls are taken after so long, 5 to 300 |
//! | `engine.max_load_percent` | 85 | from this share of the processors on no more calls are taken, 10 to 100 |
//! | `review.reviewers` | none | who sees hidden calls: `name` and `key_sha256` each; without any, whoever reaches the server |
//! | `log.level` | `info` | as in `warn,engine=debug` |
//! | `log.format` | `text` | `text` or `json` |
//!
//! Each key is also an environment variable: `TRUNKLINE_` and the key in capitals with `__` for the dot, as in
//! `TRUNKLINE_SERVER__LISTEN`. A key that does not exist is an error that names it.

mod access;
mod endpoint;
mod engines;
mod error;
mod file;
mod guidance;
mod keys;
mod limits;
mod models;
mod overlay;
mod recognition;
mod redaction;
mod retention;
mod review;
mod secret;
mod tenant;

pub use access::{Access, AccessRole, ApiKey, Issuer};
pub use endpoint::{InvalidKvsEndpoint, KvsEndpoint};
pub use engines::{
    BlobEngine, Blobs, Bus, BusEngine, Contacts, ContactsEngine, Jobs, JobsEngine, Queue, QueueEngine, Store,
    StoreEngine,
};
pub use error::ConfigError;
pub use file::{Config, Engine, Kvs, Log, LogFormat, Role, Server, Storage};
pub use guidance::{Guidance, Knowledge, TenantGuidance};
pub use keys::Keys;
pub use models::{LanguageModel, ModelBudget, ModelJson, ModelKind, ModelsByPurpose};
pub use recognition::{Deepgram, Quota, Recogniser, Recognition, Transcribe};
pub use redaction::{Redaction, read_policy};
pub use retention::Retention;
pub use review::{Review, Reviewer};
pub use secret::Secret;
pub use tenant::{Attributes, Speech, Tenant};
