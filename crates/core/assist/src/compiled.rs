//! A playbook made ready for calls: phrases parsed, names resolved, examples with their vectors.

mod condition;

use std::collections::BTreeSet;

use playbook::{Action, Playbook, Span};
use thiserror::Error;

use condition::Compiler;
pub(crate) use condition::{Leaf, LeafTest, MeaningVectors, Member, Node};

use crate::{MeaningVector, meaning};

/// Why a playbook cannot be used. What `Playbook::read` lets pass, compiles.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct CompileError {
    /// The name.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A playbook made ready for calls; shared by all calls that it guides.
#[derive(Debug)]
pub struct CompiledPlaybook {
    pub(crate) playbook: Playbook,
    pub(crate) digest: String,
    pub(crate) leaves: Vec<Leaf>,
    /// Conditions within `within` and `sequence` of which it must be known when they began to hold.
    pub(crate) watched: Vec<Node>,
    pub(crate) meanings: Vec<MeaningVectors>,
    pub(crate) rules: Vec<CompiledRule>,
    pub(crate) items: Vec<CompiledItem>,
    pub(crate) workflows: Vec<CompiledWorkflow>,
    pub(crate) sections: Vec<Option<Node>>,
    pub(crate) dispositions: Vec<Option<Node>>,
    /// Not of the tenant: shown in no outline.
    pub(crate) built_in: bool,
}

#[derive(Debug)]
pub(crate) struct CompiledRule {
    pub(crate) when: Node,
    pub(crate) times: u32,
    pub(crate) cooldown_ms: u64,
    /// Whether it says something to an agent, so that it waits for one.
    pub(crate) needs_agent: bool,
    /// Whether no words have a part in it: it passes as the call's state does.
    pub(crate) rests_on_state: bool,
    pub(crate) actions: Vec<CompiledAction>,
}

#[derive(Debug)]
pub(crate) struct CompiledAction {
    pub(crate) until: Option<Node>,
    /// What the suggestion means.
    pub(crate) vector: Option<MeaningVector>,
}

#[derive(Debug)]
pub(crate) struct CompiledItem {
    pub(crate) done: Node,
    pub(crate) when: Option<Node>,
    pub(crate) by_ms: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct CompiledWorkflow {
    pub(crate) steps: Vec<CompiledStep>,
}

#[derive(Debug)]
pub(crate) struct CompiledStep {
    pub(crate) done: Option<Node>,
    /// The step after it; none ends the workflow.
    pub(crate) next: Option<usize>,
    /// Other ways on: the condition, and the step, of which none ends the workflow.
    pub(crate) branches: Vec<(Node, Option<usize>)>,
}

impl CompiledPlaybook {
    /// Makes a playbook ready. `vector_of` looks up the vectors of [`Self::sentences`]; a meaning of which no example
    /// has one never holds.
    ///
    /// # Errors
    /// When a name stands for nothing.
    pub fn new(
        playbook: Playbook,
        digest: String,
        vector_of: &dyn Fn(&str) -> Option<MeaningVector>,
    ) -> Result<Self, CompileError> {
        let mut compiler = Compiler::new(&playbook);
        let rules = playbook
            .rules
            .iter()
            .map(|rule| {
                let when = compiler.node(&rule.when)?;
                Ok(CompiledRule {
                    rests_on_state: when.rests_on_state(),
                    when,
                    times: rule.times,
                    cooldown_ms: ms(rule.cooldown.unwrap_or(playbook.budget.cooldown)),
                    needs_agent: rule.then.iter().any(|action| !matches!(action, Action::Alert(_))),
                    actions: actions(&rule.then, &mut compiler, vector_of)?,
                })
            })
            .collect::<Result<_, _>>()?;
        let items = playbook
            .checklist
            .iter()
            .map(|item| {
                Ok(CompiledItem {
                    done: compiler.node(&item.done)?,
                    when: item.when.as_ref().map(|when| compiler.node(when)).transpose()?,
                    by_ms: item.by.map(ms),
                })
            })
            .collect::<Result<_, _>>()?;
        let workflows =
            playbook.workflows.iter().map(|flow| workflow(flow, &mut compiler)).collect::<Result<_, _>>()?;
        let (sections, dispositions) = wrap_up(&playbook, &mut compiler)?;
        let meanings = playbook.meanings.values().map(|of| MeaningVectors::new(of, vector_of)).collect();
        let (leaves, watched) = compiler.finish();
        Ok(Self {
            playbook,
            digest,
            leaves,
            watched,
            meanings,
            rules,
            items,
            workflows,
            sections,
            dispositions,
            built_in: false,
        })
    }

