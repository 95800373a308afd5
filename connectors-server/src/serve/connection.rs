//! One connection, from its acceptance to its end.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::ConnectInfo,
};
use bytes::Bytes;
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::{connections::Slot, stream::PatientStream};

/// How long a connection may take to send a request's head, be it idle before or not.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves a connection until its peer, a time-out, the end of the service or a new connection in its place ends it.
pub(super) async fn run(app: Router, stream: TcpStream, peer: SocketAddr, slot: Slot, write_timeout: Duration) {
    let (answering, blocked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let is_idle = || !answering.load(Ordering::Relaxed) && !blocked.load(Ordering::Relaxed);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        slot.note_busy();
        let answering = Answering::begin(&answering);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = app.clone().oneshot(request);
        async move {
            let Ok(answer) = answer.await;
            Ok::<_, Infallible>(answer.map(|body| Answer { body, _until: answering }))
        }
    });
    let stream = TokioIo::new(PatientStream::new(stream, write_timeout, Arc::clone(&blocked)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(stream, service);
    tokio::pin!(connection);
    let mut stopping = false;
    loop {
        let polled = poll_fn(|cx| {
            let polled = connection.as_mut().poll(cx);
            // Not before hyper has written what it could: until then an answer is under way.
            if is_idle() {
                slot.note_idle();
            }
            polled
        });
        tokio::select! {
            biased;
            () = slot.evicted.cancelled() => return,
            () = slot.connections.cut_off.cancelled() => return,
            () = slot.connections.stopping.cancelled(), if !stopping => {
                // A head that has come in half is none.
                if is_idle() {
                    return;
                }
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            // How a connection ends is its peer's business.
            _ = polled => return,
        }
    }
}

/// Marks a connection as busy with a request.
struct Answering(Arc<AtomicBool>);

impl Answering {
    fn begin(mark: &Arc<AtomicBool>) -> Self {
        mark.store(true, Ordering::Relaxed);
        Self(Arc::clone(mark))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// An answer's body, until whose end the request is under way.
struct Answer {
    body: Body,
    _until: Answering,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
