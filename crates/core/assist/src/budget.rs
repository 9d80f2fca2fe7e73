//! How much an agent is told: one card at a time, so many a minute, none that is stale.

use std::collections::VecDeque;

use events::{Event, HintChanged, HintKind, HintOutcome, HintShown};
use model::UtteranceId;

use crate::{MeaningVector, course::within_call, said::Watched, truth::sooner};

/// As many cards wait for their turn; of more, the least important is dropped.
pub(crate) const MAX_WAITING: usize = 4;
/// As many cards of a call are remembered, for what people do with them later.
const MAX_KNOWN: usize = 256;
/// A card stays at least so long before another topic's takes its place.
const MIN_SHOWN_MS: u64 = 4_000;
const MINUTE_MS: u64 = 60_000;

/// Which action a card comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) guide: usize,
    pub(crate) part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// An action of a rule.
    Rule { rule: usize, action: usize },
    /// A step of a workflow.
    Step { workflow: usize, step: usize },
}

/// A card that may be shown.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// As it is shown; the time is filled in then.
    pub(crate) hint: HintShown,
    pub(crate) origin: Origin,
    /// When it was offered, and how old the words were then that called for it.
    pub(crate) offered_ms: u64,
    pub(crate) age_ms: u64,
    /// What its suggestion means.
    pub(crate) vector: Option<MeaningVector>,
}

impl Card {
    fn is_stale(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.offered_ms).saturating_add(self.age_ms) >= self.hint.life_ms
    }

    /// What goes first: what must be said, then what is more important, then what is newer.
    fn rank(&self) -> (bool, u8, u64) {
        (self.hint.kind == HintKind::Compliance, self.hint.priority, self.offered_ms)
    }
}

/// Whether a card has done its work: by whose words, and whether the agent said them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fulfilled {
    pub(crate) by_agent: bool,
    pub(crate) cause: Option<UtteranceId>,
}

#[derive(Clone, Debug)]
struct Showing {
    card: Card,
    since_ms: u64,
    until_ms: u64,
}

/// A card that was shown.
#[derive(Debug)]
struct Known {
    id: String,
    rule: String,
    outcomes: Vec<HintOutcome>,
    watched: Option<Watched>,
}

/// Decides which card is on show.
#[derive(Debug)]
pub(crate) struct Budget {
    per_minute: usize,
    on_show: Option<Showing>,
    waiting: Vec<Card>,
    /// When cards were shown, within the last minute.
    recent: VecDeque<u64>,
    known: VecDeque<Known>,
}

