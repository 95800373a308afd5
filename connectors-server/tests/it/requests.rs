//! Requests in general: routes, methods, queries, bodies, ids.

use reqwest::Method;
use serde_json::json;

use crate::harness::Service;

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let service = Service::start().await;
    for path in ["/nope", "/providers/", "/connections/x/y", "/webhooks", "/docs/nope.js"] {
        service.get(path).send().await.refused("NOT_FOUND");
    }
    for (method, path, allow) in [
        ("OPTIONS", "/connections", "GET,HEAD"),
        ("POST", "/signals", "GET,HEAD"),
        ("PUT", "/connections/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b", "GET,HEAD,DELETE"),
        ("GET", "/webhooks/github", "POST"),
        ("DELETE", "/providers", "GET,HEAD"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("POST", "/connect/github/callback", "GET"),
        ("HEAD", "/connect/github/callback", "GET"),
    ] {
        let answer = service.call(method.parse().unwrap(), path).send().await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert_eq!(answer.headers["allow"], allow, "{method} {path}");
    }
}

#[tokio::test]
async fn head_answers_as_get_without_a_body_but_never_completes_an_authorization() {
    let service = Service::start().await;
    for path in ["/", "/healthz", "/readyz", "/providers", "/connections", "/signals"] {
        let (head, get) = (service.call(Method::HEAD, path).send().await, service.get(path).send().await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.headers["content-length"], get.headers["content-length"], "{path}");
    }
    let unauthorized = service.call(Method::HEAD, "/connections").without_token().send().await;
    assert_eq!(unauthorized.status, 401);

    let callback = service.approved(crate::harness::ACME).await;
    let head = service.call(Method::HEAD, &callback).send().await;
    assert_eq!((head.status.as_u16(), &head.headers["allow"]), (405, &"GET".parse().unwrap()));
    service.get(&callback).send().await.ok(200);
}

#[tokio::test]
async fn a_misspelt_parameter_is_refused_with_a_hint() {
    let service = Service::start().await;
    let providr = service.get("/signals?providr=github").send().await;
    assert_eq!(providr.invalid("providr"), "is not a parameter of this operation; did you mean `provider`?");
    let colour = service.get("/connections?colour=blue").send().await;
    assert_eq!(colour.invalid("colour"), "is not a parameter of this operation");
    assert_eq!(service.get("/providers?x").send().await.invalid("x"), "is not a parameter of this operation");
    for path in ["/", "/healthz", "/readyz"] {
        service.get(&format!("{path}?x=1&x=2")).send().await.ok(200);
    }
}

#[tokio::test]
async fn all_problems_are_told_at_once() {
    let service = Service::start().await;
    let query = "limit=0&limt=1&kind=issue_creatd&include_payload=yes&occurred_after=now&connection_id=7&provider=gitub&cursor=x";
    let answer = service.get(&format!("/signals?{query}&provider=github")).send().await;
    let details = answer.refused("VALIDATION_FAILED");
    assert_eq!(details["limit"], "must be an integer from 1 to 100");
    assert_eq!(details["limt"], "is not a parameter of this operation; did you mean `limit`?");
    assert!(details["kind"].as_str().unwrap().ends_with("; did you mean `issue_created`?"), "{details}");
    assert_eq!(details["include_payload"], "must be `true` or `false`");
    assert_eq!(details["connection_id"], "must be a hyphenated UUID");
    assert_eq!(details["provider"], "is given more than once");
    assert!(details["occurred_after"].as_str().unwrap().starts_with("must be an RFC 3339 timestamp"), "{details}");
    assert!(details["cursor"].as_str().unwrap().starts_with("must be a `next_cursor`"), "{details}");
    assert_eq!(details.as_object().unwrap().len(), 8);
}

#[tokio::test]
async fn limits_are_never_clamped() {
    let service = Service::start().await;
    for right in ["1", "100", "50"] {
        service.get(&format!("/signals?limit={right}")).send().await.ok(200);
        service.get(&format!("/connections?limit={right}")).send().await.ok(200);
    }
    for wrong in ["0", "101", "-1", "%2B5", "1.0", "", "1e1", "99999999999999999999", "ten", "%201"] {
        service.get(&format!("/signals?limit={wrong}")).send().await.invalid("limit");
        service.get(&format!("/connections?limit={wrong}")).send().await.invalid("limit");
    }
}

