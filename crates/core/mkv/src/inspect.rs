//! What a person who debugs a stream wants to know of it: each fragment in brief, and everything that is odd.
//!
//! Pure analysis; printing is for others. Feed it what a reader gives, in order.

mod report;
mod tracks;

use std::collections::{BTreeMap, BTreeSet};

use crate::{Fragment, FragmentEnd, Item, tag};

pub use report::{Anomaly, Finding, FragmentReport, Gap, StreamError, Summary, TrackReport};
use tracks::Timeline;

/// The most fragment numbers remembered to find duplicates: two days of one-second fragments. The lowest goes first.
const MAX_REMEMBERED_NUMBERS: usize = 200_000;
/// The most contacts counted apart.
const MAX_CONTACTS: usize = 10_000;

/// Looks at one stream.
#[derive(Debug, Default)]
pub struct Inspector {
    summary: Summary,
    /// Length and digits of a number, so that they order by value; and the fragment that had it first.
    numbers: BTreeMap<(usize, String), u64>,
    contact: Option<String>,
    contacts: BTreeSet<String>,
    timeline: Timeline,
    /// The number that each of Connect's tracks has, where its tag says another: told once, not in every fragment.
    mismatches: BTreeMap<String, (u64, String)>,
}

impl Inspector {
    /// Begins with a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next item; gives its report and its anomalies, if any, in that order.
    pub fn observe(&mut self, item: &Item) -> Vec<Finding> {
        let findings = match item {
            Item::Fragment(fragment) => self.fragment(fragment),
            Item::Damaged { offset, skipped, reason } => {
                self.summary.damaged_bytes = self.summary.damaged_bytes.saturating_add(*skipped);
                let damage = Anomaly::Damage { offset: *offset, skipped_bytes: *skipped, reason: *reason };
                vec![Finding::Anomaly(damage)]
            }
        };
        let anomalies = findings.iter().filter(|finding| matches!(finding, Finding::Anomaly(_))).count();
        self.summary.anomalies = self.summary.anomalies.saturating_add(count(anomalies));
        findings
    }

