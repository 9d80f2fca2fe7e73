//! How fast a call that is behind catches up: its audio lies in the stream when its worker hears of it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lab::{Batch, Pace, Quirks};
use model::Timestamp;
use serde_json::{Value, json};
use tokio::{sync::watch, time};

use super::world::{Server, World};
use crate::{
    clock::now,
    follow::{Delivered, Followers},
    traffic::{speech, target},
};

/// How long it may take.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// A call is caught up when its words reach so near to its end: what follows is the last, open utterance.
const NEARLY: Duration = Duration::from_secs(5);

/// How fast a call that is behind catches up.
#[derive(Clone, Debug)]
pub struct CatchUp {
    /// How much of the call lay in the stream.
    pub behind: Duration,
    /// From when its worker had taken the trigger to when the last words were read.
    pub took: Duration,
    /// How much of the call those words cover.
    pub covered: Duration,
    /// Whether its words came to its end.
    pub whole: bool,
}

/// The words that came.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// When the worker heard of the call.
    told: Option<Timestamp>,
    /// The first and the last words, by when they were spoken.
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// When the last ones were read.
    read: Option<Timestamp>,
}

impl Seen {
    fn covered(&self) -> Duration {
        self.first.zip(self.last).map_or(Duration::ZERO, |(first, last)| last.since(first))
    }

    /// From the trigger's answer: finding the stream, opening it and following the call are in it.
    fn took(&self) -> Duration {
        self.told.zip(self.read).map_or(Duration::ZERO, |(told, read)| read.since(told))
    }
}

pub(super) async fn run(world: &World, behind: Duration) -> anyhow::Result<CatchUp> {
    let (_streams, url) = world.streams().await?;
    let data = world.run_folder()?;
    let server = Server::start(&world.worker(&url, data.path()), world.cores.tested.as_deref()).await?;
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (covered, mut progress) = watch::channel(Duration::ZERO);
    let followers = {
        let seen = Arc::clone(&seen);
        Followers::new(Arc::new(move |event: &Delivered<'_>| {
            let Some(due) = event.due else { return };
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.first.get_or_insert(due);
            if seen.last.is_none_or(|last| due > last) {
                (seen.last, seen.read) = (Some(due), Some(event.at));
                covered.send_replace(seen.covered());
            }
        }))
    };
    let batch = Batch { quirks: Quirks::plain(), pace: Pace::Max, ..Batch::new(vec![speech(behind, 0, 1)?]) };
    let address = server.address;
    let (following, told) = (Arc::clone(&followers), Arc::clone(&seen));
    let triggered: lab::OnProgress = Arc::new(move |progress| {
        if let lab::Progress::Triggered { call_id, .. } = progress {
            told.lock().unwrap_or_else(PoisonError::into_inner).told = Some(now());
            following.follow(0, address, call_id);
        }
    });
    let placing = tokio::spawn(batch.run(Arc::new(target(&url, &server.trigger())?), triggered));
    let caught_up = progress.wait_for(|covered| *covered + NEARLY >= behind);
    let whole = matches!(time::timeout(MAX_WAIT, caught_up).await, Ok(Ok(_)));
    placing.abort();
    followers.close();
    let seen = *seen.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(CatchUp { behind, took: seen.took(), covered: seen.covered(), whole })
}

impl CatchUp {
    /// How many times as fast as it was spoken.
    #[must_use]
    pub fn times_real_time(&self) -> f64 {
        self.covered.as_secs_f64() / self.took.as_secs_f64().max(1e-3)
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let (behind, took) = (self.behind.as_secs_f64() / 60.0, self.took.as_secs_f64());
        let end =
            if self.whole { String::new() } else { " FAILED: its words did not come to its end".to_owned() };
        format!(
            "catch-up   {:.0} x real time: a call with {behind:.1} min in its stream, {took:.1} s from its trigger to its last words{end}",
            self.times_real_time()
        )
    }

    /// For machines.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "behind_s": self.behind.as_secs_f64(), "covered_s": self.covered.as_secs_f64(),
            "took_s": self.took.as_secs_f64(), "times_real_time": self.times_real_time(), "whole": self.whole,
        })
    }
}