    /// The sentences of a playbook whose vectors it wants: the examples of its meanings, and what its cards suggest.
    /// Without a playbook's meanings nothing is wanted, as then nothing said has a vector to compare.
    #[must_use]
    pub fn sentences(playbook: &Playbook) -> Vec<String> {
        if playbook.meanings.is_empty() {
            return Vec::new();
        }
        let examples =
            playbook.meanings.values().flat_map(|of| of.examples.iter().chain(&of.counter_examples));
        let said = playbook.rules.iter().flat_map(|rule| &rule.then).filter_map(suggestion);
        let all: BTreeSet<&String> = examples.chain(said).collect();
        all.into_iter().cloned().collect()
    }

    /// The playbook as it was read.
    #[must_use]
    pub const fn playbook(&self) -> &Playbook {
        &self.playbook
    }

    /// The digest of its file.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether what is said must be embedded for it.
    #[must_use]
    pub fn wants_vectors(&self) -> bool {
        self.meanings.iter().any(|meaning| !meaning.examples.is_empty())
    }
}

fn actions(
    then: &[Action],
    compiler: &mut Compiler,
    vector_of: &dyn Fn(&str) -> Option<MeaningVector>,
) -> Result<Vec<CompiledAction>, CompileError> {
    then.iter()
        .map(|action| {
            let until = match action {
                Action::Card(card) => card.until.as_ref().map(|until| compiler.node(until)).transpose()?,
                Action::Alert(_) | Action::Workflow(_) | Action::Answer(_) | Action::Model(_) => None,
            };
            let vector = suggestion(action).and_then(|said| vector_of(said)).filter(meaning::is_usable);
            Ok(CompiledAction { until, vector })
        })
        .collect()
}

fn suggestion(action: &Action) -> Option<&String> {
    match action {
        Action::Card(card) => card.say.as_ref(),
        Action::Alert(_) | Action::Workflow(_) | Action::Answer(_) | Action::Model(_) => None,
    }
}

fn workflow(flow: &playbook::Workflow, compiler: &mut Compiler) -> Result<CompiledWorkflow, CompileError> {
    let place = |id: &str| flow.steps.iter().position(|step| step.id == id);
    let go = |id: &str| match place(id) {
        Some(step) => Ok(Some(step)),
        None if id == END => Ok(None),
        None => Err(CompileError { place: id.to_owned(), problem: "is no step of the workflow".to_owned() }),
    };
    let steps = flow
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let following = Some(index + 1).filter(|next| *next < flow.steps.len());
            Ok(CompiledStep {
                done: step.done.as_ref().map(|done| compiler.node(done)).transpose()?,
                next: step.next.as_deref().map_or(Ok(following), go)?,
                branches: step
                    .branches
                    .iter()
                    .map(|branch| Ok((compiler.node(&branch.when)?, go(&branch.go)?)))
                    .collect::<Result<_, CompileError>>()?,
            })
        })
        .collect::<Result<_, CompileError>>()?;
    Ok(CompiledWorkflow { steps })
}

type Conditions = Vec<Option<Node>>;

fn wrap_up(playbook: &Playbook, compiler: &mut Compiler) -> Result<(Conditions, Conditions), CompileError> {
    let Some(summary) = &playbook.summary else { return Ok((Vec::new(), Vec::new())) };
    let mut compile =
        |when: &Option<playbook::Condition>| when.as_ref().map(|when| compiler.node(when)).transpose();
    let sections = summary.sections.iter().map(|section| compile(&section.when)).collect::<Result<_, _>>()?;
    let dispositions =
        summary.dispositions.iter().map(|wrap| compile(&wrap.when)).collect::<Result<_, _>>()?;
    Ok((sections, dispositions))
}

/// Where a branch goes that ends the workflow.
const END: &str = "end";

/// A length of time in milliseconds.
pub(crate) fn ms(Span(length): Span) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
