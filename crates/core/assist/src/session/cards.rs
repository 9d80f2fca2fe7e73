//! Cards, and the questions that some of them wait for.

use std::collections::BTreeMap;

use events::{HintKind, HintShown};
use model::{Channel, UtteranceId};
use playbook::{Action, Ask, Rule, Speaker};

use super::Session;
use crate::{
    Asked, Command, CompiledPlaybook, FoundPassage, QuestionId, Wanted,
    budget::{Card, Fulfilled, Origin, Part},
    compiled::ms,
    course::Course,
    guide::{FlowStatus, Guide},
    transcript::one_line,
};

/// As many questions are open at once; a rule that asks one more shows its card at once.
const MAX_QUESTIONS: usize = 8;
/// After so long without an answer the rule's own card is shown.
const PATIENCE_MS: u64 = 8_000;
/// So many of the last utterances go with a question, for the model.
const CONTEXT_LINES: usize = 12;
/// As many characters of a question and of an answer are used.
const MAX_TEXT_CHARS: usize = 1_000;
/// A step's card is as important as any other without a word.
const STEP_PRIORITY: u8 = 50;

/// A card of a question that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    guide: usize,
    rule: usize,
    action: usize,
    count: u32,
    cause: Option<UtteranceId>,
    since_ms: u64,
    /// Whether it was asked; it is not while the session is restored.
    asked: bool,
}

/// The questions that are open.
#[derive(Debug, Default)]
pub(super) struct Questions {
    last: u64,
    open: BTreeMap<QuestionId, Open>,
}

impl Questions {
    pub(super) const fn next_id(&mut self) -> QuestionId {
        self.last += 1;
        QuestionId(self.last)
    }
}

impl Session {
    pub(super) fn offer_card(
        &mut self,
        guide: usize,
        rule: usize,
        action: usize,
        count: u32,
        cause: Option<UtteranceId>,
    ) {
        if let Some(card) = self.book(guide).and_then(|book| card_of(&book, rule, action, count)) {
            let origin = Origin { guide, part: Part::Rule { rule, action } };
            self.offer(origin, HintShown { utterance: cause, ..card });
        }
    }

    fn offer(&mut self, origin: Origin, hint: HintShown) {
        // What came up while the agent wanted no cards is not brought up later.
        if self.muted {
            return;
        }
        let vector = vector_of(&self.guides, origin);
        let age_ms = self.age_ms(hint.utterance);
        self.budget.offer(Card { hint, origin, offered_ms: self.course.now_ms, age_ms, vector });
    }

    /// How old the words are that call for a card.
    fn age_ms(&self, cause: Option<UtteranceId>) -> u64 {
        let said = cause.and_then(|id| self.course.transcript.get(id));
        let late_ms = if self.config.again { 0 } else { self.course.late_ms };
        said.map_or(0, |said| self.course.now_ms.saturating_sub(said.end_ms).saturating_add(late_ms))
    }

    /// Gives the agent what to say at a step of a workflow, where the step says something.
    pub(super) fn offer_step(
        &mut self,
        guide: usize,
        workflow: usize,
        step: usize,
        cause: Option<UtteranceId>,
    ) {
        let Some(book) = self.book(guide) else { return };
        let Some(flow) = book.playbook.workflows.get(workflow) else { return };
        let Some(own) = flow.steps.get(step).filter(|step| step.say.is_some()) else { return };
        let place = format!("h-{}.{}.{}", book.playbook.id, flow.id, own.id);
        let count = self.count(&place);
        let hint = HintShown {
            id: format!("{place}-{count}"),
            playbook: book.playbook.id.clone(),
            version: book.playbook.version,
            rule: flow.id.clone(),
            kind: HintKind::Workflow,
            title: own.title.clone(),
            why: flow.title.clone(),
            suggestion: own.say.clone(),
            source: None,
            utterance: cause,
            topic: Some(flow.id.clone()),
            priority: STEP_PRIORITY,
            model: None,
            at_ms: 0,
            life_ms: ms(book.playbook.budget.life),
        };
        self.offer(Origin { guide, part: Part::Step { workflow, step } }, hint);
    }

