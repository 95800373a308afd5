//! Answers as bytes.

use std::io;

use tokio::{io::AsyncReadExt, net::TcpStream};

use super::{Loss, MARK};

const END: &[u8] = b"\r\n\r\n";

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head<'a> {
    text: &'a str,
}

impl<'a> Head<'a> {
    /// The head with which `answer` begins. The mock's heads are short: they come in one piece.
    pub(super) fn of(answer: &'a [u8]) -> Option<Self> {
        let end = answer.windows(END.len()).position(|window| window == END)?;
        let text = std::str::from_utf8(&answer[..end]).ok()?;
        text.starts_with("HTTP/1.").then_some(Self { text })
    }

    /// What is to befall the answer.
    pub(super) fn loss(&self) -> Option<Loss> {
        self.header(MARK).and_then(Loss::of)
    }

    /// Where the body begins.
    pub(super) fn length(&self) -> usize {
        self.text.len() + END.len()
    }

    fn body_length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        let headers = self.text.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        headers.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// The whole answer that begins with `begun`, without its mark.
pub(super) async fn whole(begun: &[u8], server: &mut TcpStream) -> io::Result<Vec<u8>> {
    let Some(head) = Head::of(begun) else { return Ok(begun.to_vec()) };
    let length = head.length() + head.body_length();
    let lines: Vec<&str> = head.text.split("\r\n").filter(|line| !line.starts_with(MARK)).collect();
    let mut answer = begun.to_vec();
    while answer.len() < length && server.read_buf(&mut answer).await? > 0 {}
    let body = answer.split_off(head.length());
    Ok([lines.join("\r\n").as_bytes(), END, &body].concat())
}
