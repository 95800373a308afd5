//! Shutdown, time-outs, and what the log holds.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::Response,
};
use connectors_client::{Connectors, OperatorToken};
use core_backend::{Core, app, serve, tenants::Tenants};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::oneshot,
    time::Instant,
};
use tower::ServiceExt;

use crate::{
    person::Person,
    site::{Site, asks_once},
};

/// Asks an app that is not behind a socket: that time passes at once does not disturb it.
async fn ask(app: &axum::Router, method: &str, path: &str, cookie: &str, form: &'static str) -> Response {
    let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(form));
    app.clone().oneshot(request.expect("a request")).await.expect("an answer")
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_is_given_up() {
    // Connections to it are made, and nobody takes them.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let builder = || Connectors::builder(&url).operator_token(OperatorToken::new("operator-token"));
    let hour = Duration::from_secs(3600);
    let patient = builder().timeout(hour).attempt_timeout(hour).connect_timeout(hour);
    for (client, status, within) in [
        (builder(), StatusCode::SERVICE_UNAVAILABLE, 59),
        // A client whose own deadline is too far is cut off.
        (patient, StatusCode::GATEWAY_TIMEOUT, 61),
    ] {
        let app = app(Core::new(client.build().expect("a client"), Tenants::Same));
        let answer = ask(&app, "POST", "/login", "", "login=ada&password=demo").await;
        let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("a text").to_owned();
        let began = Instant::now();
        let answer = ask(&app, "GET", "/api/connectors/connections", &cookie, "").await;
        assert_eq!(answer.status(), status);
        assert!(began.elapsed() < Duration::from_secs(within), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_request_that_is_under_way_is_finished_before_the_server_ends() {
    let service = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let connectors = asks_once(&format!("http://{}", service.local_addr().expect("an address")), "operator-token");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move { drop(stopped.await) };
    let server = tokio::spawn(serve(listener, Core::new(connectors, Tenants::Same), stopped));

    let ada = Arc::new(Person::logged_in(&url, "ada").await);
    let under_way = tokio::spawn({
        let ada = Arc::clone(&ada);
        async move { ada.get("/api/connectors/connections").await }
    });
    let (mut asked, _) = service.accept().await.expect("Core asks the service");
    let mut request = vec![0; 4096];
    assert!(asked.read(&mut request).await.expect("the request") > 0);

    stop.send(()).expect("the server runs");
    tokio::task::yield_now().await;
    assert!(!server.is_finished());
    let body = r#"{"connections":[],"next_cursor":null}"#;
    let answer =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    asked.write_all(answer.as_bytes()).await.expect("the service answers");

    let answer = under_way.await.expect("the request ends");
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "[]"));
    server.await.expect("the server ends").expect("in order");
}

/// What is logged, kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_holds_neither_code_nor_state_nor_password_nor_token() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // Test and server run on this thread.
    let _guard = tracing::subscriber::set_default(subscriber);

    let mock = connectors_mock::ConnectorsMock::start().await;
    let site = Site::against(mock.url(), mock.operator_token(), Tenants::Same).await;
    let ada = Person::logged_in(&site.url, "ada").await;
    let callback = mock.user().approves(ada.begins().await);
    let query = callback.query().unwrap_or_default();
    let path = format!("/api/connectors/github/callback?{query}");
    mock.on(connectors_mock::Operation::CompleteOAuth).fail_next(1, connectors_mock::Fault::connection_reset());
    assert_eq!(ada.get(&path).await.location(), "/integrations?later");
    assert_eq!(ada.get(&path).await.location(), "/accounts?connected");
    ada.get(&format!("/activity?{query}")).await;

    let log = String::from_utf8(log.0.lock().expect("the log").clone()).expect("a text");
    assert!(
        log.contains("the Connectors Service failed") && log.contains("path=\"/api/connectors/github/callback\""),
        "{log}"
    );
    let parameters = callback.query_pairs().map(|(_, value)| value.into_owned());
    let cookie = ada.cookie().expect("a cookie").replace("core_session=", "");
    for secret in parameters.chain([cookie, "password=".to_owned(), mock.operator_token().to_owned()]) {
        assert!(!log.contains(&secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn a_form_that_is_too_long_is_refused() {
    let site = Site::against_nobody().await;
    let login = "a".repeat(3 << 20);
    assert_eq!(Person::at(&site.url).logs_in(&login, "demo").await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let app = app(Core::new(asks_once("http://127.0.0.1:9", "operator-token"), Tenants::Same));
    let answer = ask(&app, "GET", "/no-such-page", "", "").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let page = to_bytes(answer.into_body(), 1 << 20).await.expect("the page");
    assert!(String::from_utf8_lossy(&page).contains("There is no such page"));
}
