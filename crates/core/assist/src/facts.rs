//! What is known of a call beside its words.

use std::collections::BTreeMap;

use events::{AgentRef, CallStarted};
use playbook::{Applies, Pattern};

/// What is known of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    known: BTreeMap<String, String>,
}

impl Facts {
    pub(crate) fn started(&mut self, started: &CallStarted) {
        for (name, value) in &started.attributes {
            self.learn(name, Some(value));
        }
        // After the attributes, so that none of them can pass for these.
        self.learn("queue", started.queue.as_deref());
        self.learn("profile", started.profile.as_deref());
        self.learn("language", started.language.as_deref());
    }

    pub(crate) fn agent(&mut self, agent: &AgentRef) {
        self.learn("agent", Some(&agent.id));
    }

    pub(crate) fn language(&mut self, language: Option<&str>) {
        self.learn("language", language);
    }

    fn learn(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.known.insert(name.to_owned(), value.to_owned());
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.known.get(name).map(String::as_str)
    }

    /// Whether a fact is one of these, and found by the pattern. What is not known meets nothing.
    pub(crate) fn meet(&self, name: &str, is: &[String], matches: Option<&Pattern>) -> bool {
        let Some(value) = self.get(name) else { return false };
        let small = value.to_lowercase();
        (is.is_empty() || is.contains(&small)) && matches.is_none_or(|pattern| pattern.found_in(value))
    }

    /// Whether a playbook guides this call.
    pub(crate) fn applies(&self, to: &Applies) -> bool {
        let one_of = |name: &str, wanted: &[String], fits: fn(&str, &str) -> bool| {
            wanted.is_empty() || self.get(name).is_some_and(|value| wanted.iter().any(|one| fits(value, one)))
        };
        one_of("queue", &to.queues, same)
            && one_of("profile", &to.profiles, same)
            // A language that nobody told is no reason to leave the agent alone.
            && (self.get("language").is_none() || one_of("language", &to.languages, in_language))
    }
}

fn same(value: &str, wanted: &str) -> bool {
    value.to_lowercase() == wanted.to_lowercase()
}

/// `en` takes in `en-US`, and so does a call whose language is told as `en` fit `en-US`' playbook no more than it says.
fn in_language(value: &str, wanted: &str) -> bool {
    let (value, wanted) = (value.to_lowercase(), wanted.to_lowercase());
    value == wanted || value.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_takes_in_its_regions() {
        assert!(in_language("en-US", "en"));
        assert!(in_language("EN-us", "en-US"));
        assert!(!in_language("en", "en-US"));
        assert!(!in_language("eng", "en"));
    }

    #[test]
    fn what_is_not_known_meets_nothing() {
        let mut facts = Facts::default();
        assert!(!facts.meet("queue", &["billing".to_owned()], None));
        facts.learn("queue", Some("Billing"));
        assert!(facts.meet("queue", &["billing".to_owned()], None));
        assert!(facts.applies(&Applies { queues: vec!["BILLING".to_owned()], ..Applies::default() }));
        assert!(!facts.applies(&Applies { profiles: vec!["sales".to_owned()], ..Applies::default() }));
    }

    #[test]
    fn an_attribute_cannot_pass_for_the_queue() {
        let mut facts = Facts::default();
        facts.learn("tier", Some("Gold"));
        assert!(facts.meet("tier", &["gold".to_owned()], None));
        let mut started: CallStarted = serde_json::from_value(serde_json::json!({
            "contact_id": "c", "stream": "s", "queue": "Billing", "started_at_ms": 0, "sample_rate_hz": 8000,
        }))
        .unwrap();
        started.attributes = [("queue".to_owned(), "Sales".to_owned())].into();
        facts.started(&started);
        assert!(facts.meet("queue", &["billing".to_owned()], None));
    }

    #[test]
    fn a_language_that_nobody_told_fits_every_playbook() {
        let english = Applies { languages: vec!["en".to_owned()], ..Applies::default() };
        let mut facts = Facts::default();
        assert!(facts.applies(&english));
        facts.language(Some("de-DE"));
        assert!(!facts.applies(&english));
    }
}
