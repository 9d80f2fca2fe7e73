//! Every check there is. The manual's page is made of this list.

use crate::{Area, Finding, Severity};

/// One check.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, which stays the same over versions.
    pub id: &'static str,
    /// The part of a deployment that it looks at.
    pub area: Area,
    /// The worst that it can find.
    pub worst: Severity,
    /// What holds when all is well.
    pub about: &'static str,
    /// How to mend it when it does not.
    pub fix: &'static str,
}

impl Check {
    /// All is well.
    pub fn ok(&'static self, what: impl AsRef<str>) -> Finding {
        Finding::new(self, Severity::Ok, what)
    }

    /// Something is worth knowing.
    pub fn note(&'static self, what: impl AsRef<str>) -> Finding {
        Finding::new(self, Severity::Note, what)
    }

    /// Something of calls is in danger or lost.
    pub fn warning(&'static self, what: impl AsRef<str>) -> Finding {
        Finding::new(self, Severity::Warning, what)
    }

    /// Calls are not carried as configured.
    pub fn error(&'static self, what: impl AsRef<str>) -> Finding {
        Finding::new(self, Severity::Error, what)
    }
}

/// The table of the manual's page.
#[must_use]
pub fn page() -> String {
    let mut out =
        String::from("| check | worst | what holds when all is well | how to mend it |\n|---|---|---|---|\n");
    for Check { id, worst, about, fix, .. } in CHECKS {
        out.push_str(&format!("| `{id}` | {worst} | {about} | {fix} |\n"));
    }
    out
}

/// The checks by name.
pub mod checks {
    use super::{Area, Check, Severity};

    /// The engines fit the number of hosts: several hosts share a store, a bus, recordings and a queue.
    pub static CONFIG_HOSTS: Check = Check {
        id: "config.hosts",
        area: Area::Config,
        worst: Severity::Warning,
        about: "The engines fit the number of hosts: several hosts share a store, a bus, recordings and a queue.",
        fix: "Name engines that hosts share, as config/fleet.toml does, or run one host.",
    };

    /// Every tenant can be told from the others, and its streams be found and read.
    pub static CONFIG_TENANTS: Check = Check {
        id: "config.tenants",
        area: Area::Config,
        worst: Severity::Warning,
        about: "Every tenant can be told from the others, and its streams be found and read.",
        fix: "Complete the tenant's section: instances, stream_prefix, role_arn and external_id.",
    };

    /// The storage folder can be written.
    pub static HOST_FOLDER: Check = Check {
        id: "host.folder",
        area: Area::Host,
        worst: Severity::Error,
        about: "The storage folder can be written.",
        fix: "Make the folder, give it to the user that runs Trunkline, or name another as storage.folder.",
    };

    /// The storage folder's disk has room and inodes for spools and, without S3, for recordings.
    pub static HOST_DISK: Check = Check {
        id: "host.disk",
        area: Area::Host,
        worst: Severity::Error,
        about: "The storage folder's disk has room and inodes for spools and, without S3, for recordings.",
        fix: "Free room, or name a folder on a larger disk as storage.folder.",
    };

    /// The process may open enough files and sockets for `engine.max_calls`.
    pub static HOST_FILES: Check = Check {
        id: "host.files",
        area: Area::Host,
        worst: Severity::Warning,
        about: "The process may open enough files and sockets for engine.max_calls.",
        fix: "Raise the limit (LimitNOFILE= in a systemd unit, ulimit -n in a shell), or lower engine.max_calls.",
    };

    /// The addresses to listen on are free, or Trunkline itself listens there.
    pub static HOST_PORTS: Check = Check {
        id: "host.ports",
        area: Area::Host,
        worst: Severity::Error,
        about: "The addresses to listen on are free, or Trunkline itself listens there.",
        fix: "End what listens there, or name another address.",
    };

    /// This host's clock agrees with the services'; they refuse signatures that are five minutes off.
    pub static CLOCK_SKEW: Check = Check {
        id: "clock.skew",
        area: Area::Clock,
        worst: Severity::Error,
        about: "This host's clock agrees with the services'; they refuse signatures that are five minutes off.",
        fix: "Run a time service (chrony, systemd-timesyncd) on this host.",
    };

    /// AWS knows the process's own credentials.
    pub static CREDENTIALS_OWN: Check = Check {
        id: "credentials.own",
        area: Area::Credentials,
        worst: Severity::Error,
        about: "AWS knows the process's own credentials.",
        fix: "Set the AWS variables, a profile or an instance role whose credentials are valid.",
    };

