//! All checks of one finished call, without a change to anything.

use engine::OutlineMask;
use events::{Finding, FindingRule};
use model::{CallKey, Channel};
use ports::{BlobStore, Transcriber};
use redaction::{Suspect, TenantPolicy, second_pass};
use review::{CheckRow, CheckState, RangeRow, finding_id, not_checked};

use crate::{
    VerifyError,
    account::{Account, account},
    facts::Facts,
    repair::Hide,
    sound::{Listened, heard_findings, listen, residue_findings},
};

/// What the checks of a call came to.
pub(crate) struct Checked {
    /// What was found. What is marked as repaired is certain, and is yet to be masked.
    pub(crate) findings: Vec<Finding>,
    /// What to mask for that.
    pub(crate) hides: Vec<Hide>,
    pub(crate) rows: Vec<CheckRow>,
    pub(crate) account: Account,
    /// What was read of the recording.
    pub(crate) listened: Option<Listened>,
}

impl Checked {
    /// Makes every check that can be made.
    pub(crate) async fn of(
        facts: &Facts,
        blobs: &dyn BlobStore,
        recogniser: Option<&dyn Transcriber>,
        policy: &TenantPolicy,
        key: &CallKey,
    ) -> Result<Self, VerifyError> {
        let masks = facts.outline.as_ref().map(|outline| outline.masks.as_slice());
        let listened = match &facts.recording {
            Some(recording) => {
                Some(listen(blobs, &recording.key, masks.unwrap_or_default(), recogniser, key).await?)
            }
            None => None,
        };
        let duration_ms =
            facts.recording.as_ref().map_or(facts.ended.duration_ms, |recording| recording.duration_ms);
        let mut this = Self {
            findings: Vec::new(),
            hides: Vec::new(),
            rows: Vec::new(),
            account: account(&facts.utterances, masks, duration_ms),
            listened,
        };
        this.accounted(facts, duration_ms);
        this.read_again(facts, policy);
        this.sounded(facts, masks.unwrap_or_default());
        this.heard_again(facts, masks.unwrap_or_default(), duration_ms);
        let settled = facts.review.settled();
        // What reviewers have decided is theirs: it is named again, and nothing is done.
        for finding in this.findings.iter_mut().filter(|finding| settled.contains(&finding.id)) {
            finding.repaired = false;
            let (from, to) = (finding.from_ms, finding.to_ms);
            this.hides.retain(|hide| (hide.channel, hide.from_ms, hide.to_ms) != (finding.channel, from, to));
        }
        Ok(this)
    }

    fn accounted(&mut self, facts: &Facts, duration_ms: u64) {
        let (spans, ranges) = (self.account.spans.len(), self.account.ranges.len());
        if facts.recording.is_some() && facts.outline.is_none() {
            let reason = "the recording has no outline that says where it is masked";
            self.findings.push(not_checked(Channel::Customer, duration_ms, reason));
            self.row("Masked words against masked sound", Err(reason.to_owned()), 0);
            return;
        }
        let detail = if facts.recording.is_some() {
            format!("{spans} masked stretches of words, {ranges} masked ranges of sound")
        } else {
            format!("{spans} masked stretches of words; no recording is kept")
        };
        let found = std::mem::take(&mut self.account.findings);
        self.row("Masked words against masked sound", Ok(detail), found.len());
        self.take(found, |_| true);
    }

    fn read_again(&mut self, facts: &Facts, policy: &TenantPolicy) {
        let mut suspects = second_pass(&facts.utterances);
        // What the tenant wants shown is shown.
        suspects.retain(|suspect| !policy.acts.shows(suspect.entity));
        let words: usize = facts.utterances.iter().map(|utterance| utterance.words.len()).sum();
        let detail = format!("{words} words in {} utterances", facts.utterances.len());
        self.row("Second pass over the words", Ok(detail), suspects.len());
        for suspect in suspects {
            let finding = finding(&suspect);
            if suspect.certain {
                self.hides.push(Hide {
                    words: Some((suspect.utterance, suspect.from, suspect.to)),
                    ..hide(&finding, false)
                });
            }
            self.findings.push(finding);
        }
    }

