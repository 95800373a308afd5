//! The test, with plain wiremock.

use std::time::{Duration, Instant};

use connectors_client::{Connectors, OperatorToken, TenantId};
use connectors_mock::wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path, query_param, query_param_is_missing},
};
use serde_json::{Value, json};
use url::Url;

use super::core::connect_and_read;

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const CONNECTION: &str = "019b7d4f-2a88-7000-8000-000000000001";
const STATE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn signal(number: u8, title: &str) -> Value {
    json!({
        "id": format!("019b7d4f-2a88-7000-8000-0000000001{number:02}"),
        "provider_slug": "github",
        "connection_id": CONNECTION,
        "kind": "issue_created",
        "occurred_at": "2026-01-02T03:04:05.000000Z",
        "received_at": "2026-01-02T03:04:05.000000Z",
        "title": title,
    })
}

pub(crate) async fn core_reads_all_signals_of_a_connected_account() {
    let server = MockServer::start().await;
    let started = json!({
        "authorize_url": format!("{}/login/oauth/authorize?state={STATE}", server.uri()),
        "state": STATE,
        "expires_at": "2026-01-02T03:14:05.000000Z",
    });
    Mock::given(method("POST"))
        .and(path("/connect/github"))
        .and(header("authorization", "Bearer operator-token"))
        .and(header("x-tenant-id", TENANT))
        .respond_with(ResponseTemplate::new(200).set_body_json(started))
        .expect(1)
        .mount(&server)
        .await;
    let connection = json!({
        "id": CONNECTION,
        "provider": "github",
        "status": "active",
        "external_account": {"id": "583231", "name": "octocat"},
        "scopes": ["repo"],
        "created_at": "2026-01-02T03:04:05.000000Z",
        "updated_at": "2026-01-02T03:04:05.000000Z",
        "metadata": {},
    });
    Mock::given(method("GET"))
        .and(path("/connect/github/callback"))
        .and(query_param("state", STATE))
        .and(query_param("code", "code"))
        .and(header("authorization", "Bearer operator-token"))
        .and(header("x-tenant-id", TENANT))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"connection": connection})))
        .expect(1)
        .mount(&server)
        .await;
    let signals = || {
        Mock::given(method("GET"))
            .and(path("/signals"))
            .and(query_param("connection_id", CONNECTION))
            .and(query_param("limit", "2"))
            .and(header("authorization", "Bearer operator-token"))
            .and(header("x-tenant-id", TENANT))
    };
    let limited = json!({
        "type": "/docs/errors#RATE_LIMITED",
        "title": "Too many requests",
        "status": 429,
        "code": "RATE_LIMITED",
        "message": "Too many requests; try again in 1 s",
        "retry_after": 1,
        "trace_id": "00000000000000000000000000000001",
    });
    let limited = ResponseTemplate::new(429)
        .insert_header("retry-after", "1")
        .set_body_raw(limited.to_string(), "application/problem+json");
    signals()
        .and(query_param_is_missing("cursor"))
        .respond_with(limited)
        .up_to_n_times(1)
        .with_priority(1)
        .expect(1)
        .mount(&server)
        .await;
    let first = json!({"signals": [signal(3, "three"), signal(2, "two")], "next_cursor": "second"});
    signals()
        .and(query_param_is_missing("cursor"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .expect(1)
        .mount(&server)
        .await;
    let second = json!({"signals": [signal(1, "one")], "next_cursor": null});
    signals()
        .and(query_param("cursor", "second"))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .expect(1)
        .mount(&server)
        .await;
    let client = Connectors::builder(server.uri()).operator_token(OperatorToken::new("operator-token"));
    let client = client.build().unwrap().tenant(TENANT.parse::<TenantId>().unwrap());
    let browser = |url: &Url| {
        let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
        format!("https://core.example/callback?code=code&state={state}").parse().unwrap()
    };

    let begun = Instant::now();
    let titles = connect_and_read(&client, browser).await.unwrap();

    assert_eq!(titles, ["three", "two", "one"]);
    assert!(begun.elapsed() >= Duration::from_secs(1), "the wait is a real one");
}
