//! The names that a playbook gives, gathered first so that any place can refer to any other.

use crate::cursor::{Cursor, Notes, is_id};

/// What can be referred to.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) rules: Vec<String>,
    pub(super) items: Vec<String>,
    pub(super) workflows: Vec<String>,
    pub(super) meanings: Vec<String>,
}

impl Names {
    pub(super) fn gather(root: &Cursor<'_>, notes: &mut Notes) -> Self {
        // Whatever else is wrong is noted when it is read.
        let mut unheard = Notes::default();
        let Some(mut table) = root.table(&mut unheard) else {
            return Self::default();
        };
        let mut meanings = Vec::new();
        if let Some(at) = table.take("meanings") {
            for (name, at) in at.entries(&mut unheard) {
                if !is_id(name) {
                    notes.add(
                        &at,
                        "is no name for a meaning: it begins with a small letter and has small letters, digits and dashes",
                    );
                }
                meanings.push(name.to_owned());
            }
        }
        Self {
            rules: ids(table.take("rules").as_ref(), super::MAX_RULES, notes),
            items: ids(table.take("checklist").as_ref(), super::MAX_ITEMS, notes),
            workflows: ids(table.take("workflows").as_ref(), super::workflow::MAX_WORKFLOWS, notes),
            meanings,
        }
    }
}

/// The ids of a list's tables; one that is there twice is noted.
pub(super) fn ids(list: Option<&Cursor<'_>>, most: usize, notes: &mut Notes) -> Vec<String> {
    let mut unheard = Notes::default();
    let mut out: Vec<String> = Vec::new();
    for at in list.map(|at| at.list(most, &mut unheard)).unwrap_or_default() {
        let Some(at) = at.table(&mut unheard).and_then(|mut table| table.take("id")) else {
            continue;
        };
        let Some(id) = at.text(&mut unheard) else {
            continue;
        };
        if out.iter().any(|other| other == id) {
            notes.add(&at, "is there twice");
        }
        out.push(id.to_owned());
    }
    out
}
