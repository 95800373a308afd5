//! Mocks of a test's own, beside the service.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use connectors_client::ErrorKind;
use connectors_mock::{ConnectorsMock, Operation};
use reqwest::StatusCode;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{any, path, query_param},
};

/// The status of the answer to a `GET`.
async fn asked(mock: &ConnectorsMock, path: &str) -> u16 {
    let request = reqwest::Client::new().get(format!("{}{path}", mock.url()));
    request.bearer_auth(mock.operator_token()).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn mocks_of_the_tests_own_win_and_are_recorded() {
    let mock = ConnectorsMock::start().await;
    let teapot = Mock::given(path("/providers")).respond_with(ResponseTemplate::new(418)).expect(1);
    teapot.mount(mock.wiremock()).await;
    let answer = reqwest::get(format!("{}/providers", mock.url())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
    let requests = mock.requests();
    assert_eq!((requests[0].operation(), requests[0].status()), (Some(Operation::ListProviders), None));
}

#[tokio::test]
async fn a_scoped_mock_goes_and_the_service_stays() {
    let mock = ConnectorsMock::start().await;
    let asked = async |path| asked(&mock, path).await;
    let answers = |at: &str, status| Mock::given(path(at)).respond_with(ResponseTemplate::new(status)).expect(1);
    assert_eq!(asked("/providers").await, 200);
    let one = answers("/providers", 418).mount_as_scoped(mock.wiremock()).await;
    assert_eq!(asked("/providers").await, 418);
    let other = answers("/healthz", 419).mount_as_scoped(mock.wiremock()).await;
    drop(one);
    assert_eq!((asked("/providers").await, asked("/healthz").await), (200, 419));
    drop(other);
    assert_eq!((asked("/providers").await, asked("/healthz").await), (200, 200));

    // One reference to the server is as good as two.
    let server = mock.wiremock();
    answers("/healthz", 420).mount(server).await;
    assert_eq!((asked("/providers").await, asked("/healthz").await), (200, 420));
    let late = answers("/providers", 421).mount_as_scoped(server).await;
    assert_eq!(asked("/providers").await, 421);
    drop(late);
    assert_eq!(asked("/providers").await, 200);
    assert_eq!(mock.requests().len(), 10);
}

#[tokio::test]
async fn mocks_of_the_tests_own_win_whatever_their_priority_and_their_answer() {
    let mock = ConnectorsMock::start().await;
    let blank = || ResponseTemplate::new(404);
    for (priority, status, answer) in [
        (1, 404, blank()),
        (4, 200, ResponseTemplate::new(200)),
        (5, 404, blank()),
        (6, 404, blank().set_body_string("nothing")),
        (6, 404, blank().insert_header("x-other", "it")),
        (200, 418, ResponseTemplate::new(418)),
        (255, 200, ResponseTemplate::new(200)),
    ] {
        let told = format!("{priority}: {answer:?}");
        let own = Mock::given(path("/nowhere")).respond_with(answer).with_priority(priority).expect(1);
        own.mount(mock.wiremock()).await;
        // A request that it does not match goes to the service.
        assert_eq!(asked(&mock, "/providers").await, 200, "{told}");
        assert_eq!(asked(&mock, "/nowhere").await, status, "{told}");
        mock.wiremock().verify().await;
        mock.wiremock().reset().await;
    }
    mock.verify();
    assert_eq!(asked(&mock, "/nowhere").await, 404);
    assert_eq!(std::mem::take(&mut mock.violations()).len(), 1);
    crate::panics::text_of(|| mock.verify());
}

#[tokio::test]
async fn a_blank_404_of_a_later_mock_is_taken_for_none() {
    let mock = ConnectorsMock::start().await;
    let not_found = || ResponseTemplate::new(404);
    let own = Mock::given(path("/providers")).respond_with(not_found()).with_priority(6).expect(1);
    own.mount(mock.wiremock()).await;
    assert_eq!(asked(&mock, "/providers").await, 200);
    let with_a_header = Mock::given(path("/")).respond_with(not_found().insert_header("x", "y")).with_priority(6);
    with_a_header.mount(mock.wiremock()).await;
    assert_eq!(asked(&mock, "/").await, 404);
}

#[tokio::test]
async fn a_reset_takes_the_tests_own_mocks_and_leaves_the_service() {
    let mock = ConnectorsMock::start().await;
    mock.client().providers().await.unwrap();
    Mock::given(any()).respond_with(ResponseTemplate::new(418)).mount(mock.wiremock()).await;
    mock.client().providers().await.unwrap_err();
    mock.wiremock().reset().await;
    mock.client().providers().await.unwrap();
    let statuses: Vec<_> = mock.requests().iter().map(connectors_mock::RecordedRequest::status).collect();
    assert_eq!(statuses, [Some(200), None, Some(200)]);
    mock.verify();
}

#[tokio::test]
async fn a_reset_disturbs_no_request_that_is_under_way() {
    let mock = ConnectorsMock::start().await;
    let server = mock.wiremock();
    let (client, url) = (reqwest::Client::new(), format!("{}/healthz", mock.url()));
    let asks = tokio::spawn(async move {
        for _ in 0..50 {
            assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        }
    });
    // wiremock counts its resets in 16 bits.
    for _ in 0..u16::MAX {
        server.reset().await;
        if asks.is_finished() {
            break;
        }
        tokio::task::yield_now().await;
    }
    asks.await.unwrap();
}

#[tokio::test]
async fn a_mock_of_the_tests_own_may_fail_without_an_answer() {
    let mock = ConnectorsMock::start().await;
    let fails = Mock::given(path("/providers")).respond_with_err(|_: &wiremock::Request| std::io::Error::other("gone"));
    let scope = fails.up_to_n_times(1).expect(1).mount_as_scoped(mock.wiremock()).await;
    let error = mock.client_builder().retry(connectors_client::Retry::none()).build().unwrap();
    assert_eq!(error.providers().await.unwrap_err().kind(), ErrorKind::Interrupted);
    drop(scope);
    mock.client().providers().await.unwrap();
}

#[tokio::test]
async fn the_server_beneath_has_the_tests_own_mocks_alone() {
    let mock = ConnectorsMock::start().await;
    Mock::given(path("/own")).respond_with(ResponseTemplate::new(200)).mount(mock.wiremock()).await;
    for (path, status) in [("/own", 200), ("/providers", 404)] {
        let answer = reqwest::get(format!("{}{path}", mock.wiremock().uri())).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (status, ""));
    }
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn a_mock_of_the_tests_own_gets_the_request_as_it_came() {
    let mock = ConnectorsMock::start().await;
    let body = "x".repeat(100_000);
    let own = Mock::given(path("/webhooks/github"))
        .and(query_param("a", "b c"))
        .and(wiremock::matchers::header("x-own", "of the test"))
        .and(wiremock::matchers::body_string(&body));
    let answer = ResponseTemplate::new(207).set_body_string("taken").append_header("x-two", "1");
    own.respond_with(answer.append_header("x-two", "2")).expect(2).mount(mock.wiremock()).await;
    let url = format!("{}/webhooks/github?a=b%20c", mock.url());
    let request = reqwest::Client::new().post(&url).header("x-own", "of the test");
    let answer = request.body(body.clone()).send().await.unwrap();
    assert_eq!(answer.status(), 207);
    assert_eq!(answer.headers().get_all("x-two").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(answer.text().await.unwrap(), "taken");

    let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
    let head = "POST /webhooks/github?a=b+c HTTP/1.1\r\nhost: mock\r\nx-own: of the test\r\nconnection: close\r\n";
    let (one, other) = body.split_at(70_000);
    let chunks = [one, other, ""].map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).concat();
    socket.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n{chunks}").as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 207 ") && answer.ends_with("taken"), "{answer}");

    let head = reqwest::Client::new().head(&url).send().await.unwrap();
    assert_eq!(head.status(), 405);
    assert_eq!(mock.requests()[0].operation(), Some(Operation::IngestWebhook));
    assert_eq!(std::mem::take(&mut mock.violations()).len(), 1);
    crate::panics::text_of(|| mock.verify());
}