    /// The own credentials are renewed by themselves, or hold for long.
    pub static CREDENTIALS_EXPIRY: Check = Check {
        id: "credentials.expiry",
        area: Area::Credentials,
        worst: Severity::Warning,
        about: "The own credentials are renewed by themselves, or hold for long.",
        fix: "Use credentials that renew themselves: an instance role, a container's role, or a profile with a source.",
    };

    /// The tenant's role lets us in with its external id.
    pub static CREDENTIALS_ROLE: Check = Check {
        id: "credentials.role",
        area: Area::Credentials,
        worst: Severity::Error,
        about: "The tenant's role lets us in with its external id.",
        fix: "Let the role's trust policy name our principal with sts:AssumeRole under the condition StringEquals sts:ExternalId, and let our policy allow sts:AssumeRole on the role.",
    };

    /// The services' addresses resolve, connect and speak TLS.
    pub static STREAMS_ENDPOINT: Check = Check {
        id: "streams.endpoint",
        area: Area::Streams,
        worst: Severity::Error,
        about: "The services' addresses resolve, connect and speak TLS.",
        fix: "Look at DNS, routes, security groups, VPC endpoints, proxies and the host's certificates.",
    };

    /// The Connect instance streams live media: its storage configuration names Kinesis video streams.
    pub static STREAMS_STORAGE: Check = Check {
        id: "streams.storage",
        area: Area::Streams,
        worst: Severity::Error,
        about: "The Connect instance streams live media: its storage configuration names Kinesis video streams.",
        fix: "Enable live media streaming in the instance's data storage settings, with a prefix, a retention of 24 hours or more, and a key.",
    };

    /// The tenant's streams can be listed, and there are some.
    pub static STREAMS_FOUND: Check = Check {
        id: "streams.found",
        area: Area::Streams,
        worst: Severity::Warning,
        about: "The tenant's streams can be listed, and there are some.",
        fix: "Set tenants.NAME.stream_prefix to the prefix of the instance's storage configuration, and allow kinesisvideo:ListStreams.",
    };

    /// Streams keep their media for a day or longer, so that a call is read whole after an outage.
    pub static STREAMS_RETENTION: Check = Check {
        id: "streams.retention",
        area: Area::Streams,
        worst: Severity::Warning,
        about: "Streams keep their media for a day or longer, so that a call is read whole after an outage.",
        fix: "Set the retention in the instance's live media streaming settings to 24 hours or more; for streams that exist, UpdateDataRetention.",
    };

    /// The key that encrypts the streams can be used to read them.
    pub static STREAMS_KEY: Check = Check {
        id: "streams.key",
        area: Area::Streams,
        worst: Severity::Error,
        about: "The key that encrypts the streams can be used to read them.",
        fix: "Allow kms:Decrypt on the key to the reading role, in the role's policy and in the key's own, and keep the key enabled.",
    };

    /// A stream's data endpoint is given, and its media can be opened.
    pub static STREAMS_READ: Check = Check {
        id: "streams.read",
        area: Area::Streams,
        worst: Severity::Error,
        about: "A stream's data endpoint is given, and its media can be opened.",
        fix: "Allow kinesisvideo:GetDataEndpoint, kinesisvideo:GetMedia and kinesisvideo:DescribeStream on the tenant's streams.",
    };

    /// A stream's archive can be read, from which holes are filled.
    pub static STREAMS_ARCHIVE: Check = Check {
        id: "streams.archive",
        area: Area::Streams,
        worst: Severity::Warning,
        about: "A stream's archive can be read, from which holes are filled.",
        fix: "Allow kinesisvideo:ListFragments and kinesisvideo:GetMediaForFragmentList on the tenant's streams.",
    };

    /// The file is an exported flow.
    pub static FLOW_READABLE: Check = Check {
        id: "flow.readable",
        area: Area::Flow,
        worst: Severity::Error,
        about: "The file is an exported flow.",
        fix: "Export the flow from the flow designer (Export flow), or save what aws connect describe-contact-flow prints.",
    };

    /// The flow is of the language's version 2019-10-30, which is the one that is known here.
    pub static FLOW_VERSION: Check = Check {
        id: "flow.version",
        area: Area::Flow,
        worst: Severity::Warning,
        about: "The flow is of the language's version 2019-10-30, which is the one that is known here.",
        fix: "Export the flow anew; what was found in it may be incomplete.",
    };

    /// Every block that the flow goes on to is there, once.
    pub static FLOW_BLOCKS: Check = Check {
        id: "flow.blocks",
        area: Area::Flow,
        worst: Severity::Error,
        about: "Every block that the flow goes on to is there, once.",
        fix: "Open the flow in the designer, connect the branches, publish it, and export it anew.",
    };

