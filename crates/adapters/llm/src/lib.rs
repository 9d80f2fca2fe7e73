//! Language models behind a chat completions endpoint: the port `LanguageModel` over HTTP.
//!
//! `OpenAI` itself, and what speaks its protocol: vLLM, llama.cpp, Ollama and the many gateways. Answers are streamed, so
//! that the first word is seen when it is there. What a server does not take is learned from its refusals and left away
//! from then on: strict schemas, JSON mode, a temperature, the name of the tokens' limit. JSON is held against its
//! schema here, whatever the server promises.
//!
//! Nothing is retried but a request that such a refusal was the answer to. Vendor types stop in `wire`. Neither words nor
//! the key ever reach an error, a log or `Debug`.

mod config;
mod dialect;
mod model;
mod refusal;
mod sse;
mod stream;
mod wire;

pub use config::{ApiKey, ConfigError, LlmConfig};
pub use model::ChatModel;
