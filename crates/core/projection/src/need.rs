//! What tells a supervisor which call needs help: the part of guidance that is in a call's row.

use std::collections::VecDeque;

use events::{AlertKind, AlertRaised, CallMetrics, Event, Severity};
use serde::{Deserialize, Serialize};

use crate::checklist::Checklist;

/// The most open alerts that a row holds; the oldest goes first.
const MAX_ALERTS: usize = 20;
/// How many values of the customer's sentiment a row holds.
const MAX_SENTIMENTS: usize = 20;
/// How many agents a row names; a call is transferred less often.
const MAX_AGENTS: usize = 16;

/// An alert that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OpenAlert {
    /// What it is about.
    pub kind: AlertKind,
    /// How soon somebody has to look.
    pub severity: Severity,
    /// A few words.
    pub title: String,
    /// When it was raised, in milliseconds since the call's first sample.
    pub at_ms: u64,
}

/// What guidance says of a call in its row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Need {
    /// Open alerts, the oldest first.
    pub alerts: Vec<OpenAlert>,
    /// The titles of required items that were not done in time.
    pub unmet: Vec<String>,
    /// Items of the checklist that are done.
    pub checklist_done: u32,
    /// Items of the checklist.
    pub checklist_total: u32,
    /// How content the customer sounds, -1 to 1; none before enough was said.
    pub sentiment: Option<f32>,
    /// The last values of it, the newest last.
    pub sentiment_series: Vec<f32>,
    /// How long nobody had spoken when that was last measured; none once the call is over.
    pub silence_ms: Option<u64>,
    /// The ids of the agents who were connected, in order: the call is theirs to see.
    pub agents: Vec<String>,
}

/// Folds what [`Need`] shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    checklist: Checklist,
    alerts: VecDeque<(String, OpenAlert)>,
    sentiments: VecDeque<f32>,
    silence_ms: Option<u64>,
    agents: Vec<String>,
    is_over: bool,
}

impl Needs {
    /// Takes an event of guidance in.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these are of guidance")]
    pub(crate) fn apply(&mut self, event: &Event) {
        match event {
            Event::GuidanceStarted(started) => self.checklist.start(&started.playbooks),
            Event::ChecklistChanged(changed) => self.checklist.change(changed),
            Event::AlertRaised(alert) => self.raise(alert),
            Event::AlertCleared(cleared) => self.alerts.retain(|(id, _)| *id != cleared.id),
            Event::MetricsSampled(metrics) => self.measure(metrics),
            _ => {}
        }
    }

