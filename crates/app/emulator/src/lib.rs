//! Calls from a script: what a desk would be told, without audio and without a model, over the real API.
//!
//! A [`Scenario`] is a YAML file; a [`Player`] writes its events into an event log as time passes and hands them to
//! followers, and answers what people do at the desk. Everything behind the log is the server's own code, so that what
//! works against an emulated call works against a true one.

mod desk;
mod player;
mod scenario;
mod script;
mod words;

pub use player::{Clock, PlayError, Player, Publish, Stage};
pub use scenario::{
    Agent, Alert, Answer, Card, Length, Message, Scenario, ScenarioError, Section, Session, Step, Summary,
};
