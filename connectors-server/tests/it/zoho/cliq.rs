//! Zoho Cliq's deliveries: of bots' scripts, which show the tenant's secret, and of extensions, which Cliq signs.

use connectors_examples::recorded::zoho::{cliq, cliq_headers, cliq_signature, public_key, script_headers};
use serde_json::{Value, json};

use super::{body, connect, signals, told, with_headers};
use crate::harness::{ACME, GLOBEX, Service};

const PROVIDER: &str = "zoho-cliq";

fn own(tenant: uuid::Uuid) -> String {
    format!("/webhooks/{PROVIDER}/{tenant}")
}

/// A service that knows the key with which Cliq signs for an extension. Making one takes a while.
async fn with_key() -> Service {
    Service::builder().set("POBLYSH_ZOHO_CLIQ_WEBHOOK_SECRET", &public_key()).start().await
}

#[tokio::test]
async fn each_delivery_becomes_the_signal_expected_and_every_kind_is_met() {
    let mut table = String::new();
    let mut kinds = std::collections::BTreeSet::new();
    for delivery in cliq() {
        let service = with_key().await;
        let headers = script_headers(&service.secret_for(PROVIDER, ACME));
        let call = with_headers(service.post(&own(ACME)).by_a_provider(), &headers);
        let receipt = call.body(delivery.body).send().await.ok(202);
        let stored = signals(&service, ACME).await;
        for signal in &stored {
            assert_eq!(signal["connection_id"], Value::Null);
            assert_eq!(signal["payload"], serde_json::from_slice::<Value>(delivery.body).unwrap());
            kinds.insert(signal["kind"].as_str().unwrap().to_owned());
        }
        told(&mut table, delivery.name, &receipt, &stored);
    }
    insta::assert_snapshot!(table);
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["message_deleted", "message_posted", "message_updated"]);
}

#[tokio::test]
async fn a_secret_or_signature_other_than_the_right_one_is_refused() {
    let service = with_key().await;
    connect(&service, PROVIDER, ACME).await;
    let message = body(cliq(), "participation_handler.message_sent");
    let mut altered = message.to_vec();
    *altered.iter_mut().find(|byte| **byte == b'H').unwrap() ^= 1;
    let (right, of_globex) = (service.secret_for(PROVIDER, ACME), service.secret_for(PROVIDER, GLOBEX));
    let of_mail = service.secret_for("zoho-mail", ACME);
    let (good, key) = (cliq_signature(message), public_key());
    let (token, signature) = ("x-webhook-secret", "x-cliq-signature");
    for (case, path, header, value, body) in [
        ("no secret", own(ACME), "x-other", "", message),
        ("an empty one", own(ACME), token, "", message),
        ("one that is cut", own(ACME), token, &right[1..], message),
        ("one in upper case", own(ACME), token, &right.to_uppercase(), message),
        ("another tenant's", own(ACME), token, &of_globex, message),
        ("that of Zoho Mail", own(ACME), token, &of_mail, message),
        ("the app's public key", own(ACME), token, &key, message),
        ("the tenant's at the app's URL", format!("/webhooks/{PROVIDER}"), token, &right, message),
        ("a signature of another body", own(ACME), signature, &good, &altered),
        ("one that is cut", format!("/webhooks/{PROVIDER}"), signature, &good[4..], message),
        ("one in hex", format!("/webhooks/{PROVIDER}"), signature, &"ab".repeat(256), message),
        ("an empty one", format!("/webhooks/{PROVIDER}"), signature, "", message),
        ("one of another body", format!("/webhooks/{PROVIDER}"), signature, &good, &altered),
        ("one at another provider", "/webhooks/github".to_owned(), signature, &good, message),
    ] {
        let call = service.post(&path).by_a_provider().header(header, value).body(body);
        assert_eq!(call.send().await.json()["code"], "INVALID_SIGNATURE", "{case} at {path}");
    }
    let twice = service.post(&own(ACME)).by_a_provider().header(token, &right).header(token, &right);
    twice.body(message).send().await.refused("INVALID_SIGNATURE");
    let no_key = Service::builder().set("POBLYSH_ZOHO_CLIQ_WEBHOOK_SECRET", "").start().await;
    let unknown = with_headers(no_key.post("/webhooks/zoho-cliq").by_a_provider(), &cliq_headers(message));
    unknown.body(message).send().await.refused("INVALID_SIGNATURE");
    assert_eq!(signals(&service, ACME).await.len(), 0);
}

