//! Jira, of which the mock knows data alone.

use serde_json::json;

use super::{after, script};
use crate::twin::{Call, OTHER_REDIRECT, Secret, Step, advance, approve, delete, deny, get, post, same};

fn connected() -> Vec<Step> {
    script![
        post("/connect/jira").keep("url", "/authorize_url"),
        approve("url", "back"),
        get("/connect/jira/callback?{back}").keep("connection", "/connection/id"),
    ]
    .into()
}

fn own(name: &str, id: &str) -> Call {
    post("/webhooks/jira/{acme}").anonymous().jira(name, id).signed(Secret::Own("acme"))
}

fn app(name: &str, id: &str) -> Call {
    post("/webhooks/jira").anonymous().jira(name, id).signed(Secret::App)
}

#[tokio::test]
async fn a_user_is_connected_and_disconnected() {
    let script = script![
        get("/providers").anonymous(),
        get("/connections"),
        get("/connect/jira/callback?{back}"),
        get("/connect/jira/callback?{back}").anonymous(),
        get("/connect/jira/callback?{back}&iss=https%3A%2F%2Fauth.atlassian.com"),
        post("/connect/jira").keep("denied url", "/authorize_url"),
        deny("denied url", "denied"),
        get("/connect/jira/callback?{denied}"),
        post("/connect/jira").keep("again url", "/authorize_url").keep("state", "/state"),
        approve("again url", "again"),
        get("/connect/jira/callback?code=made-up&state={state}"),
        get("/connect/jira/callback?{again}"),
        delete("/connections/{connection}"),
        get("/connections?provider=jira"),
    ];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn codes_of_other_authorizations() {
    let elsewhere = json!({"redirect_uri": OTHER_REDIRECT.replace("{provider}", "jira")});
    let script = script![
        post("/connect/jira").keep("one", "/state"),
        post("/connect/jira").json(&elsewhere).keep("other url", "/authorize_url"),
        approve("other url", "other"),
        get("/connect/jira/callback?state={one}&code={other.code}"),
        post("/connect/jira").keep("two", "/state"),
        post("/connect/jira").keep("third url", "/authorize_url"),
        approve("third url", "third"),
        get("/connect/jira/callback?state={two}&code={third.code}"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn deliveries_and_their_signatures() {
    let script = script![
        own("issue_created", "1"),
        own("issue_created", "2"),
        own("issue_updated", "1"),
        own("issue_updated", ""),
        own("issue_updated.resolved", "3"),
        own("issue_updated.commented", "4"),
        own("issue_deleted", "5"),
        own("comment_created", "6").header("x-connection-id", "{connection}"),
        own("issue_created", "7").signed(Secret::Text("wrong")),
        own("issue_created", "8").header("x-hub-signature", "sha256="),
        post("/webhooks/jira/{acme}").anonymous().jira("issue_created", "9"),
        post("/webhooks/jira/{globex}").anonymous().jira("issue_created", "1").signed(Secret::Own("acme")),
        post("/webhooks/jira/{globex}").anonymous().jira("issue_created", "1").signed(Secret::Own("globex")),
        post("/webhooks/jira").jira("issue_updated.reopened", "10"),
        post("/webhooks/jira").jira("issue_updated.reopened", "11"),
        post("/webhooks/jira").jira("comment_created.dynamic", "12"),
        get("/signals?limit=100&include_payload=true"),
        get("/signals").tenant("{globex}"),
        delete("/connections/{connection}"),
        own("issue_updated.in_progress", "13"),
    ];
    same(&after(connected(), script)).await;
}

/// `Authorization` is the provider's here, unless it is an operator's token or a tenant is named.
#[tokio::test]
async fn the_apps_deliveries_and_their_tokens() {
    let at_the_app = || post("/webhooks/jira").anonymous().jira("issue_created.dynamic", "1");
    let script = script![
        app("issue_created", "1"),
        app("issue_created.dynamic", "1"),
        app("issue_created.dynamic", "2").header("x-connection-id", "{connection}"),
        app("issue_created.dynamic", "2").header("x-connection-id", "{acme}"),
        app("issue_created.dynamic", "3").tenant("{acme}"),
        post("/webhooks/jira/{acme}").anonymous().jira("issue_created.dynamic", "1").signed(Secret::App),
        at_the_app(),
        at_the_app().authorization("Bearer x"),
        at_the_app().authorization("Bearer {operator_token}"),
        at_the_app().authorization("x"),
        at_the_app().signed(Secret::App).header("authorization", "Bearer x"),
        at_the_app().tenant("{acme}"),
        at_the_app().signed(Secret::App).body("x"),
        advance(239),
        at_the_app().signed(Secret::App),
        advance(1),
        at_the_app().signed(Secret::App),
        get("/signals"),
    ];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn tokens_that_are_signed_and_odd() {
    const HEADER: &str = r#"{"alg":"HS256"}"#;
    const CLAIMS: &str = r#"{"exp":9999999999}"#;
    let app = |header, claims| {
        post("/webhooks/jira").anonymous().jira("issue_created.dynamic", "").signed(Secret::AppToken(header, claims))
    };
    let mut script = Vec::new();
    for header in [
        HEADER,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":null}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"x","kid":null,"x5c":["a"],"crit":[],"zip":"DEF","enc":"x","more":7}"#,
        r#"{"alg":"HS256","typ":7}"#,
        r#"{"alg":"HS256","kid":{}}"#,
        r#"{"alg":"HS256","x5c":"a"}"#,
        r#"{"alg":"HS256","crit":[7]}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","more":1,"more":2}"#,
        r#"{"alg":"HS256","jwk":7}"#,
        r#"["HS256"]"#,
        r#""HS256""#,
        "{",
        "",
    ] {
        script.extend(script![app(header, CLAIMS)]);
    }
    for claims in [
        CLAIMS,
        r#"{"exp":9999999999.5,"iat":"x","more":[7]}"#,
        r#"{"exp":1767323045}"#,
        r#"{"exp":-1}"#,
        r#"{"exp":1e30}"#,
        r#"{"exp":18446744073709551615}"#,
        r#"{"exp":18446744073709551616}"#,
        r#"{"exp":"9999999999"}"#,
        r#"{"exp":null}"#,
        r#"{"exp":9999999999,"exp":9999999999}"#,
        r#"{"exp":9999999999,"sub":"a","sub":"b"}"#,
        r#"{"exp":9999999999,"sub":{}}"#,
        r#"{"exp":9999999999,"sub":7,"nbf":"x","iss":["a"],"aud":7}"#,
        r#"{"exp":9999999999,"nbf":{"a":1}}"#,
        r#"{"exp":9999999999,"iat":1,"iat":2,"context":{"a":1,"a":2},"more":1e999}"#,
        "[9999999999]",
        "{}",
        "null",
    ] {
        script.extend(script![app(HEADER, claims)]);
    }
    same(&after(connected(), script)).await;
}
