//! Authorizations and their ends.

use serde_json::json;

use super::{after, connected, script};
use crate::twin::{Setup, advance, approve, approve_as, delete, deny, get, post, request, same, same_with};

#[tokio::test]
async fn starts_that_are_refused() {
    let start = || post("/connect/github");
    let json = |body: &str| start().header("content-type", "application/json").body(body);
    let script = script![
        post("/connect/gitub"),
        post("/connect/GitHub"),
        post("/connect/slack"),
        post("/connect/github?x=1"),
        post("/connect/gitub?x=1"),
        start().header("content-type", "text/plain"),
        start().body("{}"),
        start().header("content-type", "text/plain").body("{}"),
        start().header("content-type", "Application/JSON; charset=utf-8").body("{}"),
        start().header("content-type", "application/json").header("content-type", "application/json").body("{}"),
        json("[]"),
        json("null"),
        json("{"),
        json("{}{}"),
        json(r#"{"scope":["read:user"]}"#),
        json(r#"{"scopes":["read:user"],"scopes":["repo"]}"#),
        json(r#"{"x":1,"x":2,"scopes":[],"redirect_uri":7}"#),
        json(r#"{"scopes":"read:user"}"#),
        json(r#"{"scopes":null}"#),
        json(r#"{"scopes":[1]}"#),
        json(r#"{"scopes":["repo"]}"#),
        json(r#"{"scopes":["repo"],"redirect_uri":"https://evil.example/github"}"#),
        json(r#"{"redirect_uri":""}"#),
        json(r#"{"redirect_uri":null}"#),
        json(r#"{"redirect_uri":"http://127.0.0.1:9/elsewhere/github"}"#).keep("elsewhere", "/authorize_url"),
        json(r#"{"scopes":["read:user","read:org","read:user"]}"#).keep("sorted", "/authorize_url"),
        json(r#"{"scopes":["read:user"]}"#).keep("fewer", "/authorize_url"),
        approve("elsewhere", "back1"),
        approve("sorted", "back2"),
        approve("fewer", "back3"),
        get("/connect/github/callback?{back1}"),
        get("/connect/github/callback?{back2}"),
        get("/connect/github/callback?{back3}"),
        start().json(&json!({"redirect_uri": "x".repeat(1 << 20)})).without_token(),
    ];
    same(&script).await;
}

#[tokio::test]
async fn callbacks_that_are_malformed() {
    let queries = [
        "",
        "?",
        "?state=",
        "?state=x",
        "?code=x",
        "?state=&code=",
        "?state=x&code=",
        "?state=x&error=",
        "?state=x&code=y",
        "?state=x&error=access_denied",
        "?state=x&code=y&error=z",
        "?state=x&state=x&code=y",
        "?state=x&code=y&code=y",
        "?state=x&code=y&code=y&error=z",
        "?state=x&code=y&iss=a&iss=b",
        "?state=x&code=y&iss=https://evil.example",
        "?state=x&code=y&scope=a&authuser=0&hd=x&hd=y&error_description=a&error_description=b",
    ];
    let mut script = Vec::new();
    for query in queries {
        script.extend(script![
            get(&format!("/connect/github/callback{query}")),
            get(&format!("/connect/gitub/callback{query}")).anonymous(),
        ]);
    }
    same(&script).await;
}

#[tokio::test]
async fn a_state_is_spent_once() {
    let script = script![
        // Replayed with the token and the code: the connection, as it is now.
        get("/connect/github/callback?{back}"),
        get("/connect/github/callback?{back}").without_tenant(),
        get("/connect/github/callback?{back}").without_token(),
        get("/connect/github/callback?{back}").anonymous(),
        get("/connect/github/callback?{back}").tenant("{globex}"),
        get("/connect/github/callback?state={back.state}&code=another"),
        get("/connect/github/callback?state={back.state}&error=access_denied"),
        delete("/connections/{connection}"),
        get("/connect/github/callback?{back}"),
    ];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn a_user_who_declines() {
    let script = script![
        post("/connect/github").keep("url", "/authorize_url"),
        deny("url", "denied"),
        get("/connect/github/callback?{denied}").tenant("{globex}"),
        get("/connect/github/callback?{denied}").anonymous(),
        get("/connect/github/callback?{denied}"),
        get("/connect/github/callback?state={denied.state}&error=server_error"),
        approve("url", "back"),
        get("/connect/github/callback?{back}"),
        post("/connect/github").keep("url", "/authorize_url").keep("state", "/state"),
        get("/connect/github/callback?state={state}&error=a%22b%5Cc%0Ad%C3%A9"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn codes_that_the_provider_refuses() {
    let script = script![
        post("/connect/github").keep("url", "/authorize_url").keep("state", "/state"),
        approve("url", "back"),
        get("/connect/github/callback?state={state}&code=made-up"),
        get("/connect/github/callback?state={state}&code=made-up"),
        get("/connect/github/callback?{back}"),
        get("/connect/github/callback?state={state}&error=access_denied"),
        // A code that belongs to another authorization is spent by the attempt.
        post("/connect/github").keep("one", "/authorize_url").keep("state", "/state"),
        post("/connect/github").keep("two", "/authorize_url"),
        approve("two", "back"),
        get("/connect/github/callback?state={state}&code={back.code}"),
        get("/connect/github/callback?{back}"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn a_code_that_was_made_for_another_redirect_url_is_refused_for_good() {
    let elsewhere = json!({"redirect_uri": "http://127.0.0.1:9/elsewhere/github"});
    let script = script![
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "back"),
        post("/connect/github").json(&elsewhere).keep("url", "/authorize_url").keep("state", "/state"),
        get("/connect/github/callback?state={state}&code={back.code}"),
        get("/connect/github/callback?state={state}&code={back.code}"),
        approve("url", "elsewhere"),
        get("/connect/github/callback?{elsewhere}"),
        get("/connect/github/callback?{back}"),
        get("/connections"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn states_of_others_and_old_ones() {
    let script = script![
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "back"),
        get("/connect/github/callback?{back}").tenant("{globex}"),
        get("/connect/github/callback?{back}&iss=https%3A%2F%2Fevil.example"),
        get("/connect/github/callback?state={back.state}&code={back.code}&iss=https%3A%2F%2Fevil.example"),
        request("HEAD", "/connect/github/callback?{back}"),
        advance(599),
        get("/connect/github/callback?state={back.state}&code={back.code}").anonymous(),
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "late"),
        advance(600),
        get("/connect/github/callback?{late}"),
        get("/connect/github/callback?state={late.state}&error=access_denied"),
        get("/connections"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn connecting_again_refreshes_the_connection() {
    let script = script![
        advance(60),
        post("/connect/github").json(&json!({"scopes": ["read:user"]})).keep("url", "/authorize_url"),
        approve("url", "again"),
        get("/connect/github/callback?{again}"),
        post("/connect/github").tenant("{globex}").keep("url", "/authorize_url"),
        approve("url", "theirs"),
        get("/connect/github/callback?{theirs}").tenant("{globex}"),
        get("/connections").tenant("{globex}"),
        post("/connect/github").keep("url", "/authorize_url"),
        approve_as(583231, "octocat", "url", "octocat"),
        get("/connect/github/callback?{octocat}"),
        get("/connections"),
        delete("/connections/{connection}"),
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "new"),
        get("/connect/github/callback?{new}"),
        get("/connections"),
        get("/connect/github/callback?{again}"),
    ];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn a_provider_without_credentials() {
    let script = script![
        get("/providers"),
        post("/connect/github"),
        post("/connect/github").json(&json!({"scopes": ["repo"]})),
        post("/connect/github").json(&json!({"redirect_uri": "https://evil.example/github"})),
        get("/connect/github/callback?state=x&code=y"),
        get("/connect/github/callback?state=x&code=y&iss=z"),
    ];
    same_with(Setup { not_configured: true, ..Setup::default() }, &script).await;
}
