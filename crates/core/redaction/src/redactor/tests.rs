//! Behaviour of the whole stage on dialogues.

mod addresses;
mod cuts;
mod dates;
mod harmless;
mod hostile;
mod hostile_words;
mod kinds;
mod leaks;
mod names;
mod patterns;
mod places;
mod policies;
mod secrets;
mod spoken;
mod support;
mod terms;
mod turns;
