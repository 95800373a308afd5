//! Answers that are lost on the wire.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use connectors_client::{Connectors, OperatorToken, Retry};
use connectors_mock::{ConnectorsMock, Fault, NewSignal, Operation};

/// What a socket gets for `GET /signals`: the bytes, and how it ended.
fn raw(mock: &ConnectorsMock, tenant: &connectors_mock::Tenant) -> (String, Result<(), ErrorKind>) {
    raw_for("GET /signals", mock, tenant)
}

fn raw_for(request: &str, mock: &ConnectorsMock, tenant: &connectors_mock::Tenant) -> (String, Result<(), ErrorKind>) {
    let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let (token, id) = (mock.operator_token(), tenant.id());
    let request = format!(
        "{request} HTTP/1.1\r\nhost: mock\r\nauthorization: Bearer {token}\r\nx-tenant-id: {id}\r\n\
         connection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let end = socket.read_to_end(&mut answer);
    (String::from_utf8(answer).unwrap(), end.map(|_| ()).map_err(|error| error.kind()))
}

fn body_of(answer: &str) -> (usize, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    (length.parse().unwrap(), body)
}

#[tokio::test]
async fn each_loss_is_the_one_that_was_asked_for() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    acme.has_signal(NewSignal::of("pr_merged").title("in the second half of the body"));
    let lose = |fault| {
        mock.on(Operation::ListSignals).fail_next(1, fault);
        raw(&mock, &acme)
    };
    assert_eq!(lose(Fault::empty_answer()), (String::new(), Ok(())));
    assert_eq!(lose(Fault::connection_reset()), (String::new(), Err(ErrorKind::ConnectionReset)));

    let (answer, end) = lose(Fault::truncated_body());
    let (length, body) = body_of(&answer);
    assert_eq!((body.len(), end), (length / 2, Ok(())));

    // What came before a reset may be gone with it.
    let (answer, end) = lose(Fault::reset_in_body());
    assert!(answer.is_empty() || body_of(&answer).1.len() == length / 2, "{answer}");
    assert_eq!(end, Err(ErrorKind::ConnectionReset));

    let (answer, end) = raw(&mock, &acme);
    assert_eq!((body_of(&answer).1.len(), end), (length, Ok(())));
}

#[tokio::test]
async fn an_answer_without_a_body_is_lost_in_its_head() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let connection = acme.has_connection("github").id;
    mock.on(Operation::DeleteConnection).fail_next(1, Fault::truncated_body());
    let error = acme.client().delete_connection(connection).await.unwrap_err();
    assert_eq!(error.kind(), connectors_client::ErrorKind::Interrupted);
    assert!(acme.client().connections().page().await.unwrap().items.is_empty());

    for (fault, end) in [(Fault::truncated_body(), Ok(())), (Fault::reset_in_body(), Err(ErrorKind::ConnectionReset))] {
        mock.on(Operation::ListSignals).fail_next(1, fault);
        let (answer, ended) = raw_for("HEAD /signals", &mock, &acme);
        assert!(!answer.contains("\r\n\r\n"), "{answer}");
        assert_eq!(ended, end);
    }
}

#[tokio::test]
async fn the_client_gets_over_a_lost_answer() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    acme.has_signal("pr_merged");
    for fault in [Fault::connection_reset(), Fault::empty_answer(), Fault::truncated_body(), Fault::reset_in_body()] {
        let asked = mock.requests().len();
        mock.on(Operation::ListSignals).fail_next(1, fault);
        assert_eq!(acme.client().signals().page().await.unwrap().items.len(), 1);
        assert_eq!(mock.requests().len(), asked + 2);
    }
}

#[tokio::test]
async fn what_was_asked_for_has_happened_although_the_answer_was_lost() {
    let mock = ConnectorsMock::start().await;
    let client = mock.tenant("acme").client();
    let started = client.start_oauth("github").send().await.unwrap();
    let callback = mock.user().approves(&started.authorize_url);
    mock.on(Operation::CompleteOAuth).fail_next(1, Fault::empty_answer());
    let query = callback.query().unwrap().parse().unwrap();
    let connection = client.complete_oauth("github", query, &started.state).await.unwrap();
    assert_eq!(client.connections().page().await.unwrap().items, [connection]);
}

#[tokio::test]
async fn a_call_that_hangs_ends_when_its_caller_has_had_enough() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    mock.on(Operation::ListSignals).fail_next(1, Fault::hang());
    let impatient = Connectors::builder(mock.url())
        .operator_token(OperatorToken::new(mock.operator_token()))
        .attempt_timeout(Duration::from_millis(50))
        .retry(Retry::none())
        .build()
        .unwrap()
        .tenant(acme.id());
    let error = impatient.signals().page().await.unwrap_err();
    assert_eq!(error.kind(), connectors_client::ErrorKind::Deadline);
    acme.client().connections().page().await.unwrap();
}

