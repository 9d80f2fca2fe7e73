//! Guided workflows.

use super::Reader;
use super::names::ids;
use crate::cursor::{Cursor, Notes};
use crate::{Branch, Step, Workflow};

/// As many workflows a playbook may have.
pub(super) const MAX_WORKFLOWS: usize = 20;
/// As many steps a workflow may have.
pub(super) const MAX_STEPS: usize = 30;
/// As many ways on a step may have.
const MAX_BRANCHES: usize = 5;
/// Where a workflow ends; no step has this name.
const END: &str = "end";

impl Reader<'_> {
    pub(super) fn workflow(&mut self, at: &Cursor<'_>) -> Option<Workflow> {
        let mut table = at.table(self.notes)?;
        let id = table.need("id", self.notes).and_then(|at| at.id(self.notes));
        let title = self.title(&mut table);
        let mut steps_of = ids(table.need("steps", self.notes).as_ref(), MAX_STEPS, self.notes);
        steps_of.push(END.to_owned());
        let steps = self.each(&mut table, "steps", MAX_STEPS, |reader, at| reader.step(at, &steps_of));
        table.close(self.notes);
        Some(Workflow { id: id?, title: title?, steps })
    }

    fn step(&mut self, at: &Cursor<'_>, steps: &[String]) -> Option<Step> {
        let mut table = at.table(self.notes)?;
        let id = table.need("id", self.notes).and_then(|at| step_id(&at, self.notes));
        let title = self.title(&mut table);
        let say = table.take("say").and_then(|at| self.say(&at));
        let done = table.take("done").and_then(|at| self.condition(&at));
        let next = table.take("next").and_then(|at| self.reference(&at, steps));
        let branches = self.each(&mut table, "branches", MAX_BRANCHES, |reader, at| reader.branch(at, steps));
        table.close(self.notes);
        Some(Step { id: id?, title: title?, say, done, next, branches })
    }

    fn branch(&mut self, at: &Cursor<'_>, steps: &[String]) -> Option<Branch> {
        let mut table = at.table(self.notes)?;
        let when = table.need("when", self.notes).and_then(|at| self.condition(&at));
        let go = table.need("go", self.notes).and_then(|at| self.reference(&at, steps));
        table.close(self.notes);
        Some(Branch { when: when?, go: go? })
    }
}

fn step_id(at: &Cursor<'_>, notes: &mut Notes) -> Option<String> {
    let id = at.id(notes)?;
    if id == END {
        notes.add(at, "is what ends a workflow, so no step has this name");
    }
    Some(id)
}
