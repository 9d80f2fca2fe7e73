//! The HTTP API, the WebSocket and the embedded console: routes by resource over the engine and the stores.
//!
//! No business rule lives here: it reads requests, asks, and shapes answers. Every error is a problem
//! document (RFC 9457) with a stable `code`.

mod asyncapi;
mod caller;
mod console;
mod desk;
mod entry;
mod extract;
mod guard;
mod guiding;
mod names;
mod problem;
mod reviewer;
mod routes;
mod shapes;
mod signin;
mod state;
mod subscribe;

pub use desk::{Answered, Answerer, Desk};
pub use entry::{Entry, SignInProvider};
pub use guiding::{GuidanceHealth, GuidanceHealthOf, Guiding, MeaningHealth, ModelHealth};
pub use reviewer::Reviewers;
pub use routes::{RouterOptions, asyncapi, openapi, router, router_for};
pub use state::{ApiState, Keeping, Probe};
