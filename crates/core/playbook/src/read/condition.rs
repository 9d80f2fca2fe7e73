//! Conditions.

use std::ops::RangeInclusive;

use events::EntityKind;

use super::Reader;
use crate::cursor::{Cursor, Table};
use crate::{
    Condition, FactTest, Heard, MaskedTest, MeansTest, MetricName, MetricTest, Pattern, Phrase, SaysTest,
    Sequence, Span, Speaker, Within,
};

/// As deep conditions may lie in each other.
pub(super) const MAX_CONDITION_DEPTH: usize = 8;
/// As many conditions may be bound together.
pub(super) const MAX_CONDITIONS: usize = 20;
/// As many phrases a list may have.
pub(super) const MAX_PHRASES: usize = 60;

const KINDS: [&str; 15] = [
    "says",
    "means",
    "masked",
    "metric",
    "fact",
    "elapsed",
    "with_agent",
    "on_hold",
    "done",
    "fired",
    "all",
    "any",
    "not",
    "within",
    "sequence",
];
const SPEAKERS: &[(&str, Speaker)] =
    &[("customer", Speaker::Customer), ("agent", Speaker::Agent), ("anyone", Speaker::Anyone)];
const HEARD: &[(&str, Heard)] = &[("final", Heard::Final), ("partial", Heard::Partial)];
const METRICS: &[(&str, MetricName)] = &[
    ("silence", MetricName::Silence),
    ("talk_over", MetricName::TalkOver),
    ("talk_ratio", MetricName::TalkRatio),
    ("words_per_minute", MetricName::WordsPerMinute),
    ("interruptions", MetricName::Interruptions),
    ("hold", MetricName::Hold),
    ("hold_total", MetricName::HoldTotal),
    ("sentiment", MetricName::Sentiment),
];
/// Any time of a call.
const TIMES: RangeInclusive<Span> = Span::secs(1)..=Span::secs(12 * 3_600);

