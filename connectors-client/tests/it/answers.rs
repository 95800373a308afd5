//! What comes back, however bad it is, is an error that names it; never a panic, a hang or a wrong value.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use connectors_client::{Clock, Error, ErrorCode, ErrorKind, JsonObject, OperatorToken, Retry, SignalKind};
use connectors_mock::ConnectorsMock;
use tokio::sync::watch;

use crate::peer::{Peer, Reply, TOKEN, json, problem, response};

const SIGNAL: &str = r#"{"id":"0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f","provider_slug":"github","connection_id":null,
    "kind":"wiki_page_edited","occurred_at":"2026-01-02T03:04:05.000000Z","received_at":"2026-01-02T03:04:05.000000Z",
    "title":"T","payload":{"n": 1.10},"new_field":{"a":1}}"#;

/// The error of a list of signals that is answered so.
async fn error_of(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Error {
    let peer = Peer::saying(reply).await;
    let error = peer.tenant().signals().page().await.unwrap_err();
    assert_eq!((error.operation(), error.attempts()), ("list_signals", 1));
    let shown = error.to_string();
    println!("{error:?}");
    assert!(!shown.contains('\n'), "{shown}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        println!("{cause} {cause:?}");
        assert!(!shown.contains(&cause.to_string()), "{shown} repeats {cause}");
        source = cause.source();
    }
    error
}

#[tokio::test]
async fn a_problem_of_the_service_is_typed() {
    let more = r#","retry_after":7,"details":{"limit":"too large"}"#;
    let error = error_of(move || problem(429, "RATE_LIMITED", &[("Retry-After", "7")], more)).await;
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.code(), Some(&ErrorCode::RateLimited));
    assert_eq!(error.status(), Some(429));
    assert_eq!(error.trace_id(), Some("trace-1"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.details().map(JsonObject::as_str), Some(r#"{"limit":"too large"}"#));
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        r#"list_signals: 429 RATE_LIMITED: what RATE_LIMITED means {"limit":"too large"}; try again in 7 s; trace trace-1"#
    );
}

#[tokio::test]
async fn a_stranger_that_repeats_the_token_is_not_believed_to_be_the_service() {
    let more = format!(r#","details":{{"authorization":"Bearer {TOKEN}"}}"#);
    let error = error_of(move || problem(502, "PROVIDER_ERROR", &[], &more)).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unexpected, Some(502)));
    assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
}

#[tokio::test]
async fn nothing_is_shown_of_a_page_where_the_token_may_stand_in_other_letters() {
    let peer =
        Peer::saying(|| response("502 Bad Gateway", &[("Content-Type", "text/html")], "ab+\\/cd== ab%2B%2Fcd")).await;
    let token = OperatorToken::new("ab+/cd==");
    let builder = connectors_client::Connectors::builder(&peer.url).operator_token(token).retry(Retry::none());
    let error = crate::peer::tenant(builder).signals().page().await.unwrap_err();
    assert_eq!(error.to_string(), "list_signals: 502 not an answer of the service (text/html, 20 bytes)");
}

#[tokio::test]
async fn details_that_the_message_tells_are_not_shown_twice() {
    let mock = ConnectorsMock::start().await;
    let error = mock.tenant("acme").client().signals().page_size(0).page().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::ValidationFailed));
    assert_eq!(error.details().unwrap().as_str(), r#"{"limit":"must be an integer from 1 to 100"}"#);
    let shown = error.to_string();
    assert_eq!(shown.matches("must be an integer").count(), 1, "{shown}");
    assert!(shown.contains("400 VALIDATION_FAILED: `limit` must be an integer from 1 to 100; trace "), "{shown}");

    for details in [r#"{"limit":"wrong","more":"means"}"#, r#"{"means":7}"#, r#"{"limit":"means"}"#, r#"{"means":"X"}"#]
    {
        let more = format!(r#","details":{details}"#);
        let error = error_of(move || problem(400, "NEWER_CODE", &[], &more)).await;
        assert_eq!(
            error.to_string(),
            format!("list_signals: 400 NEWER_CODE: what NEWER_CODE means {details}; trace trace-1")
        );
    }
}

#[tokio::test]
async fn nothing_that_comes_makes_two_lines_or_steers_a_terminal() {
    let body =
        "{\"type\":\"t\",\"title\":\"T\",\"status\":400,\"code\":\"A\\nB\\u001b[2J\",\"message\":\"m\\r\\nn\\u202e\",
        \"details\":{\n\"limit\u{2028}\":\u{9}\"x\"},\"trace_id\":\"t\\u0007\"}";
    let error = error_of(move || response("400 X", &[("Content-Type", "application/problem+json")], body)).await;
    assert_eq!(
        error.to_string(),
        r#"list_signals: 400 A B\u{1b}[2J: m  n\u{202e} { "limit\u{2028}": "x"}; trace t\u{7}"#
    );
    // The code itself is as it came.
    assert_eq!(error.code().map(ErrorCode::as_str), Some("A\nB\u{1b}[2J"));

    let error = error_of(|| json(r#"{"signals":[],"x\n\u001b[2Jy":tru}"#)).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains(r"`x \u{1b}[2Jy`"), "{error}");
    let key = "k".repeat(100_000);
    let error = error_of(move || json(&format!(r#"{{"signals":[],"{key}":tru}}"#))).await;
    assert!(error.to_string().len() < 600, "{} bytes", error.to_string().len());

    let error = error_of(|| response("502 X", &[("Content-Type", "text/html")], "a\u{1b}[2J\u{202e}b\nc")).await;
    assert!(error.to_string().ends_with(r#""a\u{1b}[2J\u{202e}b c""#), "{error}");
}

#[tokio::test]
async fn a_code_that_is_newer_than_the_client_is_carried_unchanged() {
    let error = error_of(|| problem(418, "TEAPOT", &[], "")).await;
    assert_eq!(error.code().map(ErrorCode::as_str), Some("TEAPOT"));
    assert_eq!((error.kind(), error.status(), error.is_retryable()), (ErrorKind::Service, Some(418), false));
}

#[tokio::test]
async fn a_kind_that_is_newer_than_the_client_is_carried_unchanged_and_unknown_fields_are_ignored() {
    let peer = Peer::saying(|| json(SIGNAL)).await;
    let signal = peer.tenant().signal("0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f".parse().unwrap()).await.unwrap();
    assert!(matches!(&signal.kind, SignalKind::Unknown(kind) if kind.as_str() == "wiki_page_edited"));
    assert_eq!(signal.payload.unwrap().as_str(), r#"{"n": 1.10}"#);
}

#[tokio::test]
async fn a_proxys_page_keeps_its_status_and_a_snippet_without_what_it_echoes() {
    let page = format!("<html>\n<h1>Bad gateway</h1>\nAuthorization: Bearer {TOKEN}</html>");
    let error = error_of(move || response("502 Bad Gateway", &[("Content-Type", "text/html; charset=x")], &page)).await;
    assert_eq!((error.kind(), error.status(), error.code()), (ErrorKind::Unexpected, Some(502), None));
    assert_eq!(
        error.to_string(),
        r#"list_signals: 502 not an answer of the service (text/html): "<html> <h1>Bad gateway</h1> Authorization: Bearer ***</html>""#
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_login_page_with_status_200_is_no_success() {
    let error = error_of(|| response("200 OK", &[("Content-Type", "text/html")], "<form>")).await;
    assert_eq!((error.kind(), error.status(), error.is_retryable()), (ErrorKind::Unexpected, Some(200), false));
    assert!(error.to_string().contains("text/html"), "{error}");
}

#[tokio::test]
async fn a_problem_that_is_none_is_not_believed() {
    let headers = [("Content-Type", "application/problem+json")];
    for body in ["", "{}", "null", r#"{"code":"UNAUTHORIZED"}"#, "\u{0}"] {
        let error = error_of(move || response("403 Forbidden", &headers, body)).await;
        assert_eq!((error.kind(), error.status(), error.code()), (ErrorKind::Unexpected, Some(403), None), "{body}");
    }
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let elsewhere = Peer::saying(|| json("{}")).await;
    let target = elsewhere.url.clone();
    let error = error_of(move || response("302 Found", &[("Location", &target)], "")).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unexpected, Some(302)));
    assert_eq!(error.to_string(), "list_signals: 302 a redirect, which is not followed");
    assert_eq!(elsewhere.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_that_is_not_the_contracts_is_named_by_its_place_without_its_data() {
    let table = [
        ("", "line 1, column 0"),
        ("{", "line 1, column 1"),
        ("canary", "line 1, column 1"),
        (r#"{"signals":[],"next_cursor":null"#, "line 1"),
        (r#"{"signals":[{"id":"canary"}],"next_cursor":null}"#, "`signals[0].id`"),
        (r#"{"signals":{"canary":1},"next_cursor":null}"#, "`signals`"),
        (r#"{"signals":[]}"#, "`.`"),
        (r#"{"signals":[{"payload":["canary"]}],"next_cursor":null}"#, "`signals[0].payload`"),
    ];
    for (body, place) in table {
        let error = error_of(move || json(body)).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)), "{body}");
        assert_eq!(error.trace_id(), Some("trace-1"));
        assert!(error.to_string().contains(place), "{body}: {error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn a_truncated_body_is_an_interruption() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: trace-1\r\nContent-Length: 100\r\n\r\n{\"signals\":[";
    let error = error_of(|| Reply::Bytes(head.into())).await;
    assert_eq!((error.kind(), error.status(), error.is_retryable()), (ErrorKind::Interrupted, Some(200), true));
    assert_eq!(error.trace_id(), Some("trace-1"));
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_an_interruption() {
    for bytes in ["", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 2000 X\r\n\r\n"] {
        let error = error_of(move || Reply::Bytes(bytes.into())).await;
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{bytes}");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
}

#[tokio::test]
async fn an_endless_body_is_left_at_the_limit() {
    let peer = Peer::saying(|| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: trace-1\r\n\r\n[";
        Reply::Endless(head.into(), vec![b' '; 65536])
    })
    .await;
    let tenant = crate::peer::tenant(peer.builder().longest_body(1 << 20));
    let error = tenant.signals().page().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Unexpected, Some(200), 1));
    assert_eq!(error.to_string(), "list_signals: 200 a body of more than 1048576 bytes; trace trace-1");
}

/// A clock on which everything takes too long from the cue on.
struct OnCue(watch::Sender<bool>);

impl Clock for OnCue {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, _time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut cue = self.0.subscribe();
        Box::pin(async move { drop(cue.wait_for(|given| *given).await) })
    }
}

#[tokio::test]
async fn a_body_that_stops_halfway_is_given_up_and_its_connection_closed() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"signals\":[";
    let peer = Peer::saying(|| Reply::Stalled(head.into())).await;
    let cue = watch::Sender::new(false);
    let tenant = crate::peer::tenant(peer.builder().clock(OnCue(cue.clone())).retry(Retry::none()));
    let call = tokio::spawn(async move { tenant.signals().page().await });
    peer.has_seen(1).await;
    cue.send_replace(true);
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Deadline, 1));
    peer.is_left().await;
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_long_is_not_read() {
    let head = "HTTP/1.1 200 OK\r\nX-Request-Id: trace-1\r\nContent-Length: 99999999999\r\n\r\n";
    let error = error_of(|| Reply::Endless(head.into(), vec![b' '; 1024])).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unexpected, Some(200)));
    assert_eq!(error.trace_id(), Some("trace-1"));
}

#[tokio::test]
async fn a_refused_connection_is_a_call_that_was_never_sent() {
    let peer = Peer::saying(|| Reply::Silence).await;
    let port_of_nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = connectors_client::Connectors::builder(format!("http://{port_of_nobody}"));
    let builder = builder.operator_token(connectors_client::OperatorToken::new(TOKEN)).retry(Retry::none());
    let error = crate::peer::tenant(builder).signals().page().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.is_retryable()), (ErrorKind::NotSent, None, true));
    assert_eq!(error.to_string(), "list_signals: no connection to the service");
    assert!(std::error::Error::source(&error).is_some());
    drop(peer);
}
