//! What people read.

use crate::{Finding, Report, Severity};

/// The widest that the column of subjects grows; longer ones push their own line only.
const MAX_SUBJECT_WIDTH: usize = 44;
/// As wide as the longest severity and area.
const SEVERITY_WIDTH: usize = 7;
const AREA_WIDTH: usize = 11;

/// How a table is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// With the colours of a terminal.
    pub colour: bool,
    /// Without what is as it should be.
    pub brief: bool,
}

impl Report {
    /// A line for each finding, its fix below it, and one line that sums up.
    #[must_use]
    pub fn to_table(&self, style: Style) -> String {
        let shown =
            || self.findings().iter().filter(|finding| !style.brief || finding.severity > Severity::Ok);
        let width = |finding: &Finding| finding.subject.as_deref().map_or(1, |text| text.chars().count());
        let subject_width = shown().map(width).max().unwrap_or(1).min(MAX_SUBJECT_WIDTH);
        let mut out = String::new();
        for finding in shown() {
            line(&mut out, finding, subject_width, style);
        }
        self.sum(&mut out, style);
        out
    }

    fn sum(&self, out: &mut String, style: Style) {
        let counts = self.counts();
        let counted =
            |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let worst = self.worst();
        let text = format!(
            "{}, {}, {}, {} ok",
            counted(counts.error, "error"),
            counted(counts.warning, "warning"),
            counted(counts.note, "note"),
            counts.ok
        );
        push(out, &paint(&text, worst, style));
    }
}

fn line(out: &mut String, finding: &Finding, subject_width: usize, style: Style) {
    let severity = paint(&format!("{:SEVERITY_WIDTH$}", finding.severity), finding.severity, style);
    let subject = finding.subject.as_deref().unwrap_or("-");
    let area = finding.check.area;
    push(out, &format!("{severity}  {area:AREA_WIDTH$}  {subject:subject_width$}  {}", finding.what));
    if let Some(fix) = finding.advice() {
        push(out, &format!("{:SEVERITY_WIDTH$}  fix: {fix}", ""));
    }
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn paint(text: &str, severity: Severity, style: Style) -> String {
    if !style.colour {
        return text.to_owned();
    }
    let code = match severity {
        Severity::Ok => "32",
        Severity::Note => "36",
        Severity::Warning => "33",
        Severity::Error => "1;31",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    fn some() -> Report {
        Report::new(vec![
            checks::STORE_CONNECT.error("PostgreSQL is not reached").about("trunkline").fix("start it"),
            checks::CONFIG_HOSTS.ok("one host carries and shows calls"),
            checks::STREAMS_RETENTION.warning("keeps nothing").about("acme: acme-connect-eu-contact-1"),
            checks::HOST_DISK.note("9 GiB are free"),
        ])
    }

    #[test]
    fn people_get_aligned_lines_with_the_fix_below() {
        insta::assert_snapshot!(some().to_table(Style::default()));
    }

    #[test]
    fn colours_are_used_when_asked_for() {
        let plain = some().to_table(Style::default());
        let coloured = some().to_table(Style { colour: true, ..Style::default() });
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[1;31merror  \u{1b}[0m  store"), "{coloured}");
    }

    #[test]
    fn a_brief_table_leaves_out_what_is_as_it_should_be() {
        let brief = some().to_table(Style { brief: true, ..Style::default() });
        assert!(!brief.contains("one host") && brief.contains("1 ok"), "{brief}");
    }
}
