//! What the call is about at the moment: which number was asked for, and which one is being given.

use std::{borrow::Cow, time::Duration};

use events::EntityKind;
use model::{Channel, MediaTime, UtteranceId};

use crate::{
    cue::{Cue, Found},
    judge::Hidden,
    slot,
};

/// The most slots open at once. Beyond it the oldest closes.
pub(crate) const MAX_SLOTS: usize = 6;

/// The most cues that are kept of an utterance that is not over. More count when it is.
const MAX_HEARD: usize = 64;

/// The most finished utterances without a digit that a slot outlives.
const MAX_IDLE_TURNS: u32 = 10;

/// How long a slot waits for digits: people look for their card.
const SLOT_TTL: Duration = Duration::from_secs(90);

/// How long a slot stays open after its last digits.
const FED_TTL: Duration = Duration::from_secs(30);

/// How long a slot stays open after as many digits as it takes: for corrections.
const FULL_TTL: Duration = Duration::from_secs(10);

/// How long a number that ended an utterance may go on in the next one.
const UNFINISHED_TTL: Duration = Duration::from_secs(12);

/// How long a harmless question waits for its answer.
const QUESTION_TTL: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
struct Open {
    slot: EntityKind,
    /// The utterance that opened it first.
    by: UtteranceId,
    /// Only the last four digits are wanted.
    last_four: bool,
    until: MediaTime,
    /// When it was asked for last.
    asked_at: MediaTime,
    digits: usize,
    idle_turns: u32,
}

/// What was asked for.
#[derive(Clone, Debug)]
struct Questions {
    /// The newest last.
    open: Vec<Open>,
    /// Who asked for something harmless, and until when that counts.
    harmless: Option<(Channel, MediaTime)>,
}

/// What the last partial of an utterance asks for. It counts until the next version.
#[derive(Clone, Debug)]
struct Heard {
    id: UtteranceId,
    cues: Vec<Found>,
    end: MediaTime,
}

/// The state of the dialogue. Only finals change it for good: how they are cut into partials does not.
#[derive(Clone, Debug)]
pub(crate) struct Dialogue {
    questions: Questions,
    /// Per channel: what an utterance asks that is not over.
    heard: [Option<Heard>; 2],
    /// Per channel: a number that ended an utterance, and until when it may go on.
    unfinished: [Option<(EntityKind, MediaTime)>; 2],
    /// The same for an utterance that is not over.
    live: [Option<(UtteranceId, EntityKind, MediaTime)>; 2],
}

impl Dialogue {
    pub(crate) const fn new() -> Self {
        let questions = Questions { open: Vec::new(), harmless: None };
        Self { questions, heard: [const { None }; 2], unfinished: [None; 2], live: [None; 2] }
    }

    /// What is expected where `id` begins, the likeliest last, but for what `id` opened itself: the newest; but of
    /// what was asked for at once, the first that was not given yet.
    pub(crate) fn slots(&self, id: UtteranceId) -> Vec<EntityKind> {
        let questions = self.questions_beside(id);
        let counts = |open: &&Open| id.start() <= open.until && open.by != id;
        let mut open: Vec<&Open> = questions.open.iter().rev().filter(counts).collect();
        let given = |open: &Open| {
            open.is_full() && questions.open.iter().any(|other| other.by == open.by && !other.is_full())
        };
        open.sort_by_key(|open| (open.slot != EntityKind::Number, !given(open), open.asked_at));
        open.into_iter().map(|open| open.slot).collect()
    }

    /// Whether the other side's last question was for something harmless.
    pub(crate) fn is_question_for(&self, id: UtteranceId) -> bool {
        let harmless = self.questions_beside(id).harmless;
        harmless.is_some_and(|(asker, until)| asker != id.channel() && id.start() <= until)
    }

