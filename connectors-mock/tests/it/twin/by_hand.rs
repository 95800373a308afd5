//! A client that sends a path as it is written, and a body once it is wanted (RFC 9110, section 10.1.1) or not as it should:
//! `reqwest` has no way to say either.

use reqwest::{
    Body, Request,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{call::Sending, transcript::Answer};

/// The answer to a request for this target.
pub async fn answer(request: Request, target: &str, sending: Sending) -> Answer {
    let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
    let mut head = format!("{} {target} HTTP/1.1\r\n", request.method());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let address = request.url().socket_addrs(|| None).unwrap()[0];
    head += &format!("host: {address}\r\n");
    head += &match sending {
        _ if body.is_empty() => "connection: close\r\n".into(),
        Sending::BrokenChunk => "transfer-encoding: chunked\r\n".into(),
        Sending::AtOnce | Sending::OnceWanted => {
            format!("connection: close\r\ncontent-length: {}\r\nexpect: 100-continue\r\n", body.len())
        }
        // The other side hangs up by itself.
        Sending::Cut | Sending::Never => format!("content-length: {}\r\n", body.len()),
    };
    head += "\r\n";
    let mut socket = BufReader::new(TcpStream::connect(address).await.unwrap());
    socket.write_all(head.as_bytes()).await.unwrap();
    match sending {
        Sending::AtOnce | Sending::OnceWanted | Sending::Never => {}
        Sending::Cut => {
            socket.write_all(&body[..body.len() - 1]).await.unwrap();
            socket.shutdown().await.unwrap();
        }
        Sending::BrokenChunk => {
            let chunks = [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\nno number\r\n"].concat();
            socket.write_all(&chunks).await.unwrap();
        }
    }
    let (mut status, mut headers) = read_head(&mut socket).await;
    if status == 100 {
        socket.write_all(body).await.unwrap();
        (status, headers) = read_head(&mut socket).await;
    }
    let mut body = Vec::new();
    socket.read_to_end(&mut body).await.unwrap();
    Answer::new(status, headers, body)
}

async fn read_head(socket: &mut BufReader<TcpStream>) -> (u16, HeaderMap) {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines[1..].iter().map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    });
    (status, headers.collect())
}
