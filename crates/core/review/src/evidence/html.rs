//! The report as a page of its own: no script, no font, nothing to load; prints in black on white.

use std::fmt::{Display, Write as _};

use events::{FindingRule, Verdict};
use model::{MediaTime, Timestamp};

use super::{CheckState, Evidence, RangeCause};

/// Rows of one table on the page; all of them are in the report.
const MAX_ROWS: usize = 2_000;

const STYLE: &str = "\
body{font:14px/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:1.75rem 0 .5rem;break-after:avoid}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #ccc}\
th{font-weight:600;border-bottom:2px solid #111}thead{display:table-header-group}tr{break-inside:avoid}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
code{font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}\
.verdict{display:inline-block;border:2px solid #111;padding:.2rem .6rem;font-weight:700;margin:.5rem 0}\
.note{color:#444}\
@page{margin:18mm}@media print{body{margin:0;max-width:none;font-size:10pt}a{color:inherit}}";

/// What the page says of the report's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// SHA-256 of the signed JSON, in hex.
    pub sha256: String,
    /// Which key signed it.
    pub key_id: String,
    /// The signature as text.
    pub signature: String,
}

/// The report as a page.
#[must_use]
pub fn evidence_html(evidence: &Evidence, signed: Option<&SignatureLine>) -> String {
    let mut page = Page(String::with_capacity(16_384));
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    page.raw("<title>Evidence report of call ");
    page.text(&evidence.call_id);
    page.raw("</title>\n<style>");
    page.raw(STYLE);
    page.raw("</style>\n</head>\n<body>\n<main>\n");
    head(&mut page, evidence);
    checks(&mut page, evidence);
    findings(&mut page, evidence);
    masks(&mut page, evidence);
    signature(&mut page, signed);
    page.raw("</main>\n</body>\n</html>\n");
    page.0
}

struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    /// Text that may hold anything.
    fn text(&mut self, text: &impl Display) {
        for c in text.to_string().chars() {
            match c {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                c if c.is_control() => self.raw(" "),
                c => self.0.push(c),
            }
        }
    }

    fn heading(&mut self, text: &str) {
        self.raw("<h2>");
        self.text(&text);
        self.raw("</h2>\n");
    }

    fn facts(&mut self, facts: &[(&str, String)]) {
        self.raw("<dl>\n");
        for (name, value) in facts {
            self.raw("<dt>");
            self.text(name);
            self.raw("</dt><dd>");
            self.text(value);
            self.raw("</dd>\n");
        }
        self.raw("</dl>\n");
    }

    fn table(&mut self, columns: &[&str], rows: impl ExactSizeIterator<Item = Vec<String>>) {
        let all = rows.len();
        self.raw("<table>\n<thead><tr>");
        for column in columns {
            self.raw("<th scope=\"col\">");
            self.text(column);
            self.raw("</th>");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for row in rows.take(MAX_ROWS) {
            self.raw("<tr>");
            for cell in row {
                self.raw("<td>");
                self.text(&cell);
                self.raw("</td>");
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table>\n");
        if all > MAX_ROWS {
            self.note(&format!("{} more are in the report's JSON.", all - MAX_ROWS));
        }
    }

    fn note(&mut self, text: &str) {
        self.raw("<p class=\"note\">");
        self.text(&text);
        self.raw("</p>\n");
    }
}

fn head(page: &mut Page, evidence: &Evidence) {
    page.raw("<h1>Evidence report</h1>\n<p class=\"note\">What was masked in one call, how that was checked, what was found and what was done. It holds no words of the call.</p>\n");
    page.raw("<p class=\"verdict\">");
    page.text(&match evidence.verdict {
        Verdict::Clean => "Clean: nothing was found",
        Verdict::Repaired => "Repaired: what was found is masked",
        Verdict::Quarantined if evidence.quarantined => "Quarantined: somebody has to look",
        Verdict::Quarantined => "Reviewed: somebody has looked",
    });
    page.raw("</p>\n");
    let mut facts = vec![
        ("Call", evidence.call_id.to_string()),
        ("Contact", evidence.contact_id.to_string()),
        ("Tenant", evidence.tenant.to_string()),
        ("Began", date(evidence.started_at_ms)),
        ("Length", MediaTime::from_millis(evidence.duration_ms).to_string()),
        ("Report made", date(evidence.made_at_ms)),
        ("Made by", evidence.program.clone()),
        ("Policy", evidence.policy.clone()),
        ("Log read up to", evidence.seq.to_string()),
        (
            "Transcript",
            format!(
                "{} utterances, {} masked stretches, SHA-256 {}",
                evidence.transcript.utterances, evidence.transcript.masked, evidence.transcript.sha256
            ),
        ),
    ];
    facts.push(("Recording", recording(evidence)));
    page.facts(&facts);
}

fn recording(evidence: &Evidence) -> String {
    let Some(recording) = &evidence.recording else { return "none is kept".to_owned() };
    let same = if recording.as_committed { "as committed" } else { "NOT the file that was committed" };
    format!("{}, {} bytes, SHA-256 {} ({same})", recording.key, recording.bytes, recording.sha256)
}

fn checks(page: &mut Page, evidence: &Evidence) {
    page.heading("Checks");
    let rows = evidence.checks.iter().map(|check| {
        let state = match check.state {
            CheckState::Done => "made",
            CheckState::NotChecked => "not made",
        };
        vec![check.check.clone(), state.to_owned(), check.detail.clone(), check.found.to_string()]
    });
    page.table(&["Check", "Was", "Detail", "Found"], rows);
}

fn findings(page: &mut Page, evidence: &Evidence) {
    page.heading("Findings");
    if evidence.findings.is_empty() {
        page.note("None.");
    } else {
        let rows = evidence.findings.iter().map(|row| {
            let finding = &row.finding;
            vec![
                rule(finding.rule).to_owned(),
                finding.entity.as_str().to_owned(),
                finding.channel.to_string(),
                stretch(finding.from_ms, finding.to_ms),
                finding.reason.clone(),
                row.done.clone(),
            ]
        });
        page.table(&["Found by", "Kind", "Channel", "Where", "Why", "What was done"], rows);
    }
    if !evidence.decisions.is_empty() {
        page.heading("Decisions");
        let rows = evidence.decisions.iter().map(|row| {
            let decided = &row.decided;
            let action = format!("{:?}", decided.action).to_lowercase();
            let counts = if decided.settled { "counts" } else { "somebody else has to agree" };
            vec![date(decided.at_ms), decided.by.clone(), decided.finding.clone(), action, counts.to_owned()]
        });
        page.table(&["When", "Who", "Finding", "Decision", ""], rows);
    }
}

fn masks(page: &mut Page, evidence: &Evidence) {
    page.heading("What is masked");
    let rows =
        evidence.entities.iter().map(|row| vec![row.entity.as_str().to_owned(), row.stretches.to_string()]);
    page.table(&["Kind", "Stretches of words"], rows);
    page.heading("Masked words and the sound that covers them");
    let rows = evidence.spans.iter().map(|span| {
        let covered = span.covered_by.map_or_else(|| "nothing".to_owned(), |(from, to)| stretch(from, to));
        vec![
            span.utterance.to_string(),
            span.entity.as_str().to_owned(),
            span.channel.to_string(),
            stretch(span.from_ms, span.to_ms),
            if evidence.recording.is_some() { covered } else { "no recording".to_owned() },
        ]
    });
    page.table(&["Utterance", "Kind", "Channel", "Words", "Tone"], rows);
    page.heading("Masked ranges of the recording");
    let rows = evidence.ranges.iter().map(|range| {
        let cause = match range.cause {
            RangeCause::Words => "words",
            RangeCause::CrossTalk => "heard from the other channel",
            RangeCause::Review => "a check or a reviewer",
            RangeCause::Unknown => "unknown",
        };
        let sound = match range.exact {
            Some(true) => "the tone, sample by sample",
            Some(false) => "the tone",
            None => "not looked at",
        };
        vec![
            range.channel.to_string(),
            stretch(range.from_ms, range.to_ms),
            range.entity.as_str().to_owned(),
            cause.to_owned(),
            sound.to_owned(),
        ]
    });
    page.table(&["Channel", "Where", "Kind", "Because of", "What sounds"], rows);
}

fn signature(page: &mut Page, signed: Option<&SignatureLine>) {
    page.heading("Signature");
    match signed {
        Some(signed) => {
            page.note(
                "This page shows the JSON report of the same name; that file is what is signed (Ed25519).",
            );
            page.facts(&[
                ("SHA-256 of the JSON", signed.sha256.clone()),
                ("Key", signed.key_id.clone()),
                ("Signature", signed.signature.clone()),
            ]);
        }
        None => page.note("This report is not signed."),
    }
}

const fn rule(rule: FindingRule) -> &'static str {
    match rule {
        FindingRule::Unaccounted => "accounting of words and sound",
        FindingRule::SecondPass => "second pass over the words",
        FindingRule::HeardAgain => "recognising the recording again",
        FindingRule::SoundInMask => "sound in masks",
        FindingRule::NotChecked => "a check that was not made",
    }
}

fn stretch(from_ms: u64, to_ms: u64) -> String {
    format!("{} to {}", MediaTime::from_millis(from_ms), MediaTime::from_millis(to_ms))
}

/// A time as people write it, in UTC.
fn date(ms: i64) -> String {
    let seconds = Timestamp::from_millis(ms).as_millis().div_euclid(1_000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Civil date of a day count: eras of 400 years, years that begin in March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let mut out = String::new();
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
        .expect("writing to a String cannot fail");
    out
}

#[cfg(test)]
mod tests;
