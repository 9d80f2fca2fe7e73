//! AWS's client, its shapes and its errors; no type of theirs goes further.

use std::{error::Error, iter::successors};

use aws_config::{BehaviorVersion, Region, SdkConfig, sts::AssumeRoleProvider};
use aws_credential_types::{
    Credentials,
    provider::{SharedCredentialsProvider, error::CredentialsError},
};
use aws_sdk_bedrockruntime::{
    config::{StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig},
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::converse_stream::ConverseStreamOutput as Streamed,
    types::{
        ContentBlock, ContentBlockDelta, ConversationRole, ConverseOutput as Said, ConverseStreamOutput,
        InferenceConfiguration, JsonSchemaDefinition, Message, OutputConfig, OutputFormat,
        OutputFormatStructure, OutputFormatType, SpecificToolChoice, StopReason, SystemContentBlock,
        TokenUsage, Tool, ToolChoice, ToolConfiguration, ToolInputSchema, ToolSpecification,
        error::ConverseStreamOutputError,
    },
};
use ports::{LanguageModelError, Prompt};
use serde_json::Value;
use thiserror::Error as ThisError;
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

use crate::{
    BedrockConfig, JsonBy,
    document::{document, value},
};

/// What AWS's logs show as the session's name.
const SESSION_NAME: &str = "trunkline-models";
/// The tool whose input is the answer.
const TOOL_NAME: &str = "answer";
const TOOL_DESCRIPTION: &str = "Takes your answer.";

/// What came of a request.
pub(crate) enum Failure {
    /// It is refused as invalid, in these words. They may repeat what was asked: they go no further.
    Invalid(String),
    Other(LanguageModelError),
}

impl From<Failure> for LanguageModelError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Invalid(_) => Self::Refused(
                "it does not take the request; check the model's id, the region, and whether the model takes tools"
                    .to_owned(),
            ),
            Failure::Other(error) => error,
        }
    }
}

/// How an answer broke off. Never what was in it.
#[derive(Debug, ThisError)]
pub(crate) enum Broken {
    #[error("Amazon Bedrock failed: {0}")]
    Service(String),
    #[error("Amazon Bedrock was not reached")]
    Connection,
    #[error("the answer ended before its end")]
    CutShort,
}

impl From<Broken> for LanguageModelError {
    fn from(broken: Broken) -> Self {
        Self::Failed(Box::new(broken))
    }
}

/// A piece of an answer.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// Words.
    pub(crate) text: String,
    /// Words of the tool's input.
    pub(crate) input: String,
    pub(crate) end: Option<End>,
    pub(crate) tokens: Option<(u32, u32)>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    TooLong,
    Filtered,
    Malformed,
}

/// Asks models.
#[derive(Clone, Debug)]
pub(crate) struct Client(aws_sdk_bedrockruntime::Client);

impl Client {
    /// With the environment's credentials, or the role's.
    pub(crate) async fn from_environment(config: &BedrockConfig) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &config.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let mut sdk = loader.load().await;
        if let Some(role) = &config.role {
            let mut provider =
                AssumeRoleProvider::builder(&role.arn).session_name(SESSION_NAME).configure(&sdk);
            if let Some(region) = sdk.region() {
                provider = provider.region(region.clone());
            }
            if let Some(id) = &role.external_id {
                provider = provider.external_id(id);
            }
            let provider = SharedCredentialsProvider::new(provider.build().await);
            sdk = sdk.into_builder().credentials_provider(provider).build();
        }
        Self::new(&sdk, config)
    }

    /// With a fixed key pair.
    pub(crate) fn fixed(access_key: &str, secret_key: &str, config: &BedrockConfig) -> Self {
        let credentials = Credentials::new(access_key, secret_key, None, None, "configuration");
        let region = config.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self::new(&sdk, config)
    }

    fn new(sdk: &SdkConfig, config: &BedrockConfig) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(config.connect_timeout).build();
        let mut builder = aws_sdk_bedrockruntime::config::Builder::from(sdk)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            // A model thinks before it speaks.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(endpoint) = &config.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        Self(aws_sdk_bedrockruntime::Client::from_conf(builder.build()))
    }

    /// Asks for the whole answer.
    pub(crate) async fn converse(
        &self,
        prompt: &Prompt,
        config: &BedrockConfig,
        json: JsonBy,
    ) -> Result<Piece, Failure> {
        let ask = Ask::new(prompt, config, json)?;
        let call = self
            .0
            .converse()
            .model_id(config.model_of(&prompt.tenant))
            .messages(ask.message)
            .set_system(ask.system)
            .inference_config(ask.inference)
            .set_tool_config(ask.tools)
            .set_output_config(ask.output);
        // The client writes whole messages to its finest log, and they hold what was said.
        let answer =
            call.send().with_subscriber(NoSubscriber::new()).await.map_err(|error| failure(&error))?;
        let mut piece = Piece {
            end: Some(end(&answer.stop_reason)),
            tokens: answer.usage.as_ref().map(tokens),
            ..Piece::default()
        };
        if let Some(Said::Message(message)) = answer.output {
            for block in message.content {
                // Not what a model thinks aloud, nor what nobody asked for.
                if let ContentBlock::Text(text) = block {
                    piece.text.push_str(&text);
                } else if let ContentBlock::ToolUse(tool) = block {
                    piece.input.push_str(&value(tool.input).to_string());
                }
            }
        }
        Ok(piece)
    }

    /// Asks for the answer as it comes.
    pub(crate) async fn converse_stream(
        &self,
        prompt: &Prompt,
        config: &BedrockConfig,
        json: JsonBy,
    ) -> Result<Pieces, Failure> {
        let ask = Ask::new(prompt, config, json)?;
        let call = self
            .0
            .converse_stream()
            .model_id(config.model_of(&prompt.tenant))
            .messages(ask.message)
            .set_system(ask.system)
            .inference_config(ask.inference)
            .set_tool_config(ask.tools)
            .set_output_config(ask.output);
        let answer = call.send().with_subscriber(NoSubscriber::new()).await;
        answer.map(Pieces).map_err(|error| failure(&error))
    }
}

