//! What can befall an answer on the wire.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::answer::Head;
use crate::hanging::Hanging;

/// The header with which the mock tells the gate; no client that waits for its answers ever sees it.
pub(crate) const MARK: &str = "x-connectors-mock-loss";

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
    const ALL: [Self; 5] = [Self::Reset, Self::Empty, Self::Truncated, Self::ResetInBody, Self::Hang];

    /// As [`MARK`] says it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::ResetInBody => "reset-in-body",
            Self::Hang => "hang",
        }
    }

    pub(super) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|loss| loss.as_str() == text)
    }

    /// It happens: the visitor gets of the answer what is left of it.
    pub(super) async fn befall(self, answer: &[u8], mut visitor: TcpStream, hanging: &Arc<Hanging>) -> io::Result<()> {
        let head = Head::of(answer).map_or(answer.len(), |head| head.length());
        let body = answer.len() - head;
        let half = if body == 0 { head / 2 } else { head + body / 2 };
        match self {
            Self::Reset => visitor.set_zero_linger(),
            Self::Empty => visitor.shutdown().await,
            Self::Truncated => {
                visitor.write_all(&answer[..half]).await?;
                visitor.shutdown().await
            }
            Self::ResetInBody => {
                visitor.write_all(&answer[..half]).await?;
                visitor.set_zero_linger()
            }
            Self::Hang => {
                let _kept = hanging.request();
                // Until the visitor leaves.
                let mut rest = [0; 64];
                while visitor.read(&mut rest).await? > 0 {}
                Ok(())
            }
        }
    }
}