    /// Asks the documents or the model for what a card is to say.
    pub(super) fn ask(
        &mut self,
        guide: usize,
        rule: usize,
        action: usize,
        count: u32,
        cause: Option<UtteranceId>,
    ) {
        let open = Open { guide, rule, action, count, cause, since_ms: self.course.now_ms, asked: false };
        if self.questions.open.len() >= MAX_QUESTIONS {
            self.fall_back(open);
            return;
        }
        let id = self.questions.next_id();
        self.questions.open.insert(id, open);
        self.send_question(id);
    }

    fn send_question(&mut self, id: QuestionId) {
        if self.outbox.is_restoring() {
            return;
        }
        let Some(open) = self.questions.open.get_mut(&id) else { return };
        open.asked = true;
        let book = self.guides.get(open.guide).map(|guide| &guide.book);
        let Some(rule) = book.and_then(|book| book.playbook.rules.get(open.rule)) else { return };
        let (ask, wanted) = match rule.then.get(open.action) {
            Some(Action::Answer(ask)) => (ask, Wanted::Passage),
            Some(Action::Model(ask)) => {
                let may_quote = !rule.then.iter().any(|action| matches!(action, Action::Card(_)));
                (ask, Wanted::Model { prompt: ask.prompt.clone(), may_quote })
            }
            Some(Action::Card(_) | Action::Alert(_) | Action::Workflow(_)) | None => return,
        };
        let asked = Asked {
            id,
            wanted,
            question: question(&self.course, open.cause),
            context: self.course.transcript.tail(CONTEXT_LINES),
            score: ask.score,
        };
        self.outbox.ask(Command::Ask(asked));
    }

    /// The answer to a question, or none.
    pub(super) fn answered(&mut self, id: QuestionId, found: Option<FoundPassage>) {
        let Some(open) = self.questions.open.remove(&id) else { return };
        let hint = found.and_then(|found| {
            let book = self.book(open.guide)?;
            let rule = book.playbook.rules.get(open.rule)?;
            let (Action::Answer(ask) | Action::Model(ask)) = rule.then.get(open.action)? else { return None };
            Some(answer_of(&book, rule, ask, &open, found))
        });
        match hint {
            Some(hint) => {
                let origin =
                    Origin { guide: open.guide, part: Part::Rule { rule: open.rule, action: open.action } };
                self.offer(origin, hint);
            }
            None => self.fall_back(open),
        }
    }

    /// Shows the rule's own card, where the model was asked and has no answer.
    fn fall_back(&mut self, open: Open) {
        let Some(book) = self.book(open.guide) else { return };
        let Some(rule) = book.playbook.rules.get(open.rule) else { return };
        if matches!(rule.then.get(open.action), Some(Action::Model(_))) {
            let cards = rule.then.iter().enumerate().filter(|(_, action)| matches!(action, Action::Card(_)));
            for (action, _) in cards {
                self.offer_card(open.guide, open.rule, action, open.count, open.cause);
            }
        }
    }

    /// Gives up waiting for answers that take too long. Returns when to look again.
    pub(super) fn look_at_questions(&mut self) -> Option<u64> {
        let now_ms = self.course.now_ms;
        let due = |open: &Open| open.since_ms.saturating_add(PATIENCE_MS);
        let late: Vec<Open> =
            self.questions.open.values().filter(|open| due(open) <= now_ms).copied().collect();
        self.questions.open.retain(|_, open| due(open) > now_ms);
        for open in late {
            self.fall_back(open);
        }
        self.questions.open.values().map(due).min()
    }

    /// Asks what was not asked while the session was restored.
    pub(super) fn send_unasked(&mut self) {
        let unasked: Vec<QuestionId> =
            self.questions.open.iter().filter(|(_, open)| !open.asked).map(|(id, _)| *id).collect();
        for id in unasked {
            self.send_question(id);
        }
    }

    /// The log shows a card: its question is answered.
    pub(super) fn forget_question(&mut self, guide: usize, rule: usize, action: usize, count: u32) {
        let shown = (guide, rule, count);
        // The rule's own card is shown instead of the model's.
        let rule = self.guides.get(guide).and_then(|guide| guide.book.playbook.rules.get(rule));
        let is_card = rule.is_some_and(|rule| matches!(rule.then.get(action), Some(Action::Card(_))));
        self.questions.open.retain(|_, open| {
            (open.guide, open.rule, open.count) != shown || (open.action != action && !is_card)
        });
    }
}