    /// The stream so far.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    fn fragment(&mut self, fragment: &Fragment) -> Vec<Finding> {
        self.summary.fragments = self.summary.fragments.saturating_add(1);
        self.summary.payload_bytes = self.summary.payload_bytes.saturating_add(count(fragment.payload.len()));
        let index = self.summary.fragments;
        let mut anomalies = Vec::new();
        let errors: Vec<_> = stream_error(fragment).into_iter().collect();
        // An error names the fragment that could not be sent: it is not that fragment.
        let number = fragment.tag(tag::FRAGMENT_NUMBER).filter(|_| errors.is_empty());
        let repeated = number.is_some_and(|number| self.check_number(number, index, &mut anomalies));
        self.check_contact(fragment, index, &mut anomalies);
        self.check_track_tags(fragment, index, &mut anomalies);
        let seen = match repeated {
            true => Timeline::default().observe(fragment, index, &mut anomalies),
            false => self.timeline.observe(fragment, index, &mut anomalies),
        };
        if fragment.end == FragmentEnd::Truncated {
            anomalies.push(Anomaly::Truncated { fragment: index, offset: fragment.offset });
        }
        self.count(&seen.gaps);
        self.summary.errors = self.summary.errors.saturating_add(count(errors.len()));
        self.summary.audio_ms = self.timeline.audio_ms();
        let text = |name| fragment.tag(name).map(str::to_owned);
        let report = FragmentReport {
            index,
            offset: fragment.offset,
            fragment_number: text(tag::FRAGMENT_NUMBER),
            producer_timestamp: text(tag::PRODUCER_TIMESTAMP).or_else(|| text(tag::PRODUCER_SIDE_TIMESTAMP)),
            server_timestamp: text(tag::SERVER_TIMESTAMP).or_else(|| text(tag::SERVER_SIDE_TIMESTAMP)),
            contact_id: text(tag::CONTACT_ID),
            first_timecode_ms: fragment.timecode_ms,
            tracks: seen.tracks,
            gaps: seen.gaps,
            errors,
            tags: fragment.tags.clone(),
            end: fragment.end,
        };
        let anomalies = anomalies.into_iter().map(Finding::Anomaly);
        std::iter::once(Finding::Fragment(report)).chain(anomalies).collect()
    }

    /// Says whether the number was there before.
    fn check_number(&mut self, number: &str, index: u64, anomalies: &mut Vec<Anomaly>) -> bool {
        let number = number.to_owned();
        let key = (number.len(), number.clone());
        if let Some(&first) = self.numbers.get(&key) {
            anomalies.push(Anomaly::DuplicateFragment { fragment: index, number, first });
            return true;
        }
        if let Some(((_, highest), _)) = self.numbers.last_key_value().filter(|&(highest, _)| *highest > key)
        {
            anomalies.push(Anomaly::NumberGoesBack { fragment: index, number, after: highest.clone() });
        }
        self.numbers.insert(key, index);
        if self.numbers.len() > MAX_REMEMBERED_NUMBERS {
            self.numbers.pop_first();
        }
        false
    }

    fn check_contact(&mut self, fragment: &Fragment, index: u64, anomalies: &mut Vec<Anomaly>) {
        let Some(contact) = fragment.tag(tag::CONTACT_ID).filter(|contact| !contact.is_empty()) else {
            let from_connect = self.contact.is_some() || fragment.tracks.iter().any(tracks::is_connect);
            if from_connect && !fragment.blocks.is_empty() {
                anomalies.push(Anomaly::MissingContactId { fragment: index });
            }
            return;
        };
        if self.contact.as_deref() == Some(contact) {
            return;
        }
        if self.contacts.len() < MAX_CONTACTS {
            self.contacts.insert(contact.to_owned());
            self.summary.contacts = count(self.contacts.len());
        }
        let to = contact.to_owned();
        if let Some(from) = self.contact.replace(to.clone()) {
            // A stream is used again, maybe days later: the silence between belongs to no call.
            self.timeline.break_off();
            anomalies.push(Anomaly::ContactChange { fragment: index, from, to });
        }
    }

    /// Connect also tags a fragment with its track names and their numbers; those are known to be wrong at times.
    fn check_track_tags(&mut self, fragment: &Fragment, index: u64, anomalies: &mut Vec<Anomaly>) {
        for track in fragment.tracks.iter().filter(|track| tracks::is_connect(track)) {
            let Some(tagged) = fragment.tag(&track.name) else { continue };
            if tagged.parse() == Ok(track.number) {
                self.mismatches.remove(&track.name);
                continue;
            }
            let found = (track.number, tagged.to_owned());
            if self.mismatches.get(&track.name) == Some(&found) {
                continue;
            }
            self.mismatches.insert(track.name.clone(), found);
            anomalies.push(Anomaly::TrackTagMismatch {
                fragment: index,
                track: track.name.clone(),
                number: track.number,
                tagged: tagged.to_owned(),
            });
        }
    }

    fn count(&mut self, gaps: &[Gap]) {
        self.summary.gaps = self.summary.gaps.saturating_add(count(gaps.len()));
        let missing = gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.ms));
        self.summary.gap_ms = self.summary.gap_ms.saturating_add(missing);
    }
}

fn stream_error(fragment: &Fragment) -> Option<StreamError> {
    let text = |names: &[&str]| names.iter().find_map(|name| fragment.tag(name)).map(str::to_owned);
    let code = text(&[tag::ERROR_CODE, tag::EXCEPTION_ERROR_CODE]);
    let id = text(&[tag::ERROR_ID]);
    let message = text(&[tag::EXCEPTION_MESSAGE]);
    (code.is_some() || id.is_some() || message.is_some()).then_some(StreamError { code, id, message })
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
