//! Gmail's push messages, signed with Google's keys.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connectors_examples::standin::google::{Failure, Method};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{connect, pass, start, told};
use crate::harness::{ACME, Call, GLOBEX, PUSH_ACCOUNT, PUSH_AUDIENCE, Service};

const CHARLES: &str = "Charles <charles@example.com>";

async fn connected() -> Service {
    let service = start().await;
    connect(&service, "gmail", ACME).await;
    service.attend().await;
    service
}

fn claims(service: &Service) -> Value {
    service.google.claims(PUSH_AUDIENCE, PUSH_ACCOUNT)
}

fn push(service: &Service, path: &str, token: &str) -> Call {
    let body = service.google.push_message().expect("the mailbox is watched");
    service.post(path).without_tenant().authorization(&format!("Bearer {token}")).body(body)
}

#[tokio::test]
async fn a_push_message_has_the_mailbox_read_for_each_tenant_that_has_connected_it() {
    let service = connected().await;
    connect(&service, "gmail", GLOBEX).await;
    service.attend().await;
    service.google.gmail().receives(CHARLES, "New");
    let token = service.google.sign(&json!({}), &claims(&service));
    let body = service.google.push_message().unwrap();
    let send =
        || service.post("/webhooks/gmail").without_tenant().authorization(&format!("Bearer {token}")).body(&*body);
    assert_eq!(send().send().await.ok(202), json!({"status": "accepted", "signals": 0}));
    assert_eq!(send().send().await.ok(202), json!({"status": "duplicate", "signals": 0}));
    service.attend().await;
    for tenant in [ACME, GLOBEX] {
        assert_eq!(told(&service, tenant).await, ["email_received New"]);
    }
    // Core's word is enough, for the tenant that it names.
    let handed_on = service.post("/webhooks/gmail").body(service.google.push_message().unwrap()).send().await.ok(202);
    assert_eq!(handed_on["status"], "accepted");
    // A tenant's own URL tells who is meant.
    let answer = push(&service, &format!("/webhooks/gmail/{ACME}"), &token).send().await.ok(202);
    assert_eq!(answer["status"], "accepted");
    assert_eq!(service.google.calls().iter().filter(|call| **call == Method::Certs).count(), 1, "keys are kept");
}

