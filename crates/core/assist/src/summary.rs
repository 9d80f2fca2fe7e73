//! The summary: written as the call goes on, whole when it ends, by sentences of the call and then by the model.

mod extract;

use std::collections::BTreeMap;

use events::{Disposition, SummaryPoint, SummarySection, SummarySource, SummaryWritten};
use model::UtteranceId;
use playbook::{Section, SectionKind, Summary};

use crate::{QuestionId, WrittenSummary, course::Course, guide::Guide, transcript::one_line};

/// While the call goes on the summary is written at most so often.
const EVERY_MS: u64 = 20_000;
/// As many points a section may have.
const MAX_POINTS: usize = 12;
/// As many characters a point of a model or a person may have.
const MAX_POINT_CHARS: usize = 600;

/// Writes the summary of a call.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// The newest one.
    last: Option<SummaryWritten>,
    written_ms: Option<u64>,
    /// The transcript's version that it was written from.
    version: u64,
    /// The question that the model has not answered yet.
    pub(crate) asked: Option<QuestionId>,
    /// The model has answered, or failed to.
    settled: bool,
}

impl Writer {
    /// The log has a summary.
    pub(crate) fn adopt(&mut self, written: &SummaryWritten, now_ms: u64) {
        self.settled |= written.source == SummarySource::Model || written.fallback.is_some();
        self.written_ms = Some(now_ms);
        self.last = Some(written.clone());
    }

    /// Writes it anew, if it is time and something changed. Returns it, and when to look again.
    pub(crate) fn look(
        &mut self,
        course: &Course,
        guides: &[Guide],
        ended: bool,
    ) -> (Option<SummaryWritten>, Option<u64>) {
        if self.is_complete() || self.is_persons() && !ended {
            return (None, None);
        }
        if ended {
            let whole = match self.last.take().filter(|last| last.source == SummarySource::Person) {
                Some(persons) => SummaryWritten { complete: true, at_ms: course.now_ms, ..persons },
                None => extracted(course, guides, true),
            };
            return (Some(self.write(whole, course)), None);
        }
        if course.transcript.version() == self.version || !course.line.had_agent() {
            return (None, None);
        }
        let due_ms = self.written_ms.map_or(0, |written| written + EVERY_MS);
        if course.now_ms < due_ms {
            return (None, Some(due_ms));
        }
        self.version = course.transcript.version();
        let new = extracted(course, guides, false);
        let says_more = !is_empty(&new) && self.last.as_ref().is_none_or(|last| !says_same(last, &new));
        (says_more.then(|| self.write(new, course)), None)
    }

    fn write(&mut self, summary: SummaryWritten, course: &Course) -> SummaryWritten {
        self.version = course.transcript.version();
        self.written_ms = Some(course.now_ms);
        self.last = Some(summary.clone());
        summary
    }

    /// Whether the whole call is summed up.
    pub(crate) fn is_complete(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.complete)
    }

    fn is_persons(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.source == SummarySource::Person)
    }

    /// Whether the model is to be asked: the call is summed up by its sentences alone.
    pub(crate) fn wants_model(&self) -> bool {
        self.is_complete() && !self.is_persons() && !self.settled && self.asked.is_none()
    }

    /// The model's summary. Points that name no utterance of the call are left out.
    pub(crate) fn written(
        &mut self,
        by_model: WrittenSummary,
        course: &Course,
        guides: &[Guide],
    ) -> Option<SummaryWritten> {
        self.asked = None;
        if self.settled || self.is_persons() {
            return None;
        }
        self.settled = true;
        let (outline, wraps) = outline(guides);
        let mut given: BTreeMap<String, Vec<SummaryPoint>> =
            by_model.sections.into_iter().map(|section| (section.id, section.points)).collect();
        let sections: Vec<SummarySection> = outline
            .iter()
            .map(|section| SummarySection {
                id: section.id.clone(),
                title: section.title.clone(),
                points: borne(given.remove(&section.id).unwrap_or_default(), course),
            })
            .collect();
        if sections.iter().all(|section| section.points.is_empty()) {
            return self.failed("model_ungrounded", course);
        }
        let last = self.last.as_ref()?;
        let chosen = by_model.disposition.and_then(|code| wraps.into_iter().find(|wrap| wrap.code == code));
        let summary = SummaryWritten {
            complete: true,
            source: SummarySource::Model,
            by: Some(by_model.model),
            fallback: None,
            sections,
            actions: borne(by_model.actions, course),
            disposition: chosen.or_else(|| last.disposition.clone()),
            at_ms: course.now_ms,
        };
        Some(self.write(summary, course))
    }

    /// The model failed: the summary stays as it is, and says so.
    pub(crate) fn failed(&mut self, code: &str, course: &Course) -> Option<SummaryWritten> {
        self.asked = None;
        self.settled = true;
        let last = self.last.clone().filter(|last| last.source == SummarySource::Extracted)?;
        let summary = SummaryWritten { fallback: Some(code.to_owned()), at_ms: course.now_ms, ..last };
        Some(self.write(summary, course))
    }

    /// A person corrected it. None when it is so already.
    pub(crate) fn corrected(
        &mut self,
        by: &str,
        sections: &[SummarySection],
        actions: &[SummaryPoint],
        disposition: Option<&Disposition>,
        (course, ended): (&Course, bool),
    ) -> Option<SummaryWritten> {
        let summary = SummaryWritten {
            complete: ended,
            source: SummarySource::Person,
            by: Some(by.to_owned()),
            fallback: None,
            sections: sections.iter().take(MAX_POINTS).map(cut_section).collect(),
            actions: cut(actions),
            disposition: disposition.cloned(),
            at_ms: course.now_ms,
        };
        let is_new = self.last.as_ref().is_none_or(|last| {
            last.source != SummarySource::Person || last.by != summary.by || !says_same(last, &summary)
        });
        is_new.then(|| self.write(summary, course))
    }
}