/// What a card says that an action of a rule gives for the `count`th time.
fn card_of(book: &CompiledPlaybook, rule: usize, action: usize, count: u32) -> Option<HintShown> {
    let rule = book.playbook.rules.get(rule)?;
    let Action::Card(card) = rule.then.get(action)? else { return None };
    Some(HintShown {
        id: card_id(book, rule, action, count),
        playbook: book.playbook.id.clone(),
        version: book.playbook.version,
        rule: rule.id.clone(),
        kind: card.kind,
        title: card.title.clone(),
        why: card.why.clone().unwrap_or_else(|| why(rule)),
        suggestion: card.say.clone(),
        source: None,
        utterance: None,
        topic: card.topic.clone(),
        priority: card.priority,
        model: None,
        at_ms: 0,
        life_ms: ms(card.life.unwrap_or(book.playbook.budget.life)),
    })
}

fn answer_of(book: &CompiledPlaybook, rule: &Rule, ask: &Ask, open: &Open, found: FoundPassage) -> HintShown {
    let clean = |text: &str| one_line(text).chars().take(MAX_TEXT_CHARS).collect::<String>();
    HintShown {
        id: card_id(book, rule, open.action, open.count),
        playbook: book.playbook.id.clone(),
        version: book.playbook.version,
        rule: rule.id.clone(),
        kind: HintKind::Knowledge,
        title: ask.title.clone(),
        why: why(rule),
        suggestion: Some(clean(&found.suggestion)),
        source: Some(found.source),
        utterance: open.cause,
        topic: ask.topic.clone(),
        priority: ask.priority,
        model: found.model,
        at_ms: 0,
        life_ms: ms(book.playbook.budget.life),
    }
}

fn why(rule: &Rule) -> String {
    rule.title.clone().unwrap_or_else(|| rule.id.replace('-', " "))
}

/// `h-PLAYBOOK.RULE-COUNT`, and the action's place for all but the first. No id of a playbook or rule has a dot in it.
fn card_id(book: &CompiledPlaybook, rule: &Rule, action: usize, count: u32) -> String {
    let whole = format!("h-{}.{}-{count}", book.playbook.id, rule.id);
    if action == 0 { whole } else { format!("{whole}.{action}") }
}

/// The customer's words that a question is about.
fn question(course: &Course, cause: Option<UtteranceId>) -> String {
    let theirs = cause.filter(|id| id.channel() == Channel::Customer);
    let told = theirs.and_then(|id| course.transcript.get(id));
    let said = told.or_else(|| course.transcript.last_of(Speaker::Customer).map(|(_, said)| said));
    said.map(|said| one_line(&said.text)).unwrap_or_default()
}

/// What a card's suggestion means, where it was embedded.
pub(super) fn vector_of(guides: &[Guide], origin: Origin) -> Option<crate::MeaningVector> {
    let Part::Rule { rule, action } = origin.part else { return None };
    guides.get(origin.guide)?.book.rules.get(rule)?.actions.get(action)?.vector.clone()
}

/// Whether what a card asks for was done, or its step is over.
pub(super) fn fulfilled(guides: &[Guide], course: &Course, card: &Card) -> Option<Fulfilled> {
    let guide = guides.get(card.origin.guide)?;
    match card.origin.part {
        Part::Rule { rule, action } => {
            let until = guide.book.rules.get(rule)?.actions.get(action)?.until.as_ref()?;
            let truth = guide.truth(course, until, None);
            let by_agent = truth.cause.is_some_and(|id| id.channel() == Channel::ToCustomer);
            truth.holds.then_some(Fulfilled { by_agent, cause: truth.cause })
        }
        Part::Step { workflow, step } => {
            let is_at =
                matches!(guide.flows.get(workflow), Some(FlowStatus::At { step: at, .. }) if *at == step);
            (!is_at).then_some(Fulfilled { by_agent: false, cause: None })
        }
    }
}
