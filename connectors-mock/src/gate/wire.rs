//! A connection's bytes, and when they came and went.

use std::{
    io,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::Inside;

/// A visitor's connection, which tells the [`Order`](super::Order) of its requests and answers.
pub(super) struct Wire<'a> {
    visitor: &'a mut TcpStream,
    inside: &'a Inside,
    /// The place of the connection's first request.
    first: usize,
    /// The place of the newest one.
    place: &'a AtomicUsize,
    heard: Heard,
}

/// What was last to be heard on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    /// The visitor, so that the next that is written begins an answer.
    Request,
    /// The mock, so that the next that the visitor says begins a request, unless it is what was left of a body; then none comes.
    Answer,
}

impl<'a> Wire<'a> {
    /// The place that the connection was given when it was opened is its first request's.
    pub(super) fn new(visitor: &'a mut TcpStream, inside: &'a Inside, place: &'a AtomicUsize) -> Self {
        Self { visitor, inside, first: place.load(Ordering::Relaxed), place, heard: Heard::Nothing }
    }

    fn hears(&mut self) {
        let order = &self.inside.shared.order;
        let place = match self.heard {
            Heard::Nothing => order.begins(self.first),
            Heard::Answer => order.comes(Some(self.first)),
            Heard::Request => return,
        };
        self.place.store(place, Ordering::Relaxed);
        self.heard = Heard::Request;
    }

    fn says(&mut self, text: &[u8]) {
        if self.heard == Heard::Request && !is_interim(text) {
            let order = &self.inside.shared.order;
            self.inside.door.let_in(order);
            order.goes(self.place.load(Ordering::Relaxed));
            self.heard = Heard::Answer;
        }
    }
}

/// Whether this is nothing but `100 Continue`, which the answer follows, perhaps at once.
fn is_interim(text: &[u8]) -> bool {
    text == b"HTTP/1.1 100 Continue\r\n\r\n"
}

impl AsyncRead for Wire<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut *self.visitor).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.hears();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, text: &[u8]) -> Poll<io::Result<usize>> {
        self.says(text);
        Pin::new(&mut *self.visitor).poll_write(cx, text)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.visitor).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.visitor).poll_shutdown(cx)
    }
}