/// The sections and dispositions of the first playbook that has any; the usual three sections without one.
pub(crate) fn outline(guides: &[Guide]) -> (Vec<Section>, Vec<Disposition>) {
    let own = guides.iter().find_map(|guide| guide.book.playbook.summary.as_ref());
    own.map_or_else(
        || (usual(), Vec::new()),
        |Summary { sections, dispositions }| {
            (sections.clone(), dispositions.iter().map(Disposition::from).collect())
        },
    )
}

fn usual() -> Vec<Section> {
    let section = |id: &str, title: &str, kind| Section {
        id: id.to_owned(),
        title: title.to_owned(),
        kind,
        when: None,
        ask: None,
    };
    vec![
        section("reason", "Reason for the call", SectionKind::Reason),
        section("steps", "What was done", SectionKind::Steps),
        section("outcome", "Outcome", SectionKind::Outcome),
    ]
}

/// By sentences of the call.
fn extracted(course: &Course, guides: &[Guide], complete: bool) -> SummaryWritten {
    let own = guides.iter().find(|guide| guide.book.playbook.summary.is_some());
    let (outline, wraps) = outline(guides);
    let sections = outline.iter().enumerate().map(|(index, section)| {
        let when = own.and_then(|guide| Some((guide, guide.book.sections.get(index)?.as_ref()?)));
        let found = match section.kind {
            SectionKind::Reason => extract::reason(course),
            SectionKind::Steps => extract::steps(course),
            SectionKind::Outcome => extract::outcome(course),
            SectionKind::Matching => when.map_or_else(Vec::new, |(guide, node)| {
                let met = course.transcript.iter().filter(|(id, _)| guide.is_met_by(node, *id));
                met.map(|(id, _)| id).take(MAX_POINTS).collect()
            }),
        };
        SummarySection { id: section.id.clone(), title: section.title.clone(), points: points(found) }
    });
    let proposed = own.and_then(|guide| {
        let holds =
            |node: &Option<_>| node.as_ref().is_some_and(|node| guide.truth(course, node, None).holds);
        guide.book.dispositions.iter().position(holds)
    });
    SummaryWritten {
        complete,
        source: SummarySource::Extracted,
        by: None,
        fallback: None,
        sections: sections.collect(),
        actions: points(extract::actions(course)),
        disposition: proposed.and_then(|index| wraps.into_iter().nth(index)),
        at_ms: course.now_ms,
    }
}

fn points(found: Vec<UtteranceId>) -> Vec<SummaryPoint> {
    found.into_iter().map(|id| SummaryPoint { text: None, utterance: Some(id) }).collect()
}

/// The points that name an utterance of the call, within bounds.
fn borne(points: Vec<SummaryPoint>, course: &Course) -> Vec<SummaryPoint> {
    let known = |point: &SummaryPoint| point.utterance.is_some_and(|id| course.transcript.get(id).is_some());
    let kept: Vec<SummaryPoint> = points.into_iter().filter(known).collect();
    cut(&kept)
}

fn cut_section(section: &SummarySection) -> SummarySection {
    SummarySection { points: cut(&section.points), ..section.clone() }
}

fn cut(points: &[SummaryPoint]) -> Vec<SummaryPoint> {
    let text =
        |text: &String| one_line(text).chars().take(MAX_POINT_CHARS).collect::<String>().trim().to_owned();
    points
        .iter()
        .take(MAX_POINTS)
        .map(|point| SummaryPoint { text: point.text.as_ref().map(text), utterance: point.utterance })
        .collect()
}

fn is_empty(summary: &SummaryWritten) -> bool {
    summary.actions.is_empty() && summary.sections.iter().all(|section| section.points.is_empty())
}

fn says_same(one: &SummaryWritten, other: &SummaryWritten) -> bool {
    (&one.sections, &one.actions, &one.disposition) == (&other.sections, &other.actions, &other.disposition)
}
