//! A tenant's policy, and how it is read.

use std::{fmt, ops::RangeInclusive, sync::Arc, time::Duration};

use events::{EntityGroup, EntityKind, ReviewAction};
use sha2::{Digest as _, Sha256};

use super::{Act, Acts, Policy};

/// The longest padding of a mute, and the longest gap that is closed, in milliseconds.
const PADDING_MS: RangeInclusive<u64> = 0..=5_000;

/// The most people that one decision can need.
const PEOPLE: RangeInclusive<u64> = 1..=5;

/// What a tenant decides about redaction. A call keeps the one that it began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantPolicy {
    /// What is shown for what is found.
    pub acts: Acts,
    /// How much audio before a masked word is replaced too, in milliseconds.
    pub pad_before_ms: u64,
    /// How much after it.
    pub pad_after_ms: u64,
    /// Masked stretches with a smaller gap between them become one.
    pub merge_gap_ms: u64,
    /// How many people a decision on a finding needs.
    pub review: ReviewRules,
    /// What hides a call until somebody has looked.
    pub quarantine: Quarantine,
}

/// How many people have to say so before a decision counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewRules {
    /// That the masks are right.
    pub approve: u64,
    /// That more is masked.
    pub mask: u64,
    /// That something masked or found is shown.
    pub release: u64,
}

impl ReviewRules {
    /// How many people an action needs.
    #[must_use]
    pub const fn people(&self, action: ReviewAction) -> u64 {
        match action {
            ReviewAction::Approve => self.approve,
            ReviewAction::Mask => self.mask,
            ReviewAction::Release => self.release,
        }
    }
}

/// What hides a call until somebody has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// A check that could not be made.
    pub not_checked: bool,
}

impl Default for TenantPolicy {
    /// Recognisers place words within 20 to 120 ms of where they are, with ends early more often than starts late:
    /// hence 150 ms before and 200 ms after. To show what was hidden takes two people.
    fn default() -> Self {
        Self {
            acts: Acts::default(),
            pad_before_ms: 150,
            pad_after_ms: 200,
            merge_gap_ms: 300,
            review: ReviewRules { approve: 1, mask: 1, release: 2 },
            quarantine: Quarantine { not_checked: false },
        }
    }
}

/// A value of a policy as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// Something that no key takes, by what it is: "an array".
    Other(&'static str),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// What is wrong with a policy: which setting, counted from 0, and why, with what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// Which of the settings given.
    pub at: usize,
    /// What is wrong, with the key.
    pub why: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for PolicyError {}

impl TenantPolicy {
    /// The default policy with settings by dotted keys: `mask.phone`. What is said of a kind counts before what is
    /// said of its group, in whatever order.
    ///
    /// # Errors
    /// The first setting that is not valid, with the values that its key allows.
    pub fn read(settings: &[(String, Setting)]) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        let is_group = |key: &str| key.strip_prefix("mask.").is_some_and(|name| group(name).is_some());
        let numbered = || settings.iter().enumerate();
        let groups = numbered().filter(|(_, (key, _))| is_group(key));
        for (at, (key, value)) in groups.chain(numbered().filter(|(_, (key, _))| !is_group(key))) {
            policy
                .set(key, value)
                .map_err(|why| PolicyError { at, why: format!("{key} = {value}: {why}") })?;
        }
        Ok(policy)
    }

    /// What one call takes of it, under a key that is random for the call.
    #[must_use]
    pub fn for_call(&self, echo_key: [u8; 16]) -> Policy {
        Policy {
            echo_key,
            pad_before: Duration::from_millis(self.pad_before_ms),
            pad_after: Duration::from_millis(self.pad_after_ms),
            merge_gap: Duration::from_millis(self.merge_gap_ms),
            acts: Arc::new(self.acts.clone()),
        }
    }

    /// Names this policy and no other: the first 16 digits of the SHA-256 of all that it says.
    #[must_use]
    pub fn id(&self) -> String {
        let hash = Sha256::digest(self.to_string());
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn set(&mut self, key: &str, value: &Setting) -> Result<(), String> {
        if let Some(name) = key.strip_prefix("mask.") {
            return self.set_act(name, value);
        }
        match key {
            "audio.pad_before_ms" => self.pad_before_ms = within(value, &PADDING_MS)?,
            "audio.pad_after_ms" => self.pad_after_ms = within(value, &PADDING_MS)?,
            "audio.merge_gap_ms" => self.merge_gap_ms = within(value, &PADDING_MS)?,
            "review.approve" => self.review.approve = within(value, &PEOPLE)?,
            "review.mask" => self.review.mask = within(value, &PEOPLE)?,
            "review.release" => self.review.release = within(value, &PEOPLE)?,
            "quarantine.not_checked" => match value {
                Setting::Flag(flag) => self.quarantine.not_checked = *flag,
                Setting::Text(_) | Setting::Number(_) | Setting::Other(_) => {
                    return Err("give true or false".to_owned());
                }
            },
            _ => return Err(format!("there is no such key; there are {}", KEYS.join(", "))),
        }
        Ok(())
    }

    fn set_act(&mut self, name: &str, value: &Setting) -> Result<(), String> {
        let known = |act: &Act| matches!(value, Setting::Text(text) if text == act.as_str());
        let kinds: Vec<EntityKind> = match (group(name), kind(name)) {
            (Some(group), _) => {
                EntityKind::ALL.iter().copied().filter(|kind| kind.group() == group).collect()
            }
            (None, Some(kind)) => vec![kind],
            (None, None) => return Err(format!("there is no such kind or group; there are {}", names())),
        };
        let allowed = Act::ALL.iter().filter(|act| kinds.iter().all(|kind| act.refused_for(*kind).is_none()));
        let allowed = list(allowed.map(|act| act.as_str()));
        let Some(act) = Act::ALL.into_iter().find(known) else { return Err(format!("give {allowed}")) };
        for kind in kinds {
            let why = |why| format!("{} may not be set so: {why}; give {allowed}", kind.as_str());
            self.acts.set(kind, act).map_err(why)?;
        }
        Ok(())
    }
}

/// All keys but those of kinds and groups.
const KEYS: &[&str] = &[
    "mask.KIND",
    "mask.GROUP",
    "audio.pad_before_ms",
    "audio.pad_after_ms",
    "audio.merge_gap_ms",
    "review.approve",
    "review.mask",
    "review.release",
    "quarantine.not_checked",
];

impl fmt::Display for TenantPolicy {
    /// All that it says, a line each, always in the same order: what its id is made of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kind in EntityKind::ALL {
            writeln!(f, "mask.{} = {:?}", kind.as_str(), self.acts.of(*kind).as_str())?;
        }
        writeln!(f, "audio.pad_before_ms = {}", self.pad_before_ms)?;
        writeln!(f, "audio.pad_after_ms = {}", self.pad_after_ms)?;
        writeln!(f, "audio.merge_gap_ms = {}", self.merge_gap_ms)?;
        writeln!(f, "review.approve = {}", self.review.approve)?;
        writeln!(f, "review.mask = {}", self.review.mask)?;
        writeln!(f, "review.release = {}", self.review.release)?;
        writeln!(f, "quarantine.not_checked = {}", self.quarantine.not_checked)
    }
}

