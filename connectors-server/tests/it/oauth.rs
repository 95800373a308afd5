//! Connecting an account.

use std::time::Duration;

use connectors_examples::standin::github::{Account, Call, Endpoint, Failure};
use reqwest::Url;
use serde_json::json;

use crate::harness::{ACCOUNT, ACME, CALLBACK, GLOBEX, Service, until};

const SECOND: Duration = Duration::from_secs(1);

fn exchanges(service: &Service) -> usize {
    service.github.calls().iter().filter(|call| call.is("POST", "/login/oauth/access_token")).count()
}

fn query(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

#[tokio::test]
async fn an_authorize_url_carries_a_fresh_state_and_a_pkce_challenge() {
    let service = Service::start().await;
    let started = service.post("/connect/github").send().await.ok(200);
    let url: Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    assert_eq!(query(&url, "response_type"), "code");
    assert_eq!(query(&url, "client_id"), "client-id");
    assert_eq!(query(&url, "redirect_uri"), CALLBACK);
    assert_eq!(query(&url, "scope"), "read:org read:user");
    assert_eq!(query(&url, "code_challenge_method"), "S256");
    assert_eq!(query(&url, "code_challenge").len(), 43);
    assert_eq!(query(&url, "state"), started["state"].as_str().unwrap());
    assert_eq!(started["state"].as_str().unwrap().len(), 43);
    assert_eq!(started["expires_at"], "2026-01-02T03:14:05.000000Z");
    let again = service.authorize_url(ACME).await;
    assert_ne!(query(&again, "state"), query(&url, "state"));
    assert_ne!(query(&again, "code_challenge"), query(&url, "code_challenge"));
}

#[tokio::test]
async fn scopes_and_redirect_uri_may_be_chosen_within_what_is_allowed() {
    let other = "http://127.0.0.1:9/other/{provider}";
    let service = Service::builder().set("POBLYSH_OAUTH_REDIRECT_ALLOWLIST", other).start().await;
    let body = json!({"scopes": ["read:user"], "redirect_uri": other.replace("{provider}", "github")});
    let started = service.post("/connect/github").json(&body).send().await.ok(200);
    let url: Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    assert_eq!(query(&url, "scope"), "read:user");
    assert_eq!(query(&url, "redirect_uri"), "http://127.0.0.1:9/other/github");
    for wrong in [other, "http://127.0.0.1:9/other/github/", "http://127.0.0.1:9/other/slack"] {
        service.post("/connect/github").json(&json!({"redirect_uri": wrong})).send().await.invalid("redirect_uri");
    }
}

#[tokio::test]
async fn an_approved_authorization_becomes_a_connection() {
    let service = Service::start().await;
    let connection = service.connect(ACME).await;
    assert_eq!(connection["provider"], "github");
    assert_eq!(connection["status"], "active");
    assert_eq!(
        connection["external_account"],
        json!({
            "id": ACCOUNT, "name": "Codertocat", "url": "https://github.com/Codertocat",
        })
    );
    assert_eq!(connection["scopes"], json!(["read:org", "read:user"]));
    assert_eq!(connection["created_at"], "2026-01-02T03:04:05.000000Z");
    let listed = service.get("/connections").send().await.ok(200);
    assert_eq!(listed, json!({"connections": [connection], "next_cursor": null}));
    let id = connection["id"].as_str().unwrap();
    assert_eq!(service.get(&format!("/connections/{id}")).send().await.ok(200), connection);
}

#[tokio::test]
async fn the_callback_needs_state_and_one_of_code_and_error() {
    let service = Service::start().await;
    let callback = |query: &str| service.get(&format!("/connect/github/callback?{query}")).send();
    let nothing = callback("").await.refused("VALIDATION_FAILED");
    assert_eq!(nothing, json!({"state": "is required", "code": "is required, or `error` in its place"}));
    assert_eq!(callback("state=s").await.invalid("code"), "is required, or `error` in its place");
    assert_eq!(callback("code=c").await.invalid("state"), "is required");
    assert_eq!(callback("state=&code=c").await.refused("VALIDATION_FAILED")["state"], "must not be empty");
    assert_eq!(callback("state=s&code=c&error=e").await.invalid("code"), "must not come together with `error`");
    callback("state=s&state=t&code=c").await.refused("VALIDATION_FAILED");
    callback("state=s&code=c&scope=x&authuser=0&hd=example&scope=y").await.refused("OAUTH_STATE_INVALID");
}

#[tokio::test]
async fn a_state_is_the_tenants_the_providers_and_alive() {
    let service = Service::start().await;
    let callback = service.approved(ACME).await;
    service.get(&callback).tenant(GLOBEX).send().await.refused("OAUTH_STATE_INVALID");
    service.get(&callback.replace("github", "nowhere")).send().await.refused("PROVIDER_NOT_SUPPORTED");
    service.get(&callback.replace("state=", "state=x")).send().await.refused("OAUTH_STATE_INVALID");
    let headers = service.get(&callback).authorization("Bearer wrong").send().await;
    headers.refused("UNAUTHORIZED");
    service.get(&callback).tenant_header("x").send().await.invalid("X-Tenant-Id");
    service.advance(10 * 60 * SECOND - Duration::from_micros(1));
    // Neither header is needed: the state is the credential.
    service.get(&callback).by_a_provider().send().await.ok(200);

    let late = service.approved(ACME).await;
    service.advance(10 * 60 * SECOND);
    service.get(&late).send().await.refused("OAUTH_STATE_INVALID");
    assert_eq!(exchanges(&service), 1);
}

#[tokio::test]
async fn an_issuer_other_than_the_providers_is_refused_and_spends_nothing() {
    let service = Service::start().await;
    let callback = service.approved(ACME).await;
    let with_issuer = |iss: &str| {
        let pairs = form_urlencoded::parse(callback.split_once('?').unwrap().1.as_bytes());
        let kept = pairs.filter(|(name, _)| name != "iss").collect::<Vec<_>>();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("iss", iss).finish();
        service.get(&format!("/connect/github/callback?{query}")).send()
    };
    with_issuer("https://evil.example").await.refused("OAUTH_STATE_INVALID");
    with_issuer("https://github.com/login/oauth").await.ok(200);
}

#[tokio::test]
async fn a_denial_spends_the_state_and_is_told_again_while_it_lives() {
    let service = Service::start().await;
    let url = service.authorize_url(ACME).await;
    let denied = service.github.deny(&url).await.unwrap();
    let path = format!("/connect/github/callback?{}", denied.query().unwrap());
    for _ in 0..2 {
        let answer = service.get(&path).send().await;
        assert_eq!(answer.refused("OAUTH_DENIED"), json!({"provider_error": "access_denied"}));
        assert!(!String::from_utf8_lossy(&answer.body).contains("user"), "error_description is not echoed: {answer:?}");
    }
    let state = query(&url, "state");
    service.get(&format!("/connect/github/callback?state={state}&code=c")).send().await.refused("OAUTH_STATE_INVALID");
    service.get(&path).tenant(GLOBEX).send().await.refused("OAUTH_STATE_INVALID");
    service.advance(601 * SECOND);
    service.get(&path).send().await.refused("OAUTH_STATE_INVALID");
}

#[tokio::test]
async fn denials_at_once_are_all_told_the_same() {
    let service = Service::start().await;
    for _ in 0..5 {
        let state = query(&service.authorize_url(ACME).await, "state");
        let path = format!("/connect/github/callback?state={state}&error=access_denied");
        let calls: Vec<_> = (0..8).map(|_| tokio::spawn(service.get(&path).send())).collect();
        for call in calls {
            call.await.unwrap().refused("OAUTH_DENIED");
        }
    }
}

#[tokio::test]
async fn a_user_who_declines_after_an_outage_spends_the_state() {
    let service = Service::start().await;
    let callback = service.approved(ACME).await;
    service.github.fail_next(Endpoint::Token, 1, Failure::Status(500));
    service.get(&callback).send().await.refused("PROVIDER_ERROR");
    let state = callback.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let declined = service.get(&format!("/connect/github/callback?state={state}&error=access_denied")).send().await;
    declined.refused("OAUTH_DENIED");
    service.get(&callback).send().await.refused("OAUTH_STATE_INVALID");
}

#[tokio::test]
async fn connecting_again_makes_the_replaced_token_useless() {
    let service = Service::start().await;
    let first = service.connect(ACME).await["id"].as_str().unwrap().parse().unwrap();
    let replaced = service.access_token(ACME, first).await;
    let second = service.connect(ACME).await["id"].as_str().unwrap().parse().unwrap();
    let kept = service.access_token(ACME, second).await;
    let is_revocation =
        |call: &Call| call.is("DELETE", "/api/v3/applications/client-id/token") && call.status.is_some();
    until("a token is revoked", || service.github.calls().iter().any(is_revocation)).await;
    assert_eq!(service.github.calls().iter().filter(|call| is_revocation(call)).count(), 1);
    assert!(!service.github_knows(&replaced).await, "the replaced token");
    assert!(service.github_knows(&kept).await, "the token in its place");
}

#[tokio::test]
async fn a_providers_error_text_is_cleaned_and_cut() {
    let service = Service::start().await;
    let state = query(&service.authorize_url(ACME).await, "state");
    let error = format!("%22%3Cscript%3E%5C%0A{}", "x".repeat(200));
    let answer = service.get(&format!("/connect/github/callback?state={state}&error={error}")).send().await;
    let told = answer.refused("OAUTH_DENIED")["provider_error"].as_str().unwrap().to_owned();
    assert_eq!(told, format!("<script>{}", "x".repeat(92)));
}

#[tokio::test]
async fn a_refused_code_spends_the_state() {
    let service = Service::start().await;
    let state = query(&service.authorize_url(ACME).await, "state");
    let path = format!("/connect/github/callback?state={state}&code=made-up");
    let refused = service.get(&path).send().await.refused("OAUTH_CODE_REJECTED");
    assert_eq!(refused, json!({"provider_error": "bad_verification_code"}));
    service.get(&path).send().await.refused("OAUTH_STATE_INVALID");
    assert_eq!(exchanges(&service), 1);
}

#[tokio::test]
async fn a_repeat_with_the_operator_token_returns_the_connection_as_it_is_now() {
    let service = Service::start().await;
    let callback = service.approved(ACME).await;
    let connection = service.get(&callback).send().await.ok(200);
    assert_eq!(service.get(&callback).send().await.ok(200), connection);
    service.get(&callback).without_token().send().await.refused("OAUTH_STATE_INVALID");
    service.get(&callback).by_a_provider().send().await.refused("OAUTH_STATE_INVALID");
    service.get(&callback).tenant(GLOBEX).send().await.refused("OAUTH_STATE_INVALID");
    service.get(&callback.replace("code=", "code=x")).send().await.refused("OAUTH_STATE_INVALID");
    let id = connection["connection"]["id"].as_str().unwrap();
    assert_eq!(service.delete(&format!("/connections/{id}")).send().await.status, 204);
    service.get(&callback).send().await.refused("OAUTH_STATE_INVALID");
    assert_eq!(exchanges(&service), 1);
}

#[tokio::test]
async fn two_requests_with_one_code_make_one_exchange() {
    let service = Service::start().await;
    let callback = service.approved(ACME).await;
    service.github.fail_next(Endpoint::User, 1, Failure::Hang);
    let first = tokio::spawn(service.get(&callback).send());
    until("GitHub is asked", || service.github.calls().iter().any(|call| call.is("GET", "/api/v3/user"))).await;
    let second = service.get(&callback).send().await;
    second.refused("OAUTH_IN_PROGRESS");
    assert_eq!(second.headers["retry-after"], "1");
    service.get(&callback.replace("code=", "code=x")).send().await.refused("OAUTH_STATE_INVALID");
    // The first is given up, as by a crash: its claim runs out, and what the code was exchanged for is still there.
    first.abort();
    service.advance(60 * SECOND);
    service.get(&callback).send().await.ok(200);
    assert_eq!(exchanges(&service), 1);
}

#[tokio::test]
async fn many_requests_at_once_spend_a_code_once() {
    let service = Service::start().await;
    let callback = service.approved(ACME).await;
    let calls: Vec<_> = (0..12).map(|_| tokio::spawn(service.get(&callback).send())).collect();
    let mut completed = 0;
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status.as_u16() {
            200 => completed += 1,
            _ => drop(answer.refused("OAUTH_IN_PROGRESS")),
        }
    }
    assert!(completed >= 1);
    assert_eq!(exchanges(&service), 1);
    assert_eq!(service.get("/connections").send().await.ok(200)["connections"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_outage_of_the_provider_gives_the_code_back() {
    let service = Service::builder().set("POBLYSH_PROVIDER_TIMEOUT_SECONDS", "1").start().await;
    let callback = service.approved(ACME).await;
    for (endpoint, failure, code, details) in [
        (
            Endpoint::Token,
            Failure::Status(503),
            "PROVIDER_ERROR",
            json!({"provider": "github", "provider_status": 503}),
        ),
        (
            Endpoint::Token,
            Failure::Status(429),
            "PROVIDER_ERROR",
            json!({"provider": "github", "provider_status": 429}),
        ),
        (Endpoint::Token, Failure::Garbage, "PROVIDER_ERROR", json!({"provider": "github", "provider_status": 200})),
        (Endpoint::Token, Failure::Hang, "PROVIDER_TIMEOUT", json!({"provider": "github"})),
        (Endpoint::User, Failure::Status(500), "PROVIDER_ERROR", json!({"provider": "github", "provider_status": 500})),
        (Endpoint::User, Failure::Garbage, "PROVIDER_ERROR", json!({"provider": "github", "provider_status": 200})),
        (Endpoint::User, Failure::Hang, "PROVIDER_TIMEOUT", json!({"provider": "github"})),
    ] {
        service.github.fail_next(endpoint, 1, failure);
        let answer = service.get(&callback).send().await;
        assert_eq!(answer.refused(code), details, "{answer:?}");
    }
    service.get(&callback).send().await.ok(200);
}

#[tokio::test]
async fn wrong_credentials_of_the_deployment_are_no_fault_of_the_code() {
    let service = Service::builder().set("POBLYSH_GITHUB_CLIENT_SECRET", "wrong").start().await;
    let callback = service.approved(ACME).await;
    for _ in 0..2 {
        let details = service.get(&callback).send().await.refused("PROVIDER_ERROR");
        assert_eq!(details["provider_error"], "incorrect_client_credentials");
    }
}

#[tokio::test]
async fn connecting_again_refreshes_the_connection_of_the_tenant_alone() {
    let service = Service::start().await;
    let first = service.connect(ACME).await;
    service.advance(SECOND);
    service.github.sign_in_as(Account { login: "Renamed".into(), ..Account::default() });
    let again = service.connect(ACME).await;
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["created_at"], first["created_at"]);
    assert_eq!(again["updated_at"], "2026-01-02T03:04:06.000000Z");
    assert_eq!(again["external_account"]["name"], "Renamed");
    let other = service.connect(GLOBEX).await;
    assert_ne!(other["id"], first["id"]);
    service.github.sign_in_as(Account { id: 5, login: "somebody".into(), name: None });
    assert_ne!(service.connect(ACME).await["id"], first["id"]);
}

#[tokio::test]
async fn a_name_may_hold_any_character() {
    let service = Service::start().await;
    for (login, name) in [("no\0body", "no body"), ("Zoë 🦀 '\\\"%_", "Zoë 🦀 '\\\"%_")] {
        service.github.sign_in_as(Account { login: login.into(), ..Account::default() });
        assert_eq!(service.connect(ACME).await["external_account"]["name"], name);
    }
}

#[tokio::test]
async fn tokens_never_stand_in_the_clear() {
    let service = Service::start().await;
    let callback = service.approved(ACME).await;
    let code = callback.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let connection = service.get(&callback).send().await;
    assert!(!String::from_utf8_lossy(&connection.body).contains("gho_"));
    let database = &service.database;
    assert!(database.holds("Codertocat").await, "it is the service's database");
    assert!(!database.holds("gho_").await, "a token");
    assert!(!database.holds(&code).await, "a code");
    let state = callback.split("state=").nth(1).unwrap().split('&').next().unwrap();
    assert!(!database.holds(state).await, "a state");
}

#[tokio::test]
async fn without_credentials_a_provider_is_listed_but_cannot_be_connected() {
    let service =
        Service::builder().set("POBLYSH_GITHUB_CLIENT_ID", "").set("POBLYSH_GITHUB_CLIENT_SECRET", "").start().await;
    let providers = service.get("/providers").by_a_provider().send().await.ok(200);
    assert_eq!(providers["providers"][0]["available"], false);
    service.post("/connect/github").send().await.refused("PROVIDER_NOT_CONFIGURED");
    service.get("/connect/github/callback?state=s&code=c").send().await.refused("PROVIDER_NOT_CONFIGURED");
    let misspelt = service.post("/connect/gihub").send().await;
    assert_eq!(misspelt.json()["message"], "No such provider; did you mean `github`?");
}
