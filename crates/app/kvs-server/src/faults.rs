//! Failures of the real service, on demand.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use model::StreamName;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error::Exception;

mod plan;

pub(crate) use plan::Plan;

/// The most faults that may be armed at once.
const MAX_FAULTS: usize = 1_000;

/// A name for one armed fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultId(pub u64);

/// The call that a fault happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// `GetDataEndpoint`.
    GetDataEndpoint,
    /// `GetMedia`.
    GetMedia,
    /// `PutMedia`.
    PutMedia,
    /// `ListFragments`.
    ListFragments,
    /// `GetMediaForFragmentList`.
    GetMediaForFragmentList,
    /// `AssumeRole` of the Security Token Service; the stream is the role's name.
    AssumeRole,
}

/// What goes wrong. Times count from the start of the call; `after_fragments` counts what was sent in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultKind {
    /// The body ends, like the 45-minute close, after this time or so many fragments, whichever is first.
    Close {
        /// Seconds from the start of the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_seconds: Option<f64>,
        /// Fragments sent or taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_fragments: Option<u64>,
    },
    /// Nothing is sent for a while (for ever without `seconds`); the connection stays open.
    Stall {
        /// Fragments sent before.
        #[serde(default)]
        after_fragments: u64,
        /// How long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// The connection breaks in the middle of a block.
    Reset {
        /// Fragments sent before the broken one.
        #[serde(default)]
        after_fragments: u64,
    },
    /// The call is refused with `ClientLimitExceededException`.
    Throttle,
    /// The call is refused with this exception.
    Reject {
        /// Its wire name, such as `InvalidEndpointException`.
        exception: String,
    },
    /// The stream's key cannot be used: an error of 4500 to 4506, in the body of `GetMedia` or as an
    /// acknowledgement of `PutMedia`.
    Kms {
        /// 4500 to 4506.
        code: u16,
        /// Fragments sent or taken before.
        #[serde(default)]
        after_fragments: u64,
    },
    /// Any other error in the body (3000, 3002, 4000, 5000) or acknowledgement (4001 to 5001).
    Error {
        /// Its number.
        code: u16,
        /// Fragments sent or taken before.
        #[serde(default)]
        after_fragments: u64,
    },
    /// Bytes of clusters are changed on their way.
    Corrupt {
        /// The same seed changes the same bytes.
        #[serde(default)]
        seed: u64,
        /// Every so manieth fragment, 1 for all.
        #[serde(default = "one")]
        every: u64,
        /// How many bytes of each.
        #[serde(default = "one")]
        bytes: u64,
    },
    /// Bytes are sent (`GetMedia`) or taken (`PutMedia`) no faster than this.
    Slow {
        /// Bytes per second.
        bytes_per_second: u64,
    },
    /// Every so manieth fragment is left out.
    Drop {
        /// 1 for all.
        every: u64,
    },
}

const fn one() -> u64 {
    1
}

/// An ordered failure. Each call that it applies to uses it up once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The stream that it happens to; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
    /// The call that it happens to.
    #[serde(default = "get_media")]
    pub operation: Operation,
    /// How many calls it happens to; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

const fn get_media() -> Operation {
    Operation::GetMedia
}

impl Fault {
    /// A fault of every `GetMedia` on every stream.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        Self { stream: None, operation: Operation::GetMedia, times: None, kind }
    }

    /// Only on this stream.
    #[must_use]
    pub fn on(mut self, stream: StreamName) -> Self {
        self.stream = Some(stream);
        self
    }

    /// Only in this operation.
    #[must_use]
    pub const fn of(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }

    /// Only in the next `times` calls.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn check(&self) -> Result<(), ParseFaultError> {
        let bad = |why: &str| Err(ParseFaultError { why: why.to_owned() });
        let seconds = match &self.kind {
            FaultKind::Close { after_seconds: None, after_fragments: None } => {
                return bad("close needs after_seconds or after_fragments");
            }
            FaultKind::Kms { code, .. } if !(4500..=4506).contains(code) => {
                return bad("the codes of kms are 4500 to 4506");
            }
            FaultKind::Reject { exception } if Exception::by_name(exception).is_none() => {
                return bad("no such exception");
            }
            FaultKind::Slow { bytes_per_second: 0 } => return bad("slow needs bytes_per_second above 0"),
            FaultKind::Drop { every: 0 } | FaultKind::Corrupt { every: 0, .. } => {
                return bad("every must be above 0");
            }
            FaultKind::Close { after_seconds, .. } => *after_seconds,
            FaultKind::Stall { seconds, .. } => *seconds,
            FaultKind::Reset { .. }
            | FaultKind::Throttle
            | FaultKind::Reject { .. }
            | FaultKind::Kms { .. }
            | FaultKind::Error { .. }
            | FaultKind::Corrupt { .. }
            | FaultKind::Slow { .. }
            | FaultKind::Drop { .. } => None,
        };
        match seconds {
            Some(seconds) if !(0.0..=1e9).contains(&seconds) => bad("seconds must be from 0 to 1e9"),
            Some(_) | None => Ok(()),
        }
    }
}

