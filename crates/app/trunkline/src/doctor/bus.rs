//! What hosts tell each other over.

use config::{BusEngine, Secret};
use doctor::{Finding, checks};
use redis_bus::{RedisBus, RedisFailure, ServerFacts};

use super::{Scope, ask, chain};
use crate::parts;

/// The first version that knows all commands that are used.
const LEAST_VERSION: (u32, u32) = (6, 2);
/// Above it the server should have more memory soon.
const FULL_PERCENT: u64 = 80;

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let check = &checks::BUS_CONNECT;
    if scope.config.bus.engine == BusEngine::None {
        return vec![check.ok("there is none, and none is needed on one host")];
    }
    let url = scope.config.bus.url.as_ref().map(Secret::expose).unwrap_or_default();
    let bus = match RedisBus::connect(&parts::redis(&scope.config, url)) {
        Ok(bus) => bus,
        Err(error) => return vec![check.error(chain(&error)).about("bus.url")],
    };
    let facts = match ask(check, bus.facts()).await {
        Ok(facts) => facts,
        Err(finding) => return vec![finding.about("bus.url")],
    };
    let mut out = vec![check.ok("it is reached, and lets us in")];
    out.extend(judged(&facts));
    out.push(match bus.check().await {
        Ok(()) => {
            checks::BUS_PARTITIONS.ok(format!("it is spread over {} streams", scope.config.bus.partitions))
        }
        Err(error @ RedisFailure::OtherPartitions { .. }) => checks::BUS_PARTITIONS.error(chain(&error)),
        Err(error) => check.error(chain(&error)),
    });
    out.into_iter().map(|finding| finding.about("bus.url")).collect()
}

fn judged(facts: &ServerFacts) -> Vec<Finding> {
    let version = &facts.version;
    let known = match parse(version) {
        Some(found) if found < LEAST_VERSION => checks::BUS_VERSION.error(format!("it is Redis {version}")),
        Some(_) => checks::BUS_VERSION.ok(format!("it is like Redis {version}")),
        None => checks::BUS_VERSION.note("it does not tell its version"),
    };
    let memory = match facts.eviction.as_str() {
        "noeviction" => match facts.max_memory_bytes {
            Some(most) if facts.used_memory_bytes / (most / 100).max(1) >= FULL_PERCENT => {
                let what = format!(
                    "{} of {} MiB are in use: when it is full, messages are refused",
                    facts.used_memory_bytes >> 20,
                    most >> 20
                );
                checks::BUS_MEMORY.warning(what).fix("Give Redis more memory, or fewer other users.")
            }
            Some(_) | None => checks::BUS_MEMORY.ok("it evicts nothing"),
        },
        "" => checks::BUS_MEMORY.note("it does not tell what it does when its memory is full"),
        policy => checks::BUS_MEMORY.warning(format!("it evicts by {policy} when its memory is full")),
    };
    vec![known, memory]
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse::<u32>);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use doctor::Severity;

    use super::*;

    #[test]
    fn version_and_eviction_are_judged() {
        let facts = |version: &str, eviction: &str| ServerFacts {
            version: version.to_owned(),
            eviction: eviction.to_owned(),
            max_memory_bytes: Some(1_000),
            used_memory_bytes: 100,
        };
        let of =
            |facts: ServerFacts| -> Vec<Severity> { judged(&facts).iter().map(|one| one.severity).collect() };
        assert_eq!(of(facts("7.2.4", "noeviction")), [Severity::Ok, Severity::Ok]);
        assert_eq!(of(facts("6.2.0", "noeviction")), [Severity::Ok, Severity::Ok]);
        assert_eq!(of(facts("6.0.16", "allkeys-lru")), [Severity::Error, Severity::Warning]);
        assert_eq!(of(facts("", "")), [Severity::Note, Severity::Note]);
        let full = ServerFacts { used_memory_bytes: 900, ..facts("7.0.0", "noeviction") };
        assert_eq!(of(full), [Severity::Ok, Severity::Warning]);
    }
}