    /// All questions but those of versions of `id` that are not final.
    fn questions_beside(&self, id: UtteranceId) -> Cow<'_, Questions> {
        let mut questions = Cow::Borrowed(&self.questions);
        for heard in self.heard.iter().flatten().filter(|heard| heard.id != id && !heard.cues.is_empty()) {
            questions.to_mut().hear(heard.id, &heard.cues, heard.end);
        }
        questions
    }

    /// The kind of a number that was being given where `id` begins, by its speaker or the other side.
    pub(crate) fn unfinished(&self, id: UtteranceId) -> Option<EntityKind> {
        let live = |by: Channel| {
            self.live[by.index()]
                .filter(|(of, _, until)| *of != id && id.start() <= *until)
                .map(|(_, kind, _)| kind)
        };
        let other =
            Channel::ALL.into_iter().find_map(|by| self.unfinished_by(by, id.start()).or_else(|| live(by)));
        self.unfinished_by(id.channel(), id.start()).or(other)
    }

    /// The kind of a number that `channel` was giving and that may go on at `at`.
    pub(crate) fn unfinished_by(&self, channel: Channel, at: MediaTime) -> Option<EntityKind> {
        self.unfinished[channel.index()].filter(|(_, until)| at <= *until).map(|(kind, _)| kind)
    }

    /// Takes the cues of an utterance, in order.
    pub(crate) fn hear(&mut self, id: UtteranceId, cues: &[Found], end: MediaTime, is_final: bool) {
        let heard = &mut self.heard[id.channel().index()];
        if is_final {
            *heard = None;
            self.questions.hear(id, cues, end);
        } else {
            *heard = Some(Heard { id, cues: cues.iter().take(MAX_HEARD).copied().collect(), end });
        }
    }

    /// Takes what was hidden in an utterance that ends at `end`.
    pub(crate) fn feed(&mut self, channel: Channel, hidden: &[Hidden], end: MediaTime) {
        for run in hidden {
            let fed = self.questions.open.iter_mut().rev().find(|open| Some(open.slot) == run.slot);
            if let Some(open) = fed {
                open.digits = open.digits.saturating_add(run.digits.len());
                open.idle_turns = 0;
                open.until = end + if open.is_full() { FULL_TTL } else { FED_TTL };
            }
        }
        self.live[channel.index()] = None;
        if let Some(run) = hidden.last().filter(|run| run.open) {
            self.unfinished[channel.index()] = Some((run.kind, end + UNFINISHED_TTL));
        }
    }

    /// Remembers whether a number reaches the end of what was heard so far of `id`.
    pub(crate) fn hear_partial(&mut self, id: UtteranceId, hidden: &[Hidden], end: MediaTime) {
        let open = hidden.last().filter(|run| run.open);
        self.live[id.channel().index()] = open.map(|run| (id, run.kind, end + UNFINISHED_TTL));
    }

    /// An utterance on `channel` was finished; `fed` when digits were hidden in it.
    pub(crate) fn end_turn(&mut self, channel: Channel, fed: bool, at: MediaTime) {
        let Questions { open, harmless } = &mut self.questions;
        if harmless.is_some_and(|(asker, until)| (asker != channel && fed) || at > until) {
            *harmless = None;
        }
        if !fed {
            open.iter_mut().for_each(|open| open.idle_turns += 1);
        }
        open.retain(|open| at <= open.until && open.idle_turns <= MAX_IDLE_TURNS);
    }
}

impl Questions {
    fn hear(&mut self, id: UtteranceId, cues: &[Found], end: MediaTime) {
        for (_, cue) in cues {
            match cue {
                Cue::Opens(slot) => {
                    self.open_slot(*slot, id, end);
                    self.harmless = None;
                }
                Cue::LastFour => {
                    self.open_slot(EntityKind::Number, id, end);
                    self.harmless = None;
                }
                Cue::Counts => self.harmless = Some((id.channel(), end + QUESTION_TTL)),
            }
        }
        if cues.iter().any(|(_, cue)| *cue == Cue::LastFour)
            && let Some(newest) = self.open.last_mut()
        {
            newest.last_four = true;
        }
    }

    fn open_slot(&mut self, slot: EntityKind, id: UtteranceId, end: MediaTime) {
        let until = end + SLOT_TTL;
        // "the number" after "your card" is the card's number: a vague cue only keeps alive what is open.
        if slot == EntityKind::Number
            && let Some(open) = self.open.last_mut()
        {
            open.until = open.until.max(until);
            open.idle_turns = 0;
            return;
        }
        let by = self.open.iter().find(|open| open.slot == slot).map_or(id, |open| open.by);
        self.open.retain(|open| open.slot != slot);
        self.open.push(Open { slot, by, last_four: false, until, asked_at: end, digits: 0, idle_turns: 0 });
        if self.open.len() > MAX_SLOTS {
            self.open.remove(0);
        }
    }
}

impl Open {
    fn is_full(&self) -> bool {
        if self.last_four {
            return self.digits >= 4;
        }
        match slot::full_at(self.slot) {
            Some(full) => self.digits >= full,
            None => false,
        }
    }
}
