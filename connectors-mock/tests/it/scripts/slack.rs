//! Slack, of which the mock knows data alone.

use serde_json::json;

use super::{after, script};
use crate::twin::{Call, OTHER_REDIRECT, SLACK_TIME, Secret, Step, advance, approve, delete, deny, get, post, same};

/// The time at which both clocks begin, and times that are just near enough, and just not.
const NOW: &str = "1767323045";
const EARLIEST: &str = "1767322745";
const LATEST: &str = "1767323345";
const TOO_EARLY: &str = "1767322744";
const TOO_LATE: &str = "1767323346";

fn connected() -> Vec<Step> {
    script![
        post("/connect/slack").keep("url", "/authorize_url"),
        approve("url", "back"),
        get("/connect/slack/callback?{back}").keep("connection", "/connection/id"),
    ]
    .into()
}

fn app(name: &str, time: &str) -> Call {
    post("/webhooks/slack").anonymous().slack(name, time).signed(Secret::App)
}

#[tokio::test]
async fn a_workspace_is_connected_and_disconnected() {
    let script = script![
        get("/providers").anonymous(),
        get("/connections"),
        get("/connect/slack/callback?{back}"),
        get("/connect/slack/callback?{back}").anonymous(),
        get("/connect/slack/callback?{back}&iss=https%3A%2F%2Fslack.com"),
        get("/connect/github/callback?{back}"),
        post("/connect/slack").keep("denied url", "/authorize_url"),
        deny("denied url", "denied"),
        get("/connect/slack/callback?{denied}"),
        post("/connect/slack").keep("again url", "/authorize_url").keep("state", "/state"),
        approve("again url", "again"),
        get("/connect/slack/callback?code=made-up&state={state}"),
        get("/connect/slack/callback?{again}"),
        delete("/connections/{connection}"),
        get("/connections?provider=slack"),
    ];
    same(&after(connected(), script)).await;
}

/// Without PKCE nothing but the redirect URL binds a code to its authorization.
#[tokio::test]
async fn codes_of_other_authorizations() {
    let elsewhere = json!({"redirect_uri": OTHER_REDIRECT.replace("{provider}", "slack")});
    let script = script![
        post("/connect/slack").keep("one", "/state"),
        post("/connect/slack").json(&elsewhere).keep("other url", "/authorize_url"),
        approve("other url", "other"),
        get("/connect/slack/callback?state={one}&code={other.code}"),
        post("/connect/slack").keep("two", "/state"),
        post("/connect/slack").keep("third url", "/authorize_url"),
        approve("third url", "third"),
        get("/connect/slack/callback?state={two}&code={third.code}"),
        get("/connect/slack/callback?{third}"),
        post("/connect/github").keep("github", "/state"),
        post("/connect/slack").keep("fourth url", "/authorize_url"),
        approve("fourth url", "fourth"),
        get("/connect/github/callback?state={github}&code={fourth.code}"),
    ];
    same(&script).await;
}

#[tokio::test]
async fn deliveries_and_their_signatures() {
    let own = |name| post("/webhooks/slack/{acme}").anonymous().slack(name, NOW);
    let script = script![
        app("message", TOO_EARLY),
        app("message", TOO_LATE),
        app("message", "+1767323045"),
        app("message", ""),
        app("message", "99999999999999999999"),
        app("message", NOW).header(SLACK_TIME, NOW),
        post("/webhooks/slack").anonymous().slack("message", NOW),
        post("/webhooks/slack").anonymous().slack("message", NOW).signed(Secret::Text("wrong")),
        post("/webhooks/slack").anonymous().slack("message", NOW).header("x-slack-signature", "v0="),
        own("message").signed(Secret::Own("acme")),
        own("message").signed(Secret::App),
        app("message", EARLIEST),
        app("message", NOW),
        app("message.reply", LATEST),
        app("message.channel_join", NOW),
        app("message.shared_channel", NOW).header("x-connection-id", "{connection}"),
        own("message.file_share").signed(Secret::App),
        post("/webhooks/slack/{globex}").anonymous().slack("reaction_added", NOW).signed(Secret::App),
        post("/webhooks/slack").slack("reaction_added", NOW),
        post("/webhooks/slack").slack("reaction_added", NOW).tenant("{globex}"),
        app("tokens_revoked.of_a_user", NOW),
        app("tokens_revoked", NOW),
        app("app_uninstalled", NOW),
        get("/signals?limit=100&include_payload=true"),
        get("/signals").tenant("{globex}"),
        get("/connections"),
        advance(301),
        app("message.bot_message", NOW),
    ];
    same(&after(connected(), script)).await;
}

#[tokio::test]
async fn the_check_of_the_url_and_bodies_that_are_none() {
    let body = |body: &str| post("/webhooks/slack").anonymous().header(SLACK_TIME, NOW).body(body).signed(Secret::App);
    let script = script![
        app("url_verification", NOW),
        app("url_verification", NOW).header("x-connection-id", "{acme}"),
        app("url_verification", NOW).header("x-connection-id", "x"),
        app("url_verification", TOO_LATE),
        post("/webhooks/slack/{acme}").anonymous().slack("url_verification", NOW).signed(Secret::App),
        post("/webhooks/slack").slack("url_verification", NOW),
        body(r#"{"type":"url_verification"}"#),
        body(r#"{"type":"url_verification","challenge":""}"#),
        body(r#"{"type":"url_verification","challenge":"\u0000<é>"}"#),
        body(r#"{"type":"url_verification","challenge":7}"#),
        body(r#"{"type":"url_verification","challenge":null}"#),
        body(r#"{"type":7,"challenge":"c"}"#),
        body(r#"{"type":"url_verification","challenge":"c","challenge":"c"}"#),
        body(r#"{"type":"url_verification","type":"url_verification","challenge":"c"}"#),
        body(r#"{"type":"url_verification","challenge":"c","team_id":7,"authorizations":[7]}"#),
        body(r#"{"type":"url_verification","challenge":"c","a":1e999,"b":{"c":1,"c":2},"d":"\ud800"}"#),
        body(&format!(r#"{{"type":"url_verification","challenge":"c","a":{}{}}}"#, "[".repeat(300), "]".repeat(300))),
        body(r#"{"type":"event_callback"}"#),
        body("payload={}"),
        body("[]"),
        body("x"),
        body("{}"),
    ];
    same(&script).await;
}
