//! Has a model sum a call up, and keeps of it what was said.

use std::{collections::BTreeSet, fmt::Write as _};

use assist::WrittenSummary;
use events::{SummaryPoint, SummarySection};
use metrics::counter;
use model::{TenantId, UtteranceId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    advisor::Advisor,
    fence::Fence,
    grounding::check_facts,
    models::Purpose,
    names,
    plain::{first_words, plain},
};

/// As many bytes of a transcript are handed to a model.
const MAX_TRANSCRIPT_BYTES: usize = 96 << 10;
/// Words of a point that are asked for, and those that are taken.
const POINT_WORDS: usize = 25;
const MAX_POINT_WORDS: usize = 40;
/// Points of a section, and actions.
const MAX_POINTS: usize = 6;
const MAX_ACTIONS: usize = 10;
const MAX_TOKENS: u32 = 1_500;

#[derive(Deserialize)]
struct RawSummary {
    sections: Vec<RawSection>,
    actions: Vec<RawPoint>,
    disposition: Option<String>,
}

#[derive(Deserialize)]
struct RawSection {
    id: String,
    points: Vec<RawPoint>,
}

#[derive(Deserialize)]
struct RawPoint {
    text: String,
    utterance: String,
}

pub(crate) async fn write(
    advisor: &Advisor,
    tenant: &TenantId,
    transcript: &str,
    sections: &[(String, String, Option<String>)],
    dispositions: &[(String, String)],
) -> Result<WrittenSummary, &'static str> {
    let route = advisor.route(tenant, Purpose::Summary).ok_or("no_model")?;
    let transcript = shortened(transcript);
    let said = Said::read(&transcript);
    if said.ids.is_empty() {
        return Err("nothing_said");
    }
    let fence = Fence::around(std::iter::once(transcript.as_str()));
    let mut material = String::new();
    fence.put(&mut material, "transcript", &transcript);
    let mut instructions =
        advisor.prompts(tenant).instructions("summary", "summary", POINT_WORDS, &fence.shown());
    tell(&mut instructions, sections, dispositions);
    let schema = schema(sections, dispositions);
    let answer = advisor
        .complete(tenant, Purpose::Summary, route, instructions, material, schema, MAX_TOKENS)
        .await
        .map_err(|error| error.code())?;
    let raw: RawSummary = serde_json::from_str(&answer.text).map_err(|_| "model_rubbish")?;
    let keep = |points: &[RawPoint], most: usize| -> Vec<SummaryPoint> {
        points.iter().filter_map(|point| said.keep(advisor, tenant, point)).take(most).collect()
    };
    let section = |(id, title, _): &(String, String, Option<String>)| {
        let written = raw.sections.iter().find(|section| section.id == *id);
        let points = written.map(|section| keep(&section.points, MAX_POINTS)).unwrap_or_default();
        SummarySection { id: id.clone(), title: title.clone(), points }
    };
    let written = WrittenSummary {
        model: plain(&answer.model),
        sections: sections.iter().map(section).collect(),
        actions: keep(&raw.actions, MAX_ACTIONS),
        disposition: raw.disposition.filter(|code| dispositions.iter().any(|(known, _)| known == code)),
    };
    let is_empty =
        written.actions.is_empty() && written.sections.iter().all(|section| section.points.is_empty());
    if is_empty { Err("ungrounded") } else { Ok(written) }
}

/// What the playbook says of the sections and dispositions.
fn tell(out: &mut String, sections: &[(String, String, Option<String>)], dispositions: &[(String, String)]) {
    // Writing to a string cannot fail.
    let mut line = |text: String| {
        let _infallible = writeln!(out, "{text}");
    };
    line("\n## Sections\n".to_owned());
    for (id, title, told) in sections {
        let told = told.as_deref().map(|told| format!(": {told}")).unwrap_or_default();
        line(format!("- {id} ({title}){told}"));
    }
    line("\n## Dispositions\n".to_owned());
    for (code, title) in dispositions {
        line(format!("- {code}: {title}"));
    }
    if dispositions.is_empty() {
        line("None: set \"disposition\" to null.".to_owned());
    }
}

fn schema(sections: &[(String, String, Option<String>)], dispositions: &[(String, String)]) -> Value {
    let points = json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"text": {"type": "string"}, "utterance": {"type": "string"}},
            "required": ["text", "utterance"],
            "additionalProperties": false,
        },
    });
    let ids: Vec<&str> = sections.iter().map(|(id, _, _)| id.as_str()).collect();
    let id = if ids.is_empty() { json!({"type": "string"}) } else { json!({"type": "string", "enum": ids}) };
    let codes: Vec<Value> =
        dispositions.iter().map(|(code, _)| json!(code)).chain(std::iter::once(Value::Null)).collect();
    json!({
        "type": "object",
        "properties": {
            "sections": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"id": id, "points": points},
                    "required": ["id", "points"],
                    "additionalProperties": false,
                },
            },
            "actions": points,
            "disposition": {"type": ["string", "null"], "enum": codes},
        },
        "required": ["sections", "actions", "disposition"],
        "additionalProperties": false,
    })
}

/// The beginning and the end of a transcript that is too long, by whole lines: why the customer called, and what came
/// of it.
fn shortened(transcript: &str) -> String {
    if transcript.len() <= MAX_TRANSCRIPT_BYTES {
        return transcript.to_owned();
    }
    let lines: Vec<&str> = transcript.lines().collect();
    let mut room = MAX_TRANSCRIPT_BYTES;
    let mut fit = |line: &&&str| {
        let fits = line.len() < room;
        room = room.saturating_sub(line.len() + 1);
        fits
    };
    let mut from = lines.len();
    let quarter = lines.len().min(40);
    let first = lines.iter().take(quarter).take_while(&mut fit).count();
    from -= lines.iter().skip(first).rev().take_while(&mut fit).count();
    let kept = lines.iter().take(first).chain(lines.iter().skip(from));
    kept.copied().collect::<Vec<_>>().join("\n")
}

/// What was said on the call.
struct Said {
    ids: BTreeSet<UtteranceId>,
    words: String,
}

impl Said {
    fn read(transcript: &str) -> Self {
        let mut said = Self { ids: BTreeSet::new(), words: String::new() };
        for line in transcript.lines() {
            let Some((id, words)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) else {
                continue;
            };
            let Ok(id) = id.parse() else { continue };
            said.ids.insert(id);
            let words = words.split_once(": ").map_or(words, |(_, words)| words);
            said.words.push_str(words);
            said.words.push('\n');
        }
        said
    }

    /// A point as it may be shown, where what was said bears it.
    fn keep(&self, advisor: &Advisor, tenant: &TenantId, point: &RawPoint) -> Option<SummaryPoint> {
        let kept = self.kept(advisor, tenant, point);
        if kept.is_none() {
            counter!(names::POINTS_LEFT_OUT).increment(1);
        }
        kept
    }

    fn kept(&self, advisor: &Advisor, tenant: &TenantId, point: &RawPoint) -> Option<SummaryPoint> {
        let id = point.utterance.trim().trim_matches(['[', ']']);
        let utterance = id.parse().ok().filter(|id| self.ids.contains(id))?;
        let text = first_words(&plain(&point.text), MAX_POINT_WORDS);
        if text.is_empty() || check_facts(&text, &self.words).is_err() {
            return None;
        }
        Some(SummaryPoint { text: Some(advisor.redacted(tenant, &text)), utterance: Some(utterance) })
    }
}
