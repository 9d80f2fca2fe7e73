//! What people read: a row per fragment, what is odd below it, one line at the end.

use std::{
    fmt,
    io::{self, Write},
};

use mkv::{
    FragmentEnd,
    inspect::{Anomaly, Finding, FragmentReport, Gap, StreamError, Summary, TrackReport},
};

/// Fragment numbers have 47 digits, of which the last tell them apart.
const NUMBER_DIGITS: usize = 20;

pub(super) fn heading(out: &mut impl Write) -> io::Result<()> {
    let (number, time, contact) = ("fragment", "producer time (UTC)", "contact");
    writeln!(out, "{:>6}  {number:<21}  {time:<23}  {contact:<36}  tracks", "#")
}

pub(super) fn row(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    match finding {
        Finding::Fragment(report) => fragment(out, report),
        Finding::Anomaly(anomaly) => writeln!(out, "        ! {}", Words(anomaly)),
    }
}

pub(super) fn summary(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let sound = match summary.audio_ms {
        0 => counted(summary.payload_bytes, "byte") + " of media",
        ms => format!("{} of sound per track", Seconds(ms)),
    };
    writeln!(
        out,
        "{}, {}, {sound}, {} ({}), {}, {}, {}",
        counted(summary.fragments, "fragment"),
        counted(summary.contacts, "contact"),
        counted(summary.gaps, "gap"),
        Seconds(summary.gap_ms),
        counted(summary.errors, "stream error"),
        counted(summary.damaged_bytes, "damaged byte"),
        match summary.anomalies {
            1 => "1 anomaly".to_owned(),
            many => format!("{many} anomalies"),
        },
    )
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn fragment(out: &mut impl Write, report: &FragmentReport) -> io::Result<()> {
    let number = report.fragment_number.as_deref().map_or_else(|| "-".to_owned(), shorten);
    let time = report.producer_timestamp.as_deref().map_or_else(|| "-".to_owned(), utc);
    let contact = report.contact_id.as_deref().unwrap_or("-");
    let tracks: Vec<_> = report.tracks.iter().map(track).collect();
    let tracks = if tracks.is_empty() { "-".to_owned() } else { tracks.join(", ") };
    writeln!(out, "{:>6}  {number:<21}  {time:<23}  {contact:<36}  {tracks}", report.index)?;
    for Gap { track, ms, .. } in &report.gaps {
        writeln!(out, "        gap of {} on {track}", Seconds(*ms))?;
    }
    for StreamError { code, id, message } in &report.errors {
        let said: Vec<_> = [code, id, message].into_iter().flatten().map(String::as_str).collect();
        writeln!(out, "        ! the service reports an error: {}", said.join(" "))?;
    }
    if report.end == FragmentEnd::Truncated && report.tracks.is_empty() && report.tags.is_empty() {
        writeln!(out, "        (nothing of it could be read)")?;
    }
    Ok(())
}

fn track(track: &TrackReport) -> String {
    let name = match track.name.as_str() {
        "" => format!("track {}", track.number),
        name => name.to_owned(),
    };
    match track.samples {
        Some(samples) => format!("{name} {samples} samples"),
        None => format!("{name} {} bytes in {} blocks", track.bytes, track.blocks),
    }
}

fn shorten(number: &str) -> String {
    let digits = number.chars().count();
    if digits <= NUMBER_DIGITS {
        return number.to_owned();
    }
    let last: String = number.chars().skip(digits.saturating_sub(NUMBER_DIGITS)).collect();
    format!("…{last}")
}

/// A timestamp of seconds and milliseconds as date and time; unchanged when it is something else, as a time since
/// the producer's start is.
fn utc(text: &str) -> String {
    let Some((seconds, fraction)) = text.split_once('.') else { return text.to_owned() };
    let Ok(seconds) = seconds.parse::<i64>() else { return text.to_owned() };
    // Before 2001 it counts from the start of the producer, not from 1970.
    if !(1_000_000_000..100_000_000_000).contains(&seconds) {
        return text.to_owned();
    }
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{fraction}")
}

/// Year, month and day of a day since 1970, in the Gregorian calendar: years begin in March, so that the leap day is
/// the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} s", self.0 / 1_000, self.0 % 1_000)
    }
}

struct Words<'a>(&'a Anomaly);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Anomaly::Damage { offset, skipped_bytes, reason } => {
                write!(f, "damage: {skipped_bytes} bytes from offset {offset} could not be read: {reason}")
            }
            Anomaly::DuplicateFragment { first, .. } => write!(f, "the same fragment as #{first}"),
            Anomaly::NumberGoesBack { after, .. } => {
                write!(f, "the number goes back: {} was there before", shorten(after))
            }
            Anomaly::ContactChange { from, to, .. } => write!(f, "another contact: {from} ends, {to} begins"),
            Anomaly::MissingContactId { .. } => write!(f, "no ContactId"),
            Anomaly::TrackTagMismatch { track, number, tagged, .. } => {
                write!(f, "{track} is track {number}, but its tag says {tagged:?}")
            }
            Anomaly::UndeclaredTrack { number, blocks, .. } => {
                write!(f, "{blocks} blocks of track {number}, which is not declared")
            }
            Anomaly::Overlap { track, ms, .. } => {
                write!(f, "{track} begins {} before the sound in front of it ends", Seconds(*ms))
            }
            Anomaly::Truncated { .. } => write!(f, "the file ends in the middle of this fragment"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn producer_times_are_dates_unless_they_count_from_the_producers_start() {
        assert_eq!(utc("1726677688.724"), "2024-09-18 16:41:28.724");
        assert_eq!(utc("1709164800.000"), "2024-02-29 00:00:00.000");
        assert_eq!(utc("5.000"), "5.000");
        assert_eq!(utc("soon"), "soon");
    }

    #[test]
    fn long_numbers_keep_the_digits_that_differ() {
        assert_eq!(shorten("91343852333181432392682062622220590765191907586"), "…22220590765191907586");
        assert_eq!(shorten("42"), "42");
    }
}
