//! The stand-in for Slack.

use std::{collections::BTreeSet, fs, time::Duration};

use connectors_examples::{
    recorded::slack,
    standin::{BrowserError, SlackStandIn, slack::Workspace},
};
use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use crate::support::{CALLBACK, http, param};

async fn started() -> SlackStandIn {
    SlackStandIn::start("client-id", "client-secret", [CALLBACK]).await.unwrap()
}

fn authorize_url(slack: &SlackStandIn, params: &[(&str, &str)]) -> Url {
    let mut url = slack.base_url().join("oauth/v2/authorize").unwrap();
    url.query_pairs_mut().extend_pairs(params);
    url
}

fn usual(slack: &SlackStandIn) -> Url {
    let scope = "channels:history,reactions:read";
    let params = [("client_id", "client-id"), ("scope", scope), ("redirect_uri", CALLBACK), ("state", "xyz")];
    authorize_url(slack, &params)
}

async fn code(slack: &SlackStandIn) -> String {
    param(&slack.approve(&usual(slack)).await.unwrap(), "code").unwrap()
}

/// What a method answers; always with 200.
async fn call(slack: &SlackStandIn, method: &str, token: &str) -> Value {
    let url = slack.base_url().join(&format!("api/{method}")).unwrap();
    let response = http().post(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn exchange(slack: &SlackStandIn, secret: &str, form: &[(&str, &str)]) -> Value {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = http().post(slack.base_url().join("api/oauth.v2.access").unwrap());
    let request = request.basic_auth("client-id", Some(secret)).body(body);
    let response = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn token(slack: &SlackStandIn) -> String {
    let code = code(slack).await;
    let answer = exchange(slack, "client-secret", &[("code", &code), ("redirect_uri", CALLBACK)]).await;
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn error(answer: &Value) -> &str {
    assert_eq!(answer["ok"], false);
    answer["error"].as_str().unwrap()
}

#[tokio::test]
async fn a_code_becomes_a_bot_token_with_scopes_between_commas() {
    let slack = started().await;
    let code = code(&slack).await;
    let form = [("code", code.as_str()), ("redirect_uri", CALLBACK)];
    assert_eq!(error(&exchange(&slack, "wrong", &form).await), "bad_client_secret");
    let answer = exchange(&slack, "client-secret", &form).await;
    assert!(answer["access_token"].as_str().unwrap().starts_with("xoxb-"));
    assert_eq!((&answer["ok"], &answer["token_type"]), (&json!(true), &json!("bot")));
    assert_eq!(answer["scope"], "channels:history,reactions:read");
    assert_eq!(answer["team"], json!({"id": "T123ABC456", "name": "Subarachnoid Workspace"}));
    assert_eq!(error(&exchange(&slack, "client-secret", &form).await), "invalid_code", "it works once");
}

#[tokio::test]
async fn a_code_is_refused_at_another_redirect_url_or_after_ten_minutes() {
    let slack = started().await;
    for redirect in [None, Some("http://127.0.0.1:9/callback/other")] {
        let code = code(&slack).await;
        let form = [Some(("code", code.as_str())), redirect.map(|redirect| ("redirect_uri", redirect))];
        let form: Vec<_> = form.into_iter().flatten().collect();
        assert_eq!(error(&exchange(&slack, "client-secret", &form).await), "bad_redirect_uri");
    }
    let code = code(&slack).await;
    slack.advance_clock(Duration::from_secs(10 * 60));
    let form = [("code", code.as_str()), ("redirect_uri", CALLBACK)];
    assert_eq!(error(&exchange(&slack, "client-secret", &form).await), "invalid_code");
}

#[tokio::test]
async fn a_user_comes_back_with_code_or_error_and_the_state() {
    let slack = started().await;
    let approved = slack.approve(&usual(&slack)).await.unwrap();
    assert_eq!((param(&approved, "state").as_deref(), param(&approved, "iss")), (Some("xyz"), None));
    let denied = slack.deny(&usual(&slack)).await.unwrap();
    assert_eq!((param(&denied, "error").as_deref(), param(&denied, "code")), (Some("access_denied"), None));
    assert_eq!(param(&denied, "state").as_deref(), Some("xyz"));
}

#[tokio::test]
async fn what_is_wrong_with_an_authorize_url_is_shown_and_nobody_is_redirected() {
    let slack = started().await;
    let scope = ("scope", "channels:history");
    for params in [
        vec![("client_id", "other"), scope],
        vec![("client_id", "client-id"), scope, ("redirect_uri", "https://evil.example/callback")],
        vec![("client_id", "client-id"), scope, ("redirect_uri", "http://127.0.0.1:9/callbackery")],
        vec![("client_id", "client-id")],
        vec![("client_id", "client-id"), ("scope", "channels:history reactions:read")],
    ] {
        let refused = slack.approve(&authorize_url(&slack, &params)).await.unwrap_err();
        assert!(matches!(refused, BrowserError::NoConsentForm(StatusCode::BAD_REQUEST)), "{params:?}: {refused}");
    }
}

#[tokio::test]
async fn a_workspace_has_one_bot_token_until_it_is_revoked_or_the_app_uninstalled() {
    let slack = started().await;
    let first = token(&slack).await;
    assert_eq!(token(&slack).await, first);
    slack.sign_in_to(Workspace { id: "T0OTHER".into(), name: "Other".into(), domain: "other".into() });
    let other = token(&slack).await;
    assert_ne!(other, first);
    let identity = call(&slack, "auth.test", &other).await;
    assert_eq!((&identity["team_id"], &identity["url"]), (&json!("T0OTHER"), &json!("https://other.slack.com/")));
    assert_eq!(call(&slack, "auth.revoke", &first).await, json!({"ok": true, "revoked": true}));
    assert_eq!(error(&call(&slack, "auth.test", &first).await), "token_revoked");
    assert_eq!(error(&call(&slack, "auth.revoke", &first).await), "token_revoked");
    slack.uninstall("T0OTHER");
    assert_eq!(error(&call(&slack, "auth.test", &other).await), "account_inactive");
    assert_eq!(error(&call(&slack, "auth.test", "xoxb-made-up").await), "invalid_auth");
}

#[test]
fn every_recorded_delivery_is_listed_and_has_an_id_of_its_own() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../connectors-server/tests/fixtures/slack");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
    let listed: BTreeSet<String> = slack::deliveries().iter().map(|delivery| delivery.name.to_owned()).collect();
    assert_eq!(files, listed);
    let bodies = slack::deliveries().into_iter().map(|delivery| serde_json::from_slice(delivery.body).unwrap());
    let ids: Vec<Value> = bodies.map(|body: Value| body["event_id"].clone()).filter(Value::is_string).collect();
    let different: BTreeSet<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!((ids.len(), different.len()), (files.len() - 1, files.len() - 1), "the check of the URL has none");
}

/// The example of <https://docs.slack.dev/authentication/verifying-requests-from-slack>
#[test]
fn a_signature_is_slacks_documented_example() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
                trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    assert_eq!(
        slack::signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body.as_bytes()),
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    );
}
