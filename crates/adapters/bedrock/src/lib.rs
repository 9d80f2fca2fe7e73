//! Language models of Amazon Bedrock: the port `LanguageModel` over Converse and `ConverseStream` of AWS's own client.
//!
//! JSON comes by a tool that the model has to use and whose input is the answer, by the service's own output format, or by
//! words alone; it is held against its schema here in any case. Nothing is retried here, and the client's retries are
//! off: what guards a model stands before it. Vendor types stop in `wire`; words reach no error and no log.
//!
//! Needs `bedrock:InvokeModelWithResponseStream`, or `bedrock:InvokeModel` where words do not come as they are said, for
//! the model or inference profile, and `sts:AssumeRole` for a role. Billed by token.

mod config;
mod dialect;
mod document;
mod model;
mod wire;

pub use config::{BedrockConfig, JsonBy, Role};
pub use model::BedrockModel;
