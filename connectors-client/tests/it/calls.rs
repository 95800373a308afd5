//! What goes out.

use std::error::Error as _;

use connectors_client::{CallbackQuery, Connectors, ErrorKind, OperatorToken, ReceiptStatus, Retry};

use crate::peer::{Peer, Reply, TENANT, TOKEN, json, response, tenant};

const CONNECTION: &str = r#"{"id":"0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b","provider":"github","status":"active",
    "external_account":{"id":"1","name":"N"},"scopes":[],"created_at":"2026-01-02T03:04:05.000000Z",
    "updated_at":"2026-01-02T03:04:05.000000Z","metadata":{}}"#;

#[tokio::test]
async fn a_tenants_call_carries_token_and_tenant_and_names_the_client() {
    let peer = Peer::saying(|| json(CONNECTION)).await;
    peer.tenant().connection("0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b".parse().unwrap()).await.unwrap();
    let request = peer.seen().remove(0);
    assert!(request.starts_with("GET /connections/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b HTTP/1.1\r\n"), "{request}");
    for header in [
        format!("authorization: Bearer {TOKEN}"),
        format!("x-tenant-id: {TENANT}"),
        format!("user-agent: connectors-client/{}", env!("CARGO_PKG_VERSION")),
        "accept: application/json".to_owned(),
    ] {
        assert_eq!(request.matches(&format!("\r\n{header}\r\n")).count(), 1, "{header}\n{request}");
    }
    assert!(!request.contains("api-version"), "{request}");
}

