//! The interface that Lambda gives to a function's program, as much of it as a test needs: events one at a time, exactly
//! as they are given, and the answers to them.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The program.
const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_media-trigger");
/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An HTTP request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A server of one's own for HTTP/1.1 with `Content-Length`; each answer is made by `answer`, which may wait.
pub(crate) fn serve(answer: impl Fn(Request) -> String + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                while let Some(request) = read(&mut reader) {
                    let text = answer(request);
                    if reader.get_mut().write_all(text.as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// An answer with this status, further headers (each with its line's end) and body.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line: line.trim().to_owned(), headers, body })
}

/// The program, running as a function.
pub(crate) struct Function {
    child: Child,
    events: Sender<(String, Duration)>,
    answers: Receiver<(String, String)>,
}

impl Function {
    /// Starts it with these variables in an otherwise empty environment.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let (events, next) = channel::<(String, Duration)>();
        let (answered, answers) = channel();
        let next = Mutex::new(next);
        let port = serve(move |request| {
            if request.line.starts_with("GET /2018-06-01/runtime/invocation/next ") {
                // The test is over when it gives no more events; the program is ended then.
                let Ok((event, time)) = next.lock().unwrap().recv() else { return String::new() };
                return response("200 OK", &headers(time), &event);
            }
            let path = request.line.split(' ').nth(1).unwrap_or_default().to_owned();
            drop(answered.send((path, String::from_utf8(request.body).unwrap())));
            response("202 Accepted", "", "")
        });
        let mut command = command(variables);
        command.env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}"));
        command.env("AWS_LAMBDA_FUNCTION_NAME", "media-trigger").env("AWS_LAMBDA_FUNCTION_VERSION", "1");
        command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128").env("AWS_REGION", "eu-central-1");
        command.env("AWS_ACCESS_KEY_ID", "AKIDLOCAL").env("AWS_SECRET_ACCESS_KEY", "secret");
        Self { child: command.spawn().unwrap(), events, answers }
    }

    /// Its answer to an event that it may take `time` for.
    pub(crate) fn invoke(&self, event: &str, time: Duration) -> serde_json::Value {
        self.events.send((event.to_owned(), time)).unwrap();
        let (path, body) = self.answers.recv_timeout(PATIENCE).expect("an answer");
        assert!(path.ends_with("/response"), "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Ends it; gives all that it has logged.
    pub(crate) fn end(mut self) -> String {
        self.child.kill().unwrap();
        let mut log = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut log).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs the program outside of Lambda, to its end.
pub(crate) fn run(variables: &[(&str, &str)]) -> Output {
    command(variables).output().unwrap()
}

fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(BOOTSTRAP);
    command.env_clear().envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn headers(time: Duration) -> String {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
    format!(
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         Lambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:111122223333:function:media-trigger\r\n\
         Content-Type: application/json\r\n",
        deadline.as_millis()
    )
}
