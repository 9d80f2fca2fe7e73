//! What a pool is told of each recogniser.

use std::{fmt, sync::Arc, time::Duration};

use ports::Transcriber;

/// One recogniser of a pool, and what it may be asked for.
#[derive(Clone)]
pub struct Tier {
    /// The recogniser.
    pub transcriber: Arc<dyn Transcriber>,
    /// Its name in results, status and metrics.
    pub name: String,
    /// How many streams it takes at once; no bound when absent.
    pub max_streams: Option<usize>,
    /// How many streams may be started in a second; no bound when absent.
    pub starts_per_second: Option<f64>,
    /// What it costs, in US dollars per minute of [`Tier::billing`].
    pub price_per_minute_usd: Option<f64>,
    /// What the price is for.
    pub billing: Billing,
    /// The BCP 47 tags that it takes, such as `en-US`; any when absent. `en` takes every English.
    pub languages: Option<Vec<String>>,
    /// How long it may say nothing while it owes an answer; [`Times::answers_within`] when absent. A local model that
    /// shares its processor with many calls may be slow and well.
    pub answers_within: Option<Duration>,
}

/// What a vendor counts as a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Billing {
    /// A minute of a stream, whatever its channels.
    Stream,
    /// A minute of each channel.
    #[default]
    Channel,
}

/// How patient a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How long a recogniser may take to open a stream before the next one is asked.
    pub opens_within: Duration,
    /// How long a recogniser may say nothing while it owes an answer before it counts as hung.
    pub answers_within: Duration,
    /// How long [`ports::Transcriber::open`] waits for a stream before it goes on trying in the background.
    pub open_waits: Duration,
    /// How long a call may go without any progress before its recognition is given up.
    pub give_up_after: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            opens_within: Duration::from_secs(10),
            answers_within: Duration::from_secs(30),
            open_waits: Duration::from_secs(2),
            give_up_after: Duration::from_secs(15 * 60),
        }
    }
}

impl Tier {
    /// A recogniser under its own name, without bounds or price, for every language.
    #[must_use]
    pub fn new(transcriber: Arc<dyn Transcriber>) -> Self {
        let name = transcriber.name().to_owned();
        Self {
            transcriber,
            name,
            max_streams: None,
            starts_per_second: None,
            price_per_minute_usd: None,
            billing: Billing::default(),
            languages: None,
            answers_within: None,
        }
    }
}

impl fmt::Debug for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tier").field("name", &self.name).finish_non_exhaustive()
    }
}
