//! Conditions as a call evaluates them.

use events::EntityKind;
use playbook::{
    Condition, FactTest, Heard, MaskedTest, Meaning, MeansTest, MetricTest, Pattern, Phrase, Playbook,
    SaysTest, Speaker,
};

use super::{CompileError, ms};
use crate::{MeaningVector, meaning};

/// Something that an utterance can meet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) who: Speaker,
    pub(crate) test: LeafTest,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LeafTest {
    Says {
        any: Vec<Phrase>,
        all: Vec<Phrase>,
        none: Vec<Phrase>,
        pattern: Option<Pattern>,
        partials: bool,
    },
    /// By its place among the playbook's meanings.
    Means(usize),
    Masked(Vec<EntityKind>),
}

/// The examples of a meaning, as far as they have vectors.
#[derive(Debug)]
pub(crate) struct MeaningVectors {
    pub(crate) examples: Vec<MeaningVector>,
    pub(crate) counter_examples: Vec<MeaningVector>,
    pub(crate) threshold: f32,
    pub(crate) margin: f32,
}

impl MeaningVectors {
    pub(super) fn new(of: &Meaning, vector_of: &dyn Fn(&str) -> Option<MeaningVector>) -> Self {
        let vectors = |sentences: &[String]| {
            sentences.iter().filter_map(|one| vector_of(one)).filter(meaning::is_usable).collect()
        };
        Self {
            examples: vectors(&of.examples),
            counter_examples: vectors(&of.counter_examples),
            threshold: of.threshold,
            margin: of.margin,
        }
    }
}

/// A condition.
#[derive(Debug)]
pub(crate) enum Node {
    /// An utterance met this leaf.
    Heard(usize),
    Metric(MetricTest),
    Fact {
        name: String,
        is: Vec<String>,
        matches: Option<Pattern>,
    },
    Elapsed(u64),
    WithAgent(u64),
    OnHold(bool),
    /// This item of the checklist is done.
    Done(usize),
    /// This rule has fired.
    Fired(usize),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Within {
        time_ms: u64,
        of: Vec<Member>,
    },
    Sequence {
        time_ms: Option<u64>,
        of: Vec<Member>,
    },
}

impl Node {
    /// Whether no words have a part in it.
    pub(super) fn rests_on_state(&self) -> bool {
        match self {
            Self::Heard(_) | Self::Within { .. } | Self::Sequence { .. } | Self::Done(_) | Self::Fired(_) => {
                false
            }
            Self::Metric(_) | Self::Fact { .. } | Self::Elapsed(_) | Self::WithAgent(_) | Self::OnHold(_) => {
                true
            }
            Self::All(of) | Self::Any(of) => of.iter().all(Self::rests_on_state),
            Self::Not(of) => of.rests_on_state(),
        }
    }
}

/// What `within` and `sequence` bind in time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Member {
    /// The utterances that met a leaf.
    Heard(usize),
    /// The moments in which a watched condition began to hold.
    Began(usize),
}

/// Compiles the conditions of one playbook, which share their leaves.
pub(super) struct Compiler {
    meanings: Vec<String>,
    items: Vec<String>,
    rules: Vec<String>,
    leaves: Vec<Leaf>,
    watched: Vec<Node>,
}

impl Compiler {
    pub(super) fn new(playbook: &Playbook) -> Self {
        Self {
            meanings: playbook.meanings.keys().cloned().collect(),
            items: playbook.checklist.iter().map(|item| item.id.clone()).collect(),
            rules: playbook.rules.iter().map(|rule| rule.id.clone()).collect(),
            leaves: Vec::new(),
            watched: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Vec<Leaf>, Vec<Node>) {
        (self.leaves, self.watched)
    }

    pub(super) fn node(&mut self, condition: &Condition) -> Result<Node, CompileError> {
        Ok(match condition {
            Condition::Says(test) => self.says(test),
            Condition::Means(MeansTest { who, meaning }) => {
                let test = LeafTest::Means(place(&self.meanings, meaning, "is no meaning of the playbook")?);
                self.leaf(Leaf { who: *who, test })
            }
            Condition::Masked(MaskedTest { who, kinds }) => {
                self.leaf(Leaf { who: *who, test: LeafTest::Masked(kinds.clone()) })
            }
            Condition::Metric(test) => Node::Metric(test.clone()),
            Condition::Fact(test) => fact(test),
            Condition::Elapsed(time) => Node::Elapsed(ms(*time)),
            Condition::WithAgent(time) => Node::WithAgent(ms(*time)),
            Condition::OnHold(held) => Node::OnHold(*held),
            Condition::Done(item) => Node::Done(place(&self.items, item, "is no item of the checklist")?),
            Condition::Fired(rule) => Node::Fired(place(&self.rules, rule, "is no rule of the playbook")?),
            Condition::All(of) => Node::All(self.nodes(of)?),
            Condition::Any(of) => Node::Any(self.nodes(of)?),
            Condition::Not(of) => Node::Not(Box::new(self.node(of)?)),
            Condition::Within(within) => {
                Node::Within { time_ms: ms(within.time), of: self.members(&within.of)? }
            }
            Condition::Sequence(sequence) => {
                Node::Sequence { time_ms: sequence.time.map(ms), of: self.members(&sequence.of)? }
            }
        })
    }

    fn nodes(&mut self, of: &[Condition]) -> Result<Vec<Node>, CompileError> {
        of.iter().map(|one| self.node(one)).collect()
    }

    fn members(&mut self, of: &[Condition]) -> Result<Vec<Member>, CompileError> {
        of.iter()
            .map(|one| {
                let node = self.node(one)?;
                if let Node::Heard(leaf) = node {
                    return Ok(Member::Heard(leaf));
                }
                // Those within it were pushed before it, so that it is looked at after them.
                self.watched.push(node);
                Ok(Member::Began(self.watched.len() - 1))
            })
            .collect()
    }

    fn says(&mut self, test: &SaysTest) -> Node {
        let who = test.who;
        let test = LeafTest::Says {
            any: test.any_of.clone(),
            all: test.all_of.clone(),
            none: test.none_of.clone(),
            pattern: test.pattern.clone(),
            partials: test.on == Heard::Partial,
        };
        self.leaf(Leaf { who, test })
    }

    /// The same test twice is looked at once.
    fn leaf(&mut self, leaf: Leaf) -> Node {
        let known = self.leaves.iter().position(|known| *known == leaf);
        Node::Heard(known.unwrap_or_else(|| {
            self.leaves.push(leaf);
            self.leaves.len() - 1
        }))
    }
}

fn fact(test: &FactTest) -> Node {
    Node::Fact {
        name: test.name.clone(),
        is: test.is.iter().map(|one| one.to_lowercase()).collect(),
        matches: test.matches.clone(),
    }
}

fn place(names: &[String], name: &str, problem: &str) -> Result<usize, CompileError> {
    names
        .iter()
        .position(|known| known == name)
        .ok_or_else(|| CompileError { place: name.to_owned(), problem: problem.to_owned() })
}
