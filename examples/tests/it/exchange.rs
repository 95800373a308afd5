use std::time::Duration;

use connectors_examples::standin::github::{GitHubStandIn, OAuthApp};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{authorize_url, code, exchange, github, http, param, send_exchange, usual_exchange};

/// The usual exchange with one parameter changed, or left out when it is null.
fn exchange_with(code: &str, name: &str, value: Value) -> Value {
    let mut body = usual_exchange(code);
    body[name] = value;
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body
}

#[tokio::test]
async fn a_code_is_exchanged_for_a_token_with_the_scopes_asked_for() {
    let github = github().await;
    let answer = exchange(&github, &usual_exchange(&code(&github).await)).await;

    let token = answer["access_token"].as_str().unwrap();
    assert!(token.starts_with("gho_") && token.len() == 40, "{token}");
    assert_eq!(answer["token_type"], "bearer");
    assert_eq!(answer["scope"], "read:org,read:user");
}

#[tokio::test]
async fn a_form_is_read_as_well_as_json() {
    let github = github().await;
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            usual_exchange(&code(&github).await)
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name, value.as_str().unwrap())),
        )
        .finish();
    let response = http()
        .post(github.base_url().join("login/oauth/access_token").unwrap())
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["token_type"], "bearer");
}

#[tokio::test]
async fn a_caller_that_does_not_accept_json_is_answered_with_a_form() {
    let github = github().await;
    let response = http()
        .post(github.base_url().join("login/oauth/access_token").unwrap())
        .json(&usual_exchange(&code(&github).await))
        .send()
        .await
        .unwrap();

    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(content_type, "application/x-www-form-urlencoded; charset=utf-8");
    let body = response.text().await.unwrap();
    assert!(body.starts_with("access_token=gho_"), "{body}");
    assert!(body.ends_with("&scope=read%3Aorg%2Cread%3Auser&token_type=bearer"), "{body}");
}

#[tokio::test]
async fn wrong_or_missing_client_credentials_are_refused_and_do_not_spend_the_code() {
    let github = github().await;
    let code = code(&github).await;
    for (name, value) in [
        ("client_secret", json!("wrong")),
        ("client_secret", json!("")),
        ("client_secret", json!(null)),
        ("client_id", json!("other")),
        ("client_id", json!(null)),
    ] {
        let answer = exchange(&github, &exchange_with(&code, name, value.clone())).await;
        assert_eq!(answer["error"], "incorrect_client_credentials", "{name}: {value}");
    }
    assert!(exchange(&github, &usual_exchange(&code)).await["access_token"].is_string());
}

#[tokio::test]
async fn client_credentials_in_a_basic_header_are_not_read() {
    let github = github().await;
    let mut body = exchange_with(&code(&github).await, "client_secret", json!(null));
    body.as_object_mut().unwrap().remove("client_id");
    let response = http()
        .post(github.base_url().join("login/oauth/access_token").unwrap())
        .basic_auth("client-id", Some("client-secret"))
        .header("accept", "application/json")
        .json(&body)
        .send()
        .await
        .unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"], "incorrect_client_credentials");
}

#[tokio::test]
async fn a_redirect_uri_other_than_at_the_authorization_is_refused() {
    let github = github().await;
    let code = code(&github).await;
    let other = json!("http://127.0.0.1:9/callback/other");
    let answer = exchange(&github, &exchange_with(&code, "redirect_uri", other)).await;
    assert_eq!(answer["error"], "redirect_uri_mismatch");
}

#[tokio::test]
async fn the_redirect_uri_may_be_left_out_of_the_exchange() {
    let github = github().await;
    let body = exchange_with(&code(&github).await, "redirect_uri", json!(null));
    assert!(exchange(&github, &body).await["access_token"].is_string());
}

#[tokio::test]
async fn a_code_works_once() {
    let github = github().await;
    let code = code(&github).await;
    assert!(exchange(&github, &usual_exchange(&code)).await["access_token"].is_string());

    let answer = exchange(&github, &usual_exchange(&code)).await;
    assert_eq!(answer["error"], "bad_verification_code");
    assert_eq!(answer["error_description"], "The code passed is incorrect or expired.");
    assert!(answer["error_uri"].as_str().unwrap().ends_with("#bad-verification-code"));
}

#[tokio::test]
async fn a_code_lives_for_ten_minutes() {
    let github = github().await;
    let (early, late) = (code(&github).await, code(&github).await);

    github.advance_clock(Duration::from_secs(9 * 60));
    assert!(exchange(&github, &usual_exchange(&early)).await["access_token"].is_string());
    github.advance_clock(Duration::from_secs(60));
    assert_eq!(exchange(&github, &usual_exchange(&late)).await["error"], "bad_verification_code");
}

#[tokio::test]
async fn an_unknown_or_missing_code_is_refused() {
    let github = github().await;
    for body in [usual_exchange("0123456789abcdef0123"), exchange_with("", "code", json!(null))] {
        assert_eq!(exchange(&github, &body).await["error"], "bad_verification_code");
    }
}

#[tokio::test]
async fn a_code_of_another_github_is_unknown() {
    let (github, other) = (github().await, github().await);
    let answer = exchange(&github, &usual_exchange(&code(&other).await)).await;
    assert_eq!(answer["error"], "bad_verification_code");
}

#[tokio::test]
async fn scopes_asked_for_twice_are_granted_once_and_none_are_none() {
    let github = github().await;
    for (asked, granted) in [("repo gist repo", "repo,gist"), ("", "")] {
        let callback = github.approve(&authorize_url(&github, &[("scope", asked)])).await.unwrap();
        let code = param(&callback, "code").unwrap();
        let body = exchange_with(&code, "code_verifier", json!(null));
        assert_eq!(exchange(&github, &body).await["scope"], granted);
    }
}

#[tokio::test]
async fn an_app_with_several_callbacks_comes_back_at_the_one_it_named() {
    let callbacks = ["http://127.0.0.1:9/callback", "https://core.example/connect/github"];
    let app = OAuthApp::new("client-id", "client-secret", callbacks);
    let github = GitHubStandIn::start(app).await.unwrap();
    let url = authorize_url(&github, &[("redirect_uri", callbacks[1])]);

    let callback = github.approve(&url).await.unwrap();
    assert!(callback.as_str().starts_with("https://core.example/connect/github?code="));
}

#[tokio::test]
async fn the_exchange_is_a_post() {
    let github = github().await;
    let url = github.base_url().join("login/oauth/access_token").unwrap();
    let status = http().get(url).send().await.unwrap().status();
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(send_exchange(&github, &json!({})).await.status(), StatusCode::OK);
}
