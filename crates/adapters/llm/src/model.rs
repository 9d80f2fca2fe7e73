//! The model.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use ports::{Answer, AnswerPart, LanguageModel, LanguageModelError, Prompt};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    config::{ConfigError, LlmConfig},
    dialect::Learned,
    refusal::{of_status, of_transport},
    stream::Reader,
    wire,
};

/// How often one question is asked anew because a server does not take its form.
const MAX_FORMS: usize = 6;
/// How much of a refusal is read, to learn from.
const MAX_REFUSAL_BYTES: usize = 64 << 10;
/// Parts that wait to be read.
const PARTS_AHEAD: usize = 64;
/// How long a connection is kept for the next question.
const KEEP_CONNECTION: Duration = Duration::from_secs(60);

/// A language model behind a chat completions endpoint. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct ChatModel {
    shared: Arc<Shared>,
}

struct Shared {
    config: LlmConfig,
    client: Client,
    url: Url,
    headers: HeaderMap,
    learned: Learned,
}

impl fmt::Debug for ChatModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatModel").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

impl ChatModel {
    /// A model. Nothing is connected yet.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(config: LlmConfig) -> Result<Self, ConfigError> {
        let url = endpoint(&config.endpoint)?;
        if config.model.trim().is_empty() || config.tenant_models.values().any(|name| name.trim().is_empty())
        {
            return Err(ConfigError::Model);
        }
        if !(0.0..=2.0).contains(&config.temperature) {
            return Err(ConfigError::Temperature);
        }
        let headers = headers(&config)?;
        let client = client(&config, &url)?;
        Ok(Self { shared: Arc::new(Shared { config, client, url, headers, learned: Learned::default() }) })
    }

    /// Asks, and gives what begins to come. A form that is not taken is learned, and the next one tried.
    async fn ask(&self, prompt: &Prompt, deadline: Instant) -> Result<Response, LanguageModelError> {
        let Shared { config, client, url, headers, learned } = &*self.shared;
        for _ in 0..MAX_FORMS {
            let dialect = learned.dialect();
            let body = wire::request(prompt, config, dialect).to_string();
            let request = client.post(url.clone()).headers(headers.clone()).body(body).send();
            let response = tokio::time::timeout_at(deadline, request)
                .await
                .map_err(|_| LanguageModelError::Timeout)?
                .map_err(|error| of_transport(&error))?;
            let status = response.status();
            if status == StatusCode::OK {
                return Ok(response);
            }
            let refused = of_status(status, response.headers());
            if !matches!(status.as_u16(), 400 | 422) {
                return Err(refused);
            }
            let said = tokio::time::timeout_at(deadline, refusal(response)).await;
            let said = said.map_err(|_| LanguageModelError::Timeout)?;
            let Some(next) = dialect.after_refusal(&said, prompt.schema.is_some()) else {
                return Err(refused);
            };
            tracing::info!(
                model.name = config.name,
                "the model's server does not take a form of request; another is used"
            );
            learned.learn(next);
        }
        Err(LanguageModelError::Refused("it takes no form of the request".to_owned()))
    }

    async fn reader(&self, prompt: &Prompt) -> Result<Reader, LanguageModelError> {
        let deadline = Instant::now() + prompt.timeout;
        let response = self.ask(prompt, deadline).await?;
        Ok(Reader::new(response, prompt, self.shared.config.model_of(&prompt.tenant), deadline))
    }
}

#[async_trait]
impl LanguageModel for ChatModel {
    fn name(&self) -> &str {
        &self.shared.config.name
    }

    async fn answer(&self, prompt: &Prompt) -> Result<Answer, LanguageModelError> {
        self.reader(prompt).await?.whole().await
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

fn endpoint(text: &str) -> Result<Url, ConfigError> {
    let wrong = || ConfigError::Endpoint(shown(text));
    let url = Url::parse(&format!("{}/chat/completions", text.trim_end_matches('/'))).map_err(|_| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if is_web && is_plain { Ok(url) } else { Err(wrong()) }
}

/// An address without what may be secret in it.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match text.rsplit_once('@') {
        Some((_, behind)) => format!("…@{behind}"),
        None => text.to_owned(),
    }
}

fn headers(config: &LlmConfig) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(key) = &config.api_key {
        if key.expose().trim().is_empty() {
            return Err(ConfigError::ApiKey);
        }
        let mut value =
            HeaderValue::try_from(format!("Bearer {}", key.expose())).map_err(|_| ConfigError::ApiKey)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

fn client(config: &LlmConfig, url: &Url) -> Result<Client, ConfigError> {
    let unusable = |error: reqwest::Error| ConfigError::Connection(Box::new(error));
    let mut builder = Client::builder()
        .connect_timeout(config.connect_timeout)
        .read_timeout(config.silence_timeout)
        .pool_idle_timeout(KEEP_CONNECTION)
        .tcp_nodelay(true)
        // A key is given to nobody but the endpoint.
        .redirect(redirect::Policy::none());
    if let Some(pem) = &config.extra_root_pem {
        let certificates = reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(unusable)?;
        if certificates.is_empty() {
            return Err(ConfigError::Certificate);
        }
        builder = builder.tls_certs_merge(certificates);
    }
    // A model on this host is not reached over the proxy that leads to the world.
    if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(unusable)
}

/// The words of a refusal, to learn from; they go no further.
async fn refusal(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_REFUSAL_BYTES {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(MAX_REFUSAL_BYTES);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApiKey;

    #[test]
    fn an_endpoint_has_its_form() {
        let url = endpoint("https://api.openai.com/v1/").unwrap();
        assert_eq!(url.as_str(), "https://api.openai.com/v1/chat/completions");
        for wrong in [
            "",
            "api.openai.com/v1",
            "ftp://host/v1",
            "https://user:secret@host/v1",
            "http://host/v1?k=secret",
        ] {
            let error = endpoint(wrong).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused_at_once() {
        let with = |change: &dyn Fn(&mut LlmConfig)| {
            let mut config = LlmConfig::new("http://127.0.0.1:1/v1", "m");
            change(&mut config);
            ChatModel::new(config).err().map(|error| error.to_string())
        };
        assert_eq!(with(&|_| {}), None);
        assert!(with(&|config| config.model.clear()).unwrap().contains("no name"));
        assert!(with(&|config| config.temperature = f64::NAN).unwrap().contains("temperature"));
        assert!(with(&|config| config.api_key = Some(ApiKey::new("a\nb"))).unwrap().contains("key"));
        assert!(with(&|config| config.extra_root_pem = Some("no".to_owned())).is_some());
    }

    #[test]
    fn the_key_is_never_shown() {
        let mut config = LlmConfig::new("http://127.0.0.1:1/v1", "m");
        config.api_key = Some(ApiKey::new("sk-verysecret"));
        let model = ChatModel::new(config).unwrap();
        assert!(!format!("{model:?}").contains("verysecret"));
    }
}
