//! The gate: the socket that clients see. It speaks HTTP as the service does, asks the mocks of the test's own first and the
//! mock's service then, and can lose an answer on the wire.

mod door;
mod loss;
mod mounted;
mod order;
mod wire;

use std::{
    io,
    net::TcpListener,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
};

use http_body_util::Full;
use hyper::{
    Response,
    body::{Body as _, Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    select,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use self::{
    door::{Comers, Door},
    wire::Wire,
};
pub(crate) use self::{
    loss::{Loss, Lost},
    mounted::Mounted,
    order::Order,
};
use crate::{
    http::{Body, Request, path_of},
    responder::limit_of,
    runtime,
    shared::Shared,
};

/// An answer as it is sent, or what is lost of it.
pub(crate) type Sent = Result<Response<Full<Bytes>>, Lost>;

/// An open gate. Nobody gets through any more once it is dropped.
#[derive(Debug)]
pub(crate) struct Gate {
    task: AbortHandle,
    /// Nobody else asks for it: the lock is there for a gate that threads share.
    closed: Mutex<Receiver<()>>,
}

impl Gate {
    /// Answers everybody who comes to `listener`.
    pub(crate) fn open(listener: TcpListener, mounted: Arc<Mounted>, shared: Arc<Shared>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = runtime::next();
        let listener = {
            let _here = runtime.enter();
            Arc::new(tokio::net::TcpListener::from_std(listener)?)
        };
        let (door, comers) = Door::open(Arc::clone(&listener));
        let (open, closed) = channel();
        let inside = Inside { door: Arc::new(door), mounted, shared, _open: open };
        let task = runtime.spawn(Keeper { listener, comers, inside }.keep()).abort_handle();
        Ok(Self { task, closed: Mutex::new(closed) })
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
        // The senders go with the tasks, and each one's listener before it: from then on the port is free, and nobody but the
        // mock has the mocks of the test's own.
        let _ = self.closed.get_mut().unwrap_or_else(PoisonError::into_inner).recv();
    }
}

/// What the gate's tasks need. The sender is the last to be dropped.
#[derive(Debug, Clone)]
struct Inside {
    door: Arc<Door>,
    mounted: Arc<Mounted>,
    shared: Arc<Shared>,
    _open: Sender<()>,
}

/// Lets visitors in. What is first here is dropped first, also if the task has not begun when it is aborted.
struct Keeper {
    listener: Arc<tokio::net::TcpListener>,
    comers: Comers,
    inside: Inside,
}

impl Keeper {
    async fn keep(mut self) {
        let mut visitors = JoinSet::new();
        loop {
            let (visitor, place) = select! {
                accepted = self.listener.accept() => {
                    // Out of file descriptors, say: whoever waits is accepted when there are some.
                    let Ok((visitor, _)) = accepted else { tokio::task::yield_now().await; continue };
                    (visitor, self.inside.shared.order.comes(None))
                }
                Some((visitor, place)) = self.comers.recv() => {
                    let Ok(visitor) = TcpStream::from_std(visitor) else { continue };
                    (visitor, place)
                }
                Some(_) = visitors.join_next() => continue,
            };
            visitors.spawn(serve(self.inside.clone(), visitor, place));
        }
    }
}

/// Answers a visitor, whose first request has this place, until it leaves or an answer is lost.
async fn serve(inside: Inside, mut visitor: TcpStream, first: usize) -> io::Result<()> {
    let shared = &inside.shared;
    visitor.set_nodelay(true)?;
    let (place, lost) = (AtomicUsize::new(first), OnceLock::new());
    let service = service_fn(|request| {
        let (place, lost, inside) = (place.load(Ordering::Relaxed), &lost, &inside);
        async move {
            let request = inside.read(request, place).await;
            inside.answer(request).await?.map_err(|answer| {
                let _ = lost.set(answer);
                io::Error::other("the answer is lost on the wire")
            })
        }
    });
    let wire = TokioIo::new(Wire::new(&mut visitor, &inside, &place));
    // How a connection ends is its visitor's business.
    let _ = http1::Builder::new().serve_connection(wire, service).await;
    match lost.into_inner() {
        Some(answer) => answer.befalls(&mut visitor, &shared.hanging).await,
        None => Ok(()),
    }
}

impl Inside {
    /// Reads a request's body.
    async fn read(&self, request: hyper::Request<Incoming>, place: usize) -> Request {
        let (head, body) = request.into_parts();
        let limit = if body.is_end_stream() { None } else { limit_of(&head.method, path_of(&head.uri)) };
        // A mock of the test's own may ask for all of it.
        let body = Body::read(body, &head.headers, limit, self.mounted.is_used()).await;
        Request::new(head, body, place)
    }

    /// The answer, or what is lost of it.
    async fn answer(&self, request: Request) -> io::Result<Sent> {
        let request = Arc::new(request);
        let recorded = self.shared.record(&request);
        if let Some(answer) = self.mounted.answer(&request).await? {
            return Ok(Ok(answer));
        }
        let (answer, delay) = self.shared.answer(&request, recorded);
        let shared = Arc::clone(&self.shared);
        // This task goes on first.
        tokio::spawn(async move { shared.judge() });
        if let Some(delay) = delay {
            sleep(delay).await;
        }
        Ok(answer)
    }
}