    /// Media streaming is not started in a hold flow, where Connect does not support it.
    pub static FLOW_KIND: Check = Check {
        id: "flow.kind",
        area: Area::Flow,
        worst: Severity::Error,
        about: "Media streaming is not started in a hold flow, where Connect does not support it.",
        fix: "Start media streaming in the inbound flow, or in a customer queue, whisper or transfer flow.",
    };

    /// A block that can be reached starts media streaming.
    pub static FLOW_STREAMING: Check = Check {
        id: "flow.streaming",
        area: Area::Flow,
        worst: Severity::Error,
        about: "A block that can be reached starts media streaming.",
        fix: "Add a Start media streaming block at the flow's beginning, and connect it.",
    };

    /// Streaming carries both directions of the customer's audio.
    pub static FLOW_MEDIA: Check = Check {
        id: "flow.media",
        area: Area::Flow,
        worst: Severity::Error,
        about: "Streaming carries both directions of the customer's audio.",
        fix: "Choose both From the customer and To the customer in the Start media streaming block.",
    };

    /// Streaming has started before the Lambda is invoked, on every path.
    pub static FLOW_ORDER: Check = Check {
        id: "flow.order",
        area: Area::Flow,
        worst: Severity::Error,
        about: "Streaming has started before the Lambda is invoked, on every path.",
        fix: "Put the Start media streaming block in front of the AWS Lambda function block on every path: before it, the event names no stream.",
    };

    /// A Lambda is invoked while streaming runs, so that calls are announced.
    pub static FLOW_LAMBDA: Check = Check {
        id: "flow.lambda",
        area: Area::Flow,
        worst: Severity::Warning,
        about: "A Lambda is invoked while streaming runs, so that calls are announced.",
        fix: "Invoke the media-trigger Lambda behind the Start media streaming block; without it calls are found late, by Connect's events or by their stream.",
    };

    /// The Lambda has the time that it needs, and no more than Connect allows.
    pub static FLOW_LAMBDA_TIME: Check = Check {
        id: "flow.lambda_time",
        area: Area::Flow,
        worst: Severity::Warning,
        about: "The Lambda has the time that it needs, and no more than Connect allows.",
        fix: "Set the block's timeout to 5 seconds: at least 3, at most 8 (60 when it runs asynchronously).",
    };

    /// The call goes on when streaming or the Lambda fails.
    pub static FLOW_ERROR_BRANCH: Check = Check {
        id: "flow.error_branch",
        area: Area::Flow,
        worst: Severity::Warning,
        about: "The call goes on when streaming or the Lambda fails.",
        fix: "Connect the block's error branch to the block that its success goes on to: a call must never depend on us.",
    };

    /// The attributes that say whose call it is are set before the Lambda is invoked.
    pub static FLOW_ATTRIBUTES: Check = Check {
        id: "flow.attributes",
        area: Area::Flow,
        worst: Severity::Warning,
        about: "The attributes that say whose call it is are set before the Lambda is invoked.",
        fix: "Add a Set contact attributes block in front of the Lambda, with the names of the configuration's [attributes].",
    };

    /// Streaming is stopped before the flow hangs up.
    pub static FLOW_STOP: Check = Check {
        id: "flow.stop",
        area: Area::Flow,
        worst: Severity::Note,
        about: "Streaming is stopped before the flow hangs up.",
        fix: "Add a Stop media streaming block in front of the Disconnect block, so that the stream ends with the call.",
    };

    /// The store is reached and lets us in.
    pub static STORE_CONNECT: Check = Check {
        id: "store.connect",
        area: Area::Store,
        worst: Severity::Error,
        about: "The store is reached and lets us in.",
        fix: "Start the server, correct store.url, or let its firewall and its access rules admit this host.",
    };

    /// The tables are of a version that this program knows, and can be brought up to date.
    pub static STORE_SCHEMA: Check = Check {
        id: "store.schema",
        area: Area::Store,
        worst: Severity::Error,
        about: "The tables are of a version that this program knows, and can be brought up to date.",
        fix: "Run trunkline migrate with the newest version of Trunkline that is in use.",
    };

    /// Databases of new tenants can be made.
    pub static STORE_TENANTS: Check = Check {
        id: "store.tenants",
        area: Area::Store,
        worst: Severity::Warning,
        about: "Databases of new tenants can be made.",
        fix: "Give the database user CREATEDB, or make the tenant's database and its row in the table tenants.",
    };