/// The pieces of an answer. Dropping them ends the stream.
#[derive(Debug)]
pub(crate) struct Pieces(Streamed);

impl Pieces {
    /// The next piece; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>, LanguageModelError> {
        let received = self.0.stream.recv().with_subscriber(NoSubscriber::new()).await;
        let Some(event) = received.map_err(|error| failure(&error))? else { return Ok(None) };
        Ok(Some(piece(event)))
    }
}

fn piece(event: ConverseStreamOutput) -> Piece {
    let mut piece = Piece::default();
    // Beginnings and ends of blocks say nothing here, nor do events that are newer than this client.
    if let ConverseStreamOutput::ContentBlockDelta(event) = event {
        if let Some(ContentBlockDelta::Text(text)) = event.delta {
            piece.text = text;
        } else if let Some(ContentBlockDelta::ToolUse(tool)) = event.delta {
            piece.input = tool.input;
        }
    } else if let ConverseStreamOutput::MessageStop(event) = event {
        piece.end = Some(end(&event.stop_reason));
    } else if let ConverseStreamOutput::Metadata(event) = event {
        piece.tokens = event.usage.as_ref().map(tokens);
    }
    piece
}

/// The parts of a request.
struct Ask {
    message: Message,
    system: Option<Vec<SystemContentBlock>>,
    inference: InferenceConfiguration,
    tools: Option<ToolConfiguration>,
    output: Option<OutputConfig>,
}

impl Ask {
    fn new(prompt: &Prompt, config: &BedrockConfig, json: JsonBy) -> Result<Self, Failure> {
        let built = |_: BuildError| {
            Failure::Other(LanguageModelError::Refused("the request cannot be made".to_owned()))
        };
        let mut instructions = prompt.instructions.clone();
        let (mut tools, mut output) = (None, None);
        match (&prompt.schema, json) {
            (Some(schema), JsonBy::Tool) => tools = Some(tool(schema).map_err(built)?),
            (Some(schema), JsonBy::Schema) => output = Some(format(schema).map_err(built)?),
            (Some(schema), JsonBy::Words) => {
                instructions.push_str("\n\nAnswer with JSON only, of this JSON schema:\n");
                instructions.push_str(&schema.to_string());
            }
            (None, _) => {}
        }
        let message = Message::builder()
            .role(ConversationRole::User)
            .content(ContentBlock::Text(prompt.material.clone()))
            .build()
            .map_err(built)?;
        let inference = InferenceConfiguration::builder()
            .max_tokens(i32::try_from(prompt.max_tokens.max(1)).unwrap_or(i32::MAX))
            .temperature(config.temperature)
            .build();
        // The service takes no blank text.
        let system = (!instructions.trim().is_empty()).then(|| vec![SystemContentBlock::Text(instructions)]);
        Ok(Self { message, system, inference, tools, output })
    }
}

fn tool(schema: &Value) -> Result<ToolConfiguration, BuildError> {
    let spec = ToolSpecification::builder()
        .name(TOOL_NAME)
        .description(TOOL_DESCRIPTION)
        .input_schema(ToolInputSchema::Json(document(schema)))
        .build()?;
    let choice = SpecificToolChoice::builder().name(TOOL_NAME).build()?;
    ToolConfiguration::builder().tools(Tool::ToolSpec(spec)).tool_choice(ToolChoice::Tool(choice)).build()
}

fn format(schema: &Value) -> Result<OutputConfig, BuildError> {
    let schema = JsonSchemaDefinition::builder().name(TOOL_NAME).schema(schema.to_string()).build()?;
    let format = OutputFormat::builder()
        .r#type(OutputFormatType::JsonSchema)
        .structure(OutputFormatStructure::JsonSchema(schema))
        .build()?;
    Ok(OutputConfig::builder().text_format(format).build())
}

