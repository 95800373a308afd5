//! A service that costs next to nothing: prepared answers, written by threads of their own.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// How many pages a list has.
pub(crate) const PAGES: usize = 1000;
/// How many signals a page has.
pub(crate) const ON_A_PAGE: usize = 100;
pub(crate) const SIGNAL: &str = "0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f";

/// A list's page for each cursor, and one signal.
struct Answers {
    signal: Vec<u8>,
    pages: Vec<Vec<u8>>,
}

/// Listens, and returns the URL.
pub(crate) fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let list = vec![signal(None); ON_A_PAGE].join(",");
    let page = |number: usize| {
        let next = if number + 1 < PAGES { format!("\"{}\"", number + 1) } else { "null".to_owned() };
        response(&format!(r#"{{"signals":[{list}],"next_cursor":{next}}}"#))
    };
    let padding = 1024 - signal(Some("")).len();
    let answers = Arc::new(Answers {
        signal: response(&signal(Some(&"x".repeat(padding)))),
        pages: (0..PAGES).map(page).collect(),
    });
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answers = answers.clone();
            thread::spawn(move || serve(stream.unwrap(), &answers));
        }
    });
    url
}

/// A signal, with a payload of that text.
fn signal(text: Option<&str>) -> String {
    let payload = text.map(|text| format!(r#","payload":{{"text":"{text}"}}"#)).unwrap_or_default();
    format!(
        r#"{{"id":"{SIGNAL}","provider_slug":"github","connection_id":"0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b","kind":"issue_created","occurred_at":"2026-01-02T03:04:05.000000Z","received_at":"2026-01-02T03:04:06.000000Z","title":"Spelling error in the README file","url":"https://github.com/Codertocat/Hello-World/issues/1","actor":{{"id":"21031067","name":"Codertocat","url":"https://github.com/Codertocat"}},"source":{{"id":"186853002","name":"Codertocat/Hello-World"}}{payload}}}"#
    )
}

fn response(body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: 0af7651916cd43dd8448eb211c80319c\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

fn serve(mut stream: TcpStream, answers: &Answers) {
    stream.set_nodelay(true).unwrap();
    let mut buffer = [0; 4096];
    let mut read = 0;
    loop {
        match stream.read(&mut buffer[read..]) {
            Ok(0) | Err(_) => return,
            Ok(more) => read += more,
        }
        if buffer[..read].ends_with(b"\r\n\r\n") {
            if stream.write_all(answer(&buffer[..read], answers)).is_err() {
                return;
            }
            read = 0;
        }
    }
}

fn answer<'a>(request: &[u8], answers: &'a Answers) -> &'a [u8] {
    let target = std::str::from_utf8(request).unwrap().split(' ').nth(1).unwrap();
    if target.starts_with("/signals/") {
        return &answers.signal;
    }
    let cursor = target.split(['?', '&']).find_map(|pair| pair.strip_prefix("cursor="));
    &answers.pages[cursor.map_or(0, |cursor| cursor.parse().unwrap())]
}