    /// What is written can be read again, soon enough.
    pub static STORE_WRITE: Check = Check {
        id: "store.write",
        area: Area::Store,
        worst: Severity::Error,
        about: "What is written can be read again, soon enough.",
        fix: "Look at the server's load, its disk, and the way between it and this host.",
    };

    /// The server takes the connections that this host may open.
    pub static STORE_CONNECTIONS: Check = Check {
        id: "store.connections",
        area: Area::Store,
        worst: Severity::Warning,
        about: "The server takes the connections that this host may open.",
        fix: "Raise the server's max_connections, or put a pooler that keeps sessions in between.",
    };

    /// The bus is reached and lets us in.
    pub static BUS_CONNECT: Check = Check {
        id: "bus.connect",
        area: Area::Bus,
        worst: Severity::Error,
        about: "The bus is reached and lets us in.",
        fix: "Start Redis, correct bus.url, or let its firewall and its access rules admit this host.",
    };

    /// Redis is 6.2 or newer.
    pub static BUS_VERSION: Check = Check {
        id: "bus.version",
        area: Area::Bus,
        worst: Severity::Error,
        about: "Redis is 6.2 or newer.",
        fix: "Use Redis 6.2 or newer, or Valkey.",
    };

    /// Redis evicts nothing when its memory is full.
    pub static BUS_MEMORY: Check = Check {
        id: "bus.memory",
        area: Area::Bus,
        worst: Severity::Warning,
        about: "Redis evicts nothing when its memory is full.",
        fix: "Set maxmemory-policy to noeviction: another policy removes messages that nobody has read.",
    };

    /// All hosts spread the bus over the same number of streams.
    pub static BUS_PARTITIONS: Check = Check {
        id: "bus.partitions",
        area: Area::Bus,
        worst: Severity::Error,
        about: "All hosts spread the bus over the same number of streams.",
        fix: "Set bus.partitions alike on every host, or give this fleet another bus.prefix.",
    };

    /// The queue is there and lets us in.
    pub static QUEUE_CONNECT: Check = Check {
        id: "queue.connect",
        area: Area::Queue,
        worst: Severity::Error,
        about: "The queue is there and lets us in.",
        fix: "Create the queue, or correct queue.url and the policy of who receives.",
    };

    /// What can never be handled goes to dead letters.
    pub static QUEUE_REDRIVE: Check = Check {
        id: "queue.redrive",
        area: Area::Queue,
        worst: Severity::Warning,
        about: "What can never be handled goes to dead letters.",
        fix: "Give the queue a redrive policy with a maxReceiveCount of about 10 and a queue of the same kind that keeps messages for 14 days.",
    };

    /// Triggers are kept as long as the streams keep media.
    pub static QUEUE_RETENTION: Check = Check {
        id: "queue.retention",
        area: Area::Queue,
        worst: Severity::Warning,
        about: "Triggers are kept as long as the streams keep media.",
        fix: "Set the queue's MessageRetentionPeriod to the streams' retention: 86400 seconds or more.",
    };

    /// A trigger stays away while it is handled.
    pub static QUEUE_VISIBILITY: Check = Check {
        id: "queue.visibility",
        area: Area::Queue,
        worst: Severity::Warning,
        about: "A trigger stays away while it is handled.",
        fix: "Set the queue's VisibilityTimeout to 60 seconds.",
    };

    /// Few triggers wait.
    pub static QUEUE_BACKLOG: Check = Check {
        id: "queue.backlog",
        area: Area::Queue,
        worst: Severity::Warning,
        about: "Few triggers wait.",
        fix: "Look whether workers run, and whether they have room for calls.",
    };

    /// The folder or bucket of recordings is there and lets us in.
    pub static BLOBS_CONNECT: Check = Check {
        id: "blobs.connect",
        area: Area::Blobs,
        worst: Severity::Error,
        about: "The folder or bucket of recordings is there and lets us in.",
        fix: "Create the bucket, correct [blobs], or let the policy allow what the error names.",
    };

    /// A recording can be written, read and removed.
    pub static BLOBS_WRITE: Check = Check {
        id: "blobs.write",
        area: Area::Blobs,
        worst: Severity::Error,
        about: "A recording can be written, read and removed.",
        fix: "Allow s3:PutObject, s3:GetObject and s3:DeleteObject on the bucket's objects, and kms:GenerateDataKey and kms:Decrypt on its key.",
    };

    /// The contact directory is there, in the form that it needs.
    pub static CONTACTS_CONNECT: Check = Check {
        id: "contacts.connect",
        area: Area::Contacts,
        worst: Severity::Error,
        about: "The contact directory is there, in the form that it needs.",
        fix: "Create the table as the manual says, or correct [contacts] and the policy.",
    };