const fn end(reason: &StopReason) -> End {
    if matches!(reason, StopReason::MaxTokens | StopReason::ModelContextWindowExceeded) {
        End::TooLong
    } else if matches!(reason, StopReason::ContentFiltered | StopReason::GuardrailIntervened) {
        End::Filtered
    } else if matches!(reason, StopReason::MalformedModelOutput | StopReason::MalformedToolUse) {
        End::Malformed
    } else {
        // Also reasons that are newer than this client: the schema tells whether the answer can be used.
        End::Whole
    }
}

fn tokens(usage: &TokenUsage) -> (u32, u32) {
    let count = |count: i32| u32::try_from(count).unwrap_or_default();
    (count(usage.input_tokens), count(usage.output_tokens))
}

/// What a failed request or stream means.
fn failure<E, R>(error: &SdkError<E, R>) -> Failure
where
    E: Named + Error + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::ServiceError(service) => {
            let error = service.err();
            of_service(error.name().unwrap_or_default(), error.message().unwrap_or_default())
        }
        SdkError::ResponseError(_) => Failure::Other(LanguageModelError::Rubbish("it has another shape")),
        SdkError::TimeoutError(_) => Failure::Other(LanguageModelError::Timeout),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => no_connection(error.source()),
        _ => Failure::Other(Broken::Connection.into()),
    }
}

/// An error of the service with its name.
trait Named: ProvideErrorMetadata {
    fn name(&self) -> Option<&str> {
        self.code()
    }
}

impl Named for aws_sdk_bedrockruntime::operation::converse::ConverseError {}
impl Named for aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError {}

impl Named for ConverseStreamOutputError {
    /// In a stream the name is in the frame's headers, and the client keeps it as the variant alone.
    fn name(&self) -> Option<&str> {
        let names = [
            (self.is_throttling_exception(), "ThrottlingException"),
            (self.is_validation_exception(), "ValidationException"),
            (self.is_internal_server_exception(), "InternalServerException"),
            (self.is_model_stream_error_exception(), "ModelStreamErrorException"),
            (self.is_service_unavailable_exception(), "ServiceUnavailableException"),
        ];
        names.into_iter().find_map(|(is, name)| is.then_some(name)).or_else(|| self.code())
    }
}

fn of_service(code: &str, message: &str) -> Failure {
    Failure::Other(match code {
        "ValidationException" => return Failure::Invalid(message.to_owned()),
        "ThrottlingException"
        | "ServiceQuotaExceededException"
        | "TooManyRequestsException"
        | "ModelNotReadyException" => LanguageModelError::Busy { retry_after: None },
        "ModelTimeoutException" => LanguageModelError::Timeout,
        "ResourceNotFoundException" => {
            LanguageModelError::Refused("there is no such model in the region".to_owned())
        }
        // The explanations of these repeat what was signed, so they are not passed on.
        "AccessDeniedException"
        | "AccessDenied"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "NotAuthorizedException"
        | "UnrecognizedClientException" => LanguageModelError::Refused(format!(
            "it does not accept the credentials ({code}); check the key or role, access to the model, and \
             bedrock:InvokeModelWithResponseStream"
        )),
        "" => Broken::Service("without a cause".to_owned()).into(),
        other => Broken::Service(other.to_owned()).into(),
    })
}

/// A failure before anything was answered. `error` and what is behind it say why.
fn no_connection(error: Option<&(dyn Error + 'static)>) -> Failure {
    for cause in successors(error, |&cause| cause.source()) {
        let is_lacking = matches!(
            cause.downcast_ref(),
            Some(CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_))
        );
        // Without any provider the client has an error of its own, which has no name.
        if is_lacking || cause.to_string().contains("no identity resolver") {
            let why = "no AWS credentials were found; set them in the environment, a profile or a role";
            return Failure::Other(LanguageModelError::Refused(why.to_owned()));
        }
    }
    Failure::Other(Broken::Connection.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_the_service_has_its_meaning() {
        for (code, meaning) in [
            ("ValidationException", "model_refused"),
            ("AccessDeniedException", "model_refused"),
            ("ResourceNotFoundException", "model_refused"),
            ("ThrottlingException", "model_busy"),
            ("ModelNotReadyException", "model_busy"),
            ("ModelTimeoutException", "model_timeout"),
            ("ModelErrorException", "model_unreachable"),
            ("SomethingNewException", "model_unreachable"),
            ("", "model_unreachable"),
        ] {
            assert_eq!(
                LanguageModelError::from(of_service(code, "my card is 4111")).code(),
                meaning,
                "{code}"
            );
        }
    }

    #[test]
    fn what_the_service_explains_is_not_passed_on() {
        for code in ["ValidationException", "AccessDeniedException", "ModelErrorException"] {
            let error = LanguageModelError::from(of_service(code, "my card is 4111"));
            assert!(!format!("{error:?} {error}").contains("4111"));
        }
    }
}
