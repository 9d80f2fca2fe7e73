//! Contact Lens real-time analysis segments: what was said of a contact, without its audio.
//!
//! Shape: Amazon Connect administrator guide, "Real-time contact analysis segment streams data model". A stream brings
//! `STARTED`, any number of `SEGMENTS`, then `COMPLETED` or `FAILED`. Each segment is one of an utterance (words so
//! far), a transcript (the words as they stay, which replace the utterance of the same transcript id), or categories.

use model::{ContactId, Pii};
use serde::Deserialize;

use crate::{UnreadableEvent, lenient};

/// Segments of one event. Contact Lens sends a handful; an event with more is refused.
pub const MAX_LENS_SEGMENTS: usize = 1_000;

/// An event of a real-time analysis stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LensEvent {
    /// The contact.
    pub contact_id: ContactId,
    /// The id of the Connect instance.
    pub instance_id: Option<String>,
    /// The language that is spoken, such as `en-US`.
    pub language: Option<String>,
    /// What it says.
    pub kind: LensKind,
}

/// What an event of a real-time analysis stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LensKind {
    /// The analysis began.
    Started,
    /// What was said, in order of its beginning.
    Segments(Vec<LensSegment>),
    /// The analysis is over with the contact.
    Completed,
    /// The analysis failed: no more will come.
    Failed,
}

/// Who said a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LensSpeaker {
    /// The customer.
    Customer,
    /// An agent.
    Agent,
    /// Somebody else whom the customer hears, such as a prompt.
    Other,
}

/// What somebody said without a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LensSegment {
    /// The id of the transcript that it is, or that will replace it.
    pub transcript_id: String,
    /// Who said it.
    pub speaker: LensSpeaker,
    /// Its beginning, in milliseconds since that of the contact.
    pub begin_ms: u64,
    /// Its end; not before its beginning.
    pub end_ms: u64,
    /// The words.
    pub text: Pii<String>,
    /// The words stay as they are.
    pub is_final: bool,
}

/// Reads an event of a real-time analysis stream; none when it is about something else, such as a chat.
///
/// # Errors
/// When it is not one, or a part that says words cannot be read: words are never passed over.
pub fn read_contact_lens(json: &[u8]) -> Result<Option<LensEvent>, UnreadableEvent> {
    let event: Event = serde_json::from_slice(json).map_err(UnreadableEvent::Json)?;
    if event.channel.is_some_and(|channel| channel != "VOICE") {
        return Ok(None);
    }
    let kind = match event.event_type.as_str() {
        "STARTED" => LensKind::Started,
        "SEGMENTS" => LensKind::Segments(segments(event.segments.unwrap_or_default())?),
        "COMPLETED" => LensKind::Completed,
        "FAILED" => LensKind::Failed,
        _ => return Ok(None),
    };
    let contact_id = ContactId::new(event.contact_id).map_err(|_| UnreadableEvent::Field("ContactId"))?;
    Ok(Some(LensEvent { contact_id, instance_id: event.instance_id, language: event.language_code, kind }))
}

fn segments(segments: Vec<Segment>) -> Result<Vec<LensSegment>, UnreadableEvent> {
    if segments.len() > MAX_LENS_SEGMENTS {
        return Err(UnreadableEvent::Field("Segments"));
    }
    let mut read = Vec::with_capacity(segments.len());
    for segment in segments {
        if let Some(said) = segment.utterance {
            read.push(said.read(false)?);
        }
        if let Some(said) = segment.transcript {
            read.push(said.read(true)?);
        }
    }
    read.sort_by_key(|segment| (segment.begin_ms, segment.is_final));
    Ok(read)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    event_type: String,
    contact_id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    channel: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    instance_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    language_code: Option<String>,
    segments: Option<Vec<Segment>>,
}

/// Exactly one of its parts is there; categories are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Segment {
    utterance: Option<Said>,
    transcript: Option<Said>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    id: String,
    transcript_id: Option<String>,
    participant_role: Option<String>,
    participant_id: Option<String>,
    partial_content: Option<String>,
    content: Option<String>,
    begin_offset_millis: u64,
    end_offset_millis: u64,
}

impl Said {
    fn read(self, is_final: bool) -> Result<LensSegment, UnreadableEvent> {
        let (text, field) = match is_final {
            true => (self.content, "Content"),
            false => (self.partial_content, "PartialContent"),
        };
        Ok(LensSegment {
            transcript_id: if is_final { self.id } else { self.transcript_id.unwrap_or(self.id) },
            // Where the role is not said, the participant's id is the role.
            speaker: speaker(self.participant_role.or(self.participant_id).as_deref()),
            begin_ms: self.begin_offset_millis,
            end_ms: self.end_offset_millis.max(self.begin_offset_millis),
            text: text.map(Pii::new).ok_or(UnreadableEvent::Field(field))?,
            is_final,
        })
    }
}

