//! Counts, per kind and over all.

use std::collections::BTreeMap;

use dialogues::{Dialogue, Secret, Truth};
use events::EntityKind;

use crate::{
    cells::{Cell, Mask, Segment},
    failure::{Failure, What},
    witness::Seen,
};

/// The most failures that are kept to look at.
const MAX_FAILURES: usize = 20_000;

/// How much of a mask and of what it hides must be the same for its kind to count.
const SAME_SHARE: f64 = 0.5;

/// What became of the secrets of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindTally {
    /// Secrets that were told.
    pub told: u64,
    /// Of these: not wholly masked in the end.
    pub leaked: u64,
    /// Secrets told over several turns, and of these: leaked.
    pub split: (u64, u64),
    /// Secrets that the other side repeated, and of these: not wholly masked there.
    pub echoed: (u64, u64),
    /// Secrets of which a partial, and a final that was revised, showed some.
    pub shown_before: (u64, u64),
    /// Digits, and of these: shown in the end.
    pub digits: (u64, u64),
    /// Letters and digits, and of these: shown in the end.
    pub characters: (u64, u64),
    /// Times that it was told in one stretch, and of these: masked as this kind, mostly the same stretch.
    pub stretches: (u64, u64),
    /// Masks of this kind, and of these: over a secret of this kind, mostly the same stretch; over any secret.
    pub masks: (u64, u64, u64),
}

/// What became of some documents.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By kind, and what sort of it.
    sorts: BTreeMap<(EntityKind, &'static str), KindTally>,
    /// Documents.
    pub documents: u64,
    /// Harmless numbers, and of these: masked, at least in part.
    pub harmless: (u64, u64),
    /// Letters and digits that are no secret, and of these: masked.
    pub plain: (u64, u64),
    /// Words of secrets that are masked, and of these: still heard.
    pub heard: (u64, u64),
    /// What went wrong.
    pub failures: Vec<Failure>,
}

/// One document while it is counted.
struct Document<'a> {
    id: &'a str,
    secrets: &'a [Secret],
    segments: &'a [Segment],
}

impl Tally {
    /// Counts one document as its last versions mask it.
    pub fn add(&mut self, id: &str, secrets: &[Secret], segments: &[Segment]) {
        let document = Document { id, secrets, segments };
        self.documents += 1;
        for which in 0..secrets.len() {
            self.add_secret(which, &document);
        }
        for (turn, segment) in segments.iter().enumerate() {
            self.add_plain(turn, segment, &document);
            self.add_stretches(segment, secrets);
        }
    }

    /// Counts what was seen on the way: secrets that an earlier version showed.
    pub fn add_seen(&mut self, dialogue: &Dialogue, seen: &[Vec<Seen>]) {
        for (which, secret) in dialogue.secrets.iter().enumerate() {
            let (mut in_partial, mut in_final) = (None, None);
            for (turn, (words, seen)) in dialogue.turns.iter().map(|turn| &turn.words).zip(seen).enumerate() {
                let secrets = words.iter().zip(seen).filter(|(word, _)| word.truth.secret() == Some(which));
                for (_, seen) in secrets {
                    in_partial = in_partial.or_else(|| seen.in_partial.then_some(turn));
                    in_final = in_final.or_else(|| seen.in_final.then_some(turn));
                    if !seen.is_visible() {
                        self.heard.0 += 1;
                        self.heard.1 += u64::from(!seen.muted);
                    }
                }
            }
            let tally = self.sort(secret);
            tally.shown_before.0 += u64::from(in_partial.is_some());
            tally.shown_before.1 += u64::from(in_final.is_some());
            for (what, turn) in [(What::Partial, in_partial), (What::Late, in_final)] {
                if let Some(turn) = turn {
                    self.fail(what, Some(secret), &dialogue.id, turn);
                }
            }
        }
    }

    /// Counts another's documents, too.
    pub fn merge(&mut self, other: Self) {
        for (sort, tally) in other.sorts {
            self.sorts.entry(sort).or_default().merge(&tally);
        }
        self.documents += other.documents;
        for (mine, theirs) in [
            (&mut self.harmless, other.harmless),
            (&mut self.plain, other.plain),
            (&mut self.heard, other.heard),
        ] {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
        self.failures.extend(other.failures);
        self.failures.truncate(MAX_FAILURES);
    }

    /// The counts by kind.
    #[must_use]
    pub fn kinds(&self) -> BTreeMap<EntityKind, KindTally> {
        let mut out: BTreeMap<EntityKind, KindTally> = BTreeMap::new();
        for ((kind, _), tally) in &self.sorts {
            out.entry(*kind).or_default().merge(tally);
        }
        out
    }

    /// The counts by kind and sort.
    #[must_use]
    pub const fn sorts(&self) -> &BTreeMap<(EntityKind, &'static str), KindTally> {
        &self.sorts
    }

    /// The counts over some kinds, or all.
    #[must_use]
    pub fn total(&self, of: &[EntityKind]) -> KindTally {
        let mut out = KindTally::default();
        for ((kind, _), tally) in &self.sorts {
            if of.is_empty() || of.contains(kind) {
                out.merge(tally);
            }
        }
        out
    }

    fn sort(&mut self, secret: &Secret) -> &mut KindTally {
        self.sorts.entry((secret.kind, secret.sort)).or_default()
    }

    fn fail(&mut self, what: What, secret: Option<&Secret>, id: &str, turn: usize) {
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(Failure { what, secret: secret.cloned(), document: id.to_owned(), turn });
        }
    }

