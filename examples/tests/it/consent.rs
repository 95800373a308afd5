use connectors_examples::standin::github::{Account, BrowserError, GitHubStandIn, OAuthApp};
use http::StatusCode;

use crate::support::{CALLBACK, authorize_url, github, http, param, usual_authorize_url};

#[tokio::test]
async fn a_user_who_approves_comes_back_with_code_state_and_issuer() {
    let github = github().await;
    let callback = github.approve(&usual_authorize_url(&github)).await.unwrap();

    assert!(callback.as_str().starts_with("http://127.0.0.1:9/callback?"));
    assert_eq!(param(&callback, "code").unwrap().len(), 20);
    assert_eq!(param(&callback, "state").unwrap(), "xyz");
    assert_eq!(param(&callback, "iss").unwrap(), "https://github.com/login/oauth");
    assert_eq!(param(&callback, "error"), None);
}

#[tokio::test]
async fn a_user_who_cancels_comes_back_with_access_denied() {
    let github = github().await;
    let callback = github.deny(&usual_authorize_url(&github)).await.unwrap();

    assert_eq!(param(&callback, "error").unwrap(), "access_denied");
    assert_eq!(param(&callback, "error_description").unwrap(), "The user has denied your application access.");
    assert!(param(&callback, "error_uri").unwrap().ends_with("#access-denied"));
    assert_eq!(param(&callback, "state").unwrap(), "xyz");
    assert_eq!(param(&callback, "code"), None);
}

#[tokio::test]
async fn the_consent_page_names_app_account_and_scopes() {
    let app = OAuthApp::new("client-id", "client-secret", [CALLBACK]).named("R&D <Connectors>");
    let github = GitHubStandIn::start(app).await.unwrap();
    github.sign_in_as(Account { id: 583231, login: "octocat".into(), name: None });

    let page = http().get(usual_authorize_url(&github)).send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers()["cache-control"], "no-store");
    let html = page.text().await.unwrap();
    for part in ["R&amp;D &lt;Connectors&gt;", "octocat", "read:org", "read:user", "http://127.0.0.1:9"] {
        assert!(html.contains(part), "{part}");
    }
}

#[tokio::test]
async fn an_unknown_client_gets_a_page_and_no_redirect() {
    let github = github().await;
    let url = github.base_url().join("login/oauth/authorize?client_id=other&state=xyz").unwrap();

    let error = github.approve(&url).await.unwrap_err();
    assert!(matches!(error, BrowserError::NoConsentForm(StatusCode::NOT_FOUND)), "{error}");
}

#[tokio::test]
async fn a_foreign_redirect_uri_is_refused_at_the_registered_callback() {
    let github = github().await;
    let url = authorize_url(&github, &[("redirect_uri", "https://evil.example/callback"), ("state", "xyz")]);
    let callback = github.approve(&url).await.unwrap();

    assert!(callback.as_str().starts_with("http://127.0.0.1:9/callback?"));
    assert_eq!(param(&callback, "error").unwrap(), "redirect_uri_mismatch");
    assert_eq!(param(&callback, "state").unwrap(), "xyz");
}

#[tokio::test]
async fn redirect_uri_and_state_may_be_left_out() {
    let github = github().await;
    let callback = github.approve(&authorize_url(&github, &[])).await.unwrap();

    assert!(callback.as_str().starts_with("http://127.0.0.1:9/callback?"));
    assert!(param(&callback, "code").is_some());
    assert_eq!(param(&callback, "state"), None);
}

#[tokio::test]
async fn a_query_in_the_redirect_uri_is_kept() {
    let github = github().await;
    let url = authorize_url(&github, &[("redirect_uri", "http://127.0.0.1:9/callback?tenant=1")]);
    let callback = github.approve(&url).await.unwrap();

    assert_eq!(param(&callback, "tenant").unwrap(), "1");
    assert!(param(&callback, "code").is_some());
}

#[tokio::test]
async fn a_decision_without_a_consent_page_is_refused() {
    let github = github().await;
    let response = http()
        .post(github.base_url().join("login/oauth/authorize").unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body("request=guessed&decision=authorize")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
