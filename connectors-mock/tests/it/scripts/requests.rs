//! Routes, methods and request ids.

use super::script;
use crate::twin::{Secret, get, post, request, same};

#[tokio::test]
async fn routes_and_methods_that_there_are_not() {
    let mut script = Vec::new();
    for path in ["/nope", "/providers/", "/connections/", "/connections/x/y", "/webhooks", "//connections", "/signal"] {
        script.extend(script![get(path), post(path).anonymous()]);
    }
    for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"] {
        for path in [
            "/",
            "/healthz",
            "/readyz",
            "/openapi.json",
            "/providers",
            "/connections",
            "/connections/123e4567-e89b-12d3-a456-426614174000",
            "/signals",
            "/signals/123e4567-e89b-12d3-a456-426614174000",
            "/connect/github",
            "/connect/github/callback",
            "/webhooks/github",
            "/webhooks/github/{acme}",
        ] {
            script.extend(script![request(method, path), request(method, path).anonymous()]);
        }
    }
    same(&script).await;
}

#[tokio::test]
async fn request_ids() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let long = "x".repeat(128);
    let script = script![
        get("/providers").header("x-request-id", "a.b_C-1").header("traceparent", trace),
        get("/signals?limit=0").header("x-request-id", "a.b_C-1"),
        get("/providers").header("x-request-id", "no spaces").header("traceparent", trace),
        get("/providers").header("x-request-id", &long),
        get("/providers").header("x-request-id", &format!("{long}x")),
        get("/providers").header("x-request-id", ""),
        get("/nope").header("traceparent", trace),
        get("/providers").header("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
        get("/providers").header("traceparent", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        get("/providers").header("traceparent", "nonsense"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn all_that_is_wrong_with_a_start_is_told_at_once_up_to_a_number() {
    let many: serde_json::Map<String, serde_json::Value> = (0..60).map(|n| (format!("k{n:02}"), n.into())).collect();
    let json = |body: serde_json::Value| post("/connect/github?x=1&scops=2").json(&body);
    let script = script![
        json(serde_json::json!({"scopes": ["repo"], "redirect_uri": "https://evil.example", "y": 1})),
        json(serde_json::json!({"scopes": 7, "redirect_uri": "https://evil.example", "redirect_url": 1})),
        json(many.into()),
        json(serde_json::json!({ "é".repeat(500): 1 })),
        post("/connect/nowhere").json(&serde_json::json!({"scopes": ["repo"], "redirect_uri": "https://evil.example"})),
        get(&format!("/signals?{}=1", "limit".repeat(100))),
    ];
    same(&script).await;
}

#[tokio::test]
async fn path_parameters_that_are_no_text() {
    let mut script = Vec::new();
    for text in [
        "%FF",
        "%C3%28",
        "%F0%9F%92%A9",
        "%EF%BF%BD",
        "github%FF",
        "git%hub",
        "%",
        "%2",
        "%67ithub",
        "+",
        "a&b=c",
        "%00",
    ] {
        script.extend(script![
            post(&format!("/connect/{text}")),
            get(&format!("/connect/{text}/callback?state=x&code=y")),
            get(&format!("/connections/{text}")),
            get(&format!("/signals/{text}")),
            post(&format!("/webhooks/{text}")),
            // Each parameter is read for itself.
            post(&format!("/webhooks/github/{text}")).anonymous(),
            post(&format!("/webhooks/{text}/{{acme}}")).anonymous(),
        ]);
    }
    script.extend(script![
        post("/webhooks/%67ithub/{acme}").anonymous().delivery("push", "1").signed(Secret::Own("acme")),
        get("/signals"),
    ]);
    same(&script).await;
}