#[tokio::test]
async fn a_public_call_carries_neither() {
    let peer = Peer::saying(|| json(r#"{"providers":[]}"#)).await;
    let providers = peer.builder().build().unwrap().providers().await.unwrap();
    assert!(providers.is_empty());
    let request = peer.seen().remove(0);
    assert!(request.starts_with("GET /providers HTTP/1.1\r\n"));
    assert!(!request.contains("authorization") && !request.contains("x-tenant-id"), "{request}");
}

#[tokio::test]
async fn the_start_of_oauth_says_what_was_chosen_and_nothing_else() {
    let body = r#"{"authorize_url":"https://github.com/login/oauth/authorize?state=canary","state":"canary",
        "expires_at":"2026-01-02T03:14:05.000000Z"}"#;
    let peer = Peer::saying(|| json(body)).await;
    let tenant = peer.tenant();
    let started = tenant.start_oauth("github").await.unwrap();
    assert_eq!((started.state.as_str(), started.authorize_url.host_str()), ("canary", Some("github.com")));
    assert!(!format!("{started:?}").contains("canary"));
    tenant.start_oauth("github").redirect_uri("https://a.example/b").scopes(["read:user"]).send().await.unwrap();
    let bodies: Vec<_> = peer.seen().iter().map(|seen| seen.split("\r\n\r\n").nth(1).unwrap().to_owned()).collect();
    assert_eq!(bodies, ["{}", r#"{"redirect_uri":"https://a.example/b","scopes":["read:user"]}"#]);
}

#[tokio::test]
async fn no_scopes_are_not_taken_for_all_scopes() {
    let peer = Peer::saying(|| Reply::Silence).await;
    let error = peer.tenant().start_oauth("github").scopes::<String>([]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Request, 0));
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn the_callbacks_query_is_handed_on_whole() {
    let peer = Peer::saying(|| json(&format!(r#"{{"connection":{CONNECTION}}}"#))).await;
    let query = "code=b%2B0&state=s&scope=a+b&authuser=0&iss=https%3A%2F%2Fi.example".parse().unwrap();
    let connection = peer.tenant().complete_oauth("github", query, "s").await.unwrap();
    assert_eq!(connection.external_account.name, "N");
    let target = peer.targets().remove(0);
    let (path, query) = target.split_once('?').unwrap();
    assert_eq!(path, "/connect/github/callback");
    let mut query: Vec<_> = query.split('&').collect();
    query.sort_unstable();
    assert_eq!(query, ["authuser=0", "code=b%2B0", "iss=https%3A%2F%2Fi.example", "scope=a+b", "state=s"]);
    assert!(peer.seen()[0].contains("x-tenant-id"));
}

#[tokio::test]
async fn a_state_that_is_not_the_sessions_stops_the_call_before_it_is_sent() {
    let peer = Peer::saying(|| Reply::Silence).await;
    let query: CallbackQuery = "code=c0de&state=ours".parse().unwrap();
    let error = peer.tenant().complete_oauth("github", query, "theirs").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.is_retryable()), (ErrorKind::StateMismatch, 0, false));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("ours") && !shown.contains("theirs") && !shown.contains("c0de"), "{shown}");
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn an_error_of_completing_shows_neither_code_nor_state() {
    let peer = Peer::start(|request, _| response("502 X", &[("Content-Type", "text/plain")], request)).await;
    // A code with a slash, as Google's are, comes back as it was encoded.
    let query = "code=4%2Fc0de&state=st%3D4te".parse().unwrap();
    let error = peer.tenant().complete_oauth("github", query, "st=4te").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("502 not an answer of the service (text/plain, "), "{shown}");
    assert!(!shown.contains("c0de") && !shown.contains("4te") && !shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn no_cause_of_a_failed_completion_shows_the_url_with_code_and_state() {
    let truncated = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let broken = Peer::saying(|| Reply::Bytes(Vec::new())).await;
    let cut = Peer::saying(move || Reply::Bytes(truncated.into())).await;
    let table = [
        (format!("http://{nobody}"), ErrorKind::NotSent),
        (broken.url.clone(), ErrorKind::Interrupted),
        (cut.url.clone(), ErrorKind::Interrupted),
    ];
    for (url, kind) in table {
        let builder = Connectors::builder(url).operator_token(OperatorToken::new(TOKEN)).retry(Retry::none());
        let query = "code=c0de&state=st4te".parse().unwrap();
        let error = tenant(builder).complete_oauth("github", query, "st4te").await.unwrap_err();
        assert_eq!(error.kind(), kind);
        let mut cause = error.source();
        assert!(cause.is_some(), "{error} has no cause");
        while let Some(error) = cause {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("c0de") && !shown.contains("st4te"), "{kind:?} shows the query");
            cause = error.source();
        }
    }
}

#[tokio::test]
async fn a_delivery_is_handed_on_byte_for_byte_with_the_providers_headers() {
    let receipt = r#"{"status":"accepted","signals":2}"#;
    let peer = Peer::saying(|| response("202 Accepted", &[("Content-Type", "application/json")], receipt)).await;
    let body = "{ \"zen\": \"b\",\n\"a\":1.10 }";
    let receipt = peer
        .tenant()
        .ingest_webhook("github", body)
        .connection("0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b".parse().unwrap())
        .header("X-GitHub-Event", "issues")
        .headers([
            ("Host", "core.example"),
            ("Authorization", "Bearer theirs"),
            ("X-Tenant-Id", "theirs"),
            ("Cookie", "c"),
            ("X-Session", "theirs"),
            ("X-Amzn-Oidc-Data", "theirs"),
        ])
        .await
        .unwrap();
    assert_eq!((receipt.status, receipt.signals), (ReceiptStatus::Accepted, 2));
    let request = peer.seen().remove(0);
    let (head, sent) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(sent, body);
    for header in ["x-github-event: issues", "content-type: application/json", "x-connection-id: 0198f0a2"] {
        assert_eq!(head.matches(&format!("\r\n{header}")).count(), 1, "{header}\n{head}");
    }
    for header in ["theirs", "cookie", "core.example"] {
        assert!(!head.contains(header), "{header}\n{head}");
    }
}

#[tokio::test]
async fn every_header_that_the_document_names_for_a_delivery_is_handed_on() {
    let document: serde_json::Value = serde_json::from_str(include_str!("../../../openapi.json")).unwrap();
    let parameters = document["paths"]["/webhooks/{provider}"]["post"]["parameters"].as_array().unwrap();
    let headers = parameters.iter().filter(|parameter| parameter["in"] == "header");
    let names: Vec<_> =
        headers.map(|header| header["name"].as_str().unwrap()).filter(|x| *x != "X-Connection-Id").collect();
    assert!(names.contains(&"X-GitHub-Event"), "{names:?}");

    let peer = Peer::saying(|| json("{}")).await;
    peer.tenant().ingest_webhook("github", "{}").headers(names.iter().map(|name| (name, "v"))).await.unwrap_err();
    let request = peer.seen().remove(0);
    for name in names {
        assert!(request.contains(&format!("\r\n{}: v\r\n", name.to_lowercase())), "{name}\n{request}");
    }
}

#[tokio::test]
async fn a_slug_stays_one_segment_of_the_path() {
    let peer = Peer::saying(|| json("{}")).await;
    for slug in ["", ".", "..", "..\\connect\\github", "\\", "github\\other"] {
        let query = || "code=c&state=s".parse().unwrap();
        for error in [
            peer.tenant().start_oauth(slug).await.unwrap_err(),
            peer.tenant().complete_oauth(slug, query(), "s").await.unwrap_err(),
            peer.tenant().ingest_webhook(slug, "{}").await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Request, 0), "{slug:?}");
        }
    }
    peer.tenant().start_oauth("../a b/%2e?c#d").await.unwrap_err();
    assert_eq!(peer.targets(), ["/connect/..%2Fa%20b%2F%252e%3Fc%23d"]);
}
