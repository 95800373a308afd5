//! Connecting and disconnecting, and the grant that the products of an account share.

use std::time::Duration;

use connectors_examples::standin::google::{Failure, Method};
use connectors_server::config::{Config, Environment};
use serde_json::json;

use super::{approved, charles, connect, disconnect, pass, start};
use crate::harness::{ACME, GLOBEX, Service};

const DRIVE: &str = "https://www.googleapis.com/auth/drive.metadata.readonly";

fn revocations(service: &Service) -> usize {
    service.google.calls().iter().filter(|method| **method == Method::Revoke).count()
}

#[tokio::test]
async fn an_account_is_connected_for_good_with_what_it_has_granted_and_its_sign_in_shown_to_nobody() {
    let service = start().await;
    let started = service.post("/connect/google-drive").send().await.ok(200);
    let url: reqwest::Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    let param = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(param("scope"), format!("openid email {DRIVE}"));
    let asked = ["access_type", "prompt", "include_granted_scopes", "code_challenge_method"].map(param);
    assert_eq!(asked, ["offline", "consent", "true", "S256"]);
    let connection = connect(&service, "google-drive", ACME).await;
    assert_eq!(connection["external_account"], json!({"id": "110248495921238986420", "name": "ada@example.com"}));
    assert_eq!(connection["scopes"], json!([DRIVE]));
    assert_eq!(connection["expires_at"], "2026-01-02T04:04:04.000000Z");
    assert!(!service.database.holds("ya29.").await && !service.database.holds("1//0").await, "a token");
}

#[tokio::test]
async fn tokens_are_refreshed_with_the_refresh_token_of_the_first_answer_until_the_user_withdraws() {
    let service = start().await;
    let connection = connect(&service, "google-drive", ACME).await;
    let id: uuid::Uuid = connection["id"].as_str().unwrap().parse().unwrap();
    service.attend().await;
    let mut token = service.access_token(ACME, id).await;
    for _ in 0..3 {
        pass(&service, Duration::from_secs(3_599)).await;
        let next = service.access_token(ACME, id).await;
        assert_ne!(next, token);
        token = next;
    }
    service.google.withdraw("110248495921238986420");
    pass(&service, Duration::from_secs(3_599)).await;
    let stopped = service.get(&format!("/connections/{id}")).send().await.ok(200);
    assert_ne!(stopped["status"], "active", "{stopped}");
}

#[tokio::test]
async fn what_google_refuses_is_refused_and_its_troubles_are_no_word_on_the_code() {
    let service = start().await;
    let made_up = approved(&service, "google-drive", ACME).await.replace("code=4", "code=5");
    let refused = service.get(&made_up).send().await.refused("OAUTH_CODE_REJECTED");
    assert_eq!(refused, json!({"provider_error": "invalid_grant"}));
    let path = approved(&service, "google-drive", ACME).await;
    service.get(&path.replace("accounts.google.com", "evil.example")).send().await.refused("OAUTH_STATE_INVALID");
    for (method, failure) in [
        (Method::Token, Failure::Status(503)),
        (Method::Token, Failure::Answer(json!([]))),
        (Method::UserInfo, Failure::Reason(401, "authError")),
        (Method::UserInfo, Failure::Answer(json!({"sub": "a\u{0}b"}))),
        (Method::UserInfo, Failure::Answer(json!({"email": "ada@example.com"}))),
    ] {
        let path = approved(&service, "google-drive", ACME).await;
        service.google.fail_next(method, 1, failure);
        service.get(&path).send().await.refused("PROVIDER_ERROR");
        service.get(&path).send().await.ok(200);
    }
}

#[tokio::test]
async fn a_user_who_unticks_what_the_product_needs_has_not_connected_it() {
    let service = start().await;
    service.google.unticks([DRIVE]);
    let path = approved(&service, "google-drive", ACME).await;
    let refused = service.get(&path).send().await.refused("OAUTH_CODE_REJECTED");
    assert_eq!(refused, json!({"provider_error": "insufficient_scope"}));
}

#[tokio::test]
async fn a_grant_is_revoked_with_the_last_connection_of_its_account_even_if_the_access_token_has_expired() {
    let service = start().await;
    let acme = connect(&service, "google-drive", ACME).await;
    let globex = connect(&service, "google-drive", GLOBEX).await;
    service.google.sign_in_as(charles());
    connect(&service, "google-drive", ACME).await;
    disconnect(&service, ACME, &acme).await;
    assert_eq!(revocations(&service), 0, "another tenant's connection needs it");
    service.advance(Duration::from_secs(4_000));
    service.google.advance_clock(Duration::from_secs(4_000));
    disconnect(&service, GLOBEX, &globex).await;
    assert_eq!(revocations(&service), 1);
    assert!(!service.google.has_grant("110248495921238986420"));
    assert!(service.google.has_grant(&charles().sub), "another account's");
}

#[test]
fn variables_of_the_company_stand_in_for_those_of_a_product() {
    let required = [
        ("POBLYSH_OPERATOR_TOKENS", "token-of-the-test"),
        ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("POBLYSH_OAUTH_REDIRECT_URL", "https://core.example/{provider}"),
    ];
    let read = |more: &[(&'static str, &'static str)]| {
        let config = Config::from_environment(&mut Environment::new(required.iter().chain(more).copied()));
        config.map(|config| config.providers.get("google-drive"))
    };
    let company = [("POBLYSH_GOOGLE_CLIENT_ID", "company"), ("POBLYSH_GOOGLE_CLIENT_SECRET", "secret")];
    let own = [("POBLYSH_GOOGLE_DRIVE_CLIENT_ID", "own"), ("POBLYSH_GOOGLE_DRIVE_CLIENT_SECRET", "secret")];
    let base = ("POBLYSH_GOOGLE_BASE_URL", "http://127.0.0.1:1/");
    let drive = read(&[&company[..], &[base]].concat()).unwrap();
    assert_eq!((drive.app.unwrap().client_id, drive.base_url.unwrap().to_string()), ("company".into(), base.1.into()));
    assert_eq!(read(&[company, own].concat()).unwrap().app.unwrap().client_id, "own");
    // Half a pair is no pair, whatever the company has.
    let half = read(&[&company[..], &own[..1]].concat()).unwrap_err();
    assert_eq!(half.problems().len(), 1, "{half}");
    assert_eq!(half.problems()[0].0, "POBLYSH_GOOGLE_DRIVE_CLIENT_SECRET");
    // A variable that several read is wrong once.
    let wrong = read(&[("POBLYSH_GOOGLE_BASE_URL", "ftp://x")]).unwrap_err();
    assert_eq!(wrong.problems().len(), 1, "{wrong}");
}
