//! Zoho: its accounts in several data centers, and the services that are connected with them.

mod cliq;
mod fetch;
mod mail;

use std::{fmt::Write, time::Duration};

use connectors_examples::{
    recorded::zoho::ZohoDelivery,
    standin::zoho::{DataCenter, Endpoint, Failure, User},
};
use http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{ACME, Call, GLOBEX, Service, until};

async fn authorize_url(service: &Service, provider: &str, tenant: Uuid) -> reqwest::Url {
    let started = service.post(&format!("/connect/{provider}")).tenant(tenant).send().await.ok(200);
    started["authorize_url"].as_str().unwrap().parse().unwrap()
}

/// Approves; the callback, with Core's own URL replaced by the service's path.
async fn approved(service: &Service, provider: &str, tenant: Uuid) -> reqwest::Url {
    service.zoho.approve(&authorize_url(service, provider, tenant).await).await.unwrap()
}

fn path(provider: &str, callback: &reqwest::Url) -> String {
    format!("/connect/{provider}/callback?{}", callback.query().unwrap())
}

pub async fn connect(service: &Service, provider: &str, tenant: Uuid) -> Value {
    let callback = approved(service, provider, tenant).await;
    service.get(&path(provider, &callback)).tenant(tenant).send().await.ok(200)["connection"].clone()
}

fn with_headers(call: Call, headers: &HeaderMap) -> Call {
    headers.iter().fold(call, |call, (name, value)| call.header(name.as_str(), value.to_str().unwrap()))
}

async fn signals(service: &Service, tenant: Uuid) -> Vec<Value> {
    let page = service.get("/signals?limit=100&include_payload=true").tenant(tenant).send().await.ok(200);
    page["signals"].as_array().unwrap().clone()
}

fn body(deliveries: Vec<ZohoDelivery>, name: &str) -> &'static [u8] {
    deliveries.into_iter().find(|delivery| delivery.name == name).unwrap().body
}

fn in_europe() -> User {
    User { center: DataCenter::Europe, ..User::default() }
}

