//! A client that sends a body once it is wanted (RFC 9110, section 10.1.1), which `reqwest` has no way to say.

use reqwest::{
    Body, Request,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::transcript::Answer;

/// The answer to a request whose body waits for `100 Continue`, and is not sent if something else comes.
pub async fn answer(request: Request) -> Answer {
    let body = request.body().and_then(Body::as_bytes).expect("a body that is there");
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.url().path());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let address = request.url().socket_addrs(|| None).unwrap()[0];
    head += &format!("host: {address}\r\ncontent-length: {}\r\n", body.len());
    head += "expect: 100-continue\r\nconnection: close\r\n\r\n";
    let mut socket = BufReader::new(TcpStream::connect(address).await.unwrap());
    socket.write_all(head.as_bytes()).await.unwrap();
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
