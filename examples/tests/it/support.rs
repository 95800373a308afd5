//! An app that connects to the stand-in, as the tests need it.

use connectors_examples::standin::github::{GitHubStandIn, OAuthApp};
use http::StatusCode;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use url::Url;

pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// The verifier and challenge of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) async fn github() -> GitHubStandIn {
    GitHubStandIn::start(OAuthApp::new("client-id", "client-secret", [CALLBACK])).await.unwrap()
}

pub(crate) fn http() -> Client {
    Client::builder().user_agent("connectors-examples").no_proxy().build().unwrap()
}

/// An authorize URL with these parameters beside `client_id`.
pub(crate) fn authorize_url(github: &GitHubStandIn, params: &[(&str, &str)]) -> Url {
    let mut url = github.base_url().join("login/oauth/authorize").unwrap();
    url.query_pairs_mut().append_pair("client_id", "client-id").extend_pairs(params);
    url
}

/// The authorize URL of an app that does everything right.
pub(crate) fn usual_authorize_url(github: &GitHubStandIn) -> Url {
    authorize_url(
        github,
        &[
            ("redirect_uri", CALLBACK),
            ("scope", "read:org read:user"),
            ("state", "xyz"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    )
}

/// A parameter of a callback URL.
pub(crate) fn param(callback: &Url, name: &str) -> Option<String> {
    callback.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A code for the usual authorize URL.
pub(crate) async fn code(github: &GitHubStandIn) -> String {
    let callback = github.approve(&usual_authorize_url(github)).await.unwrap();
    param(&callback, "code").unwrap()
}

/// What an app that does everything right sends for the code.
pub(crate) fn usual_exchange(code: &str) -> Value {
    json!({
        "client_id": "client-id",
        "client_secret": "client-secret",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    })
}

pub(crate) async fn send_exchange(github: &GitHubStandIn, body: &Value) -> Response {
    let url = github.base_url().join("login/oauth/access_token").unwrap();
    http().post(url).header("accept", "application/json").json(body).send().await.unwrap()
}

/// The JSON that the exchange is answered with, errors included: GitHub says 200 to both.
pub(crate) async fn exchange(github: &GitHubStandIn, body: &Value) -> Value {
    let response = send_exchange(github, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

/// A token of whoever is signed in.
pub(crate) async fn token(github: &GitHubStandIn) -> String {
    let answer = exchange(github, &usual_exchange(&code(github).await)).await;
    answer["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn user(github: &GitHubStandIn, token: &str) -> Response {
    let url = github.base_url().join("api/v3/user").unwrap();
    http().get(url).bearer_auth(token).send().await.unwrap()
}
