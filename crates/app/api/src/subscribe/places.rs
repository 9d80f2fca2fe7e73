//! How many clients may follow at once.

use std::sync::Arc;

use metrics::{Gauge, gauge};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{names, problem::Problem};

/// The places for open transports.
#[derive(Clone, Debug)]
pub(crate) struct Sockets(Arc<Semaphore>);

/// A place that is taken until it is dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    open: Gauge,
}

impl Sockets {
    pub(crate) fn new(max: usize) -> Self {
        Self(Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))))
    }

    /// A place for a transport, counted under its name.
    pub(crate) fn take(&self, transport: &'static str) -> Result<Place, Problem> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        let permit = permit.map_err(|_| Problem::busy("no more sockets can be open; try again later"))?;
        let open = gauge!(names::SOCKETS, "transport" => transport);
        open.increment(1.0);
        Ok(Place { _permit: permit, open })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.decrement(1.0);
    }
}
