//! In whatever test it is started, and however many there are.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use connectors_mock::ConnectorsMock;

/// A request without any runtime.
fn asked(mock: &ConnectorsMock) -> String {
    let mut socket = TcpStream::connect(mock.url().trim_start_matches("http://")).unwrap();
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// An executor that is not tokio's.
fn run<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let (mut future, waker) = (pin!(future), Waker::from(Arc::new(Unpark(thread::current()))));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

async fn walks() {
    let mock = ConnectorsMock::start().await;
    let client = mock.tenant("acme").client();
    let started = client.start_oauth("github").send().await.unwrap();
    let query = mock.user().approves(&started.authorize_url).query().unwrap().parse().unwrap();
    client.complete_oauth("github", query, &started.state).await.unwrap();
}

#[test]
fn in_a_plain_test_without_tokio() {
    let mock = run(ConnectorsMock::start());
    assert!(asked(&mock).starts_with("HTTP/1.1 200 OK"));
    mock.tenant("acme").receives("github", "issue_created");
    mock.verify();
    let answer = wiremock::ResponseTemplate::new(418);
    run(wiremock::Mock::given(wiremock::matchers::any()).respond_with(answer).mount(mock.wiremock()));
    assert!(asked(&mock).starts_with("HTTP/1.1 418 "));
}

#[tokio::test]
async fn in_a_test_of_one_thread() {
    walks().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_test_of_many_threads() {
    walks().await;
    tokio::spawn(walks()).await.unwrap();
}

#[tokio::test]
async fn five_hundred_at_once_each_on_a_port_of_its_own() {
    let mut mocks = Vec::new();
    for _ in 0..500 {
        mocks.push(ConnectorsMock::start().await);
    }
    let urls: BTreeSet<_> = mocks.iter().map(|mock| mock.url().to_owned()).collect();
    assert_eq!(urls.len(), 500);
    for (number, mock) in mocks.iter().enumerate() {
        mock.tenant("acme").has_signal(format!("kind_{number}").as_str());
    }
    for (number, mock) in mocks.iter().enumerate() {
        // It takes its connection with it: each has a file descriptor at both ends.
        let client = mock.client_builder().build().unwrap();
        let signals = client.tenant(mock.tenant("acme").id()).signals().page().await.unwrap().items;
        assert_eq!(signals[0].kind.as_str(), format!("kind_{number}"));
    }
}