/// What a delivery became, a line for each signal.
fn told(table: &mut String, name: &str, receipt: &Value, signals: &[Value]) {
    writeln!(table, "{name}: {}", receipt["status"].as_str().unwrap()).unwrap();
    for signal in signals {
        let part = |name: &str| signal.pointer(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        writeln!(table, "    {} at {}: {}", part("/kind"), part("/occurred_at"), part("/title")).unwrap();
        let actor = format!("{} ({})", part("/actor/name"), part("/actor/id"));
        writeln!(table, "    by {actor} in {} ({})", part("/source/name"), part("/source/id")).unwrap();
    }
}

#[tokio::test]
async fn users_are_sent_to_the_first_data_center_with_scopes_separated_by_commas() {
    let service = Service::start().await;
    let url = authorize_url(&service, "zoho-mail", ACME).await;
    let base = service.zoho.base_url().join("accounts.zoho.com/oauth/v2/auth").unwrap();
    assert_eq!(url.as_str().split('?').next().unwrap(), base.as_str());
    let query: Vec<_> = url.query_pairs().into_owned().collect();
    let names: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["response_type", "client_id", "scope", "redirect_uri", "state", "access_type", "prompt"];
    assert_eq!(names, expected);
    let value = |name: &str| query.iter().find(|(known, _)| known == name).unwrap().1.as_str();
    assert_eq!(value("scope"), "ZohoMail.accounts.READ,ZohoMail.folders.READ,ZohoMail.messages.READ");
    assert_eq!((value("access_type"), value("prompt")), ("offline", "consent"));
}

#[tokio::test]
async fn everything_is_asked_of_the_users_own_data_center() {
    for (provider, asked) in [("zoho-cliq", Endpoint::UserInfo), ("zoho-mail", Endpoint::Accounts)] {
        let service = Service::builder().idle().start().await;
        service.zoho.sign_in_as(in_europe());
        let connection = connect(&service, provider, ACME).await;
        assert_eq!(connection["expires_at"], "2026-01-02T04:04:05.000000Z", "an hour");
        let delete = format!("/connections/{}", connection["id"].as_str().unwrap());
        assert_eq!(service.delete(&delete).send().await.status, 204);
        let product = if provider == "zoho-cliq" { "accounts" } else { "mail" };
        let expected = [
            ("accounts.zoho.eu".to_owned(), Endpoint::Token),
            (format!("{product}.zoho.eu"), asked),
            ("accounts.zoho.eu".to_owned(), Endpoint::Revoke),
        ];
        assert_eq!(service.zoho.calls(), expected, "{provider}");
        assert!(!service.database.holds(".refresh").await && !service.database.holds(".access").await, "a token");
    }
}

#[tokio::test]
async fn a_forged_location_or_server_is_refused_and_sends_no_request_anywhere() {
    let service = Service::start().await;
    service.zoho.sign_in_as(in_europe());
    let callback = approved(&service, "zoho-mail", ACME).await;
    let forged = |location: Option<&str>, server: Option<&str>| {
        let mut forged = callback.clone();
        let kept = callback.query_pairs().filter(|(name, _)| name != "location" && name != "accounts-server");
        let pairs = [("location", location), ("accounts-server", server)];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        forged.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(pairs);
        path("zoho-mail", &forged)
    };
    let base = service.zoho.base_url().as_str();
    let (evil, other) = (format!("{base}evil.example"), format!("{base}accounts.zoho.com"));
    for (location, server) in [
        (Some("eu"), Some("https://evil.example")),
        (Some("eu"), Some(evil.as_str())),
        (Some("eu"), Some(other.as_str())),
        (Some("eu"), Some(base)),
        (Some("eu"), Some("")),
        (Some("evil.example"), Some("https://evil.example")),
        (Some("evil.example"), None),
        (Some("../evil"), None),
        (Some(""), None),
        (None, Some("https://evil.example")),
        (None, Some("https://accounts.zoho.eu")),
    ] {
        let path = forged(location, server);
        service.get(&path).send().await.refused("OAUTH_STATE_INVALID");
        service.get(&path.replace("code=", "error=")).send().await.refused("OAUTH_STATE_INVALID");
    }
    let twice = format!("{}&location=us", path("zoho-mail", &callback));
    assert_eq!(service.get(&twice).send().await.invalid("location"), "is given more than once");
    assert_eq!(service.zoho.calls(), []);
    // The state was not spent by it.
    service.get(&path("zoho-mail", &callback)).send().await.ok(200);
    // With GitHub these are two of the parameters that nobody knows.
    let github = format!("{}&location=evil.example&accounts-server=x", service.approved(ACME).await);
    service.get(&github).send().await.ok(200);
}

#[tokio::test]
async fn a_code_of_another_data_center_is_refused() {
    let service = Service::start().await;
    service.zoho.sign_in_as(in_europe());
    let callback = approved(&service, "zoho-cliq", ACME).await;
    let kept = callback.query_pairs().filter(|(name, _)| name != "location" && name != "accounts-server");
    let mut without = callback.clone();
    without.query_pairs_mut().clear().extend_pairs(kept);
    let refused = service.get(&path("zoho-cliq", &without)).send().await.refused("OAUTH_CODE_REJECTED");
    assert_eq!(refused, json!({"provider_error": "invalid_code"}));
}

#[tokio::test]
async fn what_zoho_refuses_with_200_is_refused() {
    let service = Service::start().await;
    let made_up = path("zoho-mail", &approved(&service, "zoho-mail", ACME).await).replace("code=", "code=x");
    let refused = service.get(&made_up).send().await.refused("OAUTH_CODE_REJECTED");
    assert_eq!(refused, json!({"provider_error": "invalid_code"}));
    let denied = service.zoho.deny(&authorize_url(&service, "zoho-mail", ACME).await).await.unwrap();
    let denied = service.get(&path("zoho-mail", &denied)).send().await;
    assert_eq!(denied.refused("OAUTH_DENIED"), json!({"provider_error": "access_denied"}));
    // Its own trouble is no word on the code, which can still be exchanged.
    for (endpoint, failure, details) in [
        (
            Endpoint::Token,
            Failure::Error("general_error"),
            json!({"provider_status": 200, "provider_error": "general_error"}),
        ),
        // "Access Denied" is what it says to who asks too often; that is no code.
        (Endpoint::Token, Failure::Error("Access Denied"), json!({"provider_status": 200})),
        (Endpoint::Token, Failure::Status(503), json!({"provider_status": 503})),
        (Endpoint::Accounts, Failure::Status(404), json!({"provider_status": 404})),
        (Endpoint::Accounts, Failure::Error("x"), json!({"provider_status": 200, "provider_error": "x"})),
    ] {
        let path = path("zoho-mail", &approved(&service, "zoho-mail", ACME).await);
        service.zoho.fail_next(endpoint, 1, failure);
        let mut told = service.get(&path).send().await.refused("PROVIDER_ERROR");
        assert_eq!(told.as_object_mut().unwrap().remove("provider").unwrap(), "zoho-mail");
        assert_eq!(told, details);
        service.get(&path).send().await.ok(200);
    }
}

#[tokio::test]
async fn a_token_that_was_replaced_is_revoked_and_that_of_another_tenant_stays() {
    let service = Service::start().await;
    connect(&service, "zoho-mail", GLOBEX).await;
    let first = connect(&service, "zoho-mail", ACME).await;
    let again = connect(&service, "zoho-mail", ACME).await;
    assert_eq!(again["id"], first["id"]);
    let revocations = || service.zoho.calls().iter().filter(|(_, endpoint)| *endpoint == Endpoint::Revoke).count();
    until("the replaced token is revoked", || revocations() == 1).await;
    let delete = format!("/connections/{}", again["id"].as_str().unwrap());
    assert_eq!(service.delete(&delete).send().await.status, 204);
    assert_eq!(revocations(), 2, "each connection has a refresh token of its own");
    service.zoho.advance_clock(Duration::from_secs(1));
}
