//! Routes, methods and request ids.

use super::script;
use crate::twin::{Secret, Sending, delete, get, post, request, same};

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
            "/connect//callback",
            "/webhooks//{acme}",
            "/docs/nope",
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
    let mut almost_too_many: serde_json::Map<_, _> = many.clone().into_iter().take(17).collect();
    almost_too_many.insert("scopes".into(), serde_json::json!(["repo"]));
    almost_too_many.insert("redirect_uri".into(), "https://evil.example".into());
    let json = |body: serde_json::Value| post("/connect/github?x=1&scops=2").json(&body);
    let script = script![
        json(serde_json::json!({"scopes": ["repo"], "redirect_uri": "https://evil.example", "y": 1})),
        json(serde_json::json!({"scopes": 7, "redirect_uri": "https://evil.example", "redirect_url": 1})),
        json(many.into()),
        json(almost_too_many.into()),
        get("/connect//callback?state=a&code=b"),
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

#[tokio::test]
async fn paths_that_a_browser_would_write_otherwise() {
    let mut script = Vec::new();
    for path in [
        "/connections/../signals",
        "/connections/%2e%2e/signals",
        "/connections/.%2E/signals",
        "/connections/./",
        "/connections/..",
        "/connections/%2e",
        "/signals/.",
        "/./signals",
        "/../signals",
        r"/connections\..\signals",
        r"\signals",
        r"/connections/x\y",
        "/connect/github/../github/callback?state=x&code=y",
        "/connect/../callback?state=x&code=y",
        "/signals?kind=/../",
        "/signals#/../connections",
        "http://elsewhere.example/connections/../signals",
        "http://elsewhere.example/signals",
        "/connections/\"{}|^`",
    ] {
        script.extend(script![get(path).unresolved(), post(path).unresolved(), delete(path).anonymous().unresolved()]);
    }
    script.extend(script![
        post("/webhooks/../{acme}").anonymous().unresolved(),
        post("/webhooks/github/..").anonymous().unresolved(),
    ]);
    same(&script).await;
}

#[tokio::test]
async fn headers_that_are_no_text_or_come_twice() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let start = || post("/connect/github").header("content-type", "application/json");
    let own = |id: &str| post("/webhooks/github/{acme}").anonymous().delivery("push", id);
    let handed_on = |name| post("/webhooks/github").delivery(name, "");
    let script = script![
        get("/signals").authorization("Bearer é"),
        get("/signals").authorization("Bearer {operator_token} "),
        get("/signals").authorization("Bearer {operator_token}, Bearer {operator_token}"),
        get("/signals").authorization("Bearer\t{operator_token}"),
        get("/signals").tenant("é"),
        get("/signals").tenant(" {acme} "),
        get("/signals").header("x-request-id", "é"),
        get("/signals").header("x-request-id", "one").header("x-request-id", "two"),
        get("/signals").header("traceparent", trace).header("traceparent", "nonsense"),
        get("/signals").header("traceparent", &format!("{trace}-more")),
        get("/signals").header("traceparent", &trace.to_uppercase()),
        get("/signals").header("x-request-id", "é").header("traceparent", trace),
        get("/signals").body("a body"),
        get("/connections").header("content-type", "text/plain").body("a body"),
        request("DELETE", "/connections/123e4567-e89b-12d3-a456-426614174000").body("{}"),
        start().header("content-type", "é").body("{}"),
        post("/connect/github").header("content-type", "é").body("{}"),
        post("/connect/github").header("content-type", " application/json ; x").body("{}"),
        post("/connect/github").header("content-type", "application/json;").body("{}"),
        post("/connect/github").header("content-type", "application/jsonx").body("{}"),
        start().body("\u{feff}{}"),
        start().body(b"{\"scopes\":[\"\xff\"]}".as_slice()),
        start().body(r#"{"\u0073copes":["read:user"]}"#),
        start().body(r#"{"scopes":["read:user"],}"#),
        start().body("[".repeat(10_000)),
        start().body(format!("{{\"x\":{}", "[".repeat(10_000))),
        own("1").signed(Secret::Own("acme")).header("x-hub-signature-256", "sha256=00"),
        own("é").signed(Secret::Own("acme")),
        own("2").signed(Secret::Own("acme")).header("x-github-delivery", "3"),
        own("4").signed(Secret::Own("acme")).header("x-github-event", "push"),
        own("5").signed(Secret::Own("acme")).header("x-connection-id", "é"),
        own("6").signed(Secret::Own("acme")).header("x-connection-id", ""),
        own("7").signed(Secret::Own("acme")).header("x-connection-id", "00000000-0000-0000-0000-000000000000"),
        handed_on("issues.opened").header("x-github-delivery", "a"),
        handed_on("issues.closed").header("x-github-delivery", "a"),
        handed_on("issues.closed").header("x-github-delivery", ""),
        handed_on("issues.closed").header("x-github-delivery", "é"),
        handed_on("issues.edited").header("x-github-delivery", "b").header("x-github-delivery", "a"),
        get("/signals"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn bodies_that_do_not_come_whole() {
    let mut script = Vec::new();
    let json = |path| post(path).header("content-type", "application/json").body("{} ");
    for sending in [Sending::Cut, Sending::BrokenChunk] {
        let delivery = || post("/webhooks/github/{acme}").anonymous().delivery("push", "1");
        script.extend(script![
            json("/connect/github").sent(sending),
            json("/connect/github").without_token().sent(sending),
            json("/connect/github?x=1").without_tenant().sent(sending),
            json("/connect/nowhere").sent(sending),
            post("/connect/github").body("{} ").sent(sending),
            delivery().signed(Secret::Own("acme")).sent(sending),
            delivery().sent(sending),
            post("/webhooks/github").delivery("push", "2").sent(sending),
            // Whose body nobody reads.
            get("/signals").body("x ").sent(sending),
            get("/healthz").body("x ").anonymous().sent(sending),
            delete("/connections/123e4567-e89b-12d3-a456-426614174000").body("x ").sent(sending),
            post("/signals").body("x ").sent(sending),
            post("/nope").body("x ").sent(sending),
        ]);
    }
    let long = vec![b' '; (1 << 20) + 1];
    script.extend(script![
        json("/connect/github").body(long.clone()).sent(Sending::Never),
        post("/connect/github").anonymous().body(long).sent(Sending::Never),
        post("/webhooks/github").body(vec![b' '; (25 << 20) + 1]).sent(Sending::Never),
        get("/signals").body("x").sent(Sending::Never),
        post("/nope").body("x").sent(Sending::Never),
        get("/signals"),
    ]);
    same(&script).await;
}
