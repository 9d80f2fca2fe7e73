//! The sample calls of the project, built into the program: `samples/` at the root of the repository says how they
//! were made.

use std::{borrow::Cow, sync::Arc};

use thiserror::Error;

use crate::{
    call::Call,
    decode::{self, DecodeCause},
    facts::CallFacts,
};

/// A sample as it lies in the program.
struct Embedded {
    name: &'static str,
    flac: &'static [u8],
    json: &'static str,
}

macro_rules! embedded {
    ($($name:literal),*) => {
        [$(Embedded {
            name: $name,
            flac: include_bytes!(concat!("../../../../samples/", $name, ".flac")),
            json: include_str!(concat!("../../../../samples/", $name, ".json")),
        }),*]
    };
}

const EMBEDDED: [Embedded; 3] = embedded!["card-payment", "late-order", "account-check"];

/// A sample call that cannot be read: the program was built with a damaged one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// There is none of this name.
    #[error("there is no sample call {name:?}; there are {}", names().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// Its audio cannot be decoded.
    #[error("the audio of sample call {name} cannot be read")]
    Audio {
        /// The sample.
        name: &'static str,
        /// Why.
        #[source]
        cause: DecodeCause,
    },
    /// Its facts cannot be read.
    #[error("the facts of sample call {name} cannot be read")]
    Facts {
        /// The sample.
        name: &'static str,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// Its audio is not two channels at 8 kHz.
    #[error("the audio of sample call {0} is not stereo at 8 kHz")]
    Shape(&'static str),
}

/// The names of the samples, in the order in which the demo starts them.
pub fn names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|sample| sample.name)
}

/// The facts of every sample: scripts, events, sensitive spans.
///
/// # Errors
/// When the program was built with damaged ones.
pub fn facts() -> Result<Vec<CallFacts>, SampleError> {
    EMBEDDED.iter().map(Embedded::facts).collect()
}

/// Every sample as a call that can be placed.
///
/// # Errors
/// When the program was built with damaged ones.
pub fn all() -> Result<Vec<Call>, SampleError> {
    EMBEDDED.iter().map(Embedded::call).collect()
}

/// One sample as a call that can be placed.
///
/// # Errors
/// When there is none of this name, or the program was built with a damaged one.
pub fn load(name: &str) -> Result<Call, SampleError> {
    let sample = EMBEDDED.iter().find(|sample| sample.name == name);
    sample.ok_or_else(|| SampleError::Unknown { name: name.to_owned() })?.call()
}

impl Embedded {
    fn facts(&self) -> Result<CallFacts, SampleError> {
        serde_json::from_str(self.json).map_err(|cause| SampleError::Facts { name: self.name, cause })
    }

    fn call(&self) -> Result<Call, SampleError> {
        let audio =
            decode::decode(self.flac).map_err(|cause| SampleError::Audio { name: self.name, cause })?;
        let [customer, to_customer] =
            <[Vec<i16>; 2]>::try_from(audio.channels).map_err(|_| SampleError::Shape(self.name))?;
        if audio.sample_rate_hz != decode::CALL_RATE_HZ {
            return Err(SampleError::Shape(self.name));
        }
        let mut call = Call::new(Cow::Borrowed(self.name), customer, to_customer);
        call.facts = Arc::new(self.facts()?);
        Ok(call)
    }
}

#[cfg(test)]
mod tests {
    use model::Channel;

    use super::*;
    use crate::facts::EventKind;

    /// The loudest stretch of 20 ms, as a share of full scale.
    fn loudest(samples: &[i16]) -> f64 {
        let level =
            |block: &[i16]| block.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / block.len() as f64;
        samples.chunks(160).map(level).fold(0.0, f64::max).sqrt() / 32_768.0
    }

    fn between(samples: &[i16], from_ms: u64, to_ms: u64) -> &[i16] {
        &samples
            [usize::try_from(from_ms).unwrap() * 8..(usize::try_from(to_ms).unwrap() * 8).min(samples.len())]
    }

    #[test]
    fn every_line_of_every_script_is_heard_on_its_channel() {
        for call in all().unwrap() {
            let facts = &call.facts;
            assert_eq!(facts.duration_ms, call.customer.len() as u64 / 8, "{}", call.name);
            for line in &facts.script {
                let channel = match line.channel {
                    Channel::Customer => &call.customer,
                    Channel::ToCustomer => &call.to_customer,
                };
                assert!(
                    loudest(between(channel, line.start_ms, line.end_ms)) > 0.05,
                    "{}: {line:?}",
                    call.name
                );
            }
        }
    }

    #[test]
    fn outside_its_lines_the_customer_is_silent() {
        for call in all().unwrap() {
            let mut quiet_from = 0;
            for line in call.facts.script.iter().filter(|line| line.channel == Channel::Customer) {
                let pause = between(&call.customer, quiet_from, line.start_ms);
                assert!(loudest(pause) < 0.01, "{} before {line:?}", call.name);
                quiet_from = line.end_ms;
            }
        }
    }

    #[test]
    fn together_they_hold_what_the_demo_is_about() {
        let facts = facts().unwrap();
        let kinds: Vec<&str> =
            facts.iter().flat_map(|f| &f.sensitive).map(|span| span.kind.as_str()).collect();
        assert_eq!(kinds, ["card", "card_expiry", "cvv", "phone", "ssn"]);
        assert!(facts.iter().any(|f| f.events.iter().any(|event| event.kind == EventKind::HoldStarted)));
        assert!(facts.iter().all(|f| f.events.iter().any(|event| event.kind == EventKind::Disconnected)));
        let talks_over = |f: &CallFacts| f.script.windows(2).any(|pair| pair[1].start_ms < pair[0].end_ms);
        assert!(facts.iter().any(talks_over));
        assert!(facts.iter().map(|f| f.duration_ms).sum::<u64>() < 150_000);
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        assert!(load("nobody").unwrap_err().to_string().contains("card-payment"));
    }
}