fn group(name: &str) -> Option<EntityGroup> {
    EntityGroup::ALL.iter().copied().find(|group| group.as_str() == name)
}

fn kind(name: &str) -> Option<EntityKind> {
    EntityKind::ALL.iter().copied().find(|kind| kind.as_str() == name)
}

/// The kinds by group, for whoever has misspelt one.
fn names() -> String {
    let of = |group: &EntityGroup| {
        let kinds = EntityKind::ALL.iter().filter(|kind| kind.group() == *group).map(|kind| kind.as_str());
        format!("{} ({})", group.as_str(), kinds.collect::<Vec<_>>().join(", "))
    };
    EntityGroup::ALL.iter().map(of).collect::<Vec<_>>().join(", ")
}

/// "a, b or c", in quotes.
fn list(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some(_) | None => names.concat(),
    }
}

fn within(value: &Setting, range: &RangeInclusive<u64>) -> Result<u64, String> {
    let number = match value {
        Setting::Number(number) => u64::try_from(*number).ok(),
        Setting::Text(_) | Setting::Flag(_) | Setting::Other(_) => None,
    };
    let number = number.filter(|number| range.contains(number));
    number.ok_or_else(|| format!("give a whole number from {} to {}", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: &str, value: &str) -> (String, Setting) {
        (key.to_owned(), Setting::Text(value.to_owned()))
    }

    #[test]
    fn a_kind_counts_before_its_group() {
        let policy = TenantPolicy::read(&[text("mask.phone", "last4"), text("mask.contact", "x")])
            .expect("it is valid");
        assert_eq!(policy.acts.of(EntityKind::Phone), Act::LastFour);
        assert_eq!(policy.acts.of(EntityKind::Name), Act::Cross);
        assert_eq!(policy.acts.of(EntityKind::Card), Act::Name);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_allowed() {
        let number = |key: &str, value| (key.to_owned(), Setting::Number(value));
        for (setting, parts) in [
            (text("mask.cvv", "last4"), &["cvv", "PCI DSS", "\"type\" or \"x\""][..]),
            (text("mask.card", "show"), &["card", "PCI DSS", "\"type\", \"x\" or \"last4\""]),
            (text("mask.pci", "last4"), &["PCI DSS", "\"type\" or \"x\""]),
            (text("mask.phone", "hide"), &["\"type\", \"x\", \"last4\" or \"show\""]),
            (text("mask.telephone", "x"), &["no such kind or group", "phone"]),
            (text("padding", "x"), &["no such key", "audio.pad_before_ms"]),
            (number("audio.pad_before_ms", -1), &["from 0 to 5000"]),
            (number("review.release", 0), &["from 1 to 5"]),
            (number("mask.name", 4), &["mask.name = 4", "give \"type\", \"x\" or \"show\""]),
            (text("quarantine.not_checked", "yes"), &["true or false"]),
        ] {
            let error = TenantPolicy::read(&[text("mask.name", "x"), setting.clone()]).unwrap_err();
            assert_eq!(error.at, 1);
            assert!(parts.iter().all(|part| error.why.contains(part)), "{setting:?}: {error}");
        }
    }

    #[test]
    fn an_id_names_what_a_policy_says() {
        let other = TenantPolicy::read(&[text("mask.name", "x")]).expect("it is valid");
        assert_eq!(TenantPolicy::default().id(), TenantPolicy::read(&[]).expect("it is valid").id());
        assert_ne!(TenantPolicy::default().id(), other.id());
        assert_eq!(other.id().len(), 16);
    }
}