    fn sounded(&mut self, facts: &Facts, masks: &[OutlineMask]) {
        const CHECK: &str = "Sound in the masks";
        let Some(listened) = &self.listened else {
            self.row(CHECK, Ok("no recording is kept".to_owned()), 0);
            return;
        };
        let found = residue_findings(listened, masks);
        let residues: Vec<_> = listened.residues.iter().flatten().collect();
        let exact = residues.iter().filter(|residue| residue.exact).count();
        let samples: u64 = residues.iter().map(|residue| residue.samples).sum();
        let as_committed =
            facts.recording.as_ref().is_none_or(|recording| recording.sha256 == listened.sha256);
        let file = if as_committed { "the file is as committed" } else { "the file is NOT as committed" };
        let detail = format!("{samples} samples in {} ranges, {exact} sample-exact; {file}", residues.len());
        for row in &mut self.account.ranges {
            row.exact = Some(is_exact(row, listened));
        }
        self.row(CHECK, Ok(detail), found.len());
        self.take(found, |_| true);
    }

    fn heard_again(&mut self, facts: &Facts, masks: &[OutlineMask], duration_ms: u64) {
        const CHECK: &str = "Recognising the recording again";
        let Some(listened) = &self.listened else {
            self.row(CHECK, Ok("no recording is kept".to_owned()), 0);
            return;
        };
        match &listened.heard {
            Ok(heard) => {
                let words: usize = heard.iter().map(|utterance| utterance.words.len()).sum();
                let found = heard_findings(heard, masks, Some(&facts.utterances));
                self.row(CHECK, Ok(format!("{words} words heard")), found.len());
                // The words may show what the sound says at another place: only the sound is masked.
                self.take(found, |_| true);
            }
            Err(why) => {
                let why = why.clone();
                let reason = "the recording was not recognised again";
                self.findings.push(not_checked(Channel::Customer, duration_ms, reason));
                self.row(CHECK, Err(why), 0);
            }
        }
        // Words in clear are the same for whoever reads: they go away below, however often they are called.
        if let Some(listened) = &mut self.listened {
            listened.heard = Err(String::new());
        }
    }

    /// Takes findings of sound, and masks those that are certain.
    fn take(&mut self, found: Vec<Finding>, sound_only: impl Fn(&Finding) -> bool) {
        for finding in found {
            if finding.repaired {
                self.hides.push(hide(&finding, sound_only(&finding)));
            }
            self.findings.push(finding);
        }
    }

    fn row(&mut self, check: &str, went: Result<String, String>, found: usize) {
        let (state, detail) = match went {
            Ok(detail) => (CheckState::Done, detail),
            Err(why) => (CheckState::NotChecked, why),
        };
        let found = u64::try_from(found).unwrap_or(u64::MAX);
        self.rows.push(CheckRow { check: check.to_owned(), state, detail, found });
    }
}

fn is_exact(row: &RangeRow, listened: &Listened) -> bool {
    let Some(residues) = listened.residues.get(row.channel.index()) else { return false };
    let time = |n: u64| model::MediaTime::from_samples(n, listened.rate_hz).as_millis();
    let within =
        |range: &audio::SampleRange| time(range.from) <= row.from_ms + 1 && row.to_ms <= time(range.to) + 2;
    residues.iter().any(|residue| residue.exact && within(&residue.range))
}

fn finding(suspect: &Suspect) -> Finding {
    Finding {
        id: finding_id(FindingRule::SecondPass, suspect.channel(), suspect.from_ms, suspect.to_ms),
        rule: FindingRule::SecondPass,
        entity: suspect.entity,
        channel: suspect.channel(),
        from_ms: suspect.from_ms,
        to_ms: suspect.to_ms,
        utterance: Some(suspect.utterance),
        confidence: suspect.confidence,
        repaired: suspect.certain,
        reason: suspect.reason.to_owned(),
    }
}

/// Hides what was found where it was found.
pub(crate) fn hide(finding: &Finding, sound_only: bool) -> Hide {
    Hide {
        channel: finding.channel,
        from_ms: finding.from_ms,
        to_ms: finding.to_ms,
        entity: finding.entity,
        words: None,
        sound_only,
        reason: finding.reason.clone(),
    }
}
