//! A peer that answers as no service would: bytes on a socket.

use std::sync::{Arc, Mutex};

use connectors_client::{Connectors, ConnectorsBuilder, Credentials, OperatorToken, Retry, Tenant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::canary;

pub(crate) const TOKEN: &str = "canary-operator-token";
pub(crate) const TENANT: &str = "123e4567-e89b-12d3-a456-426614174000";

/// What the peer does with a request.
pub(crate) enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Sends the first bytes once and the second for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends these bytes and then nothing more, until the client has closed the connection.
    Stalled(Vec<u8>),
    /// Keeps the connection and says nothing, until the client has closed it.
    Silence,
}

/// An HTTP/1.1 response.
pub(crate) fn response(status: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    Reply::Bytes(format!("{text}\r\n{body}").into_bytes())
}

pub(crate) fn json(body: &str) -> Reply {
    response("200 OK", &[("Content-Type", "application/json"), ("X-Request-Id", "trace-1")], body)
}

/// A problem as the service states it; `more` is further fields of the body, with a comma in front.
pub(crate) fn problem(status: u16, code: &str, headers: &[(&str, &str)], more: &str) -> Reply {
    let body = format!(
        r#"{{"type":"/docs/errors#{code}","title":"T","status":{status},"code":"{code}","message":"what {code} means","trace_id":"trace-1"{more}}}"#
    );
    let headers = [&[("Content-Type", "application/problem+json")], headers].concat();
    response(&format!("{status} X"), &headers, &body)
}

pub(crate) struct Peer {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
    /// How many requests there were, and how many silent connections the client has closed.
    counts: watch::Sender<(usize, usize)>,
}

impl Peer {
    /// Answers each request by its text and its number, which begins with 0.
    pub(crate) async fn start(reply: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        canary::watch();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, reply) = (seen.clone(), Arc::new(reply));
        let counts = watch::Sender::new((0, 0));
        let sender = counts.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, log.clone(), sender.clone(), reply.clone()));
            }
        });
        Self { url, seen, counts }
    }

    /// The same answer to each request.
    pub(crate) async fn saying(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |_, _| reply()).await
    }

    /// The requests so far, each from its request line to the end of its body, with header names in lower case.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The request targets so far.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.seen().iter().filter_map(|request| request.split(' ').nth(1).map(str::to_owned)).collect()
    }

    /// Ends when there were that many requests.
    pub(crate) async fn has_seen(&self, requests: usize) {
        self.counts.subscribe().wait_for(|(seen, _)| *seen >= requests).await.unwrap();
    }

    /// Ends when the client has closed a connection on which the peer said nothing.
    pub(crate) async fn is_left(&self) {
        self.counts.subscribe().wait_for(|(_, left)| *left > 0).await.unwrap();
    }

    pub(crate) fn builder(&self) -> ConnectorsBuilder<Credentials> {
        Connectors::builder(&self.url).operator_token(OperatorToken::new(TOKEN))
    }

    /// A tenant of a client that tries once.
    pub(crate) fn tenant(&self) -> Tenant {
        tenant(self.builder().retry(Retry::none()))
    }
}

pub(crate) fn tenant(builder: ConnectorsBuilder<Credentials>) -> Tenant {
    builder.build().unwrap().tenant(TENANT.parse().unwrap())
}

async fn serve(
    mut stream: TcpStream,
    log: Arc<Mutex<Vec<String>>>,
    counts: watch::Sender<(usize, usize)>,
    reply: Arc<impl Fn(&str, usize) -> Reply + Send + Sync>,
) {
    let Some(request) = read(&mut stream).await else { return };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    counts.send_modify(|(seen, _)| *seen += 1);
    match reply(&request, number) {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Endless(head, more) => {
            let _ = stream.write_all(&head).await;
            while stream.write_all(&more).await.is_ok() {}
        }
        Reply::Stalled(bytes) => {
            let _ = stream.write_all(&bytes).await;
            until_left(stream, &counts).await;
        }
        Reply::Silence => until_left(stream, &counts).await,
    }
}

async fn until_left(mut stream: TcpStream, counts: &watch::Sender<(usize, usize)>) {
    let _ = stream.read(&mut [0]).await;
    counts.send_modify(|(_, left)| *left += 1);
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
