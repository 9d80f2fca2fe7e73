//! Behaviour of the whole stage on dialogues.

mod addresses;
mod harmless;
mod hostile;
mod leaks;
mod spoken;
mod support;
mod turns;