    /// The call is over: nobody is silent any more.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
        self.silence_ms = None;
    }

    pub(crate) fn need(&self) -> Need {
        Need {
            alerts: self.alerts.iter().map(|(_, alert)| alert.clone()).collect(),
            unmet: self.checklist.unmet(),
            checklist_done: self.checklist.done(),
            checklist_total: self.checklist.total(),
            sentiment: self.sentiments.back().copied(),
            sentiment_series: self.sentiments.iter().copied().collect(),
            silence_ms: self.silence_ms,
            agents: self.agents.clone(),
        }
    }

    /// An agent was connected.
    pub(crate) fn connect(&mut self, agent: &str) {
        if self.agents.len() < MAX_AGENTS && !self.agents.iter().any(|known| known == agent) {
            self.agents.push(agent.to_owned());
        }
    }

    /// An alert that is raised twice is one alert.
    fn raise(&mut self, alert: &AlertRaised) {
        self.alerts.retain(|(id, _)| *id != alert.id);
        let AlertRaised { kind, severity, at_ms, .. } = *alert;
        self.alerts
            .push_back((alert.id.clone(), OpenAlert { kind, severity, title: alert.title.clone(), at_ms }));
        if self.alerts.len() > MAX_ALERTS {
            self.alerts.pop_front();
        }
    }

    fn measure(&mut self, metrics: &CallMetrics) {
        self.silence_ms = Some(metrics.current_silence_ms).filter(|_| !self.is_over);
        if let Some(sentiment) = metrics.customer.sentiment {
            self.sentiments.push_back(sentiment);
            if self.sentiments.len() > MAX_SENTIMENTS {
                self.sentiments.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use events::{
        AlertCleared, ChecklistChanged, ChecklistItem, GuidanceStarted, ItemState, PlaybookOutline,
        SpeakerMetrics,
    };

    use super::*;

    fn alert(id: &str) -> Event {
        Event::AlertRaised(AlertRaised {
            id: id.into(),
            playbook: "save".into(),
            rule: "calm".into(),
            kind: AlertKind::Sentiment,
            severity: Severity::Critical,
            title: format!("about {id}"),
            utterance: None,
            at_ms: 1_000,
        })
    }

    fn metrics(sentiment: f32) -> Event {
        let customer = SpeakerMetrics { sentiment: Some(sentiment), ..SpeakerMetrics::default() };
        Event::MetricsSampled(CallMetrics { customer, current_silence_ms: 7_000, ..CallMetrics::default() })
    }

    fn item(id: &str, state: ItemState) -> Event {
        let (playbook, item) = ("save".into(), id.into());
        Event::ChecklistChanged(ChecklistChanged {
            playbook,
            item,
            state,
            utterance: None,
            by: None,
            at_ms: 9,
        })
    }

    fn started(items: &[&str]) -> Event {
        let item = |id: &&str| ChecklistItem {
            id: (*id).into(),
            title: format!("Say {id}"),
            required: true,
            by_ms: None,
        };
        let outline = PlaybookOutline {
            id: "save".into(),
            checklist: items.iter().map(item).collect(),
            ..PlaybookOutline::default()
        };
        Event::GuidanceStarted(GuidanceStarted { playbooks: vec![outline] })
    }

    fn needs(events: impl IntoIterator<Item = Event>) -> Needs {
        let mut needs = Needs::default();
        for event in events {
            needs.apply(&event);
        }
        needs
    }

    #[test]
    fn open_alerts_are_shown_once_until_they_are_cleared() {
        let mut needs = needs([alert("a"), alert("b"), alert("a")]);
        let titles =
            |needs: &Needs| needs.need().alerts.into_iter().map(|alert| alert.title).collect::<Vec<_>>();
        assert_eq!(titles(&needs), ["about b", "about a"]);
        needs.apply(&Event::AlertCleared(AlertCleared { id: "b".into(), at_ms: 2_000 }));
        assert_eq!(titles(&needs), ["about a"]);
    }

    #[test]
    fn what_is_required_and_missed_is_unmet_and_a_tick_survives_a_new_version_of_the_playbook() {
        let mut needs = needs([
            started(&["name", "terms"]),
            item("name", ItemState::Done),
            item("terms", ItemState::Missed),
        ]);
        needs.apply(&started(&["terms", "name", "farewell"]));
        let need = needs.need();
        assert_eq!((need.checklist_done, need.checklist_total), (1, 3));
        assert_eq!(need.unmet, ["Say terms"]);
    }

    #[test]
    fn the_last_sentiments_are_kept_and_nobody_is_silent_after_the_end() {
        let mut needs = needs((0..30_u8).map(|n| metrics(f32::from(n) / 100.0)));
        let need = needs.need();
        assert_eq!((need.sentiment_series.len(), need.sentiment), (MAX_SENTIMENTS, Some(0.29)));
        assert_eq!(need.silence_ms, Some(7_000));
        needs.end();
        needs.apply(&metrics(0.5));
        assert_eq!(needs.need().silence_ms, None);
    }

    #[test]
    fn the_row_stays_small_however_many_alerts_there_are() {
        let needs = needs((0..1_000).map(|n| alert(&n.to_string())));
        assert_eq!(needs.need().alerts.len(), MAX_ALERTS);
    }
}