#[tokio::test]
async fn a_delivery_names_no_account_so_that_the_header_alone_names_a_connection() {
    let service = with_key().await;
    let mine = connect(&service, PROVIDER, ACME).await;
    let theirs = connect(&service, PROVIDER, GLOBEX).await;
    let mail = connect(&service, "zoho-mail", ACME).await;
    let headers = script_headers(&service.secret_for(PROVIDER, ACME));
    let deliver = |path: &str, name: &str, signed: bool, connection: Option<&Value>| {
        let message = body(cliq(), name);
        let headers = if signed { cliq_headers(message) } else { headers.clone() };
        let call = with_headers(service.post(path).by_a_provider(), &headers).body(message);
        match connection {
            Some(connection) => call.header("x-connection-id", connection["id"].as_str().unwrap()),
            None => call,
        }
    };
    let (app, own) = (format!("/webhooks/{PROVIDER}"), own(ACME));
    // The tenant's own secret: null, or the tenant's connection.
    let receipt = deliver(&own, "script.message_sent", false, None).send().await.ok(202);
    assert_eq!(receipt, json!({"status": "accepted", "signals": 1}));
    let receipt = deliver(&own, "script.message_sent", false, Some(&mine)).send().await.ok(202);
    assert_eq!(receipt["status"], "duplicate", "the body is the id");
    let receipt = deliver(&own, "message_handler", false, Some(&mine)).send().await.ok(202);
    assert_eq!(receipt["status"], "accepted");
    for other in [&theirs, &mail] {
        let refused = deliver(&own, "participation_handler.message_sent", false, Some(other)).send().await;
        refused.refused("CONNECTION_NOT_FOUND");
    }
    // Cliq's signature tells of no tenant.
    for path in [&app, &own] {
        let receipt = deliver(path, "participation_handler.message_sent", true, None).send().await.ok(202);
        assert_eq!(receipt["status"], "ignored", "{path}");
    }
    let receipt = deliver(&app, "participation_handler.message_edited", true, Some(&mine)).send().await.ok(202);
    assert_eq!(receipt["status"], "accepted");
    let receipt = deliver(&own, "participation_handler.message_deleted", true, Some(&mine)).send().await.ok(202);
    assert_eq!(receipt["status"], "accepted");
    deliver(&own, "participation_handler.message_sent", true, Some(&theirs))
        .send()
        .await
        .refused("CONNECTION_NOT_FOUND");
    let connections: Vec<Value> =
        signals(&service, ACME).await.iter().map(|signal| signal["connection_id"].clone()).collect();
    assert_eq!(connections.iter().filter(|id| id.is_null()).count(), 1);
    assert_eq!(connections.iter().filter(|id| **id == mine["id"]).count(), 3);
    assert_eq!(signals(&service, GLOBEX).await.len(), 0);
}

#[test]
fn a_public_key_that_is_none_is_told_at_the_start() {
    use connectors_server::config::{Config, Environment};
    let variables = |key: &str| {
        [
            ("POBLYSH_OPERATOR_TOKENS", "a-token-for-tests-that-is-long"),
            ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("POBLYSH_ZOHO_CLIQ_WEBHOOK_SECRET", key),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let read = |key: &str| Config::from_environment(&mut Environment::new(variables(key)));
    let error = read("a-secret-that-is-no-key").unwrap_err().to_string();
    assert!(error.contains("POBLYSH_ZOHO_CLIQ_WEBHOOK_SECRET") && error.contains("RSA public key"), "{error}");
    let key = public_key();
    for good in [key.clone(), format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n")] {
        assert!(read(&good).is_ok());
    }
}
