//! The provider's page, as a browser meets it.

use connectors_client::{CallbackQuery, ErrorCode, Tenant};
use connectors_mock::ConnectorsMock;
use reqwest::{Client, Response, Url, redirect::Policy};

async fn press(button: &'static str, page: &Url) -> Response {
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = browser.post(page.clone()).header("content-type", "application/x-www-form-urlencoded");
    request.body(button).send().await.unwrap()
}

async fn complete(tenant: &Tenant, response: &Response, state: &str) -> Result<String, connectors_client::Error> {
    assert_eq!(response.status(), 303);
    let callback: Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    assert!(callback.as_str().starts_with("https://core.example/api/connectors/github/callback?"), "{callback}");
    let query: CallbackQuery = callback.query().unwrap().parse()?;
    Ok(tenant.complete_oauth("github", query, state).await?.external_account.name)
}

#[tokio::test]
async fn a_person_reads_what_is_asked_for_and_approves() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme").client();
    let started = acme.start_oauth("github").scopes(["read:user"]).send().await.unwrap();
    let page = reqwest::get(started.authorize_url.clone()).await.unwrap();
    assert_eq!(
        (page.status().as_u16(), page.headers()["content-type"].to_str().unwrap()),
        (200, "text/html; charset=utf-8")
    );
    let html = page.text().await.unwrap();
    assert!(html.contains("Connect GitHub to Poblysh") && html.contains("<code>read:user</code>"), "{html}");
    assert!(!html.contains("read:org"), "{html}");
    // A browser that finds no icon asks for one, which would be a violation.
    assert!(html.contains(r#"<link rel="icon" href="data:,">"#), "{html}");
    let pressed = press("decision=approve", &started.authorize_url).await;
    assert_eq!(complete(&acme, &pressed, &started.state).await.unwrap(), "Codertocat");
}

#[tokio::test]
async fn a_person_denies() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme").client();
    let started = acme.start_oauth("github").send().await.unwrap();
    let pressed = press("decision=deny", &started.authorize_url).await;
    let error = complete(&acme, &pressed, &started.state).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::OAuthDenied));
}

#[tokio::test]
async fn a_made_up_authorize_url_gets_a_page_that_says_so() {
    let mock = ConnectorsMock::start().await;
    let started = mock.tenant("acme").client().start_oauth("github").send().await.unwrap();
    let mut url = started.authorize_url;
    url.set_query(Some("state=made-up"));
    let page = reqwest::get(url).await.unwrap();
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("none that the mock has made"));
}
