//! Who may call, and for whom.

use crate::harness::{ACME, SECOND_TOKEN, Service, TOKEN};

const OPERATOR_OPERATIONS: [(&str, &str); 6] = [
    ("POST", "/connect/github"),
    ("GET", "/connections"),
    ("GET", "/connections/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b"),
    ("DELETE", "/connections/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b"),
    ("GET", "/signals"),
    ("GET", "/signals/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b"),
];

#[tokio::test]
async fn every_tenant_operation_demands_token_and_tenant() {
    let service = Service::start().await;
    for (method, path) in OPERATOR_OPERATIONS {
        let call = || service.call(method.parse().unwrap(), path);
        let missing = call().without_token().send().await;
        missing.refused("UNAUTHORIZED");
        assert_eq!(missing.headers["www-authenticate"], r#"Bearer realm="poblysh-connectors""#);
        assert_eq!(missing.headers["cache-control"], "no-store");
        let tenant = call().without_tenant().send().await;
        tenant.refused("TENANT_HEADER_REQUIRED");
        assert_eq!(tenant.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_token_is_accepted_once_whole_and_with_the_bearer_scheme() {
    let service = Service::start().await;
    for right in [format!("Bearer {TOKEN}"), format!("bearer {TOKEN}"), format!("BEARER {SECOND_TOKEN}")] {
        service.get("/connections").authorization(&right).send().await.ok(200);
    }
    let half = &TOKEN[..TOKEN.len() - 1];
    for wrong in [
        "Bearer wrong".to_owned(),
        format!("Bearer {half}"),
        format!("Bearer {TOKEN}x"),
        format!("Basic {TOKEN}"),
        format!("Bearer{TOKEN}"),
        TOKEN.to_owned(),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
        format!("Bearer {TOKEN},{SECOND_TOKEN}"),
    ] {
        let answer = service.get("/connections").authorization(&wrong).send().await;
        answer.refused("UNAUTHORIZED");
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
    }
    let bearer = format!("Bearer {TOKEN}");
    service.get("/connections").header("authorization", &bearer).send().await.refused("UNAUTHORIZED");
}

#[tokio::test]
async fn a_tenant_is_one_hyphenated_uuid_that_is_not_nil() {
    let service = Service::start().await;
    let tenant = ACME.to_string();
    service.get("/connections").tenant_header(&tenant.to_uppercase()).send().await.ok(200);
    for (wrong, problem) in [
        ("", "must be a hyphenated UUID"),
        ("acme", "must be a hyphenated UUID"),
        ("11111111111141118111111111111111", "must be a hyphenated UUID"),
        ("{11111111-1111-4111-8111-111111111111}", "must be a hyphenated UUID"),
        ("11111111-1111-4111-8111-111111111111, 11111111-1111-4111-8111-111111111111", "must be a hyphenated UUID"),
        ("00000000-0000-0000-0000-000000000000", "must not be the nil UUID"),
    ] {
        let answer = service.get("/connections").tenant_header(wrong).send().await;
        assert_eq!(answer.invalid("X-Tenant-Id"), problem, "{wrong:?}");
    }
    let twice = service.get("/connections").header("x-tenant-id", &tenant).send().await;
    assert_eq!(twice.invalid("X-Tenant-Id"), "is given more than once");
}

#[tokio::test]
async fn checks_run_in_the_contracts_order() {
    let service = Service::start().await;
    let all_wrong = || service.post("/connect/nowhere?x=1").by_a_provider().header("content-type", "text/plain");
    all_wrong().body("x".repeat(2 << 20)).send().await.refused("PAYLOAD_TOO_LARGE");
    all_wrong().body("x").send().await.refused("UNSUPPORTED_MEDIA_TYPE");
    let wrong = || service.post("/connect/nowhere?x=1").header("content-type", "application/json").body("[]");
    wrong().without_token().tenant_header("x").send().await.refused("UNAUTHORIZED");
    wrong().without_tenant().send().await.refused("TENANT_HEADER_REQUIRED");
    let details = wrong().send().await.refused("VALIDATION_FAILED");
    assert_eq!(details.as_object().unwrap().keys().collect::<Vec<_>>(), ["body", "x"]);
    service.post("/connect/nowhere").send().await.refused("PROVIDER_NOT_SUPPORTED");
    service.delete("/connect/nowhere").without_token().send().await.refused("METHOD_NOT_ALLOWED");
}
