//! Hands connections on to the server, each with its fault.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use super::{
    bench::Shared,
    fault::{Fault, hand_on},
    http::{Head, answer},
    phase::Kind,
};

/// Connections at once; more wait.
const MAX_CONNECTIONS: usize = 512;

/// Serves until its listener breaks.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) -> std::io::Result<()> {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let (socket, _) = listener.accept().await?;
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok(()) };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A connection that breaks is what is asked for here.
            drop(connection(socket, &shared).await);
            drop(place);
        });
    }
}

async fn connection(mut socket: TcpStream, shared: &Shared) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let Some(mut head) = Head::read(&mut socket).await else { return Ok(()) };
    if head.path().starts_with("/conformance") {
        if head.method() == "OPTIONS" {
            return answer(&mut socket, "204 No Content", &serde_json::Value::Null).await;
        }
        let body = head.json(&mut socket).await;
        let (status, said) = shared.ask(head.method(), head.path(), &body).await;
        return answer(&mut socket, status, &said).await;
    }
    let kind = Kind::of(head.path(), head.upgrades());
    let fault = shared.fault(kind);
    match fault {
        Fault::Reset => return Ok(()),
        Fault::Refuse => {
            return answer(&mut socket, "503 Service Unavailable", &serde_json::Value::Null).await;
        }
        Fault::None
        | Fault::Mute
        | Fault::HoldBack
        | Fault::LoseAnswer
        | Fault::CutAfter(_)
        | Fault::Trickle(_)
        | Fault::Reorder(_) => {}
    }
    pass(socket, &head, shared.upstream, fault).await
}

async fn pass(mut socket: TcpStream, head: &Head, upstream: SocketAddr, fault: Fault) -> std::io::Result<()> {
    let mut server = TcpStream::connect(upstream).await?;
    server.set_nodelay(true)?;
    server.write_all(head.closing().as_bytes()).await?;
    server.write_all(&head.rest).await?;
    let (mut from_server, mut to_server) = server.split();
    let (mut from_client, to_client) = socket.split();
    let up = async {
        copy(&mut from_client, &mut to_server).await?;
        to_server.shutdown().await
    };
    let down = async {
        // The head goes through whole, so that a WebSocket opens before its frames are told apart.
        let Some(head) = Head::read(&mut from_server).await else { return Ok(()) };
        let start = [head.text.as_bytes(), &[]].concat();
        let rest = std::io::Cursor::new(head.rest);
        hand_on(fault, &start, tokio::io::AsyncReadExt::chain(rest, from_server), to_client).await
    };
    tokio::select! {
        result = down => result,
        Err(error) = up => Err(error),
    }
}
