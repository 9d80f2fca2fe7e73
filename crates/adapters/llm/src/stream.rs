//! An answer as it comes.

use std::time::Duration;

use ports::{Answer, AnswerPart, LanguageModelError, Prompt, json_answer};
use reqwest::Response;
use serde_json::Value;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    refusal::{Broken, of_transport},
    sse::Events,
    wire::{End, Piece, parse},
};

/// The longest answer. A summary is a few kilobytes.
pub(crate) const MAX_ANSWER_BYTES: usize = 256 << 10;
/// The most that is read for one answer, with all that stands around its words.
const MAX_READ_BYTES: usize = 64 << 20;
/// How long the end of a body is waited for after the end of the answer.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// What ends a stream.
const DONE: &str = "[DONE]";

type Part = Result<AnswerPart, LanguageModelError>;

/// Reads an answer. Dropping it closes the connection, on which a server stops to answer.
pub(crate) struct Reader {
    response: Response,
    deadline: Instant,
    is_stream: bool,
    schema: Option<Value>,
    events: Events,
    whole: Vec<u8>,
    read: usize,
    answer: Answer,
    end: Option<End>,
}

impl Reader {
    pub(crate) fn new(response: Response, prompt: &Prompt, model: &str, deadline: Instant) -> Self {
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        // Some servers answer in one piece whatever they were asked.
        let is_stream = kind.is_none_or(|kind| !kind.starts_with("application/json"));
        let answer =
            Answer { text: String::new(), model: model.to_owned(), input_tokens: 0, output_tokens: 0 };
        Self {
            response,
            deadline,
            is_stream,
            schema: prompt.schema.clone(),
            events: Events::default(),
            whole: Vec::new(),
            read: 0,
            answer,
            end: None,
        }
    }

    /// Reads to the end, and gives the whole.
    pub(crate) async fn whole(mut self) -> Result<Answer, LanguageModelError> {
        while self.next_texts().await?.is_some() {}
        self.finish().await
    }

    /// Gives each part to `give`, until nobody takes it any more. The last one is the whole or an error.
    pub(crate) async fn run(mut self, give: &mpsc::Sender<Part>) {
        let last = loop {
            match self.next_texts().await {
                Ok(Some(texts)) => {
                    for text in texts {
                        if give.send(Ok(AnswerPart::Text(text))).await.is_err() {
                            return;
                        }
                    }
                }
                Ok(None) => break self.finish().await.map(AnswerPart::Done),
                Err(error) => break Err(error),
            }
        };
        // Whoever dropped the parts wants no end of them.
        let _nobody_waits = give.send(last).await;
    }

    /// More words; none at the end.
    async fn next_texts(&mut self) -> Result<Option<Vec<String>>, LanguageModelError> {
        let chunk = tokio::time::timeout_at(self.deadline, self.response.chunk()).await;
        let chunk = chunk.map_err(|_| LanguageModelError::Timeout)?.map_err(|error| of_transport(&error))?;
        let Some(chunk) = chunk else { return self.at_end() };
        self.read = self.read.saturating_add(chunk.len());
        if self.read > MAX_READ_BYTES {
            return Err(LanguageModelError::Rubbish("it is too long"));
        }
        if !self.is_stream {
            if self.whole.len() + chunk.len() > MAX_ANSWER_BYTES * 2 {
                return Err(LanguageModelError::Rubbish("it is too long"));
            }
            self.whole.extend_from_slice(&chunk);
            return Ok(Some(Vec::new()));
        }
        let events =
            self.events.push(&chunk).map_err(|_| LanguageModelError::Rubbish("a line is too long"))?;
        self.take(&events)
    }

    /// The words of events; none after the one that ends the stream.
    fn take(&mut self, events: &[String]) -> Result<Option<Vec<String>>, LanguageModelError> {
        let mut texts = Vec::new();
        for event in events {
            if event.trim() == DONE {
                // Words that came with the end are said before it.
                self.end = self.end.or(Some(End::Whole));
                return Ok(if texts.is_empty() { None } else { Some(texts) });
            }
            let piece = parse(event).ok_or(LanguageModelError::Rubbish("it has another shape"))?;
            texts.extend(self.add(piece)?);
        }
        Ok(Some(texts))
    }

    fn add(&mut self, piece: Piece) -> Result<Option<String>, LanguageModelError> {
        if piece.failed {
            return Err(Broken::Reported.into());
        }
        if let Some(model) = piece.model {
            self.answer.model = model;
        }
        if let Some((input, output)) = piece.tokens {
            (self.answer.input_tokens, self.answer.output_tokens) = (input, output);
        }
        self.end = self.end.or(piece.end);
        if piece.text.is_empty() {
            return Ok(None);
        }
        if self.answer.text.len() + piece.text.len() > MAX_ANSWER_BYTES {
            return Err(LanguageModelError::Rubbish("it is too long"));
        }
        self.answer.text.push_str(&piece.text);
        Ok(Some(piece.text))
    }

    /// The body is over.
    fn at_end(&mut self) -> Result<Option<Vec<String>>, LanguageModelError> {
        if self.is_stream {
            let last: Vec<String> = self.events.finish().into_iter().collect();
            return match self.take(&last)? {
                Some(texts) if !texts.is_empty() => Ok(Some(texts)),
                _ => Ok(None),
            };
        }
        if self.whole.is_empty() {
            return Ok(None);
        }
        let whole = std::mem::take(&mut self.whole);
        let piece = std::str::from_utf8(&whole).ok().and_then(parse);
        let piece = piece.ok_or(LanguageModelError::Rubbish("it has another shape"))?;
        Ok(Some(self.add(piece)?.into_iter().collect()))
    }

    /// The whole answer, where it is one.
    async fn finish(mut self) -> Result<Answer, LanguageModelError> {
        // What a server still has to say ends the body, so that the connection can be used again.
        let _nothing = tokio::time::timeout(LAST_WORDS, self.response.chunk()).await;
        match self.end {
            Some(End::Whole) => {}
            Some(End::TooLong) => {
                return Err(LanguageModelError::Rubbish("it was cut at the most tokens it may have"));
            }
            Some(End::Filtered) => return Err(LanguageModelError::Rubbish("a filter took it back")),
            None => return Err(Broken::CutShort.into()),
        }
        if let Some(schema) = &self.schema {
            self.answer.text = json_answer(&self.answer.text, schema)?;
        } else if self.answer.text.trim().is_empty() {
            return Err(LanguageModelError::Rubbish("it is empty"));
        }
        Ok(self.answer)
    }
}
