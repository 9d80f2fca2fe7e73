//! The line of requests before the model, and the thread that serves it.
//!
//! Requests take turns, a few sentences each time: an index of documents does not hold up the words of a call.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use ports::{EmbedError, Embedding};
use rten::RunOptions;
use tokio::sync::oneshot;

use super::{cache::Cache, minilm::SentenceModel};
use crate::engine::{EngineError, on_one_core, one_core};

/// Sentences that may wait. At a few milliseconds each, more would not be served in time.
pub(super) const MAX_WAITING: usize = 2_048;
/// Sentences of a request that are served in one turn.
const TURN: usize = 2;
/// Sentences whose vectors are kept, in each of two generations: some 6 MB in all.
const CACHED: usize = 2_048;
/// By how much recognition goes before on a machine that is busy, as `nice` counts.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

type Answer = Result<Vec<Embedding>, EmbedError>;

/// A request of which some sentences have no vector yet.
struct Request {
    sentences: VecDeque<String>,
    vectors: Vec<Embedding>,
    reply: oneshot::Sender<Answer>,
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Request>,
    sentences: usize,
    stopped: bool,
}

/// The line. Its thread ends when it is dropped.
pub(super) struct Line {
    shared: Arc<Shared>,
}

struct Shared {
    model: Box<dyn SentenceModel>,
    waiting: Mutex<Waiting>,
    cache: Mutex<Cache>,
    wake: Condvar,
}

impl Line {
    /// Starts the thread.
    pub(super) fn start(model: Box<dyn SentenceModel>) -> std::io::Result<Self> {
        let line = Self::without_thread(model);
        let shared = Arc::clone(&line.shared);
        thread::Builder::new().name("embed".to_owned()).spawn(move || {
            on_one_core(|| {
                yield_to_recognition();
                while shared.serve(true) {}
            });
        })?;
        Ok(line)
    }

    /// A line that only [`Self::turn`] serves.
    fn without_thread(model: Box<dyn SentenceModel>) -> Self {
        let cache = Mutex::new(Cache::new(CACHED));
        Self { shared: Arc::new(Shared { model, waiting: Mutex::default(), cache, wake: Condvar::new() }) }
    }

    /// Puts a request in line, and says where its answer comes; that of what is known comes at once.
    pub(super) fn ask(&self, sentences: Vec<String>) -> Result<oneshot::Receiver<Answer>, EmbedError> {
        let (reply, answer) = oneshot::channel();
        let mut request =
            Request { vectors: Vec::with_capacity(sentences.len()), sentences: sentences.into(), reply };
        self.shared.take_known(&mut request);
        if request.sentences.is_empty() {
            request.answer();
            return Ok(answer);
        }
        let mut waiting = self.shared.waiting();
        if waiting.sentences + request.sentences.len() > MAX_WAITING {
            return Err(EmbedError::Busy);
        }
        waiting.sentences += request.sentences.len();
        waiting.requests.push_back(request);
        drop(waiting);
        self.shared.wake.notify_one();
        Ok(answer)
    }

    #[cfg(test)]
    pub(super) fn manual(model: Box<dyn SentenceModel>) -> Self {
        Self::without_thread(model)
    }

    /// Serves one request for one turn on this thread; false when none waits.
    #[cfg(test)]
    pub(super) fn turn(&self) -> bool {
        self.shared.serve(false)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.waiting().stopped = true;
        self.shared.wake.notify_all();
    }
}

impl Request {
    fn answer(self) {
        // Whoever asked may have gone away.
        drop(self.reply.send(Ok(self.vectors)));
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the sentences at the front their vectors as far as these are known.
    fn take_known(&self, request: &mut Request) {
        let mut cache = self.cache();
        while let Some(found) = request.sentences.front().and_then(|sentence| cache.find(sentence)) {
            request.vectors.push(found);
            request.sentences.pop_front();
        }
    }

    /// Serves the first request for a turn; false when the line is at its end, or empty and nobody `stays`.
    fn serve(&self, stays: bool) -> bool {
        let mut waiting = self.waiting();
        let mut request = loop {
            if waiting.stopped {
                return false;
            }
            if let Some(request) = waiting.requests.pop_front() {
                waiting.sentences -= request.sentences.len();
                break request;
            }
            if !stays {
                return false;
            }
            waiting = self.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        };
        drop(waiting);
        if request.reply.is_closed() {
            return true;
        }
        match self.advance(&mut request) {
            Ok(()) if request.sentences.is_empty() => request.answer(),
            Ok(()) => {
                let mut waiting = self.waiting();
                waiting.sentences += request.sentences.len();
                waiting.requests.push_back(request);
            }
            Err(error) => drop(request.reply.send(Err(EmbedError::Failed(Box::new(error))))),
        }
        true
    }

    /// Does a turn's work of a request. A panic in it ends the request and nothing else.
    fn advance(&self, request: &mut Request) -> Result<(), EngineError> {
        for _ in 0..TURN {
            let Some(sentence) = request.sentences.pop_front() else { break };
            let run: RunOptions = one_core();
            let made = catch_unwind(AssertUnwindSafe(|| self.model.vector(&sentence, &run)));
            let vector = made.map_err(|_| EngineError::Broken)??;
            self.cache().keep(&sentence, vector.clone());
            request.vectors.push(vector);
            self.take_known(request);
        }
        Ok(())
    }
}

/// Lets the threads of recognition go before this one where both want the processor.
fn yield_to_recognition() {
    // Linux counts niceness per thread. Where it is refused the thread works as any other.
    #[cfg(target_os = "linux")]
    rustix::process::nice(NICE).ok();
}
