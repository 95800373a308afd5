//! Deliveries by every door.

use super::{after, connected, delivered, script};
use crate::twin::{
    ACME, MockSide, Secret, ServiceSide, Setup, Side, advance, approve, delete, differences, get, post, run, same,
};

#[tokio::test]
async fn deliveries_to_a_tenants_own_url() {
    let own = |name| post("/webhooks/github/{acme}").anonymous().delivery(name, "id").signed(Secret::Own("acme"));
    let script = script![
        post("/webhooks/gitub/{acme}").anonymous(),
        post("/webhooks/gitub/7").anonymous(),
        post("/webhooks/github/7").anonymous(),
        post("/webhooks/github/00000000-0000-0000-0000-000000000000").anonymous(),
        post("/webhooks/github/{acme}").anonymous().delivery("push", "1"),
        post("/webhooks/github/{acme}").anonymous().delivery("push", "1").signed(Secret::Text("wrong")),
        post("/webhooks/github/{acme}").anonymous().delivery("push", "1").signed(Secret::Own("globex")),
        post("/webhooks/github/{acme}").delivery("push", "1"),
        own("push").header("x-hub-signature-256", "sha256=00"),
        post("/webhooks/github/{acme}").anonymous().delivery("push", "1").header("x-hub-signature-256", "sha256="),
        post("/webhooks/github/{acme}").anonymous().delivery("push", "1").header("x-hub-signature-256", "nonsense"),
        // Without a connection.
        own("push"),
        own("push"),
        own("issues.opened"),
        delivered("push", "other id"),
        delivered("issues.opened", "2").header("x-connection-id", "7"),
        delivered("issues.opened", "2").header("x-connection-id", "{acme}").header("x-connection-id", "{acme}"),
        delivered("issues.opened", "2").header("x-connection-id", "{acme}"),
        delivered("ping", "3"),
        delivered("issues.closed", "4").without("x-github-event"),
        delivered("issues.closed", "4").without("x-github-event").header("x-github-event", "push"),
        delivered("issues.closed", ""),
        delivered("issues.closed", "5"),
        // The app's secret vouches for connected accounts alone.
        post("/webhooks/github/{acme}").anonymous().delivery("issues.edited", "6").signed(Secret::App),
        get("/signals"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn deliveries_and_their_connections() {
    let app = |name, id| post("/webhooks/github").anonymous().delivery(name, id).signed(Secret::App);
    let script = script![
        delivered("issues.opened", "1").header("x-connection-id", "{connection}"),
        delivered("ping", "2").header("x-connection-id", "{connection}"),
        delivered("issues.closed", "3"),
        post("/webhooks/github/{acme}").anonymous().delivery("issues.edited", "4").signed(Secret::App),
        post("/webhooks/github/{globex}")
            .anonymous()
            .delivery("push", "1")
            .signed(Secret::Own("globex"))
            .header("x-connection-id", "{connection}"),
        app("push", "5"),
        app("push", "5"),
        app("release.published", "5"),
        app("ping", "6"),
        app("release.published", "7").header("x-connection-id", "{connection}"),
        app("release.published", "8").header("x-connection-id", "{globex}"),
        app("ping", "8").header("x-connection-id", "{connection}"),
        post("/webhooks/github").anonymous().body("{}").signed(Secret::App).header("x-connection-id", "{connection}"),
        post("/webhooks/github").anonymous().delivery("push", "9").signed(Secret::Own("acme")),
        post("/webhooks/github").anonymous().delivery("push", "9"),
        post("/webhooks/gitub").anonymous(),
        // Core hands one on.
        post("/webhooks/github").delivery("issue_comment.created", "10"),
        post("/webhooks/github").delivery("issue_comment.created", "10").tenant("{globex}"),
        post("/webhooks/gitub").delivery("issue_comment.created", "10"),
        post("/webhooks/github").delivery("pull_request.opened", "11").header("x-connection-id", "{connection}"),
        post("/webhooks/github").delivery("pull_request.closed", "12").header("x-connection-id", "{globex}"),
        get("/signals"),
        delete("/connections/{connection}"),
        delivered("pull_request.reopened", "13"),
        app("pull_request.reopened", "14"),
        delivered("pull_request.reopened", "15").header("x-connection-id", "{connection}"),
        post("/webhooks/github").delivery("pull_request.reopened", "16"),
        get("/signals?limit=1"),
    ];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn an_apps_delivery_is_stored_for_every_tenant_that_has_the_account() {
    let begin = after(
        connected(),
        script![
            post("/connect/github").tenant("{globex}").keep("url", "/authorize_url"),
            approve("url", "theirs"),
            get("/connect/github/callback?{theirs}").tenant("{globex}").keep("their connection", "/connection/id"),
        ],
    );
    let app = |name, id| post("/webhooks/github").anonymous().delivery(name, id).signed(Secret::App);
    let script = script![
        delivered("push", "1"),
        app("push", "2"),
        app("push", "3"),
        app("issues.opened", "4").header("x-connection-id", "{their connection}"),
        app("issues.opened", "4"),
        get("/signals"),
        get("/signals?include_payload=true").tenant("{globex}"),
    ];
    same(&after(begin, script)).await;
}

#[tokio::test]
async fn bodies_of_deliveries() {
    let own = |body: &[u8]| post("/webhooks/github/{acme}").anonymous().body(body).signed(Secret::Own("acme"));
    let form = |body: &[u8]| own(body).header("content-type", "application/x-www-form-urlencoded");
    let push = connectors_examples::recorded::github().into_iter().find(|known| known.name == "push").unwrap();
    let encoded: String = url::form_urlencoded::byte_serialize(push.body).collect();
    let script = script![
        own(b""),
        own(b"x"),
        own(b"[]"),
        own(b"{}"),
        own(b"{}{}"),
        own(b"\"x\""),
        own(b"\xff"),
        own(b"{\"action\":\"unheard of\"}").header("x-github-event", "issues"),
        own(&[b"{\"ref\":\"refs/heads/main\",", &push.body.trim_ascii()[1..]].concat())
            .header("x-github-event", "push"),
        form(b""),
        form(b"x=1"),
        form(b"payload=x"),
        form(b"payload=[]"),
        form(b"payload={}"),
        form(b"payload={}&payload={}"),
        form(b"x=1&payload={}"),
        own(b"payload={}"),
        form(b"{}"),
        own(b" {} "),
        own(b"x").header("x-connection-id", "7"),
        form(format!("payload={encoded}").as_bytes()).header("x-github-event", "push"),
        get("/signals?include_payload=true"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn repeats_are_forgotten_after_a_month() {
    let script = script![
        delivered("push", "1"),
        advance(31 * 24 * 60 * 60),
        delivered("push", "1"),
        advance(1),
        delivered("issues.opened", "2"),
        delivered("push", "1"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn a_signature_in_upper_case() {
    let body = connectors_examples::recorded::github().into_iter().find(|known| known.name == "push").unwrap().body;
    for upper in [false, true] {
        let mut service = ServiceSide::start(&Setup::default()).await;
        let mut mock = MockSide::start(&Setup::default()).await;
        let script = |secret: String| {
            let signature = connectors_examples::recorded::signature(&secret, body);
            let signature = if upper { signature.replace("sha256=", "").to_uppercase() } else { "00".repeat(31) };
            let call = post("/webhooks/github/{acme}").anonymous().delivery("push", "1");
            script![call.header("x-hub-signature-256", &format!("sha256={signature}"))]
        };
        let (one, other) = (script(service.own_secret("github", ACME)), script(mock.own_secret("github", ACME)));
        let (one, other) = (run(&mut service, &one).await, run(&mut mock, &other).await);
        assert_eq!(differences(&one, &other), Vec::<String>::new());
        assert_eq!(one.statuses(), [if upper { 202 } else { 401 }]);
    }
}