impl Budget {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute: usize::try_from(per_minute).unwrap_or(usize::MAX),
            on_show: None,
            waiting: Vec::new(),
            recent: VecDeque::new(),
            known: VecDeque::new(),
        }
    }

    /// Offers a card. It is shown when its turn comes, if that is soon enough.
    pub(crate) fn offer(&mut self, card: Card) {
        if self.known.iter().any(|known| known.id == card.hint.id) {
            return;
        }
        self.waiting.push(card);
        if self.waiting.len() > MAX_WAITING
            && let Some(least) =
                (0..self.waiting.len()).min_by_key(|at| self.waiting.get(*at).map(Card::rank))
        {
            self.waiting.remove(least);
        }
    }

    /// Lets the card on show go where it has to, and the next one come if one may. Returns what happened, and when to
    /// look again.
    pub(crate) fn look(
        &mut self,
        now_ms: u64,
        may_show: bool,
        fulfilled: &dyn Fn(&Card) -> Option<Fulfilled>,
    ) -> (Vec<Event>, Option<u64>) {
        let mut events = Vec::new();
        self.let_go(now_ms, may_show, fulfilled, &mut events);
        self.waiting.retain(|card| !card.is_stale(now_ms) && fulfilled(card).is_none());
        if !may_show {
            return (events, None);
        }
        while self.recent.front().is_some_and(|shown| shown + MINUTE_MS <= now_ms) {
            self.recent.pop_front();
        }
        if let Some(next) = self.next(now_ms) {
            let card = self.waiting.remove(next);
            if self.on_show.is_some() {
                events.extend(self.leave(HintOutcome::Withdrawn, None, now_ms));
            }
            events.push(Event::HintShown(self.show(card, now_ms)));
        }
        (events, self.wake(now_ms))
    }

    fn let_go(
        &mut self,
        now_ms: u64,
        may_show: bool,
        fulfilled: &dyn Fn(&Card) -> Option<Fulfilled>,
        events: &mut Vec<Event>,
    ) {
        let Some(showing) = &self.on_show else { return };
        let done = fulfilled(&showing.card);
        let (outcome, cause) = match done {
            Some(Fulfilled { by_agent: true, cause }) => (HintOutcome::Said, cause),
            Some(Fulfilled { by_agent: false, cause }) => (HintOutcome::Withdrawn, cause),
            None if !may_show => (HintOutcome::Withdrawn, None),
            None if now_ms >= showing.until_ms => (HintOutcome::Expired, None),
            None => return,
        };
        events.extend(self.leave(outcome, cause, now_ms));
    }

    /// The card that waits and may be shown now.
    fn next(&self, now_ms: u64) -> Option<usize> {
        let may = |card: &Card| {
            let must = card.hint.kind == HintKind::Compliance;
            (must || self.recent.len() < self.per_minute)
                && self.on_show.as_ref().is_none_or(|showing| showing.yields_to(card, now_ms))
        };
        let fit = self.waiting.iter().enumerate().filter(|(_, card)| may(card));
        fit.max_by_key(|(_, card)| card.rank()).map(|(index, _)| index)
    }

    fn show(&mut self, card: Card, now_ms: u64) -> HintShown {
        let hint = HintShown { at_ms: now_ms, ..card.hint.clone() };
        self.put(card, &hint);
        hint
    }

    fn put(&mut self, card: Card, hint: &HintShown) {
        self.recent.push_back(hint.at_ms);
        self.known.push_back(Known {
            id: hint.id.clone(),
            rule: hint.rule.clone(),
            outcomes: Vec::new(),
            watched: hint
                .suggestion
                .as_deref()
                .map(|said| Watched::new(said, card.vector.clone(), hint.at_ms)),
        });
        if self.known.len() > MAX_KNOWN {
            self.known.pop_front();
        }
        let until_ms = hint.at_ms.saturating_add(hint.life_ms);
        self.on_show = Some(Showing { card, since_ms: hint.at_ms, until_ms });
    }

    fn leave(&mut self, outcome: HintOutcome, utterance: Option<UtteranceId>, now_ms: u64) -> Option<Event> {
        let id = self.on_show.take()?.card.hint.id;
        self.change(&id, outcome, None, utterance, now_ms)
    }

    /// Notes what became of a card that was shown; the same only once.
    fn change(
        &mut self,
        id: &str,
        outcome: HintOutcome,
        by: Option<&str>,
        utterance: Option<UtteranceId>,
        now_ms: u64,
    ) -> Option<Event> {
        let known = self.known.iter_mut().find(|known| known.id == id)?;
        if known.outcomes.contains(&outcome) {
            return None;
        }
        known.outcomes.push(outcome);
        if let Some(watched) = &mut known.watched {
            watched.left(outcome, now_ms);
        }
        Some(Event::HintChanged(HintChanged {
            id: id.to_owned(),
            rule: known.rule.clone(),
            outcome,
            by: by.map(str::to_owned),
            utterance,
            at_ms: now_ms,
        }))
    }

    /// A person did something with a card.
    pub(crate) fn act(&mut self, id: &str, outcome: HintOutcome, by: &str, now_ms: u64) -> Option<Event> {
        let known = self.known.iter().find(|known| known.id == id)?;
        let settled =
            |outcome: &HintOutcome| matches!(outcome, HintOutcome::Accepted | HintOutcome::Dismissed);
        match outcome {
            HintOutcome::Expanded => {}
            HintOutcome::Accepted | HintOutcome::Dismissed if !known.outcomes.iter().any(settled) => {}
            HintOutcome::Accepted
            | HintOutcome::Dismissed
            | HintOutcome::Said
            | HintOutcome::Expired
            | HintOutcome::Withdrawn => return None,
        }
        let event = self.change(id, outcome, Some(by), None, now_ms);
        if event.is_some() {
            self.follow(id, outcome, now_ms);
        }
        event
    }

    /// What an outcome does to the card on show.
    fn follow(&mut self, id: &str, outcome: HintOutcome, now_ms: u64) {
        let Some(showing) = self.on_show.as_mut().filter(|showing| showing.card.hint.id == id) else {
            return;
        };
        if outcome == HintOutcome::Expanded {
            // Who looks closer is reading.
            showing.until_ms = now_ms.saturating_add(showing.card.hint.life_ms);
        } else {
            self.on_show = None;
        }
    }

    /// The agent spoke: which cards' suggestions were in it?
    pub(crate) fn agent_said(
        &mut self,
        id: UtteranceId,
        end_ms: u64,
        now_ms: u64,
        heard: &dyn Fn(&mut Watched) -> bool,
    ) -> Vec<Event> {
        let said: Vec<String> = self
            .known
            .iter_mut()
            .filter_map(|known| {
                let watched = known.watched.as_mut().filter(|watched| watched.listens(end_ms))?;
                heard(watched).then(|| known.id.clone())
            })
            .collect();
        said.iter()
            .filter_map(|card| {
                let event = self.change(card, HintOutcome::Said, None, Some(id), now_ms);
                self.follow(card, HintOutcome::Said, now_ms);
                event
            })
            .collect()
    }

    /// The log says that a card was shown. Where another one was thought to be on show that the log knows nothing of, that
    /// one waits again: its id is returned.
    pub(crate) fn adopt_shown(
        &mut self,
        card: Card,
        hint: &HintShown,
        is_logged: &dyn Fn(&str) -> bool,
    ) -> Option<String> {
        if self.known.iter().any(|known| known.id == hint.id) {
            return None;
        }
        self.waiting.retain(|waiting| waiting.hint.id != hint.id);
        let unshown = self.on_show.take().filter(|showing| !is_logged(&showing.card.hint.id));
        let id = unshown.map(|showing| {
            let id = showing.card.hint.id.clone();
            self.never_shown(&id);
            self.waiting.push(showing.card);
            self.waiting.truncate(MAX_WAITING);
            id
        });
        self.put(card, hint);
        id
    }

    /// The log says what became of a card.
    pub(crate) fn adopt_changed(&mut self, changed: &HintChanged) {
        let _known_already = self.change(
            &changed.id,
            changed.outcome,
            changed.by.as_deref(),
            changed.utterance,
            within_call(changed.at_ms),
        );
        self.follow(&changed.id, changed.outcome, within_call(changed.at_ms));
    }

    /// A card that was thought to be shown was not.
    pub(crate) fn never_shown(&mut self, id: &str) {
        self.known.retain(|known| known.id != id);
        self.on_show = self.on_show.take().filter(|showing| showing.card.hint.id != id);
    }

    /// The call is over, or the agent wants no cards: nothing waits any more.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// When a card's turn can come though nothing happens.
    fn wake(&self, now_ms: u64) -> Option<u64> {
        let showing = self.on_show.as_ref();
        let ends = showing.map(|showing| showing.until_ms);
        if self.waiting.is_empty() {
            return ends;
        }
        let room =
            (self.recent.len() >= self.per_minute).then(|| self.recent.front().map(|at| at + MINUTE_MS));
        let place = showing.map(|showing| showing.since_ms + MIN_SHOWN_MS);
        let ahead = |at: &u64| *at > now_ms;
        sooner(ends, sooner(room.flatten().filter(ahead), place.filter(ahead)))
    }
}

impl Showing {
    /// Whether another card may take its place: what must be said the place of what only may, and a topic that of another.
    fn yields_to(&self, card: &Card, now_ms: u64) -> bool {
        let (own, other) = (&self.card.hint, &card.hint);
        let must = |hint: &HintShown| hint.kind == HintKind::Compliance;
        if must(other) != must(own) {
            return must(other);
        }
        let passed = own.topic.is_some() && other.topic.is_some() && own.topic != other.topic;
        passed && other.priority >= own.priority && now_ms >= self.since_ms + MIN_SHOWN_MS
    }
}
