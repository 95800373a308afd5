//! What can befall an answer on the wire.

use std::{io, sync::Arc};

use chrono::Utc;
use hyper::{Method, Response, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{hanging::Hanging, http::Answer};

/// What befalls an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    Reset,
    Empty,
    Truncated,
    ResetInBody,
    Hang,
}

impl Loss {
    /// As a test reads it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::ResetInBody => "reset-in-body",
            Self::Hang => "hang",
        }
    }
}

/// An answer that is lost.
#[derive(Debug)]
pub(crate) struct Lost {
    loss: Loss,
    /// What comes of it before it is lost, if anything does.
    half: Vec<u8>,
}

impl Lost {
    /// Half of the body is lost, or of the head where there is none.
    pub(crate) fn new(loss: Loss, answer: &Answer, method: &Method) -> Self {
        let mut half = head_of(answer);
        if answer.body.is_empty() || method == Method::HEAD {
            half.truncate(half.len() / 2);
        } else {
            half.extend_from_slice(&answer.body[..answer.body.len() / 2]);
        }
        Self { loss, half }
    }

    /// It happens: the visitor gets of the answer what is left of it.
    pub(super) async fn befalls(&self, visitor: &mut TcpStream, hanging: &Arc<Hanging>) -> io::Result<()> {
        match self.loss {
            Loss::Reset => visitor.set_zero_linger(),
            Loss::Empty => visitor.shutdown().await,
            Loss::Truncated => {
                visitor.write_all(&self.half).await?;
                visitor.shutdown().await
            }
            Loss::ResetInBody => {
                visitor.write_all(&self.half).await?;
                visitor.set_zero_linger()
            }
            Loss::Hang => {
                let _kept = hanging.request();
                // Until the visitor leaves.
                let mut rest = [0; 64];
                while visitor.read(&mut rest).await? > 0 {}
                Ok(())
            }
        }
    }
}

/// A head like hyper's.
fn head_of(answer: &Answer) -> Vec<u8> {
    let response = Response::from(answer.clone());
    let mut head = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    if response.status() != StatusCode::NO_CONTENT {
        head.extend(format!("content-length: {}\r\n", answer.body.len()).into_bytes());
    }
    head.extend(format!("date: {}\r\n\r\n", Utc::now().format("%a, %d %b %Y %H:%M:%S GMT")).into_bytes());
    head
}