impl Reader<'_> {
    pub(super) fn condition(&mut self, at: &Cursor<'_>) -> Option<Condition> {
        self.condition_at(at, 1)
    }

    fn condition_at(&mut self, at: &Cursor<'_>, depth: usize) -> Option<Condition> {
        if depth > MAX_CONDITION_DEPTH {
            self.notes.add(at, format!("is more than {MAX_CONDITION_DEPTH} conditions deep"));
            return None;
        }
        let (kind, value) = self.variant(at, &KINDS)?;
        let names = self.names;
        match kind {
            "says" => self.says(&value).map(Condition::Says),
            "means" => self.means(&value).map(Condition::Means),
            "masked" => self.masked(&value).map(Condition::Masked),
            "metric" => self.metric(&value).map(Condition::Metric),
            "fact" => self.fact(&value).map(Condition::Fact),
            "elapsed" => value.span(TIMES, self.notes).map(Condition::Elapsed),
            "with_agent" => value.span(TIMES, self.notes).map(Condition::WithAgent),
            "on_hold" => value.flag(self.notes).map(Condition::OnHold),
            "done" => self.reference(&value, &names.items).map(Condition::Done),
            "fired" => self.reference(&value, &names.rules).map(Condition::Fired),
            "all" => self.several(&value, 1, depth).map(Condition::All),
            "any" => self.several(&value, 1, depth).map(Condition::Any),
            "not" => Some(Condition::Not(Box::new(self.condition_at(&value, depth + 1)?))),
            "within" => self.within(&value, depth).map(Condition::Within),
            _ => self.sequence(&value, depth).map(Condition::Sequence),
        }
    }

    fn says(&mut self, at: &Cursor<'_>) -> Option<SaysTest> {
        let mut table = at.table(self.notes)?;
        let who = self.who(&mut table);
        let any_of = self.phrases(&mut table, "any_of");
        let all_of = self.phrases(&mut table, "all_of");
        let none_of = self.phrases(&mut table, "none_of");
        let pattern_at = table.take("pattern");
        let on = table.take("on").and_then(|at| at.one_of(HEARD, self.notes));
        let listens = ["any_of", "all_of", "pattern"].iter().any(|key| table.take(key).is_some());
        if !listens {
            self.notes.add(at, "listens for nothing: it needs any_of, all_of or pattern");
        }
        table.close(self.notes);
        let pattern = pattern_at.and_then(|at| at.parsed(self.notes, Pattern::parse));
        Some(SaysTest { who, any_of, all_of, none_of, pattern, on: on.unwrap_or_default() })
    }

    fn phrases(&mut self, table: &mut Table<'_>, key: &'static str) -> Vec<Phrase> {
        self.each(table, key, MAX_PHRASES, |reader, at| at.parsed(reader.notes, Phrase::parse))
    }

    fn means(&mut self, at: &Cursor<'_>) -> Option<MeansTest> {
        let mut table = at.table(self.notes)?;
        let who = self.who(&mut table);
        let names = self.names;
        let meaning = table.need("meaning", self.notes).and_then(|at| self.reference(&at, &names.meanings));
        table.close(self.notes);
        Some(MeansTest { who, meaning: meaning? })
    }

    fn masked(&mut self, at: &Cursor<'_>) -> Option<MaskedTest> {
        let mut table = at.table(self.notes)?;
        let who = self.who(&mut table);
        let known: Vec<(&str, EntityKind)> =
            EntityKind::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
        table.need("kinds", self.notes);
        let kinds = self.each(&mut table, "kinds", known.len(), |reader, at| at.one_of(&known, reader.notes));
        table.close(self.notes);
        Some(MaskedTest { who, kinds })
    }

    fn metric(&mut self, at: &Cursor<'_>) -> Option<MetricTest> {
        let mut table = at.table(self.notes)?;
        let name = table.need("name", self.notes).and_then(|at| at.one_of(METRICS, self.notes));
        let who_at = table.take("who");
        let over_at = table.take("over");
        let bounds = name.map_or_else(|| -1.0..=1e6, bounds);
        let at_least = table.take("at_least").and_then(|at| at.number(bounds.clone(), self.notes));
        let at_most = table.take("at_most").and_then(|at| at.number(bounds, self.notes));
        if table.take("at_least").is_none() && table.take("at_most").is_none() {
            self.notes.add(at, "compares with nothing: it needs at_least or at_most");
        }
        if at_least.zip(at_most).is_some_and(|(least, most)| least > most) {
            self.notes.add(at, "is never so: at_least is greater than at_most");
        }
        table.close(self.notes);
        let name = name?;
        let who = self.whose(name, at, who_at.as_ref());
        let over = over_at.and_then(|at| self.over(name, &at));
        Some(MetricTest { name, who, over, at_least, at_most })
    }

    /// Whose number it is: some are one speaker's, the others are the call's.
    fn whose(&mut self, name: MetricName, test: &Cursor<'_>, at: Option<&Cursor<'_>>) -> Speaker {
        let speakers = || vec!["customer".to_owned(), "agent".to_owned()];
        match (is_of_speaker(name), at) {
            (true, None) => {
                self.notes.choice(test, "needs the key \"who\": it is one speaker's number", speakers())
            }
            (false, Some(at)) => {
                self.notes.add(at, "has no place here: it is the call's number, not one speaker's")
            }
            (true, Some(at)) => match at.one_of(SPEAKERS, self.notes) {
                Some(Speaker::Anyone) => {
                    self.notes.choice(at, "must be one speaker", speakers());
                }
                Some(who @ (Speaker::Customer | Speaker::Agent)) => return who,
                None => {}
            },
            (false, None) => {}
        }
        Speaker::Anyone
    }

    fn over(&mut self, name: MetricName, at: &Cursor<'_>) -> Option<Span> {
        if !is_over_time(name) {
            self.notes.add(
                at,
                "has no place here: only talk_over, talk_ratio, words_per_minute and interruptions are counted over a time",
            );
        }
        at.span(Span::secs(5)..=Span::secs(900), self.notes)
    }

    fn fact(&mut self, at: &Cursor<'_>) -> Option<FactTest> {
        let mut table = at.table(self.notes)?;
        let name = table.need("name", self.notes).and_then(|at| at.short(64, self.notes));
        let is = self.texts(&mut table, "is", MAX_PHRASES, super::MAX_TITLE_CHARS);
        let matches_at = table.take("matches");
        match (table.take("is"), &matches_at) {
            (None, None) => self.notes.add(at, "compares with nothing: it needs is or matches"),
            (Some(_), Some(_)) => self.notes.add(at, "has both is and matches: it takes one of them"),
            (Some(_), None) | (None, Some(_)) => {}
        }
        table.close(self.notes);
        let matches = matches_at.and_then(|at| at.parsed(self.notes, Pattern::parse));
        Some(FactTest { name: name?, is, matches })
    }

    fn within(&mut self, at: &Cursor<'_>, depth: usize) -> Option<Within> {
        let mut table = at.table(self.notes)?;
        let time = table.need("time", self.notes).and_then(|at| at.span(TIMES, self.notes));
        let of = table.need("of", self.notes).and_then(|at| self.several(&at, 2, depth));
        table.close(self.notes);
        Some(Within { time: time?, of: of? })
    }

    fn sequence(&mut self, at: &Cursor<'_>, depth: usize) -> Option<Sequence> {
        let mut table = at.table(self.notes)?;
        let time = table.take("time").and_then(|at| at.span(TIMES, self.notes));
        let of = table.need("of", self.notes).and_then(|at| self.several(&at, 2, depth));
        table.close(self.notes);
        Some(Sequence { time, of: of? })
    }

    /// At least so many conditions.
    fn several(&mut self, at: &Cursor<'_>, least: usize, depth: usize) -> Option<Vec<Condition>> {
        let all = at.list(MAX_CONDITIONS, self.notes);
        if all.len() < least && !all.is_empty() {
            self.notes.add(at, format!("needs at least {least} conditions"));
        }
        let read: Vec<Option<Condition>> = all.iter().map(|at| self.condition_at(at, depth + 1)).collect();
        read.into_iter().collect()
    }

    fn who(&mut self, table: &mut Table<'_>) -> Speaker {
        table.take("who").and_then(|at| at.one_of(SPEAKERS, self.notes)).unwrap_or_default()
    }
}

const fn is_of_speaker(name: MetricName) -> bool {
    match name {
        MetricName::TalkRatio
        | MetricName::WordsPerMinute
        | MetricName::Interruptions
        | MetricName::Sentiment => true,
        MetricName::Silence | MetricName::TalkOver | MetricName::Hold | MetricName::HoldTotal => false,
    }
}

const fn is_over_time(name: MetricName) -> bool {
    match name {
        MetricName::TalkOver
        | MetricName::TalkRatio
        | MetricName::WordsPerMinute
        | MetricName::Interruptions => true,
        MetricName::Silence | MetricName::Hold | MetricName::HoldTotal | MetricName::Sentiment => false,
    }
}

const fn bounds(name: MetricName) -> RangeInclusive<f64> {
    match name {
        MetricName::TalkRatio => 0.0..=1.0,
        MetricName::Sentiment => -1.0..=1.0,
        MetricName::Silence
        | MetricName::TalkOver
        | MetricName::WordsPerMinute
        | MetricName::Interruptions
        | MetricName::Hold
        | MetricName::HoldTotal => 0.0..=86_400.0,
    }
}
