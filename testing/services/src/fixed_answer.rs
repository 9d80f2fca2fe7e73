//! A server that always says the same.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// Answers every HTTP request alike, so that a test can show what a client makes of an answer that a stand-in never
/// gives: a refusal, say. It serves one connection at a time, with one request each.
#[derive(Debug)]
pub struct FixedAnswer {
    port: u16,
    requests: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl FixedAnswer {
    /// Starts one that answers with this status (as `403 Forbidden`), content type and body.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start(status: &str, content_type: &str, body: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let (head, body) = (answer, body.to_owned());
        let (requests, is_over) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, stop) = (requests.clone(), is_over.clone());
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                // A client that goes away early got what it wanted.
                if answer_one(stream, &head, &body).is_ok() {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { port, requests, is_over, thread: Some(thread) }
    }

    /// Where it is reached.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many requests it answered.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for FixedAnswer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn answer_one(stream: TcpStream, head: &str, body: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut is_head) = (0, None);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        is_head.get_or_insert_with(|| line.starts_with("HEAD "));
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
    let stream = reader.get_mut();
    stream.write_all(head.as_bytes())?;
    if is_head != Some(true) {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()
}
