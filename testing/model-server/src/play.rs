//! An answer's pieces over time.

use std::{io, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use crate::script::Fault;

/// An answer in pieces.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// What comes before the words.
    pub(crate) head: Vec<Bytes>,
    /// The words.
    pub(crate) words: Vec<Bytes>,
    /// What comes after them.
    pub(crate) tail: Vec<Bytes>,
    /// Something of no shape.
    pub(crate) garbage: Bytes,
    /// An error in the stream.
    pub(crate) failure: Bytes,
}

/// What happens next.
enum Step {
    Send(Bytes),
    Wait(Duration),
    Hang,
    Break,
}

type Steps = Box<dyn Iterator<Item = Step> + Send>;

/// The body that gives an answer, as the fault lets it.
pub(crate) fn body(pieces: Pieces, fault: Option<Fault>) -> Body {
    let steps = stream::unfold(steps(pieces, fault), async |mut steps| {
        loop {
            match steps.next()? {
                Step::Send(bytes) => return Some((Ok(bytes), steps)),
                Step::Wait(time) => tokio::time::sleep(time).await,
                Step::Hang => std::future::pending::<()>().await,
                Step::Break => return Some((Err(io::Error::other("as the script says")), steps)),
            }
        }
    });
    Body::from_stream(steps.boxed())
}

fn steps(pieces: Pieces, fault: Option<Fault>) -> Steps {
    let Pieces { head, words, tail, garbage, failure } = pieces;
    let send = |bytes: Vec<Bytes>| bytes.into_iter().map(Step::Send);
    let (half, rest) = words.split_at(words.len().div_ceil(2));
    let (half, rest) = (half.to_vec(), rest.to_vec());
    let begun = send(head.clone()).chain(send(half));
    let one = |step: Step| std::iter::once(step);
    match fault {
        Some(Fault::Slow { first_ms, each_ms }) => {
            let wait = |ms| Step::Wait(Duration::from_millis(ms));
            let words = words.into_iter().flat_map(move |word| [Step::Send(word), wait(each_ms)]);
            Box::new(send(head).chain(one(wait(first_ms))).chain(words).chain(send(tail)))
        }
        Some(Fault::HangMidway) => Box::new(begun.chain(one(Step::Hang))),
        Some(Fault::Break) => Box::new(begun.chain(one(Step::Break))),
        Some(Fault::CutShort) => Box::new(begun),
        Some(Fault::Garbage) => {
            Box::new(begun.chain(one(Step::Send(garbage))).chain(send(rest)).chain(send(tail)))
        }
        Some(Fault::ErrorMidway) => Box::new(begun.chain(one(Step::Send(failure)))),
        Some(Fault::Endless) => Box::new(send(head).chain(words.into_iter().cycle().map(Step::Send))),
        Some(Fault::Status { .. } | Fault::Hang | Fault::NotStreamed | Fault::TooLong | Fault::Filtered)
        | None => Box::new(begun.chain(send(rest)).chain(send(tail))),
    }
}

/// Text in pieces as a model gives it, its spaces with the words before them.
pub(crate) fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(' ').collect()
}
