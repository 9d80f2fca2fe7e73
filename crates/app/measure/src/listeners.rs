//! Follows every call of a load, and counts how late its events are.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    clock::now,
    follow::{Delivered, Followers},
    heard::Heard,
};

/// The followers of a load on one host, and what they heard.
#[derive(Debug)]
pub struct Listeners {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
    followers: Arc<Followers>,
}

impl Listeners {
    /// Nobody yet.
    ///
    /// # Errors
    /// As [`Heard::new`].
    pub fn new(address: SocketAddr) -> anyhow::Result<Arc<Self>> {
        let heard = Arc::new(Mutex::new(Heard::new()?));
        let board = Arc::clone(&heard);
        let followers = Followers::new(Arc::new(move |event: &Delivered<'_>| {
            if let Some(due) = event.due {
                lock(&board).take(event.call, due, event.at);
            }
        }));
        Ok(Arc::new(Self { address, heard, followers }))
    }

    /// Follows a call.
    pub fn follow(&self, call: String) {
        self.followers.follow(0, self.address, call);
    }

    /// From now on, what is due within this time counts, however late it comes.
    pub fn measure(&self, length: Duration) {
        lock(&self.heard).measure(now(), length);
    }

    /// Ends all of them and says what they heard.
    #[must_use]
    pub fn close(&self) -> Heard {
        self.followers.close();
        lock(&self.heard).clone()
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
