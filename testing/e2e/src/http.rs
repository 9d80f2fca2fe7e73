//! The least of a client that the fleet's own API needs.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Gets a path of `http://HOST:PORT`; the status and the body.
///
/// # Errors
/// When there is no answer, or one that is no HTTP.
pub async fn get(url: &str, path: &str) -> std::io::Result<(u16, Vec<u8>)> {
    let authority = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(authority).await?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    read(answer).ok_or_else(|| std::io::Error::other("the answer is no HTTP"))
}

/// The status and the body of an answer whose length is known.
fn read(mut answer: Vec<u8>) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let body = answer.split_off(end);
    (length.is_none_or(|length| length == body.len())).then_some((status, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_its_whole_body() {
        let answer = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{body}").into_bytes();
        assert_eq!(read(answer("ok")), Some((200, b"ok".to_vec())));
        assert_eq!(read(answer("o")), None, "cut short");
        assert_eq!(read(b"nonsense".to_vec()), None);
    }
}
