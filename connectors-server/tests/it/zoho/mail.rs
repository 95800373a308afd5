//! Zoho Mail's webhooks: each has a secret of Zoho's making, which it hands over once.

use connectors_examples::{
    recorded::zoho::{handover_headers, mail, mail_headers, mail_signature},
    standin::zoho::User,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{body, connect, signals, told, with_headers};
use crate::harness::{ACME, Call, GLOBEX, Service};

const PROVIDER: &str = "zoho-mail";
const SECRET: &str = "the-secret-of-Zoho's-making";

fn url(tenant: Uuid) -> String {
    format!("/webhooks/{PROVIDER}/{tenant}")
}

/// The URL that the tenant has set at Zoho.
fn setup_url(service: &Service, tenant: Uuid) -> String {
    format!("{}?setup={}", url(tenant), service.secret_for(PROVIDER, tenant))
}

async fn hand_over(service: &Service, tenant: Uuid, secret: &str) {
    let call = with_headers(service.post(&setup_url(service, tenant)).by_a_provider(), &handover_headers(secret));
    assert_eq!(call.send().await.ok(200), json!({}));
}

fn delivery(service: &Service, tenant: Uuid, secret: &str, body: &[u8]) -> Call {
    let call = service.post(&setup_url(service, tenant)).by_a_provider();
    with_headers(call, &mail_headers(secret, body)).body(body)
}

#[tokio::test]
async fn each_delivery_becomes_the_signal_expected_and_nothing_of_what_an_email_says_is_kept() {
    let service = Service::start().await;
    let connection = connect(&service, PROVIDER, ACME).await;
    let account = json!({"id": "scott.lang@zohocorp.com", "name": "Scott Lang"});
    assert_eq!(connection["external_account"], account);
    assert_eq!(connection["metadata"], json!({"account_id": "2560636000000008002"}));
    hand_over(&service, ACME, SECRET).await;
    let (mut table, mut known) = (String::new(), Vec::new());
    for email in mail() {
        let receipt = delivery(&service, ACME, SECRET, email.body).send().await.ok(202);
        let stored = signals(&service, ACME).await;
        let new: Vec<Value> = stored.into_iter().filter(|signal| !known.contains(&signal["id"])).collect();
        known.extend(new.iter().map(|signal| signal["id"].clone()));
        told(&mut table, email.name, &receipt, &new);
    }
    insta::assert_snapshot!(table);
    for signal in signals(&service, ACME).await {
        assert_eq!((&signal["kind"], &signal["connection_id"]), (&json!("email_received"), &connection["id"]));
        let payload = signal["payload"].as_object().unwrap();
        assert!(payload.contains_key("messageId") && payload.contains_key("subject"), "{payload:?}");
        assert!(!payload.contains_key("summary") && !payload.contains_key("html"), "{payload:?}");
    }
    let page = service.get("/signals?include_payload=true").send().await;
    // All digits of an id are there, though no double holds them.
    assert!(String::from_utf8_lossy(&page.body).contains(r#""messageId":1616516783146113103"#));
    assert!(!service.database.holds("This is a test mail").await);
    assert!(!service.database.holds(SECRET).await, "the secret is sealed");
    let providers = service.get("/providers").send().await.ok(200);
    let listed = providers["providers"].as_array().unwrap().iter().find(|known| known["name"] == PROVIDER).unwrap();
    assert_eq!(listed["signal_kinds"], json!(["email_received", "email_sent"]));
}

#[tokio::test]
async fn a_secret_is_believed_only_at_the_url_with_the_tenants_own() {
    let service = Service::start().await;
    let email = body(mail(), "email");
    let (own, of_globex) = (service.secret_for(PROVIDER, ACME), service.secret_for(PROVIDER, GLOBEX));
    let of_cliq = service.secret_for("zoho-cliq", ACME);
    let planted = "a-secret-of-mine";
    for (case, query) in [
        ("without setup", String::new()),
        ("with an empty one", "?setup=".to_owned()),
        ("with one that is cut", format!("?setup={}", &own[..own.len() - 1])),
        ("with one in upper case", format!("?setup={}", own.to_uppercase())),
        ("with another tenant's", format!("?setup={of_globex}")),
        ("with another provider's", format!("?setup={of_cliq}")),
        ("with two", format!("?setup={own}&setup={own}")),
        ("with a right and a wrong one", format!("?setup=x&setup={own}")),
        ("with one under another name", format!("?Setup={own}")),
    ] {
        let path = format!("{}{query}", url(ACME));
        for body in [&b""[..], email] {
            let call = with_headers(service.post(&path).by_a_provider(), &handover_headers(planted)).body(body);
            assert_eq!(call.send().await.json()["code"], "INVALID_SIGNATURE", "{case}");
            // Nor with a signature by that very secret.
            let call = with_headers(service.post(&path).by_a_provider(), &handover_headers(planted));
            let call = call.header("x-hook-signature", &mail_signature(planted, body)).body(body);
            assert_eq!(call.send().await.json()["code"], "INVALID_SIGNATURE", "{case}");
        }
        delivery(&service, ACME, planted, email).send().await.refused("INVALID_SIGNATURE");
    }
    for secret in ["", &"x".repeat(257)] {
        let call = with_headers(service.post(&setup_url(&service, ACME)).by_a_provider(), &handover_headers(secret));
        call.send().await.refused("INVALID_SIGNATURE");
    }
    let twice = with_headers(service.post(&setup_url(&service, ACME)).by_a_provider(), &handover_headers("a"));
    twice.header("x-hook-secret", "b").send().await.refused("INVALID_SIGNATURE");
    // At the app's URL nobody hands anything over, and no other provider does.
    for path in ["/webhooks/zoho-mail".to_owned(), format!("/webhooks/zoho-cliq/{ACME}?setup={of_cliq}")] {
        let call = with_headers(service.post(&path).by_a_provider(), &handover_headers(planted)).body(email);
        call.send().await.refused("INVALID_SIGNATURE");
    }
    assert!(!service.database.holds(planted).await);
    let unset = Service::builder().set("POBLYSH_WEBHOOK_ROOT_KEYS", "").start().await;
    let call = with_headers(unset.post(&format!("{}?setup=", url(ACME))).by_a_provider(), &handover_headers(planted));
    call.send().await.refused("INVALID_SIGNATURE");
}

#[tokio::test]
async fn a_delivery_is_signed_with_one_of_the_secrets_that_were_handed_over_for_its_tenant() {
    let service = Service::start().await;
    let email = body(mail(), "email");
    let own = service.secret_for(PROVIDER, ACME);
    delivery(&service, ACME, SECRET, email).send().await.refused("INVALID_SIGNATURE");
    delivery(&service, ACME, &own, email).send().await.refused("INVALID_SIGNATURE");
    hand_over(&service, ACME, SECRET).await;
    hand_over(&service, ACME, "that of a second webhook").await;
    hand_over(&service, GLOBEX, "that of another tenant").await;
    let mut altered = email.to_vec();
    *altered.iter_mut().find(|byte| **byte == b'T').unwrap() ^= 1;
    let good = mail_signature(SECRET, email);
    for (case, signature, body) in [
        ("missing", None, email),
        ("empty", Some(""), email),
        ("cut", Some(&good[4..]), email),
        ("in hex", Some(&"ab".repeat(32)), email),
        ("of a body altered by one byte", Some(good.as_str()), &altered[..]),
        ("of another tenant's secret", Some(&mail_signature("that of another tenant", email)), email),
        ("of the secret in the URL", Some(&mail_signature(&own, email)), email),
        ("of no secret", Some(&mail_signature("", email)), email),
    ] {
        for path in [url(ACME), setup_url(&service, ACME)] {
            let call = service.post(&path).by_a_provider().body(body);
            let call = match signature {
                Some(signature) => call.header("x-hook-signature", signature),
                None => call,
            };
            assert_eq!(call.send().await.json()["code"], "INVALID_SIGNATURE", "{case}");
        }
    }
    assert_eq!(signals(&service, ACME).await.len(), 0);
    assert_eq!(delivery(&service, ACME, SECRET, email).send().await.ok(202)["status"], "accepted");
    // Handed over again, be it by a replay, it is the same; nor does that make the body a new one.
    hand_over(&service, ACME, SECRET).await;
    assert_eq!(delivery(&service, ACME, SECRET, email).send().await.ok(202)["status"], "duplicate");
    let second = body(mail(), "email.to_several");
    let receipt = delivery(&service, ACME, "that of a second webhook", second).send().await.ok(202);
    assert_eq!(receipt["status"], "accepted");
    // For another tenant the very delivery is none.
    let replayed = service.post(&url(GLOBEX)).by_a_provider();
    with_headers(replayed, &mail_headers(SECRET, email)).body(email).send().await.refused("INVALID_SIGNATURE");
}

#[tokio::test]
async fn of_a_tenants_webhooks_the_fifty_newest_count() {
    let service = Service::start().await;
    let email = body(mail(), "email");
    hand_over(&service, ACME, "the oldest").await;
    for number in 0..50 {
        service.advance(std::time::Duration::from_secs(1));
        hand_over(&service, ACME, &format!("secret number {number}")).await;
    }
    delivery(&service, ACME, "the oldest", email).send().await.refused("INVALID_SIGNATURE");
    assert_eq!(delivery(&service, ACME, "secret number 0", email).send().await.ok(202)["status"], "accepted");
}

#[tokio::test]
async fn an_email_is_of_the_mailbox_that_it_came_to() {
    let service = Service::start().await;
    let scott = connect(&service, PROVIDER, ACME).await;
    let cassie = User { zuid: 7, name: "Cassie".into(), mailbox: "Cassie@zylker.com".into(), ..User::default() };
    service.zoho.sign_in_as(User { aliases: Vec::new(), ..cassie });
    let cassie = connect(&service, PROVIDER, ACME).await;
    assert_eq!(cassie["external_account"]["id"], "cassie@zylker.com");
    hand_over(&service, ACME, SECRET).await;
    let mut number = 0;
    let mut deliver = async |change: &dyn Fn(&mut Value), connection: Option<&Value>| {
        let mut email: Value = serde_json::from_slice(body(mail(), "email.to_several")).unwrap();
        number += 1;
        email["messageId"] = json!(number);
        change(&mut email);
        let call = delivery(&service, ACME, SECRET, email.to_string().as_bytes());
        let call = match connection {
            Some(connection) => call.header("x-connection-id", connection["id"].as_str().unwrap()),
            None => call,
        };
        let answer = call.send().await;
        let newest = signals(&service, ACME).await.into_iter().find(|signal| signal["payload"]["messageId"] == number);
        (answer, newest.map_or(json!("none"), |signal| signal["connection_id"].clone()))
    };
    // It is to both; whose webhook it was, the owner tells.
    assert_eq!(deliver(&|_| {}, None).await.1, scott["id"]);
    assert_eq!(deliver(&|email| email["zuid"] = json!("7"), None).await.1, cassie["id"]);
    let without = |email: &mut Value| email["zuid"] = json!(null);
    assert_eq!(deliver(&without, None).await.1, cassie["id"], "the first recipient that is connected");
    let to_alias = |email: &mut Value| {
        without(email);
        email["toAddress"] = json!("<Ant-Man@zohocorp.com>");
    };
    assert_eq!(deliver(&to_alias, None).await.1, scott["id"], "an alias");
    let to_others = |email: &mut Value| {
        without(email);
        email["toAddress"] = json!("<hank@zylker.com>");
    };
    assert_eq!(deliver(&to_others, None).await.1, json!(null), "a mailbox that is not connected");
    // The sender counts for nothing.
    let from_scott = |email: &mut Value| {
        to_others(email);
        email["fromAddress"] = json!("scott.lang@zohocorp.com");
    };
    assert_eq!(deliver(&from_scott, None).await.1, json!(null));
    assert_eq!(deliver(&to_alias, Some(&scott)).await.1, scott["id"]);
    deliver(&to_alias, Some(&cassie)).await.0.invalid("X-Connection-Id");
    let delete = format!("/connections/{}", scott["id"].as_str().unwrap());
    assert_eq!(service.delete(&delete).send().await.status, 204);
    assert_eq!(deliver(&to_alias, None).await.0.ok(202)["status"], "ignored", "its connection was deleted");
}
