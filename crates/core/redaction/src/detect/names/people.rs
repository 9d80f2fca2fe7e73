//! Who the call is about: names that were given, and whether one is asked for.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use events::EntityKind;
use model::{Channel, MediaTime, UtteranceId};

use crate::{echo::siphash, view::Span};

/// The most words of names that one call remembers. Beyond it the oldest are forgotten.
pub(crate) const MAX_NAMES: usize = 256;

/// How long a question for a name waits for its answer.
const QUESTION_TTL: Duration = Duration::from_secs(40);

/// How many finished utterances of the other side a question waits.
const MAX_TURNS: u32 = 3;

/// How long after a name, or after "my name is", the next utterance of the same speaker may go on with it.
const BREATH: Duration = Duration::from_secs(8);

/// Names of one call, as keyed hashes, and who is expected to say one.
#[derive(Clone)]
pub(crate) struct People {
    key: [u8; 16],
    known: BTreeSet<u64>,
    order: VecDeque<u64>,
    /// Per topic and channel: the question that it has to answer.
    asked: [[Option<Asked>; 2]; 2],
    /// The same of utterances that are not over: nothing remains of a question that the whole does not ask.
    live: [[Option<Asked>; 2]; 2],
    /// Per channel: a name, or the words before one, ended its last utterance.
    unfinished: [Option<(UtteranceId, MediaTime)>; 2],
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    by: UtteranceId,
    until: MediaTime,
    turns: u32,
    /// The first answer that held a name, and its end.
    answered: Option<(UtteranceId, MediaTime)>,
}

/// What is expected of an utterance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The other side asked for a name.
    pub(crate) name: bool,
    /// The other side asked for an address or a place.
    pub(crate) place: bool,
    /// A name may go on from the utterance before.
    pub(crate) goes_on: bool,
}

/// What an utterance asks the other side for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asks {
    pub(crate) name: bool,
    pub(crate) place: bool,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").field("names", &self.order.len()).finish_non_exhaustive()
    }
}

impl People {
    pub(crate) const fn new(key: [u8; 16]) -> Self {
        Self {
            key,
            known: BTreeSet::new(),
            order: VecDeque::new(),
            asked: [[None; 2]; 2],
            live: [[None; 2]; 2],
            unfinished: [None; 2],
        }
    }

    /// What is expected where `id` begins.
    pub(crate) fn wanted(&self, id: UtteranceId) -> Wanted {
        let waits =
            |asked: &[Option<Asked>; 2]| asked[id.channel().index()].is_some_and(|asked| asked.waits_for(id));
        let [name, place] = [0, 1].map(|topic| waits(&self.asked[topic]) || waits(&self.live[topic]));
        let goes_on = self.unfinished[id.channel().index()]
            .is_some_and(|(of, until)| of.start() < id.start() && id.start() <= until);
        Wanted { name, place, goes_on }
    }

    /// Whether the word was given as a name before.
    pub(crate) fn knows(&self, word: &str) -> bool {
        !self.known.is_empty() && self.known.contains(&siphash(self.key, word.as_bytes()))
    }

