//! What language models and documents have to say to an agent, and what of it may be said.
//!
//! - [`Advisor`] answers what guidance and desks ask: it looks passages up, asks a model by a prompt, and gives on only
//!   what is grounded in the documents or the call. *Invariants:* only redacted words go to a model; what people said and
//!   what documents say is data, fenced apart from the instructions; every number, address and quotation of an answer
//!   stands in its source, or the answer is withheld with a code; what a model wrote is redacted and plain text.
//! - [`GuardedModel`] stands before a model: a budget for each tenant, a bound on questions at once, a breaker, a second
//!   question when the first is slow, time limits, metrics. It is a [`ports::LanguageModel`] itself.
//! - [`Prompts`] are files: those of a tenant's folder before the built-in ones.
//!
//! Nothing here is needed for a call. Whatever fails has a code, and guidance goes on without it.

mod advisor;
mod answer;
mod breaker;
mod budget;
mod extract;
mod fence;
mod grounding;
mod guarded;
mod hedge;
mod models;
mod names;
mod plain;
mod prompts;
mod running;
mod summary;
mod words;

pub use advisor::{Advisor, AdvisorParts, PolicyOf};
pub use answer::FoundAnswer;
pub use breaker::ModelState;
pub use budget::Budget;
pub use guarded::{GuardedModel, Limits, ModelStatus};
pub use models::{Models, ModelsBuilder, Purpose};
pub use prompts::{PromptError, Prompts};