/// A text that is no fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not a fault: {why}")]
pub struct ParseFaultError {
    why: String,
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    /// Reads `kind`, then `key=value` pairs after a colon: `close:after_seconds=30,times=1,stream=a`. JSON works too.
    fn from_str(text: &str) -> Result<Self, ParseFaultError> {
        let bad = |why: String| ParseFaultError { why };
        let value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| bad(error.to_string()))?
        } else {
            let (kind, pairs) = text.split_once(':').unwrap_or((text, ""));
            let mut object = serde_json::Map::new();
            object.insert("kind".to_owned(), kind.trim().into());
            for pair in pairs.split(',').filter(|pair| !pair.trim().is_empty()) {
                let (key, value) =
                    pair.split_once('=').ok_or_else(|| bad(format!("{pair} is not key=value")))?;
                let plain = matches!(key.trim(), "stream" | "operation" | "exception");
                let value = match serde_json::from_str(value.trim()) {
                    Ok(number @ serde_json::Value::Number(_)) if !plain => number,
                    Ok(_) | Err(_) => value.trim().into(),
                };
                object.insert(key.trim().to_owned(), value);
            }
            serde_json::Value::Object(object)
        };
        Self::from_json(value)
    }
}

impl Fault {
    pub(crate) fn from_json(value: serde_json::Value) -> Result<Self, ParseFaultError> {
        let bad = |why: String| ParseFaultError { why };
        let serde_json::Value::Object(mut object) = value else {
            return Err(bad("not an object".to_owned()));
        };
        let mut outer = serde_json::Map::new();
        for key in ["stream", "operation", "times"] {
            outer.extend(object.remove(key).map(|value| (key.to_owned(), value)));
        }
        let given: Vec<String> = object.keys().cloned().collect();
        // Apart from each other, so that a misspelt key is refused and not taken for the other part's.
        let kind: FaultKind =
            serde_json::from_value(object.into()).map_err(|error| bad(error.to_string()))?;
        let Ok(serde_json::Value::Object(kind)) = serde_json::to_value(kind) else {
            return Err(bad("not an object".to_owned()));
        };
        if let Some(unknown) = given.into_iter().find(|key| !kind.contains_key(key)) {
            return Err(bad(format!("{unknown} is no setting of this kind")));
        }
        outer.extend(kind);
        let fault: Self = serde_json::from_value(outer.into()).map_err(|error| bad(error.to_string()))?;
        fault.check()?;
        Ok(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// The armed faults of a server.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    armed: Arc<Mutex<Armed>>,
}

#[derive(Debug, Default)]
struct Armed {
    last_id: u64,
    faults: Vec<(FaultId, Fault)>,
}

impl Faults {
    /// Arms a fault for the calls that begin from now on.
    ///
    /// # Errors
    /// When the fault makes no sense, or 1,000 are armed already.
    pub fn add(&self, fault: Fault) -> Result<FaultId, ParseFaultError> {
        fault.check()?;
        let mut armed = self.lock();
        if armed.faults.len() >= MAX_FAULTS {
            return Err(ParseFaultError { why: format!("{MAX_FAULTS} faults are armed already") });
        }
        armed.last_id += 1;
        let id = FaultId(armed.last_id);
        armed.faults.push((id, fault));
        Ok(id)
    }

    /// Disarms a fault; calls that it already applies to keep it. `false` when there is none of that id.
    pub fn remove(&self, id: FaultId) -> bool {
        let mut armed = self.lock();
        let before = armed.faults.len();
        armed.faults.retain(|(other, _)| *other != id);
        armed.faults.len() < before
    }

    /// Disarms all faults.
    pub fn clear(&self) {
        self.lock().faults.clear();
    }

    /// The armed faults in the order in which they were added.
    #[must_use]
    pub fn list(&self) -> Vec<(FaultId, Fault)> {
        self.lock().faults.clone()
    }

    /// Takes what applies to a call that begins now.
    pub(crate) fn take(&self, operation: Operation, stream: &StreamName) -> Vec<FaultKind> {
        let mut armed = self.lock();
        let mut taken = Vec::new();
        armed.faults.retain_mut(|(_, fault)| {
            if fault.operation != operation || fault.stream.as_ref().is_some_and(|only| only != stream) {
                return true;
            }
            let Some(times) = &mut fault.times else {
                taken.push(fault.kind.clone());
                return true;
            };
            if *times > 0 {
                taken.push(fault.kind.clone());
            }
            *times = times.saturating_sub(1);
            *times > 0
        });
        taken
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Armed> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_from_a_flag_and_from_json_alike() {
        let flag: Fault = "close:after_seconds=30,times=1,stream=calls,operation=get_media".parse().unwrap();
        let json: Fault =
            r#"{"kind":"close","after_seconds":30,"times":1,"stream":"calls"}"#.parse().unwrap();
        assert_eq!(flag, json);
        assert_eq!(flag.to_string().parse::<Fault>().unwrap(), flag);
        assert_eq!("throttle".parse::<Fault>().unwrap(), Fault::new(FaultKind::Throttle));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for bad in [
            "",
            "burn",
            "close",
            "kms:code=1",
            "slow:bytes_per_second=0",
            "drop:every=0",
            "throttle:x=1",
            "close:after_seconds=-1",
            "reject:exception=Nope",
            "stall:seconds=x",
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fault_for_one_stream_and_one_call_is_used_up_by_it() {
        let faults = Faults::default();
        let (a, b) = (StreamName::new("a").unwrap(), StreamName::new("b").unwrap());
        faults.add(Fault::new(FaultKind::Throttle).on(a.clone()).times(1)).unwrap();
        assert!(faults.take(Operation::GetMedia, &b).is_empty());
        assert!(faults.take(Operation::PutMedia, &a).is_empty());
        assert_eq!(faults.take(Operation::GetMedia, &a), [FaultKind::Throttle]);
        assert!(faults.take(Operation::GetMedia, &a).is_empty());
        assert!(faults.list().is_empty());
    }
}
