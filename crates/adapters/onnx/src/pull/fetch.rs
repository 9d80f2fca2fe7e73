//! Downloads a file, going on where an earlier try stopped.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
    thread,
    time::Duration,
};

use thiserror::Error;
use ureq::{
    Agent,
    http::{Response, StatusCode, header},
    tls::{RootCerts, TlsConfig},
};

/// No package of ours comes near this.
const MAX_PACKAGE_BYTES: u64 = 1 << 29;
/// How often a broken connection is taken up again.
const TRIES: u32 = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes between two reports of progress.
const REPORT_EVERY: usize = 1 << 18;

/// Why a file could not be downloaded.
#[derive(Debug, Error)]
pub(super) enum FetchError {
    #[error("{0}")]
    Request(#[from] Box<ureq::Error>),
    #[error("the server answered {0}")]
    Status(StatusCode),
    #[error("the connection broke off")]
    BrokeOff,
    #[error("it is larger than any package of models")]
    TooLarge,
    #[error("{0}")]
    Disk(io::Error),
}

impl FetchError {
    /// Whether the same can work a moment later.
    fn is_retryable(&self) -> bool {
        match self {
            Self::Request(_) | Self::BrokeOff => true,
            Self::Status(status) => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge | Self::Disk(_) => false,
        }
    }
}

/// Brings the file at `url` to `part`, of which a beginning may be there already.
pub(super) fn fetch(
    url: &str,
    part: &Path,
    mut on_progress: impl FnMut(u64, Option<u64>),
) -> Result<(), FetchError> {
    if let Some(local) = url.strip_prefix("file://") {
        fs::copy(local, part).map_err(FetchError::Disk)?;
        return Ok(());
    }
    let agent = agent();
    let mut wait = Duration::from_millis(500);
    for tried in 1.. {
        match fetch_once(&agent, url, part, &mut on_progress) {
            Err(error) if error.is_retryable() && tried < TRIES => {
                thread::sleep(wait);
                wait *= 2;
            }
            done => return done,
        }
    }
    Ok(())
}

/// A client that trusts what the system trusts and uses the proxy that the environment names.
fn agent() -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(READ_TIMEOUT))
        .timeout_per_read(Some(READ_TIMEOUT))
        .build();
    config.into()
}

fn fetch_once(
    agent: &Agent,
    url: &str,
    part: &Path,
    on_progress: &mut impl FnMut(u64, Option<u64>),
) -> Result<(), FetchError> {
    let have = fs::metadata(part).map_or(0, |metadata| metadata.len());
    let mut request = agent.get(url);
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let response = request.call().map_err(Box::new)?;
    let (from, total) = match response.status() {
        StatusCode::OK => (0, length(&response)),
        StatusCode::PARTIAL_CONTENT if range(&response).is_some_and(|(from, _)| from == have) => {
            (have, range(&response).and_then(|(_, total)| total))
        }
        // What is here is no beginning of what is there, or it is all of it: begin anew to be sure.
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            fs::remove_file(part).map_err(FetchError::Disk)?;
            return Err(FetchError::BrokeOff);
        }
        status => return Err(FetchError::Status(status)),
    };
    if total.is_some_and(|total| total > MAX_PACKAGE_BYTES) {
        return Err(FetchError::TooLarge);
    }
    let mut file = OpenOptions::new()
        .create(true)
        .append(from > 0)
        .write(true)
        .truncate(from == 0)
        .open(part)
        .map_err(FetchError::Disk)?;
    let mut body = response.into_body().into_reader();
    copy(&mut body, &mut file, from, total, on_progress)
}

fn copy(
    body: &mut impl Read,
    file: &mut File,
    from: u64,
    total: Option<u64>,
    on_progress: &mut impl FnMut(u64, Option<u64>),
) -> Result<(), FetchError> {
    let mut buffer = vec![0; REPORT_EVERY];
    let mut have = from;
    loop {
        let count = body.read(&mut buffer).map_err(|_| FetchError::BrokeOff)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        file.write_all(bytes).map_err(FetchError::Disk)?;
        have += bytes.len() as u64;
        if have > MAX_PACKAGE_BYTES {
            return Err(FetchError::TooLarge);
        }
        on_progress(have, total);
    }
    if total.is_some_and(|total| have != total) { Err(FetchError::BrokeOff) } else { Ok(()) }
}

fn length<T>(response: &Response<T>) -> Option<u64> {
    response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// First byte and whole length of `bytes 5-9/10`.
fn range<T>(response: &Response<T>) -> Option<(u64, Option<u64>)> {
    let text = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (span, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        net::TcpListener,
    };

    use super::*;

    const CONTENT: &[u8] = b"the whole of the package";

    /// Serves one connection per answer: each gets the request's range and gives the bytes to send.
    fn serve(answers: Vec<fn(Option<usize>) -> Vec<u8>>) -> (String, thread::JoinHandle<Vec<Option<usize>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/package", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let from = BufReader::new(stream.try_clone().unwrap())
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .find_map(|line| {
                        let line = line.to_lowercase();
                        line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok()
                    });
                asked.push(from);
                stream.write_all(&answer(from)).unwrap();
            }
            asked
        });
        (url, server)
    }

    fn whole(_: Option<usize>) -> Vec<u8> {
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", CONTENT.len())
                .into_bytes();
        answer.extend(CONTENT);
        answer
    }

    fn breaks_off(_: Option<usize>) -> Vec<u8> {
        let mut answer = whole(None);
        answer.truncate(answer.len() - 10);
        answer
    }

    fn goes_on(from: Option<usize>) -> Vec<u8> {
        let from = from.unwrap();
        let rest = &CONTENT[from..];
        let mut answer = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{}/{}\r\n\
             Connection: close\r\n\r\n",
            rest.len(),
            CONTENT.len() - 1,
            CONTENT.len()
        )
        .into_bytes();
        answer.extend(rest);
        answer
    }

    fn is_gone(_: Option<usize>) -> Vec<u8> {
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
    }

    #[test]
    fn a_broken_download_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("x.part");
        let (url, server) = serve(vec![breaks_off, goes_on]);
        let mut last = (0, None);
        fetch(&url, &part, |bytes, total| last = (bytes, total)).unwrap();
        assert_eq!(fs::read(&part).unwrap(), CONTENT);
        assert_eq!(last, (CONTENT.len() as u64, Some(CONTENT.len() as u64)));
        assert_eq!(server.join().unwrap(), [None, Some(CONTENT.len() - 10)]);
    }

    #[test]
    fn a_server_without_ranges_gives_it_all_again() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("x.part");
        fs::write(&part, "other").unwrap();
        let (url, server) = serve(vec![whole]);
        fetch(&url, &part, |_, _| ()).unwrap();
        assert_eq!(fs::read(&part).unwrap(), CONTENT);
        assert_eq!(server.join().unwrap(), [Some(5)]);
    }

    #[test]
    fn what_is_not_there_is_not_asked_for_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (url, server) = serve(vec![is_gone]);
        let error = fetch(&url, &folder.path().join("x.part"), |_, _| ()).unwrap_err();
        assert_eq!(error.to_string(), "the server answered 404 Not Found");
        server.join().unwrap();
    }
}
