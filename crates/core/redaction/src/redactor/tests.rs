//! Behaviour of the whole stage on dialogues.

mod addresses;
mod dates;
mod harmless;
mod hostile;
mod kinds;
mod leaks;
mod spoken;
mod support;
mod turns;
