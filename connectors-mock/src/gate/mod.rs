//! The gate: the socket that clients see. Behind it stands `wiremock`, which always answers whole; the gate can lose an answer
//! on the wire.
//!
//! Everything passes through it unread but the heads. Where the mock has marked an answer with [`MARK`], what the mark says
//! happens in place of the answer; where `wiremock` would read another path out of a request than it has, [`PATH`] tells it; and
//! [`PLACE`] says when it came. Before a request passes, the service is put behind the mocks of the test's own.

mod answer;
mod loss;
mod order;
mod request;

use std::{
    io,
    net::TcpListener,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, Sender, channel},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    select,
    task::{AbortHandle, JoinSet},
};
use wiremock::MockServer;

use self::{
    answer::{Head, whole},
    request::introduced,
};
pub(crate) use self::{
    loss::{Loss, MARK},
    order::Order,
    request::{PATH, PLACE},
};

use crate::{responder::Responder, runtime::RUNTIME, shared::Shared};

/// An open gate. Nobody gets through any more once it is dropped.
#[derive(Debug)]
pub(crate) struct Gate {
    task: AbortHandle,
    closed: Receiver<()>,
}

impl Gate {
    /// Lets everybody who comes to `listener` through to the server behind, and notes who gets no answer.
    pub(crate) fn open(listener: TcpListener, behind: Arc<MockServer>, shared: Arc<Shared>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let (open, closed) = channel();
        let task = RUNTIME.spawn(keep(listener, Inside { behind, shared, _open: open })).abort_handle();
        Ok(Self { task, closed })
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
        // The senders go with the tasks, and the listener before them: from then on the port is free, and nobody but the mock has
        // the server behind.
        let _ = self.closed.recv();
    }
}

/// What the gate's tasks need. The sender is the last to be dropped.
#[derive(Debug, Clone)]
struct Inside {
    behind: Arc<MockServer>,
    shared: Arc<Shared>,
    _open: Sender<()>,
}

/// `inside` is the first to be made and so the last to be dropped.
async fn keep(listener: TcpListener, inside: Inside) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut visitors = JoinSet::new();
    loop {
        select! {
            accepted = listener.accept() => {
                // Out of file descriptors, say: whoever waits is accepted when there are some.
                let Ok((visitor, _)) = accepted else { tokio::task::yield_now().await; continue };
                visitors.spawn(pass(visitor, inside.clone()));
            }
            Some(_) = visitors.join_next() => {}
        }
    }
}

/// Passes on what the two sides say, until one of them leaves.
async fn pass(mut visitor: TcpStream, inside: Inside) -> io::Result<()> {
    let Inside { behind, shared, .. } = &inside;
    let order = &shared.order;
    let mut server = TcpStream::connect(behind.address()).await?;
    visitor.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut said, mut answered) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    // After something was said, the next that the server says is the beginning of an answer.
    let mut begins = false;
    // And the next that the visitor says after it is the beginning of a request.
    let mut asks = true;
    let first = order.comes(None);
    let mut place = None;
    let mut is_listening = true;
    let mut is_http1 = true;
    loop {
        select! {
            read = visitor.read(&mut said), if is_listening => match read? {
                0 => {
                    is_listening = false;
                    server.shutdown().await?;
                }
                length => {
                    begins = true;
                    let comes = (asks && is_http1)
                        .then(|| if place.is_none() { order.begins(first) } else { order.comes(Some(first)) });
                    // Where requests begin is not known of HTTP/2.
                    if (asks || !is_http1) && shared.is_handed_out.load(Ordering::Relaxed) {
                        Responder::mount(shared, behind).await;
                    }
                    if let Some(this) = comes {
                        place = comes;
                        let begun;
                        (begun, is_http1) = introduced(said[..length].to_vec(), &mut visitor, this).await?;
                        server.write_all(&begun).await?;
                    } else {
                        server.write_all(&said[..length]).await?;
                    }
                    asks = false;
                }
            },
            read = server.read(&mut answered) => match read? {
                0 => return visitor.shutdown().await,
                length => {
                    let mut begun = &answered[..length];
                    // `100 Continue` is followed by the answer.
                    while begins && begun.starts_with(b"HTTP/1.1 100 ") {
                        let end = Head::of(begun).map_or(begun.len(), |head| head.length());
                        visitor.write_all(&begun[..end]).await?;
                        begun = &begun[end..];
                    }
                    if begun.is_empty() {
                        continue;
                    }
                    let loss = if begins { Head::of(begun).and_then(|head| head.loss()) } else { None };
                    if begins && loss.is_none() {
                        place.into_iter().for_each(|place| order.goes(place));
                    }
                    asks |= begins;
                    begins = false;
                    match loss {
                        Some(loss) => {
                            let answer = whole(begun, &mut server).await?;
                            return loss.befall(&answer, visitor, &shared.hanging).await;
                        }
                        None => visitor.write_all(begun).await?,
                    }
                }
            },
        }
    }
}