    fn add_secret(&mut self, which: usize, document: &Document<'_>) {
        let secret = &document.secrets[which];
        let turns_of = |truth: Truth| {
            let turns = document.segments.iter().enumerate();
            turns.filter(move |(_, segment)| segment.iter().any(|cell| cell.truth == truth))
        };
        let leaky_turn = |truth: Truth| {
            let shows = |cell: &Cell| cell.truth == truth && cell.mask.is_none();
            turns_of(truth).find(|(_, segment)| segment.iter().any(shows)).map(|(turn, _)| turn)
        };
        let (said, echo) = (Truth::Secret(which), Truth::Echo(which));
        let (turns, leak, echo_leak) = (turns_of(said).count(), leaky_turn(said), leaky_turn(echo));
        let echoed = turns_of(echo).next().is_some();
        let tally = self.sort(secret);
        tally.told += 1;
        tally.leaked += u64::from(leak.is_some());
        tally.split.0 += u64::from(turns > 1);
        tally.split.1 += u64::from(turns > 1 && leak.is_some());
        tally.echoed.0 += u64::from(echoed);
        tally.echoed.1 += u64::from(echo_leak.is_some());
        for cell in document.segments.iter().flatten().filter(|cell| cell.truth.secret() == Some(which)) {
            let shown = u64::from(cell.mask.is_none());
            tally.characters.0 += 1;
            tally.characters.1 += shown;
            if cell.digit {
                tally.digits.0 += 1;
                tally.digits.1 += shown;
            }
        }
        if let Some(turn) = leak {
            self.fail(What::Leak, Some(secret), document.id, turn);
        }
        if let Some(turn) = echo_leak {
            self.fail(What::Echo, Some(secret), document.id, turn);
        }
    }

    /// What is no secret.
    fn add_plain(&mut self, turn: usize, segment: &Segment, document: &Document<'_>) {
        let mut numbers: BTreeMap<usize, bool> = BTreeMap::new();
        let mut over = false;
        for cell in segment {
            let masked = cell.mask.is_some();
            match cell.truth {
                Truth::Harmless(number) => *numbers.entry(number).or_default() |= masked,
                Truth::Plain => over |= masked,
                Truth::Between(_) | Truth::Secret(_) | Truth::Echo(_) => continue,
            }
            self.plain.0 += 1;
            self.plain.1 += u64::from(masked);
        }
        let hidden = numbers.values().filter(|masked| **masked).count() as u64;
        self.harmless.0 += numbers.len() as u64;
        self.harmless.1 += hidden;
        if hidden > 0 {
            self.fail(What::Harmless, None, document.id, turn);
        }
        if over {
            self.fail(What::Over, None, document.id, turn);
        }
    }

    /// Whether masks say what they hide.
    fn add_stretches(&mut self, segment: &Segment, secrets: &[Secret]) {
        let golds = runs(segment, |cell| match cell.truth {
            // What stands between words of a secret that is not known goes on with none.
            Truth::Secret(which) | Truth::Echo(which) | Truth::Between(which) => {
                (which < secrets.len()).then_some(which)
            }
            Truth::Plain | Truth::Harmless(_) => None,
        });
        let masks = runs(segment, |cell| cell.mask.map(|Mask { span, kind }| (span, kind)));
        for (which, gold) in &golds {
            let secret = &secrets[*which];
            let found = masks.iter().any(|((_, kind), mask)| *kind == secret.kind && same(gold, mask));
            let tally = self.sort(secret);
            tally.stretches.0 += 1;
            tally.stretches.1 += u64::from(found);
        }
        for ((_, kind), mask) in &masks {
            let right = golds.iter().any(|(which, gold)| secrets[*which].kind == *kind && same(gold, mask));
            let over_any = golds.iter().any(|(_, gold)| gold.0 < mask.1 && mask.0 < gold.1);
            let tally = self.sorts.entry((*kind, "")).or_default();
            tally.masks.0 += 1;
            tally.masks.1 += u64::from(right);
            tally.masks.2 += u64::from(over_any);
        }
    }
}

/// Stretches of cells that have the same thing, with the thing.
fn runs<T: PartialEq>(segment: &Segment, of: impl Fn(&Cell) -> Option<T>) -> Vec<(T, (usize, usize))> {
    let mut out: Vec<(T, (usize, usize))> = Vec::new();
    for (at, cell) in segment.iter().enumerate() {
        let Some(thing) = of(cell) else { continue };
        match out.last_mut() {
            Some((last, run)) if *last == thing && run.1 == at => run.1 = at + 1,
            Some(_) | None => out.push((thing, (at, at + 1))),
        }
    }
    out
}

fn same(a: &(usize, usize), b: &(usize, usize)) -> bool {
    let both = a.1.min(b.1).saturating_sub(a.0.max(b.0));
    let either = a.1.max(b.1) - a.0.min(b.0);
    both as f64 >= SAME_SHARE * either as f64 && both > 0
}

impl KindTally {
    fn merge(&mut self, other: &Self) {
        let add = |mine: &mut (u64, u64), theirs: (u64, u64)| {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        };
        self.told += other.told;
        self.leaked += other.leaked;
        add(&mut self.split, other.split);
        add(&mut self.echoed, other.echoed);
        add(&mut self.shown_before, other.shown_before);
        add(&mut self.digits, other.digits);
        add(&mut self.characters, other.characters);
        add(&mut self.stretches, other.stretches);
        self.masks.0 += other.masks.0;
        self.masks.1 += other.masks.1;
        self.masks.2 += other.masks.2;
    }
}