    /// The local models are there, whole and unchanged.
    pub static RECOGNITION_MODELS: Check = Check {
        id: "recognition.models",
        area: Area::Recognition,
        worst: Severity::Error,
        about: "The local models are there, whole and unchanged.",
        fix: "Fetch them with trunkline models pull, or name their folder as recognition.models.",
    };

    /// A recogniser takes the key or role that is configured.
    pub static RECOGNITION_CONNECT: Check = Check {
        id: "recognition.connect",
        area: Area::Recognition,
        worst: Severity::Error,
        about: "A recogniser takes the key or role that is configured.",
        fix: "Set a valid key, or let the policy allow transcribe:StartStreamTranscription.",
    };

    /// The recognisers take as many calls as this host carries.
    pub static RECOGNITION_QUOTA: Check = Check {
        id: "recognition.quota",
        area: Area::Recognition,
        worst: Severity::Warning,
        about: "The recognisers take as many calls as this host carries.",
        fix: "Ask the vendor for more streams, add a recogniser to recognition.order, or lower engine.max_calls.",
    };

    /// Another recogniser goes on when one fails.
    pub static RECOGNITION_ORDER: Check = Check {
        id: "recognition.order",
        area: Area::Recognition,
        worst: Severity::Warning,
        about: "Another recogniser goes on when one fails.",
        fix: "Name a second recogniser in recognition.order; local needs no account.",
    };

    /// A language model answers in JSON, in the time of a hint.
    pub static MODELS_ANSWER: Check = Check {
        id: "models.answer",
        area: Area::Models,
        worst: Severity::Warning,
        about: "A language model answers in JSON, in the time of a hint.",
        fix: "Look at its endpoint, key and name, as docs/models.md tells; guidance goes on without it.",
    };
}

/// All of them, in order.
pub static CHECKS: &[&Check] = &[
    &checks::CONFIG_HOSTS,
    &checks::CONFIG_TENANTS,
    &checks::HOST_FOLDER,
    &checks::HOST_DISK,
    &checks::HOST_FILES,
    &checks::HOST_PORTS,
    &checks::CLOCK_SKEW,
    &checks::CREDENTIALS_OWN,
    &checks::CREDENTIALS_EXPIRY,
    &checks::CREDENTIALS_ROLE,
    &checks::STREAMS_ENDPOINT,
    &checks::STREAMS_STORAGE,
    &checks::STREAMS_FOUND,
    &checks::STREAMS_RETENTION,
    &checks::STREAMS_KEY,
    &checks::STREAMS_READ,
    &checks::STREAMS_ARCHIVE,
    &checks::FLOW_READABLE,
    &checks::FLOW_VERSION,
    &checks::FLOW_BLOCKS,
    &checks::FLOW_KIND,
    &checks::FLOW_STREAMING,
    &checks::FLOW_MEDIA,
    &checks::FLOW_ORDER,
    &checks::FLOW_LAMBDA,
    &checks::FLOW_LAMBDA_TIME,
    &checks::FLOW_ERROR_BRANCH,
    &checks::FLOW_ATTRIBUTES,
    &checks::FLOW_STOP,
    &checks::STORE_CONNECT,
    &checks::STORE_SCHEMA,
    &checks::STORE_TENANTS,
    &checks::STORE_WRITE,
    &checks::STORE_CONNECTIONS,
    &checks::BUS_CONNECT,
    &checks::BUS_VERSION,
    &checks::BUS_MEMORY,
    &checks::BUS_PARTITIONS,
    &checks::QUEUE_CONNECT,
    &checks::QUEUE_REDRIVE,
    &checks::QUEUE_RETENTION,
    &checks::QUEUE_VISIBILITY,
    &checks::QUEUE_BACKLOG,
    &checks::BLOBS_CONNECT,
    &checks::BLOBS_WRITE,
    &checks::CONTACTS_CONNECT,
    &checks::RECOGNITION_MODELS,
    &checks::RECOGNITION_CONNECT,
    &checks::RECOGNITION_QUOTA,
    &checks::RECOGNITION_ORDER,
    &checks::MODELS_ANSWER,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_named_by_their_area_each_once_and_in_order() {
        for check in CHECKS {
            assert!(check.id.starts_with(&format!("{}.", check.area)), "{}", check.id);
            assert!(check.about.ends_with('.') && check.fix.ends_with('.'), "{}", check.id);
        }
        assert!(CHECKS.is_sorted_by_key(|check| check.area));
        let ids: std::collections::BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CHECKS.len());
    }
}