/// Less than any time-out of the client's.
const NO_TIME: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_call_of_the_handed_out_client_that_hangs_is_over_by_the_mocks_clock() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let (begun, before) = (Instant::now(), mock.clock().now());
    mock.on(Operation::ListSignals).fail_next(2, Fault::hang());
    acme.client().signals().page().await.unwrap();
    let passed = mock.clock().now() - before;
    assert!(passed >= TimeDelta::seconds(20) && passed < TimeDelta::seconds(21), "{passed}");
    assert_eq!(mock.requests().len(), 3);

    let once = mock.client_builder().attempt_timeout(Duration::from_secs(3600)).timeout(Duration::from_secs(1800));
    let once = once.retry(Retry::none()).build().unwrap().tenant(acme.id());
    mock.on(Operation::ListSignals).fail_next(1, Fault::hang());
    let error = once.signals().page().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (connectors_client::ErrorKind::Deadline, 1));
    assert!(mock.clock().now() - before - passed >= TimeDelta::minutes(30));
    assert!(begun.elapsed() < NO_TIME);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_answered_slowly_are_waited_for_while_another_hangs() {
    let mock = ConnectorsMock::start().await;
    let (acme, once) = (mock.tenant("acme"), mock.client_builder().retry(Retry::none()).build().unwrap());
    mock.on(Operation::ListSignals).fail_next(1, Fault::hang());
    mock.on(Operation::ListConnections).slow(Duration::from_millis(300));
    let begun = Instant::now();
    let hangs = tokio::spawn({
        let tenant = once.tenant(acme.id());
        async move { tenant.signals().page().await.unwrap_err().kind() }
    });
    let slow = tokio::spawn({
        let tenant = once.tenant(acme.id());
        async move { tenant.connections().page().await.unwrap() }
    });
    assert!(slow.await.unwrap().items.is_empty());
    assert_eq!(hangs.await.unwrap(), connectors_client::ErrorKind::Deadline);
    assert!(begun.elapsed() < NO_TIME);
}

#[tokio::test]
async fn a_path_is_recorded_as_it_came_over_the_wire_however_it_comes() {
    let mock = ConnectorsMock::builder().tolerate_unknown_requests().start().await;
    let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
    let mut status_of = |request: &str| {
        for byte in request.bytes() {
            socket.write_all(&[byte]).unwrap();
        }
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        String::from_utf8(answer).unwrap()["HTTP/1.1 ".len()..][..3].to_owned()
    };
    // On one connection: each of its requests is looked at.
    assert_eq!(status_of("GET /healthz HTTP/1.1\r\nhost: mock\r\n\r\n"), "200");
    assert_eq!(status_of("\r\nGET /nowhere/../healthz HTTP/1.1\r\nhost: mock\r\n\r\n"), "404");
    let request = mock.requests().pop().unwrap();
    assert_eq!((request.path(), request.operation()), ("/nowhere/../healthz", None));
}

#[tokio::test]
async fn nobody_answers_any_more_once_a_mock_is_dropped() {
    // Often before the gate has begun, and sometimes not.
    for _ in 0..200 {
        let mock = ConnectorsMock::start().await;
        let address = mock.url().trim_start_matches("http://").to_owned();
        let mut open = TcpStream::connect(&address).unwrap();
        drop(mock);
        match TcpStream::connect(&address) {
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
            // The system may give who connects the very port that is free now: then TCP connects it with itself.
            Ok(own) => assert_eq!(own.local_addr().unwrap(), own.peer_addr().unwrap()),
        }
        assert!(matches!(open.read(&mut [0]), Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn a_body_of_the_longest_allowed_size_passes() {
    let mock = ConnectorsMock::start().await;
    let body = vec![b' '; 25 << 20];
    let request = reqwest::Client::new().post(format!("{}/webhooks/github", mock.url())).body(body);
    assert_eq!(request.send().await.unwrap().status(), 401);
}

/// What a socket gets that says this.
fn said(mock: &ConnectorsMock, text: &str) -> String {
    let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // However it ends.
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn an_answer_is_lost_after_a_100_continue_too() {
    let mock = ConnectorsMock::start().await;
    let (token, id) = (mock.operator_token(), mock.tenant("acme").id());
    let request = format!(
        "POST /connect/github HTTP/1.1\r\nhost: mock\r\nauthorization: Bearer {token}\r\nx-tenant-id: {id}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
    );
    for _ in 0..10 {
        mock.on(Operation::StartOAuth).fail_next(1, Fault::empty_answer());
        let lost = said(&mock, &request);
        assert!(lost.is_empty() || lost == "HTTP/1.1 100 Continue\r\n\r\n", "{lost}");
        let answer = said(&mock, &request);
        assert!(answer.contains("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn who_calls_again_after_a_100_continue_and_a_refusal_is_hasty() {
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::StartOAuth).fail_next(1, Fault::rate_limited(Duration::from_secs(30)));
    let (token, id) = (mock.operator_token(), mock.tenant("acme").id());
    let request = format!(
        "POST /connect/github HTTP/1.1\r\nhost: mock\r\nauthorization: Bearer {token}\r\nx-tenant-id: {id}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
    for status in ["429", "200"] {
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    let text = crate::panics::text_of(|| mock.assert_backoff_honoured());
    assert!(text.contains(", POST /connect/github of the tenant ") && text.contains("came too early"), "{text}");
}

#[tokio::test]
async fn a_target_that_no_url_can_be_made_of_is_answered_as_the_service_would() {
    let mock = ConnectorsMock::builder().tolerate_unknown_requests().start().await;
    for (target, status) in [("http://host:99999/healthz", 200), ("http://1.2.3.256/healthz", 200), ("healthz", 404)] {
        let answer = said(&mock, &format!("GET {target} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
    let paths: Vec<_> = mock.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths, ["/healthz", "/healthz", "healthz"]);
}