#[tokio::test]
async fn a_token_other_than_the_right_one_is_refused() {
    let service = connected().await;
    let right = claims(&service);
    let sign = |header: Value, claims: &Value| service.google.sign(&header, claims);
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        sign(json!({}), &claims)
    };
    let without = |name: &str| {
        let mut claims = right.clone();
        claims.as_object_mut().unwrap().remove(name);
        sign(json!({}), &claims)
    };
    let good = sign(json!({}), &right);
    // Google's clock goes on, the service's does not.
    let now = service.state.service().clock().now().as_micros() / 1_000_000;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let kid = {
        let header = URL_SAFE_NO_PAD.decode(good.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
    };
    // The public key taken for a secret, as libraries did that believed `alg`.
    let confused = {
        let signed = format!("{}.{}", part(&json!({"alg": "HS256", "kid": kid, "typ": "JWT"})), part(&right));
        let mut mac = Hmac::<Sha256>::new_from_slice(&service.google.public_key()).unwrap();
        mac.update(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let other = {
        let another = start().await;
        another.google.sign(&json!({"kid": kid}), &right)
    };
    let altered = format!("{}.{}.{signature}", signed.split('.').next().unwrap(), part(&json!({"aud": PUSH_AUDIENCE})));
    let cases = [
        ("empty", String::new()),
        ("no token", "x".into()),
        ("cut", good[..good.len() - 2].to_owned()),
        ("without a signature", format!("{signed}.")),
        ("with other claims", altered),
        ("of the algorithm none", format!("{}.{}.", part(&json!({"alg": "none", "kid": kid})), part(&right))),
        ("signed with the public key as a secret", confused),
        ("of another algorithm of RSA's", sign(json!({"alg": "RS512"}), &right)),
        ("without a key id", sign(json!({"kid": null}), &right)),
        ("with an unknown key id", sign(json!({"kid": "x"}), &right)),
        ("signed with somebody else's key", other),
        ("of another issuer", with("iss", json!("https://evil.example"))),
        ("without an issuer", without("iss")),
        ("for another audience", with("aud", json!("https://evil.example"))),
        ("for several audiences", with("aud", json!([PUSH_AUDIENCE]))),
        ("without an audience", without("aud")),
        ("expired", with("exp", json!(now - 61))),
        ("without an end", without("exp")),
        ("of another service account", with("email", json!("evil@poblysh.iam.gserviceaccount.com"))),
        ("without an address", without("email")),
        ("with an address that is not verified", with("email_verified", json!(false))),
        ("with an address that is verified in words", with("email_verified", json!("true"))),
        ("without a word on the address", without("email_verified")),
    ];
    for path in ["/webhooks/gmail".to_owned(), format!("/webhooks/gmail/{ACME}")] {
        for (case, token) in &cases {
            let answer = push(&service, &path, token).send().await;
            assert_eq!(answer.json()["code"], "INVALID_SIGNATURE", "{case} at {path}: {answer:?}");
        }
        let none = service.post(&path).by_a_provider().body(service.google.push_message().unwrap());
        none.send().await.refused("INVALID_SIGNATURE");
        let basic = push(&service, &path, &good).authorization(&format!("Basic {good}"));
        basic.send().await.refused("INVALID_SIGNATURE");
    }
    for good in [with("iss", json!("accounts.google.com")), with("exp", json!(now - 50)), good] {
        assert_eq!(push(&service, "/webhooks/gmail", &good).send().await.ok(202)["status"], "accepted");
    }
    for unset in ["POBLYSH_GMAIL_AUDIENCE", "POBLYSH_GMAIL_SERVICE_ACCOUNT"] {
        let service = Service::builder().idle().reachable().set(unset, "").start().await;
        connect(&service, "gmail", ACME).await;
        service.attend().await;
        let token = service.google.sign(&json!({}), &service.google.claims("", ""));
        push(&service, "/webhooks/gmail", &token).send().await.refused("INVALID_SIGNATURE");
    }
}

#[tokio::test]
async fn keys_that_rotate_are_found_and_made_up_key_ids_do_not_make_the_service_ask_again_and_again() {
    let service = connected().await;
    let certs = || service.google.calls().iter().filter(|call| **call == Method::Certs).count();
    let ring = async |header: Value| {
        let token = service.google.sign(&header, &claims(&service));
        push(&service, "/webhooks/gmail", &token).send().await.status.as_u16()
    };
    assert_eq!((ring(json!({})).await, certs()), (202, 1));
    for number in 0..20 {
        assert_eq!(ring(json!({"kid": format!("made-up-{number}")})).await, 401);
    }
    assert_eq!(certs(), 1, "it was asked for just now");
    service.google.rotate_keys();
    pass(&service, Duration::from_secs(61)).await;
    assert_eq!((ring(json!({})).await, certs()), (202, 2));
    // Keys are kept for six hours, as their answer says; when they can't be asked for again, for an hour more.
    pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    assert_eq!((ring(json!({})).await, certs()), (202, 2));
    service.google.fail_next(Method::Certs, 2, Failure::Status(503));
    pass(&service, Duration::from_secs(61 * 60)).await;
    assert_eq!((ring(json!({})).await, certs()), (202, 3));
    pass(&service, Duration::from_secs(61 * 60)).await;
    assert_eq!((ring(json!({})).await, certs()), (401, 4));
    pass(&service, Duration::from_secs(61)).await;
    assert_eq!((ring(json!({})).await, certs()), (202, 5));
}

#[tokio::test]
async fn a_verified_message_that_names_no_mailbox_of_ours_is_ignored_and_one_that_is_none_is_malformed() {
    let service = connected().await;
    let token = service.google.sign(&json!({}), &claims(&service));
    let send = |body: String| {
        service.post("/webhooks/gmail").without_tenant().authorization(&format!("Bearer {token}")).body(body).send()
    };
    let data = |text: &str| json!({"message": {"messageId": "1", "data": base64(text)}}).to_string();
    for body in [
        "{}".to_owned(),
        json!({"message": null}).to_string(),
        json!({"message": {"data": 7}}).to_string(),
        json!({"message": {"data": "%%%"}}).to_string(),
        data("x"),
        data("{}"),
        data(r#"{"emailAddress":"nobody@example.com"}"#),
        data(r#"{"emailAddress":"a\u0000@example.com"}"#),
        data(&json!({"emailAddress": format!("{}@example.com", "x".repeat(5_000))}).to_string()),
    ] {
        assert_eq!(send(body).await.ok(202), json!({"status": "ignored", "signals": 0}));
    }
    for body in ["", "[]", "x"] {
        send(body.to_owned()).await.invalid("body");
    }
    assert_eq!(send(data(r#"{"emailAddress":"ADA@example.com","historyId":7}"#)).await.ok(202)["status"], "accepted");
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}
