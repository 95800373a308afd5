//! Peers that are slow, idle, or many.

use reqwest::{Method, Url};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{ACME, Program, Service, TOKEN, TestDatabase, soon};

const WHOLE: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// A connection on which these bytes were sent.
async fn sent(url: &Url, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", url.port().unwrap())).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// Reads until this has come.
async fn read_until(stream: &mut TcpStream, end: &str) {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&read).contains(end) {
        let length = soon(&format!("{end:?} comes"), stream.read(&mut buffer)).await.unwrap();
        assert_ne!(length, 0, "closed after {}", String::from_utf8_lossy(&read));
        read.extend(&buffer[..length]);
    }
}

/// Reads an answer of `/healthz`.
async fn read_health(stream: &mut TcpStream) {
    read_until(stream, "\"}").await;
}

/// Waits until the service has closed the connection.
async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // What the peer sent and nobody read makes the end a reset.
    let _ = soon("the connection is closed", stream.read_to_end(&mut rest)).await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_its_answer_loses_its_place() {
    let service = Service::builder()
        .set("POBLYSH_REQUEST_TIMEOUT_SECONDS", "1")
        .set("POBLYSH_MAX_CONNECTIONS", "1")
        .start()
        .await;
    // Larger than what the sockets of both sides buffer.
    let body = json!({
        "action": "opened",
        "issue": {"number": 1, "title": "Issue 1", "body": "x".repeat(20 << 20)},
        "repository": {"owner": {"id": 7}},
    });
    let call = service.post("/webhooks/github").header("x-github-event", "issues").body(body.to_string());
    call.send().await.ok(202);
    let url = service.get("/").into_url();
    let head = format!(
        "GET /signals?include_payload=true HTTP/1.1\r\nhost: x\r\nx-tenant-id: {ACME}\r\nauthorization: Bearer {TOKEN}\r\n\r\n"
    );
    let mut deaf = sent(&url, &head).await;
    read_until(&mut deaf, "200 OK").await;
    // There is one place, and an answer under way is not idle: this waits until the time-out.
    read_health(&mut sent(&url, WHOLE).await).await;
}

#[tokio::test]
async fn at_the_limit_the_connection_that_is_idle_longest_makes_room() {
    let service = Service::builder().set("POBLYSH_MAX_CONNECTIONS", "2").start().await;
    let url = service.get("/").into_url();
    let (mut first, mut second) = (sent(&url, WHOLE).await, sent(&url, WHOLE).await);
    read_health(&mut first).await;
    read_health(&mut second).await;
    first.write_all(WHOLE.as_bytes()).await.unwrap();
    read_health(&mut first).await;
    let mut third = sent(&url, WHOLE).await;
    read_health(&mut third).await;
    closed(&mut second).await;
    for stream in [&mut first, &mut third] {
        stream.write_all(WHOLE.as_bytes()).await.unwrap();
        read_health(stream).await;
    }
}

#[tokio::test]
async fn at_the_limit_a_request_under_way_goes_on_and_a_new_peer_waits_for_it() {
    let service = Service::builder().set("POBLYSH_MAX_CONNECTIONS", "1").start().await;
    let url = service.get("/").into_url();
    let head = format!(
        "POST /webhooks/github HTTP/1.1\r\nhost: x\r\nx-tenant-id: {ACME}\r\nauthorization: Bearer {TOKEN}\r\n\
         expect: 100-continue\r\ncontent-length: 2\r\n\r\n"
    );
    let mut busy = sent(&url, &head).await;
    // The service reads the body, so the request is under way.
    read_until(&mut busy, "100 Continue").await;
    let mut waiting = sent(&url, WHOLE).await;
    busy.write_all(b"{}").await.unwrap();
    read_until(&mut busy, "ignored").await;
    read_health(&mut waiting).await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_half_a_head() {
    let database = TestDatabase::create().await;
    // Less than a head may take: whoever waited for it would be cut off.
    let program = Program::serve(&database, &[("POBLYSH_SHUTDOWN_TIMEOUT_SECONDS", "10")]).await;
    let url = program.call(Method::GET, "/").into_url();
    let (half, _) = WHOLE.split_at(20);
    let mut slow = sent(&url, half).await;
    let mut slow_again = sent(&url, WHOLE).await;
    read_health(&mut slow_again).await;
    slow_again.write_all(half.as_bytes()).await.unwrap();
    // What was sent before has been read once a later connection is answered.
    read_health(&mut sent(&url, WHOLE).await).await;
    program.signal("TERM").await;
    closed(&mut slow).await;
    closed(&mut slow_again).await;
    let log = program.wait().await;
    assert!(!log.contains("cut off"), "{log}");
}

#[tokio::test]
async fn a_second_signal_ends_the_service_at_once() {
    let database = TestDatabase::create().await;
    for second in ["TERM", "INT"] {
        let program = Program::serve(&database, &[("POBLYSH_SHUTDOWN_TIMEOUT_SECONDS", "600")]).await;
        let head = "POST /webhooks/github HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
        let mut busy = sent(&program.call(Method::GET, "/").into_url(), head).await;
        read_until(&mut busy, "100 Continue").await;
        program.signal("TERM").await;
        program.logs("those under way go on").await;
        program.signal(second).await;
        let (success, log) = program.ended().await;
        assert!(!success && log.contains("a second signal cut off what was under way"), "{log}");
    }
}
