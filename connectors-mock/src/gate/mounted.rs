//! Mocks of a test's own.

use std::{
    io,
    net::TcpListener,
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Response, StatusCode, Uri,
    body::{Body, Bytes},
    client::conn::http1,
    header::{CONNECTION, CONTENT_LENGTH, DATE, EXPECT, HeaderValue, TRANSFER_ENCODING},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, select};
use wiremock::{Match, Mock, MockServer, ResponseTemplate};

use crate::{http::Request, runtime};

/// The header by which a request that is passed on is known again.
const PLACE: &str = "x-connectors-mock-place";

/// How many header fields hyper takes. One more would make the request another.
const MOST_FIELDS: usize = 100;

/// The server of `wiremock`'s that holds them, once a test has asked for it.
#[derive(Debug, Default)]
pub(crate) struct Mounted(OnceLock<MockServer>);

impl Mounted {
    /// The server, which is started if it is not there yet.
    pub(crate) fn server(&self) -> &MockServer {
        self.0.get_or_init(|| {
            // A listener of its own: the port of a server of wiremock's pool goes on answering after the test has dropped it.
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port of 127.0.0.1");
            // On a thread of its own, which may block.
            let start = || runtime::timer().block_on(MockServer::builder().listener(listener).start());
            thread::scope(|scope| scope.spawn(start).join()).expect("wiremock starts")
        })
    }

    /// Whether a test has asked for the server.
    pub(crate) fn is_used(&self) -> bool {
        self.0.get().is_some()
    }

    /// What one of them answers, if one does. A request whose body broke off is shown to none.
    ///
    /// # Errors
    /// If it fails without an answer.
    pub(super) async fn answer(&self, request: &Request) -> io::Result<Option<Response<Full<Bytes>>>> {
        let Some(server) = self.0.get().filter(|_| request.body.problem.is_none()) else { return Ok(None) };
        loop {
            let (end, passed_on) = (Arc::<AtomicBool>::default(), passed_on(request)?);
            let place = passed_on.headers().get(PLACE).cloned();
            let mock = Mock::given(End { place, is_reached: Arc::clone(&end) });
            mock.respond_with(ResponseTemplate::new(404)).mount(server).await;
            let answer = ask(server, passed_on).await?;
            match is_blank(&answer) {
                true if end.load(Ordering::Relaxed) => return Ok(None),
                // The test has reset the server meanwhile.
                true if Arc::strong_count(&end) == 1 => {}
                _ => return Ok(Some(answer)),
            }
        }
    }
}

/// Never matches, but sees that none of the usual priority has answered the request with this place: it is mounted behind them
/// all.
///
/// `wiremock` tells that no mock has matched by a 404 that a mock could as well have made. What answers behind this is told
/// apart from it by the answer alone. It can't stand behind those with a higher priority number, too: `wiremock` finds a
/// scoped mock again by its place in a list that it sorts by priority, so that nothing may stand in that list which is to
/// come after a mock that a test mounts later.
struct End {
    /// `None` if the request has no room for it.
    place: Option<HeaderValue>,
    is_reached: Arc<AtomicBool>,
}

impl Match for End {
    fn matches(&self, request: &wiremock::Request) -> bool {
        if request.headers.get(PLACE) == self.place.as_ref() {
            self.is_reached.store(true, Ordering::Relaxed);
        }
        false
    }
}

/// What `wiremock` answers.
async fn ask(server: &MockServer, request: hyper::Request<Full<Bytes>>) -> io::Result<Response<Full<Bytes>>> {
    let stream = TcpStream::connect(server.address()).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let answer = async {
        let (head, body) = sender.send_request(request).await.map_err(io::Error::other)?.into_parts();
        Ok(Response::from_parts(head, Full::new(body.collect().await.map_err(io::Error::other)?.to_bytes())))
    };
    let over = async {
        let _ = connection.await;
    };
    let mut answer = pin!(answer);
    select! {
        answer = &mut answer => answer,
        () = over => answer.await,
    }
}

/// The request as `wiremock` is to get it, which fails at some targets.
fn passed_on(request: &Request) -> io::Result<hyper::Request<Full<Bytes>>> {
    let target = if request.path.starts_with('/') { request.target() } else { "/".into() };
    let mut passed_on = hyper::Request::new(Full::new(request.body.bytes.clone()));
    *passed_on.method_mut() = request.method.clone();
    *passed_on.uri_mut() = target.parse::<Uri>().map_err(io::Error::other)?;
    let headers = passed_on.headers_mut();
    headers.clone_from(&request.headers);
    // Those are between a client and the gate.
    for name in [CONNECTION, EXPECT, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    if !request.body.bytes.is_empty() || headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, request.body.bytes.len().into());
    }
    if headers.len() < MOST_FIELDS {
        headers.insert(PLACE, request.place.into());
    }
    Ok(passed_on)
}

/// Whether it is what `wiremock` answers where no mock matches.
fn is_blank(answer: &Response<Full<Bytes>>) -> bool {
    answer.status() == StatusCode::NOT_FOUND
        && answer.body().is_end_stream()
        && answer.headers().iter().all(|(name, value)| name == DATE || (name == CONTENT_LENGTH && value == "0"))
}
