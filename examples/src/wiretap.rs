//! A proxy that forwards every request and remembers what went over the wire.
//!
//! The journey puts it between client and service, so that what it prints is what was sent, not what should have been.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

/// The longest body that is forwarded, in bytes.
const MAX_BODY: usize = 32 << 20;

/// A request and its answer, as they went over the wire.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request's method.
    pub method: Method,
    /// The request's path and query.
    pub target: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's body.
    pub body: Vec<u8>,
}

/// The proxy. It stops on drop.
#[derive(Debug)]
pub struct Wiretap {
    url: Url,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Proxy {
    target: Url,
    client: reqwest::Client,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Wiretap {
    /// Listens on a free port of the loopback address, and forwards to `target`.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start(target: Url) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?)).map_err(io::Error::other)?;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let exchanges = Arc::default();
        let proxy = Proxy { target, client: client.map_err(io::Error::other)?, exchanges: Arc::clone(&exchanges) };
        let router = Router::new().fallback(forward).with_state(proxy);
        let server = tokio::spawn(async move {
            // Serving ends with the task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, exchanges, server })
    }

    /// Where it listens.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What went over the wire since it was asked last.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.exchanges.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Wiretap {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Headers that belong to one connection and are not forwarded.
const OF_THE_CONNECTION: [HeaderName; 4] =
    [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH];

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    match proxy.forward(request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

impl Proxy {
    async fn forward(&self, request: Request) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let mut headers = parts.headers.clone();
        OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
        let answer = self
            .client
            .request(parts.method.clone(), self.target.join(&target)?)
            .headers(headers)
            .body(to_bytes(body, MAX_BODY).await?)
            .send()
            .await?;
        let (status, mut answered) = (answer.status(), answer.headers().clone());
        OF_THE_CONNECTION.iter().for_each(|name| drop(answered.remove(name)));
        let body = answer.bytes().await?;
        let exchange = Exchange { method: parts.method, target, headers: parts.headers, status, body: body.to_vec() };
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
        Ok((status, answered, Body::from(body)).into_response())
    }
}
