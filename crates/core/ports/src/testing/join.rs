//! Several futures at once, on whatever runtime drives the suite.

use std::{future::Future, pin::Pin, task::Poll};

/// A future and what came of it.
type Running<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Polls all futures until each is done; gives their results in order.
pub(super) async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Running<F>> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut waits = false;
        for (future, done) in running.iter_mut().filter(|(_, done)| done.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(result) => *done = Some(result),
                Poll::Pending => waits = true,
            }
        }
        if waits { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, done)| done).collect()
}

/// Polls two futures until both are done.
pub(super) async fn both(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let both: [Pin<Box<dyn Future<Output = ()> + '_>>; 2] = [Box::pin(one), Box::pin(other)];
    all(both.into_iter()).await;
}