    /// Takes a word of a name that is sure. Whether it is new.
    pub(crate) fn learn(&mut self, word: &str) -> bool {
        let hash = siphash(self.key, word.as_bytes());
        if !self.known.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > MAX_NAMES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// The other side of `id` is asked for something, in its newest version. Whether it is.
    pub(crate) fn ask(&mut self, id: UtteranceId, asks: Asks, end: MediaTime, is_final: bool) -> bool {
        let other = other(id.channel()).index();
        let topics = self.asked.iter_mut().zip(&mut self.live);
        for ((topic, live), asks) in topics.zip([asks.name, asks.place]) {
            let same = live[other].take().or(topic[other]).filter(|asked| asked.by == id);
            if !asks {
                continue;
            }
            let place = if is_final { &mut topic[other] } else { &mut live[other] };
            *place = Some(Asked {
                by: id,
                until: end + QUESTION_TTL,
                turns: same.map_or(0, |asked| asked.turns),
                answered: same.and_then(|asked| asked.answered),
            });
        }
        asks.name || asks.place
    }

    /// An utterance is over in which `spans` are hidden; `open` when it ended in a name or in the words before one.
    pub(crate) fn end_turn(&mut self, id: UtteranceId, end: MediaTime, spans: &[Span], open: bool) {
        let channel = id.channel().index();
        self.unfinished[channel] = open.then_some((id, end + BREATH));
        let held = |kinds: &[EntityKind]| spans.iter().any(|span| kinds.contains(&span.kind));
        let held = [held(&[EntityKind::Name]), held(&[EntityKind::Postcode])];
        let topics = self.asked.iter_mut().zip(held).chain(self.live.iter_mut().zip(held));
        for (topic, held) in topics {
            let Some(asked) = topic[channel].as_mut().filter(|asked| asked.waits_for(id)) else { continue };
            asked.turns += 1;
            if held && asked.answered.is_none() {
                asked.answered = Some((id, end));
            }
        }
    }
}

impl Asked {
    fn waits_for(&self, id: UtteranceId) -> bool {
        let answers = self.answered.is_none_or(|(answer, _)| answer == id);
        id.start() >= self.by.start() && id.start() <= self.until && self.turns <= MAX_TURNS && answers
    }
}

const fn other(channel: Channel) -> Channel {
    match channel {
        Channel::Customer => Channel::ToCustomer,
        Channel::ToCustomer => Channel::Customer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(channel: Channel, ms: u64) -> UtteranceId {
        UtteranceId::new(channel, MediaTime::from_millis(ms))
    }

    #[test]
    fn a_question_waits_for_the_other_side_until_it_is_answered() {
        let mut people = People::new([1; 16]);
        let (question, answer) = (id(Channel::ToCustomer, 1_000), id(Channel::Customer, 3_000));
        people.ask(question, Asks { name: true, place: false }, MediaTime::from_millis(2_000), true);
        assert!(people.wanted(answer).name);
        let name = Span { from: 0, to: 1, kind: EntityKind::Name, confidence: 90, reason: "" };
        assert!(!people.wanted(id(Channel::ToCustomer, 3_000)).name);
        assert!(!people.wanted(id(Channel::Customer, 60_000)).name);
        people.end_turn(answer, MediaTime::from_millis(4_000), &[name], true);
        assert!(people.wanted(answer).name, "the answer itself may be judged again");
        let next = people.wanted(id(Channel::Customer, 5_000));
        assert_eq!(next, Wanted { name: false, place: false, goes_on: true });
    }

    #[test]
    fn a_question_is_forgotten_after_some_turns() {
        let mut people = People::new([1; 16]);
        people.ask(
            id(Channel::ToCustomer, 1_000),
            Asks { name: true, place: false },
            MediaTime::from_millis(2_000),
            true,
        );
        for n in 0..=u64::from(MAX_TURNS) {
            let turn = id(Channel::Customer, 3_000 + n * 1_000);
            assert!(people.wanted(turn).name);
            people.end_turn(turn, MediaTime::from_millis(3_500 + n * 1_000), &[], false);
        }
        assert!(!people.wanted(id(Channel::Customer, 9_000)).name);
    }

    #[test]
    fn names_are_known_again_and_memory_is_bounded() {
        let mut people = People::new([1; 16]);
        assert!(people.learn("priya"));
        assert!(!people.learn("priya"));
        assert!(people.knows("priya") && !people.knows("sharma"));
        for n in 0..1_000 {
            people.learn(&n.to_string());
        }
        assert_eq!((people.known.len(), people.order.len()), (MAX_NAMES, MAX_NAMES));
        assert!(!people.knows("priya"));
        assert_eq!(format!("{people:?}"), "People { names: 256, .. }");
    }
}
