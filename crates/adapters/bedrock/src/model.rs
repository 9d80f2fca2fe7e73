//! The model.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use ports::{Answer, AnswerPart, LanguageModel, LanguageModelError, Prompt, json_answer};
use tokio::{sync::mpsc, time::Instant};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    BedrockConfig,
    dialect::Learned,
    wire::{Broken, Client, End, Failure, Piece, Pieces},
};

/// The longest answer. A summary is a few kilobytes.
const MAX_ANSWER_BYTES: usize = 256 << 10;
/// Parts that wait to be read.
const PARTS_AHEAD: usize = 64;
/// How often one question is asked: once more when a form of it is not taken.
const MAX_FORMS: usize = 2;

/// A language model of Amazon Bedrock. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct BedrockModel {
    shared: Arc<Shared>,
}

struct Shared {
    config: BedrockConfig,
    client: Client,
    learned: Learned,
}

impl fmt::Debug for BedrockModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockModel").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

impl BedrockModel {
    /// A model that is asked as the environment says: the AWS variables, profiles and instance roles, or the role of the
    /// configuration. Nothing is asked yet.
    pub async fn from_environment(config: BedrockConfig) -> Self {
        let client = Client::from_environment(&config).await;
        Self::new(client, config)
    }

    /// A model that is asked with a fixed key pair.
    #[must_use]
    pub fn fixed(access_key: &str, secret_key: &str, config: BedrockConfig) -> Self {
        Self::new(Client::fixed(access_key, secret_key, &config), config)
    }

    fn new(client: Client, config: BedrockConfig) -> Self {
        let learned = Learned::new(config.json);
        Self { shared: Arc::new(Shared { config, client, learned }) }
    }

    /// Asks; what comes may be an answer in pieces, or in one.
    async fn ask(&self, prompt: &Prompt) -> Result<Coming, LanguageModelError> {
        let Shared { config, client, learned } = &*self.shared;
        let mut tried = 0;
        loop {
            tried += 1;
            let json = learned.json_by();
            let asked = if config.streaming {
                client.converse_stream(prompt, config, json).await.map(Coming::Pieces)
            } else {
                client.converse(prompt, config, json).await.map(|piece| Coming::Whole(Some(piece)))
            };
            match asked {
                Err(Failure::Invalid(said))
                    if tried < MAX_FORMS && prompt.schema.is_some() && learned.refused(json, &said) =>
                {
                    tracing::info!(
                        model.name = config.name,
                        "the model takes no such form of JSON; words are used"
                    );
                }
                Err(failure) => return Err(failure.into()),
                Ok(coming) => return Ok(coming),
            }
        }
    }

    async fn reader(&self, prompt: &Prompt) -> Result<Reader, LanguageModelError> {
        let deadline = Instant::now() + prompt.timeout;
        let coming = tokio::time::timeout_at(deadline, Box::pin(self.ask(prompt))).await;
        let coming = coming.unwrap_or(Err(LanguageModelError::Timeout))?;
        let model = self.shared.config.model_of(&prompt.tenant).to_owned();
        Ok(Reader { coming, deadline, schema: prompt.schema.clone(), model, gathered: Piece::default() })
    }
}

#[async_trait]
impl LanguageModel for BedrockModel {
    fn name(&self) -> &str {
        &self.shared.config.name
    }

    async fn answer(&self, prompt: &Prompt) -> Result<Answer, LanguageModelError> {
        let mut reader = self.reader(prompt).await?;
        while reader.next().await?.is_some() {}
        reader.finish()
    }

    async fn stream(
        &self,
        prompt: &Prompt,
    ) -> Result<BoxStream<'static, Result<AnswerPart, LanguageModelError>>, LanguageModelError> {
        let reader = self.reader(prompt).await?;
        let (give, parts) = mpsc::channel(PARTS_AHEAD);
        // It ends when the parts are dropped: nothing can be given any more, or nobody waits for what comes.
        tokio::spawn(async move {
            tokio::select! {
                () = reader.run(&give) => {}
                () = give.closed() => {}
            }
        });
        Ok(Box::pin(ReceiverStream::new(parts)))
    }
}

/// An answer on its way.
enum Coming {
    Pieces(Pieces),
    Whole(Option<Piece>),
}

/// Reads an answer. Dropping it ends the stream.
struct Reader {
    coming: Coming,
    deadline: Instant,
    schema: Option<serde_json::Value>,
    model: String,
    gathered: Piece,
}

impl Reader {
    /// Gives each part to `give`, until nobody takes it any more. The last one is the whole or an error.
    async fn run(mut self, give: &mpsc::Sender<Result<AnswerPart, LanguageModelError>>) {
        let last = loop {
            match self.next().await {
                Ok(Some(text)) if text.is_empty() => {}
                Ok(Some(text)) => {
                    if give.send(Ok(AnswerPart::Text(text))).await.is_err() {
                        return;
                    }
                }
                Ok(None) => break self.finish().map(AnswerPart::Done),
                Err(error) => break Err(error),
            }
        };
        // Whoever dropped the parts wants no end of them.
        let _nobody_waits = give.send(last).await;
    }

    /// More words; none at the end.
    async fn next(&mut self) -> Result<Option<String>, LanguageModelError> {
        let piece = match &mut self.coming {
            Coming::Whole(piece) => piece.take(),
            Coming::Pieces(pieces) => {
                let piece = tokio::time::timeout_at(self.deadline, pieces.next()).await;
                piece.unwrap_or(Err(LanguageModelError::Timeout))?
            }
        };
        let Some(piece) = piece else { return Ok(None) };
        let gathered = &mut self.gathered;
        let length = gathered.text.len() + gathered.input.len() + piece.text.len() + piece.input.len();
        if length > MAX_ANSWER_BYTES {
            return Err(LanguageModelError::Rubbish("it is too long"));
        }
        gathered.text.push_str(&piece.text);
        gathered.input.push_str(&piece.input);
        gathered.end = gathered.end.or(piece.end);
        gathered.tokens = piece.tokens.or(gathered.tokens);
        Ok(Some(if piece.input.is_empty() { piece.text } else { piece.input }))
    }

    fn finish(self) -> Result<Answer, LanguageModelError> {
        let Piece { text, input, end, tokens } = self.gathered;
        match end {
            Some(End::Whole) => {}
            Some(End::TooLong) => {
                return Err(LanguageModelError::Rubbish("it was cut at the most tokens it may have"));
            }
            Some(End::Filtered) => return Err(LanguageModelError::Rubbish("a filter took it back")),
            Some(End::Malformed) => return Err(LanguageModelError::Rubbish("the model calls it malformed")),
            None => return Err(Broken::CutShort.into()),
        }
        let said = if input.is_empty() { text } else { input };
        let text = match &self.schema {
            Some(schema) => json_answer(&said, schema)?,
            None if said.trim().is_empty() => return Err(LanguageModelError::Rubbish("it is empty")),
            None => said,
        };
        let (input_tokens, output_tokens) = tokens.unwrap_or_default();
        Ok(Answer { text, model: self.model, input_tokens, output_tokens })
    }
}
