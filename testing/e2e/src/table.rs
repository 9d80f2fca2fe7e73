//! The table at the end.

use std::time::Duration;

/// One fault, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What was done.
    pub fault: String,
    /// Calls that ran meanwhile, and those that it hit.
    pub calls: usize,
    /// Calls that the fault hit.
    pub hit: usize,
    /// From the fault to another worker's first line about each call that it hit.
    pub takeovers: Vec<Duration>,
    /// Words that were spoken and are not in the transcript.
    pub lost: usize,
    /// Words in the transcript that were not spoken there.
    pub repeated: usize,
    /// Gaps that were marked.
    pub gaps: usize,
    /// What else is worth saying.
    pub note: String,
}

/// The rows, aligned.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let heads = ["fault", "calls", "hit", "takeover p50 / max", "lost", "repeated", "gaps", "note"];
    let mut cells: Vec<[String; 8]> = vec![heads.map(str::to_owned)];
    cells.extend(rows.iter().map(|row| {
        [
            row.fault.clone(),
            row.calls.to_string(),
            row.hit.to_string(),
            takeover(&row.takeovers),
            row.lost.to_string(),
            row.repeated.to_string(),
            row.gaps.to_string(),
            row.note.clone(),
        ]
    }));
    let widths: Vec<usize> = (0..heads.len())
        .map(|at| cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &[String; 8]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut text: String = cells.iter().take(1).map(line).collect();
    text.push_str(&format!(
        "|{}|\n",
        widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("|")
    ));
    text.extend(cells.iter().skip(1).map(line));
    text
}

fn takeover(times: &[Duration]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort();
    match (sorted.get(sorted.len() / 2), sorted.last()) {
        (Some(median), Some(most)) => format!("{:.1} / {:.1} s", median.as_secs_f64(), most.as_secs_f64()),
        _ => "-".to_owned(),
    }
}