fn speaker(role: Option<&str>) -> LensSpeaker {
    match role {
        Some("CUSTOMER") => LensSpeaker::Customer,
        Some("AGENT") => LensSpeaker::Agent,
        Some(_) | None => LensSpeaker::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(rest: &str) -> String {
        format!(
            r#"{{"Version":"1.0.0","Channel":"VOICE","AccountId":"1","InstanceId":"i-1","ContactId":"c-1",
            "LanguageCode":"en-US",{rest}}}"#
        )
    }

    fn read(rest: &str) -> Result<Option<LensEvent>, UnreadableEvent> {
        read_contact_lens(event(rest).as_bytes())
    }

    fn segments_of(rest: &str) -> Vec<LensSegment> {
        match read(&format!(r#""EventType":"SEGMENTS","Segments":{rest}"#)).unwrap().unwrap().kind {
            LensKind::Segments(segments) => segments,
            kind @ (LensKind::Started | LensKind::Completed | LensKind::Failed) => panic!("{kind:?}"),
        }
    }

    #[test]
    fn a_stream_begins_and_ends() {
        let started = read(r#""EventType":"STARTED""#).unwrap().unwrap();
        assert_eq!((started.kind, started.contact_id.as_str()), (LensKind::Started, "c-1"));
        assert_eq!(started.instance_id.as_deref(), Some("i-1"));
        assert_eq!(started.language.as_deref(), Some("en-US"));
        for (name, kind) in [("COMPLETED", LensKind::Completed), ("FAILED", LensKind::Failed)] {
            assert_eq!(read(&format!(r#""EventType":"{name}""#)).unwrap().unwrap().kind, kind);
        }
    }

    #[test]
    fn words_come_in_order_with_their_speaker_and_categories_are_passed_over() {
        let segments = segments_of(
            r#"[{"Categories":{"MatchedCategories":["x"],"MatchedDetails":{}}},
            {"Transcript":{"Id":"t-2","ParticipantId":"AGENT","ParticipantRole":"AGENT","Content":"Hello.",
              "BeginOffsetMillis":5000,"EndOffsetMillis":5600,"Sentiment":"NEUTRAL","IssuesDetected":[]}},
            {"Utterance":{"Id":"u-1","TranscriptId":"t-1","ParticipantId":"CUSTOMER","PartialContent":"my card",
              "BeginOffsetMillis":1200,"EndOffsetMillis":900}}]"#,
        );
        let [customer, agent] = &segments[..] else { panic!("{segments:?}") };
        assert_eq!((customer.speaker, customer.is_final), (LensSpeaker::Customer, false));
        assert_eq!(
            (customer.transcript_id.as_str(), customer.begin_ms, customer.end_ms),
            ("t-1", 1_200, 1_200)
        );
        assert_eq!((agent.speaker, agent.is_final), (LensSpeaker::Agent, true));
        assert_eq!((agent.transcript_id.as_str(), agent.text.expose().as_str()), ("t-2", "Hello."));
    }

    #[test]
    fn what_is_not_about_a_call_says_nothing() {
        assert_eq!(read(r#""EventType":"SOMETHING_NEW""#).unwrap(), None);
        let chat = event(r#""EventType":"STARTED""#).replace("VOICE", "CHAT");
        assert_eq!(read_contact_lens(chat.as_bytes()).unwrap(), None);
    }

    #[test]
    fn words_that_cannot_be_read_are_refused_and_not_shown() {
        for segments in [
            r#"[{"Transcript":{"Id":"t","BeginOffsetMillis":1,"EndOffsetMillis":2}}]"#,
            r#"[{"Utterance":{"Id":"t","Content":"secret","BeginOffsetMillis":1,"EndOffsetMillis":2}}]"#,
            r#"[{"Transcript":{"Id":"t","Content":"secret","BeginOffsetMillis":-1,"EndOffsetMillis":2}}]"#,
            r#"[{"Transcript":{"Id":"t","Content":["secret"],"BeginOffsetMillis":1,"EndOffsetMillis":2}}]"#,
        ] {
            let error = read(&format!(r#""EventType":"SEGMENTS","Segments":{segments}"#)).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
        let many = vec![r#"{"Categories":{}}"#; MAX_LENS_SEGMENTS + 1].join(",");
        assert!(read(&format!(r#""EventType":"SEGMENTS","Segments":[{many}]"#)).is_err());
        for text in
            ["", "null", "[]", r#"{"EventType":"STARTED"}"#, r#"{"EventType":"STARTED","ContactId":""}"#]
        {
            assert!(read_contact_lens(text.as_bytes()).is_err(), "{text}");
        }
    }
}
