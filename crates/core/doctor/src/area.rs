//! The parts of a deployment.

use std::{fmt, str::FromStr};

use serde::Serialize;
use thiserror::Error;

/// A part of a deployment that is checked by itself. Reports list them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// What the configuration says.
    Config,
    /// This host: disk, files, ports.
    Host,
    /// The clock, against the services'.
    Clock,
    /// Our own credentials and the tenants' roles.
    Credentials,
    /// Connect's storage configuration and the streams.
    Streams,
    /// Exported contact flows.
    Flow,
    /// Event logs and leases.
    Store,
    /// What hosts tell each other over.
    Bus,
    /// Where triggers wait.
    Queue,
    /// Recordings.
    Blobs,
    /// The contact directory.
    Contacts,
    /// The recognisers.
    Recognition,
    /// The language models.
    Models,
}

/// A name that no area has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no area: give one of {names}", names = names())]
pub struct UnknownArea(String);

impl Area {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::Config,
        Self::Host,
        Self::Clock,
        Self::Credentials,
        Self::Streams,
        Self::Flow,
        Self::Store,
        Self::Bus,
        Self::Queue,
        Self::Blobs,
        Self::Contacts,
        Self::Recognition,
        Self::Models,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Host => "host",
            Self::Clock => "clock",
            Self::Credentials => "credentials",
            Self::Streams => "streams",
            Self::Flow => "flow",
            Self::Store => "store",
            Self::Bus => "bus",
            Self::Queue => "queue",
            Self::Blobs => "blobs",
            Self::Contacts => "contacts",
            Self::Recognition => "recognition",
            Self::Models => "models",
        }
    }
}

fn names() -> String {
    Area::ALL.map(Area::name).join(", ")
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Area {
    type Err = UnknownArea;

    fn from_str(text: &str) -> Result<Self, UnknownArea> {
        Self::ALL.into_iter().find(|area| area.name() == text).ok_or_else(|| UnknownArea(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_area_is_found_by_its_name_and_others_are_told_which_there_are() {
        for area in Area::ALL {
            assert_eq!(area.name().parse(), Ok(area));
            assert_eq!(serde_json::to_value(area).unwrap(), area.name());
        }
        let error = "kvs".parse::<Area>().unwrap_err().to_string();
        assert!(error.contains("\"kvs\"") && error.contains("streams"), "{error}");
    }
}