/// The status of the answer to a request that announces so much body and has this one; if that is not all, nothing more comes.
fn asked_raw(mock: &ConnectorsMock, request: &str, announced: usize, body: &str) -> u16 {
    let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let head = format!("{request} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: {announced}\r\n\r\n");
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(body.as_bytes()).unwrap();
    if body.len() < announced {
        socket.shutdown(Shutdown::Write).unwrap();
    }
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer["HTTP/1.1 ".len()..][..3].parse().unwrap()
}

#[tokio::test]
async fn a_body_is_read_as_far_as_somebody_asks_for_it() {
    let mock = ConnectorsMock::start().await;
    let long = (1 << 20) + 1;
    let asked = |request, announced: usize, body: &str| {
        let status = asked_raw(&mock, request, announced, body);
        (status, mock.requests().last().unwrap().body().len())
    };
    assert_eq!(asked("POST /connect/github", 3, "xxx"), (415, 3));
    assert_eq!(asked("POST /connect/github", long, ""), (413, 0));
    assert_eq!(asked("GET /healthz", 3, "xxx"), (200, 0));

    let is_long = move |request: &wiremock::Request| request.body.len() == long;
    Mock::given(is_long).respond_with(ResponseTemplate::new(207)).mount(mock.wiremock()).await;
    assert_eq!(asked("POST /connect/github", long, &"x".repeat(long)), (207, long));
    assert_eq!(asked("POST /connect/github", long + 1, &"x".repeat(long + 1)), (413, long + 1));
    assert_eq!(asked("GET /healthz", 3, "xxx"), (200, 3));
}

