//! The stand-in for Atlassian.

use std::time::Duration;

use connectors_examples::{
    recorded::jira,
    standin::{
        BrowserError, JiraStandIn,
        jira::{Endpoint, Failure, Site},
    },
};
use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::support::{CALLBACK, http, param};

const SCOPES: &str = "manage:jira-webhook offline_access read:jira-work read:me";

async fn started() -> JiraStandIn {
    JiraStandIn::start("client-id", "client-secret", [CALLBACK]).await.unwrap()
}

fn params(scopes: &str) -> Vec<(&'static str, String)> {
    [
        ("audience", "api.atlassian.com"),
        ("client_id", "client-id"),
        ("scope", scopes),
        ("redirect_uri", CALLBACK),
        ("state", "xyz"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

fn authorize_url(jira: &JiraStandIn, params: &[(&str, String)]) -> Url {
    let mut url = jira.base_url().join("authorize").unwrap();
    url.query_pairs_mut().extend_pairs(params);
    url
}

async fn code(jira: &JiraStandIn, scopes: &str) -> String {
    param(&jira.approve(&authorize_url(jira, &params(scopes))).await.unwrap(), "code").unwrap()
}

async fn exchange(jira: &JiraStandIn, body: &Value) -> (u16, Value) {
    let mut body = body.clone();
    for (name, value) in [("client_id", "client-id"), ("client_secret", "client-secret")] {
        body.as_object_mut().unwrap().entry(name).or_insert(value.into());
    }
    let response = http().post(jira.base_url().join("oauth/token").unwrap()).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn tokens(jira: &JiraStandIn, scopes: &str) -> Value {
    let code = code(jira, scopes).await;
    let (status, answer) =
        exchange(jira, &json!({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK})).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn call(jira: &JiraStandIn, method: Method, path: &str, token: &Value, body: &Value) -> (u16, Value) {
    let request = http().request(method, jira.base_url().join(path).unwrap()).bearer_auth(token.as_str().unwrap());
    let response = request.json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

fn webhook_path() -> String {
    format!("ex/jira/{}/rest/api/3/webhook", Site::default().cloud_id)
}

#[tokio::test]
async fn an_authorize_url_needs_all_that_is_documented() {
    let jira = started().await;
    for (name, wrong) in [
        ("audience", "example.com"),
        ("client_id", "x"),
        ("scope", "read:me,offline_access"),
        ("redirect_uri", "http://127.0.0.1:9/elsewhere"),
        ("state", ""),
        ("response_type", "token"),
        ("prompt", "none"),
    ] {
        let mut params = params(SCOPES);
        params.iter_mut().find(|(known, _)| *known == name).unwrap().1 = wrong.into();
        let told = jira.approve(&authorize_url(&jira, &params)).await;
        assert!(matches!(told, Err(BrowserError::NoConsentForm(StatusCode::BAD_REQUEST))), "{name}: {told:?}");
    }
    let denied = jira.deny(&authorize_url(&jira, &params(SCOPES))).await.unwrap();
    assert_eq!(param(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(param(&denied, "state").as_deref(), Some("xyz"));
}

#[tokio::test]
async fn a_code_becomes_tokens_once() {
    let jira = started().await;
    let code = code(&jira, SCOPES).await;
    let asked = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK});
    let mut wrong = asked.clone();
    wrong["client_secret"] = json!("wrong");
    assert_eq!(exchange(&jira, &wrong).await.0, 401);
    let (status, answer) = exchange(&jira, &asked).await;
    assert_eq!((status, &answer["expires_in"], &answer["scope"]), (200, &json!(3600), &json!(SCOPES)));
    assert!(answer["refresh_token"].is_string());
    let (status, again) = exchange(&jira, &asked).await;
    assert_eq!((status, &again["error"]), (403, &json!("invalid_grant")));
    assert!(tokens(&jira, "read:me").await.get("refresh_token").is_none(), "without `offline_access`");
    let elsewhere = json!({"grant_type": "authorization_code", "code": self::code(&jira, SCOPES).await, "redirect_uri": "http://x/"});
    let (status, answer) = exchange(&jira, &elsewhere).await;
    assert_eq!((status, &answer["error"]), (403, &json!("unauthorized_client")));
    assert_eq!(exchange(&jira, &json!({"grant_type": "password"})).await.0, 400);
}

#[tokio::test]
async fn a_token_is_good_for_its_scopes_an_hour_and_the_leeway() {
    let jira = started().await;
    let narrow = tokens(&jira, "offline_access").await;
    assert_eq!(call(&jira, Method::GET, "me", &narrow["access_token"], &json!({})).await.0, 401);
    assert_eq!(call(&jira, Method::GET, &webhook_path(), &narrow["access_token"], &json!({})).await.0, 401);
    let first = tokens(&jira, SCOPES).await;
    let me = async |token: &Value| call(&jira, Method::GET, "me", token, &json!({})).await.0;
    let (_, second) =
        exchange(&jira, &json!({"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})).await;
    assert_eq!((me(&first["access_token"]).await, me(&second["access_token"]).await), (200, 200));
    jira.advance_clock(Duration::from_secs(600));
    assert_eq!((me(&first["access_token"]).await, me(&second["access_token"]).await), (401, 200));
    jira.advance_clock(Duration::from_secs(3_000));
    assert_eq!(me(&second["access_token"]).await, 401);
}

#[tokio::test]
async fn webhooks_are_five_at_one_url_with_a_narrow_jql() {
    let jira = started().await;
    let token = tokens(&jira, SCOPES).await["access_token"].clone();
    let register = async |url: &str, webhook: Value| {
        let body = json!({"url": url, "webhooks": [webhook]});
        let (status, answer) = call(&jira, Method::POST, &webhook_path(), &token, &body).await;
        assert_eq!(status, 200);
        answer["webhookRegistrationResult"][0].clone()
    };
    let good = json!({"jqlFilter": "project != null", "events": ["jira:issue_created"]});
    for wrong in [
        json!({"jqlFilter": "", "events": ["jira:issue_created"]}),
        json!({"jqlFilter": "project is not EMPTY", "events": ["jira:issue_created"]}),
        json!({"jqlFilter": "project != null", "events": ["worklog_created"]}),
        json!({"jqlFilter": "project != null", "events": []}),
    ] {
        assert!(register("https://a.example/", wrong.clone()).await["errors"][0].is_string(), "{wrong}");
    }
    for id in 1000..1005 {
        assert_eq!(register("https://a.example/", good.clone()).await, json!({"createdWebhookId": id}));
    }
    assert!(register("https://a.example/", good.clone()).await["errors"][0].is_string(), "the sixth");
    jira.lose_webhook(1000);
    assert!(register("https://b.example/", good.clone()).await["errors"][0].is_string(), "another URL");
    let page =
        call(&jira, Method::GET, &format!("{}?startAt=1&maxResults=2", webhook_path()), &token, &json!({})).await.1;
    let ids: Vec<_> = page["values"].as_array().unwrap().iter().map(|webhook| webhook["id"].clone()).collect();
    assert_eq!((ids, &page["isLast"]), (vec![json!(1002), json!(1003)], &json!(false)));
    let ids = json!({"webhookIds": [1001, 7]});
    assert_eq!(call(&jira, Method::DELETE, &webhook_path(), &token, &ids).await.0, 202);
    assert_eq!(jira.webhooks().len(), 3);
    assert_eq!(call(&jira, Method::GET, "ex/jira/x/rest/api/3/webhook", &token, &json!({})).await.0, 404);
}

#[tokio::test]
async fn a_webhook_ends_after_thirty_days_unless_it_is_refreshed() {
    let jira = started().await;
    jira.set_clock("2026-01-02T03:04:05Z".parse().unwrap());
    let token = tokens(&jira, SCOPES).await["access_token"].clone();
    let webhook = json!({"jqlFilter": "project != null", "events": ["comment_created"]});
    let both = json!({"url": "https://a.example/", "webhooks": [webhook, webhook]});
    call(&jira, Method::POST, &webhook_path(), &token, &both).await;
    let day = Duration::from_secs(24 * 60 * 60);
    jira.advance_clock(day);
    let token = tokens(&jira, SCOPES).await["access_token"].clone();
    let path = format!("{}/refresh", webhook_path());
    let (status, answer) = call(&jira, Method::PUT, &path, &token, &json!({"webhookIds": [1001, 7]})).await;
    assert_eq!((status, &answer["expirationDate"]), (200, &json!("2026-02-02T03:04:05.000+0000")));
    jira.advance_clock(29 * day);
    assert_eq!(jira.webhooks().iter().map(|webhook| webhook.id).collect::<Vec<_>>(), [1001]);
}

#[tokio::test]
async fn it_fails_when_told_to_and_signs_what_it_delivers() {
    let jira = started().await;
    jira.fail_next(Endpoint::Me, 1, Failure::TooMany(3));
    let token = tokens(&jira, SCOPES).await["access_token"].clone();
    assert_eq!(call(&jira, Method::GET, "me", &token, &json!({})).await.0, 429);
    assert_eq!(call(&jira, Method::GET, "me", &token, &json!({})).await.0, 200);
    assert_eq!(jira.calls(), [Endpoint::Code, Endpoint::Me, Endpoint::Me]);
    let delivery = jira::deliveries()[1];
    let moment = "2026-01-02T03:04:05Z".parse().unwrap();
    jira.set_clock(moment);
    let headers = jira.signed(&delivery, "1");
    assert_eq!(headers, delivery.signed_for_the_app("client-secret", "1", moment));
    assert!(headers["authorization"].to_str().unwrap().starts_with("Bearer eyJ"));
}
