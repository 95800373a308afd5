use connectors_examples::standin::github::Account;
use http::StatusCode;
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{github, http, token, user};

#[tokio::test]
async fn a_token_tells_whose_it_is() {
    let github = github().await;
    let token = token(&github).await;
    let response = user(&github, &token).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-oauth-scopes"], "read:org, read:user");
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        body,
        json!({
            "login": "Codertocat",
            "id": 21031067,
            "avatar_url": "https://avatars.githubusercontent.com/u/21031067?v=4",
            "html_url": "https://github.com/Codertocat",
            "type": "User",
            "name": null,
        })
    );
}

#[tokio::test]
async fn a_token_stays_with_the_account_that_approved() {
    let github = github().await;
    let codertocat = token(&github).await;
    github.sign_in_as(Account { id: 583231, login: "octocat".into(), name: Some("The Octocat".into()) });
    let octocat = token(&github).await;

    for (token, id, name) in [(codertocat, 21031067, json!(null)), (octocat, 583231, json!("The Octocat"))] {
        let body: Value = user(&github, &token).await.json().await.unwrap();
        assert_eq!((&body["id"], &body["name"]), (&json!(id), &name));
    }
}

#[tokio::test]
async fn the_scheme_may_be_token_and_nothing_else_than_bearer_and_token() {
    let github = github().await;
    let token = token(&github).await;
    let url = github.base_url().join("api/v3/user").unwrap();
    for (scheme, status) in [("token", 200), ("Bearer", 200), ("bearer", 200), ("Basic", 401)] {
        let response =
            http().get(url.clone()).header("authorization", format!("{scheme} {token}")).send().await.unwrap();
        assert_eq!(response.status(), status, "{scheme}");
    }
}

#[tokio::test]
async fn an_unknown_token_is_bad_credentials_and_none_requires_authentication() {
    let github = github().await;
    let response = user(&github, "gho_unknown").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["message"], "Bad credentials");

    let url = github.base_url().join("api/v3/user").unwrap();
    let response = http().get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["message"], "Requires authentication");
}

#[tokio::test]
async fn a_caller_without_user_agent_is_forbidden() {
    let github = github().await;
    let token = token(&github).await;
    let nameless = Client::builder().no_proxy().build().unwrap();
    let url = github.base_url().join("api/v3/user").unwrap();

    let response = nameless.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}
