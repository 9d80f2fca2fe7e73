//! What guidance said in a call, for the terminal.

use std::collections::BTreeMap;

use events::{Event, GuidanceStarted, HintShown, ItemState, SummarySource, SummaryWritten};

/// What guidance said in a call.
#[derive(Debug, Default)]
pub(super) struct Guided {
    /// Titles of the checklists' items, by playbook and item; none where nothing guides the call.
    titles: BTreeMap<(String, String), String>,
    pub(super) cards: usize,
    pub(super) done: usize,
    pub(super) missed: usize,
    pub(super) alerts: usize,
    pub(super) summed_up: bool,
}

/// When, what, and in which words.
pub(super) type Line = (u64, String, String);

impl Guided {
    /// Takes an event in; gives the line that shows it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other events are not of guidance, or change at every moment"
    )]
    pub(super) fn hear(&mut self, event: &Event) -> Option<Line> {
        match event {
            Event::GuidanceStarted(started) => self.start(started),
            Event::HintShown(hint) => {
                self.cards += 1;
                Some((hint.at_ms, "card".to_owned(), card(hint)))
            }
            Event::ChecklistChanged(changed) => {
                let title = self.titles.get(&(changed.playbook.clone(), changed.item.clone()))?.clone();
                match changed.state {
                    ItemState::Open => None,
                    ItemState::Done => {
                        self.done += 1;
                        Some((changed.at_ms, "done".to_owned(), title))
                    }
                    ItemState::Missed => {
                        self.missed += 1;
                        Some((changed.at_ms, "missed".to_owned(), title))
                    }
                }
            }
            Event::AlertRaised(alert) => {
                self.alerts += 1;
                Some((alert.at_ms, "alert".to_owned(), alert.title.clone()))
            }
            Event::SummaryWritten(summary) if summary.complete => {
                self.summed_up = true;
                Some((summary.at_ms, "summary".to_owned(), summed_up(summary)))
            }
            _ => None,
        }
    }

    /// Whether a summary is still to come.
    pub(super) fn is_open(&self) -> bool {
        !self.titles.is_empty() && !self.summed_up
    }

    fn start(&mut self, started: &GuidanceStarted) -> Option<Line> {
        for playbook in &started.playbooks {
            let titles = playbook
                .checklist
                .iter()
                .map(|item| ((playbook.id.clone(), item.id.clone()), item.title.clone()));
            self.titles.extend(titles);
        }
        let titles: Vec<&str> = started.playbooks.iter().map(|playbook| playbook.title.as_str()).collect();
        (!titles.is_empty()).then(|| (0, "guidance".to_owned(), titles.join(", ")))
    }
}

fn card(hint: &HintShown) -> String {
    match &hint.suggestion {
        Some(say) => format!("{}: {say}", hint.title),
        None => hint.title.clone(),
    }
}

fn summed_up(summary: &SummaryWritten) -> String {
    let points: usize = summary.sections.iter().map(|section| section.points.len()).sum();
    let by = match summary.source {
        SummarySource::Extracted => "from the call's own sentences",
        SummarySource::Model => "by the language model",
        SummarySource::Person => "by a person",
    };
    let disposition = summary.disposition.as_ref().map_or("none", |disposition| disposition.title.as_str());
    format!("{points} points {by}; actions: {}; disposition: {disposition}", summary.actions.len())
}
