//! The stand-in's rules, seen by a bare client.

use std::time::Duration;

use deepgram_server::{DeepgramServer, FaultKind, Options};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};
use tone_words::{encode_text, silence};

const QUERY: &str = "model=nova-3&encoding=linear16&sample_rate=8000&interim_results=true&endpointing=300\
    &utterance_end_ms=1000&vad_events=true";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn server() -> DeepgramServer {
    DeepgramServer::start(Options::default()).await.expect("a free port")
}

async fn open_with(server: &DeepgramServer, authorization: &str, query: &str) -> Result<Socket, Error> {
    let mut request = format!("{}/v1/listen?{query}", server.url()).into_client_request()?;
    request.headers_mut().insert("authorization", authorization.parse().expect("a header"));
    connect_async(request).await.map(|(socket, _)| socket)
}

async fn open(server: &DeepgramServer) -> Socket {
    open_with(server, "Token test-key", QUERY).await.expect("a stream")
}

fn audio(samples: &[i16]) -> Message {
    Message::binary(samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>())
}

/// Every message until the stream is closed, and how it was closed.
async fn rest(mut socket: Socket) -> (Vec<Value>, Option<(u16, String)>) {
    let mut all = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Close(frame) = message {
            return (all, frame.map(|frame| (frame.code.into(), frame.reason.to_string())));
        } else if let Message::Text(text) = message {
            all.push(serde_json::from_str(&text).expect("JSON"));
        }
    }
    (all, None)
}

fn of_type<'a>(all: &'a [Value], name: &str) -> Vec<&'a Value> {
    all.iter().filter(|message| message["type"] == name).collect()
}

#[tokio::test]
async fn results_have_deepgrams_shape() {
    let server = server().await;
    let mut socket = open(&server).await;
    let said = [silence(500, 8_000), encode_text("my card", 8_000), silence(1_500, 8_000)].concat();
    socket.send(audio(&said)).await.unwrap();
    socket.send(Message::text(r#"{"type":"CloseStream"}"#)).await.unwrap();
    let (all, close) = rest(socket).await;

    let last = of_type(&all, "Results").into_iter().find(|result| result["speech_final"] == true).unwrap();
    assert_eq!(last["is_final"], true);
    assert_eq!(last["from_finalize"], false);
    assert_eq!(last["channel_index"], serde_json::json!([0, 1]));
    let best = &last["channel"]["alternatives"][0];
    assert_eq!(best["transcript"], "my card");
    assert_eq!((&best["words"][0]["word"], &best["words"][0]["start"]), (&"my".into(), &0.5.into()));
    assert!(last["metadata"]["request_id"].is_string() && last["metadata"]["model_info"]["name"] == "nova-3");
    assert_eq!(of_type(&all, "SpeechStarted")[0]["timestamp"], 0.5);
    assert_eq!(of_type(&all, "UtteranceEnd")[0]["last_word_end"], best["words"][1]["end"]);
    assert!(of_type(&all, "Results").iter().any(|result| result["is_final"] == false));
    let summary = all.last().unwrap();
    assert_eq!((&summary["type"], &summary["duration"]), (&"Metadata".into(), &2.44.into()));
    assert_eq!(close, Some((1000, String::new())));
}

#[tokio::test]
async fn what_was_heard_is_told_when_it_is_asked_for() {
    let server = server().await;
    let mut socket = open(&server).await;
    socket.send(audio(&encode_text("my card", 8_000))).await.unwrap();
    socket.send(Message::text(r#"{"type":"Finalize"}"#)).await.unwrap();
    socket.send(Message::text(r#"{"type":"CloseStream"}"#)).await.unwrap();
    let (all, _) = rest(socket).await;
    let asked: Vec<_> = all.iter().filter(|message| message["from_finalize"] == true).collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["channel"]["alternatives"][0]["transcript"], "my card");
    assert_eq!((&asked[0]["is_final"], &asked[0]["speech_final"]), (&true.into(), &false.into()));
}

#[tokio::test]
async fn a_stream_without_audio_or_keep_alive_is_closed() {
    let options = Options { audio_timeout: Duration::from_millis(50), ..Options::default() };
    let server = DeepgramServer::start(options).await.unwrap();
    let (_, close) = rest(open(&server).await).await;
    let (code, reason) = close.unwrap();
    assert!(code == 1011 && reason.contains("net0001"), "{code} {reason}");
}

#[tokio::test]
async fn what_is_no_audio_and_no_control_message_closes_the_stream() {
    let server = server().await;
    let bad = [
        Message::binary(vec![1_u8, 2, 3]),
        Message::text("KeepAlive"),
        Message::text(r#"{"type":"Stop"}"#),
        Message::text(r#"{"words":"my card"}"#),
    ];
    for message in bad {
        let mut socket = open(&server).await;
        socket.send(message).await.unwrap();
        let (code, reason) = rest(socket).await.1.unwrap();
        assert!(code == 1008 && reason.contains("DATA-0000"), "{code} {reason}");
    }
}

#[tokio::test]
async fn a_stream_needs_a_key_and_a_query_that_is_understood() {
    let server = server().await;
    let cases = [
        ("Token wrong", QUERY, 401, "INVALID_AUTH"),
        ("Bearer test-key", QUERY, 401, "INVALID_AUTH"),
        ("Token test-key", "model=nova-3&encoding=linear16", 400, "Bad Request"),
        ("Token test-key", "modell=nova-3", 400, "Bad Request"),
    ];
    for (authorization, query, status, code) in cases {
        let Err(Error::Http(response)) = open_with(&server, authorization, query).await else {
            panic!("taken: {authorization} {query}")
        };
        assert_eq!(response.status().as_u16(), status);
        assert!(
            response.headers().contains_key("dg-error") && response.headers().contains_key("dg-request-id")
        );
        let body: Value = serde_json::from_slice(response.body().as_deref().unwrap()).unwrap();
        assert_eq!(body["err_code"], code);
    }
}

#[tokio::test]
async fn faults_are_asked_for_over_http_too() {
    let server = server().await;
    let fault = FaultKind::Close { after_ms: 100, code: 1011, reason: "NET-0000".to_owned() }.times(1);
    let answer = http(&server, "POST /admin/faults", &serde_json::to_string(&fault).unwrap()).await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    let mut socket = open(&server).await;
    socket.send(audio(&silence(200, 8_000))).await.unwrap();
    assert_eq!(rest(socket).await.1, Some((1011, "NET-0000".to_owned())));
    server.wait_for(|streams| streams[0].ended.is_some()).await;
    assert!(http(&server, "GET /admin/streams", "").await.contains(r#""ended":"closed with 1011""#));

    server.fault(FaultKind::Refuse { status: 503 }.always());
    assert!(open_with(&server, "Token test-key", QUERY).await.is_err());
    assert!(http(&server, "DELETE /admin/faults", "").await.starts_with("HTTP/1.1 204"));
    open(&server).await;
    assert!(http(&server, "POST /admin/faults", r#"{"fault":"explode"}"#).await.starts_with("HTTP/1.1 422"));
}

async fn http(server: &DeepgramServer, line: &str, body: &str) -> String {
    let address = server.url().trim_start_matches("ws://");
    let mut tcp = TcpStream::connect(address).await.expect("a connection");
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
    tcp.write_all(request.as_bytes()).await.expect("to send");
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await.expect("an answer");
    answer
}