#[tokio::test]
async fn a_request_whose_body_breaks_off_is_the_services() {
    let mock = ConnectorsMock::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(418)).mount(mock.wiremock()).await;
    for (request, status) in [("POST /connect/github", 400), ("GET /healthz", 200)] {
        let asked = ["xxx", "xx", ""].map(|body| asked_raw(&mock, request, 3, body));
        assert_eq!(asked, [418, status, status]);
    }
    assert_eq!(mock.wiremock().received_requests().await.unwrap().len(), 2);
}

/// One more field than these is refused by HTTP itself.
#[tokio::test]
async fn a_request_with_as_many_fields_as_there_can_be_is_shown_to_the_tests_own_mocks() {
    let mock = ConnectorsMock::start().await;
    let own = Mock::given(path("/healthz")).respond_with(ResponseTemplate::new(418));
    let asked = |fields: usize, of_the_body: &str, body: &str| {
        let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
        let fields: String = (3..fields).map(|number| format!("x-{number}: y\r\n")).collect();
        let head = format!("GET /healthz HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n{of_the_body}\r\n{fields}\r\n");
        socket.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer["HTTP/1.1 ".len()..][..3].to_owned()
    };
    let _ = mock.wiremock();
    let plain = |fields| asked(fields, "x-2: y", "");
    let chunked = |fields| asked(fields, "transfer-encoding: chunked", "2\r\n{}\r\n0\r\n\r\n");
    assert_eq!([99, 100, 101].map(plain), ["200", "200", "431"]);
    assert_eq!([98, 99, 100].map(chunked), ["200", "200", "200"]);
    own.mount(mock.wiremock()).await;
    assert_eq!([99, 100, 101].map(plain), ["418", "418", "431"]);
    assert_eq!([98, 99, 100].map(chunked), ["418", "418", "418"]);
}

#[tokio::test]
async fn mocks_of_the_tests_own_that_are_slow_hold_up_nobody_else() {
    let mock = ConnectorsMock::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_millis(400));
    Mock::given(path("/slow")).respond_with(slow).mount(mock.wiremock()).await;
    let (client, begun) = (reqwest::Client::new(), Instant::now());
    let slow = (0..10).map(|_| tokio::spawn(client.get(format!("{}/slow", mock.url())).send()));
    let slow: Vec<_> = slow.collect();
    mock.client().providers().await.unwrap();
    for answer in slow {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "one after the other they take four seconds");
}
