//! A playbook as far as a desk shows it.

use events::{ChecklistItem, Disposition, PlaybookOutline, WorkflowOutline, WorkflowStep};

use crate::{CompiledPlaybook, compiled::ms};

pub(super) fn outline(book: &CompiledPlaybook) -> PlaybookOutline {
    let playbook = &book.playbook;
    PlaybookOutline {
        id: playbook.id.clone(),
        version: playbook.version,
        digest: book.digest.clone(),
        title: playbook.title.clone(),
        checklist: playbook
            .checklist
            .iter()
            .map(|item| ChecklistItem {
                id: item.id.clone(),
                title: item.title.clone(),
                required: item.required,
                by_ms: item.by.map(ms),
            })
            .collect(),
        workflows: playbook
            .workflows
            .iter()
            .map(|flow| WorkflowOutline {
                id: flow.id.clone(),
                title: flow.title.clone(),
                steps: flow
                    .steps
                    .iter()
                    .map(|step| WorkflowStep {
                        id: step.id.clone(),
                        title: step.title.clone(),
                        say: step.say.clone(),
                    })
                    .collect(),
            })
            .collect(),
        dispositions: playbook
            .summary
            .iter()
            .flat_map(|summary| &summary.dispositions)
            .map(Disposition::from)
            .collect(),
    }
}
