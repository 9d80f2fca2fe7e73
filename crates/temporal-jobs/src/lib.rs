//! Durable jobs on Temporal: a job is a workflow of one activity, named by the job's key.
//!
//! The server keeps the job, spaces its attempts, finds a dead worker by its missing heartbeats and gives the job to
//! another. A key is used once for as long as the namespace keeps closed workflows (its retention), so that a job is
//! known for that long; make it a month. A job is given to whichever worker asks first, those that wait longest first
//! as far as the server's task queue is in order.
//!
//! What a job carries is in the workflow's history in clear, as it is in a table of the other stores: payloads hold ids,
//! never a caller's words.

mod activity;
mod client;
mod input;
mod read;
mod worker;
mod workflow;

pub use client::{TemporalConfig, TemporalError, TemporalJobs};
