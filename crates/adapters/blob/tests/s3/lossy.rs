//! A network that loses answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// Passes requests on to another server, and loses the answers to some: the server has done what it was asked for, and
/// the client never hears of it.
#[derive(Debug)]
pub(crate) struct Lossy {
    port: u16,
    lost: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Lossy {
    /// Loses the first answer to a request whose first line `matches`.
    pub(crate) fn before(endpoint: &str, matches: fn(&str) -> bool) -> Self {
        let server = endpoint.strip_prefix("http://").expect("an address").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (lost, is_over) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, stop) = (lost.clone(), is_over.clone());
        let thread = thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                // A client that goes away ends its own connection alone.
                drop(pass_on(client, &server, matches, &count));
            }
        });
        Self { port, lost, is_over, thread: Some(thread) }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many answers were lost.
    pub(crate) fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// One request of one connection, which is closed then.
fn pass_on(
    client: TcpStream,
    server: &str,
    matches: fn(&str) -> bool,
    lost: &AtomicUsize,
) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        head.push_str(&line);
    }
    head.push_str("connection: close\r\n\r\n");
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(head.as_bytes())?;
    std::io::copy(&mut client.by_ref().take(length), &mut upstream)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    if head.lines().next().is_some_and(matches) && lost.load(Ordering::SeqCst) == 0 {
        lost.fetch_add(1, Ordering::SeqCst);
        return Ok(());
    }
    client.get_mut().write_all(&answer)
}