#[tokio::test]
async fn a_body_is_a_json_object_of_known_fields() {
    let service = Service::start().await;
    let start = || service.post("/connect/github");
    start().send().await.ok(200);
    start().header("content-type", "text/plain").send().await.ok(200);
    start().json(&json!({})).send().await.ok(200);
    start().header("content-type", "Application/JSON; charset=utf-8").body("{}").send().await.ok(200);
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
        start().header("content-type", media_type).body("{}").send().await.refused("UNSUPPORTED_MEDIA_TYPE");
    }
    start().body("{}").send().await.refused("UNSUPPORTED_MEDIA_TYPE");
    for body in ["[]", "null", "{", "{}{}", "\"x\"", "{\"scopes\":[\"read:user\"],}"] {
        let answer = start().header("content-type", "application/json").body(body).send().await;
        assert_eq!(answer.invalid("body"), "must be a JSON object", "{body}");
    }
    let misspelt = start().json(&json!({"scope": ["read:user"]})).send().await;
    assert_eq!(misspelt.invalid("scope"), "is not a field of this operation; did you mean `scopes`?");
    let twice =
        start().header("content-type", "application/json").body(r#"{"scopes":["read:user"],"scopes":["repo"]}"#);
    assert_eq!(twice.send().await.invalid("scopes"), "is given more than once");
    for (body, field) in [
        (json!({"scopes": []}), "scopes"),
        (json!({"scopes": "read:user"}), "scopes"),
        (json!({"scopes": null}), "scopes"),
        (json!({"scopes": ["repo"]}), "scopes"),
        (json!({"redirect_uri": 7}), "redirect_uri"),
        (json!({"redirect_uri": "https://evil.example/github"}), "redirect_uri"),
    ] {
        start().json(&body).send().await.invalid(field);
    }
    let both = start().json(&json!({"scopes": ["repo"], "redirect_uri": "https://evil.example"})).send().await;
    assert_eq!(both.refused("VALIDATION_FAILED").as_object().unwrap().len(), 2);
    let all = json!({"scopes": ["repo"], "redirect_uri": "https://evil.example", "x": 1});
    let all = service.post("/connect/github?y=1").json(&all).send().await.refused("VALIDATION_FAILED");
    assert_eq!(all.as_object().unwrap().keys().collect::<Vec<_>>(), ["redirect_uri", "scopes", "x", "y"]);
}

#[tokio::test]
async fn many_problems_are_told_in_part_and_quickly() {
    let service = Service::start().await;
    let fields: serde_json::Map<String, serde_json::Value> = (0..40_000).map(|n| (format!("k{n}"), json!(1))).collect();
    let answer = service.post("/connect/github").json(&fields.into()).send().await;
    assert_eq!(answer.refused("VALIDATION_FAILED").as_object().unwrap().len(), 20);
    let name = "é".repeat(200_000);
    let answer = service.post("/connect/github").json(&json!({name: 1})).send().await;
    assert!(answer.body.len() < 2_000, "{} bytes", answer.body.len());
}

#[tokio::test]
async fn too_large_a_body_is_refused_with_and_without_its_length() {
    let service =
        Service::builder().set("POBLYSH_MAX_BODY_BYTES", "100").set("POBLYSH_MAX_WEBHOOK_BYTES", "200").start().await;
    let json = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
    let start = |length| service.post("/connect/github").header("content-type", "application/json").body(json(length));
    start(100).send().await.ok(200);
    start(101).send().await.refused("PAYLOAD_TOO_LARGE");
    service.post("/webhooks/github").body(json(201)).send().await.refused("PAYLOAD_TOO_LARGE");
    assert_eq!(service.post("/webhooks/github").body(json(200)).send().await.status, 202);

    let chunks = futures_util::stream::iter((0..30).map(|_| Ok::<_, std::io::Error>("0123456789")));
    let url = service.post("/webhooks/github").into_url();
    let streamed = reqwest::Client::new().post(url).body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap();
    assert_eq!(streamed.status(), 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_answered_before_the_body_is_read_can_call_again_at_once() {
    let service = Service::builder().set("POBLYSH_MAX_BODY_BYTES", "100").start().await;
    let client = reqwest::Client::new();
    let url = |path: &str| service.post(path).into_url();
    for _ in 0..10 {
        for (path, status) in [("/connect/github", 413), ("/nope", 404), ("/signals", 405)] {
            let answer = client.post(url(path)).body(" ".repeat(100_000)).send().await.unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()["connection"], "close");
            answer.bytes().await.unwrap();
            // With a body, so that the client does not try again by itself.
            let next = client.post(url("/connect/github")).body(" ").send().await;
            let next = next.unwrap_or_else(|error| panic!("after {path}: {error:?}"));
            assert_eq!((next.status().as_u16(), next.headers().get("connection")), (415, None));
        }
    }
}

#[tokio::test]
async fn a_request_keeps_its_id_in_header_and_problem() {
    let service = Service::start().await;
    let own = service.get("/connections?x=1").header("x-request-id", "core-7.a_B").send().await;
    assert_eq!(
        (&own.json()["trace_id"], own.headers["x-request-id"].to_str().unwrap()),
        (&json!("core-7.a_B"), "core-7.a_B")
    );
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let traced =
        service.get("/connections").header("traceparent", trace).header("x-request-id", "not usable").send().await;
    assert_eq!(traced.headers["x-request-id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    let (first, second) = (service.get("/").send().await, service.get("/").send().await);
    assert_ne!(first.headers["x-request-id"], second.headers["x-request-id"]);
}

#[tokio::test]
async fn operator_and_oauth_answers_are_not_to_be_stored() {
    let service = Service::start().await;
    for (method, path) in
        [("GET", "/connections"), ("GET", "/signals"), ("POST", "/connect/github"), ("GET", "/connect/github/callback")]
    {
        let answer = service.call(method.parse().unwrap(), path).send().await;
        assert_eq!(answer.headers["cache-control"], "no-store", "{method} {path}");
    }
}
