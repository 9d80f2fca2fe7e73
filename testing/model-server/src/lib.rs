//! A stand-in for language models: `OpenAI`'s chat completions and Amazon Bedrock's Converse, with their rules and faults.
//!
//! It refuses what the real ones refuse: keys, model names, roles, schemas that are not strict, blank texts, parameters
//! that a model does not take. What it says is scripted by [`ModelServer::script`]; without a script it is obedient to a
//! fault, and does what the last user message says: `say TEXT`, `hang`, `busy`, `refuse`, `fail`. That is what a model
//! does at its worst when it takes data for instructions.

mod bedrock;
mod chat;
mod frames;
mod play;
mod rules;
mod schema;
mod script;
mod server;

pub use script::{Fault, Reply};
pub use server::{ModelServer, Options, Seen};
