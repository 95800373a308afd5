//! Deliveries.

use std::time::Duration;

use connectors_examples::{
    recorded::{self, RecordedDelivery, signature},
    standin::github::{Endpoint, Failure},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{ACME, APP_SECRET, Answer, Call, GLOBEX, Service};

fn recorded(name: &str) -> RecordedDelivery {
    recorded::github().into_iter().find(|delivery| delivery.name == name).unwrap()
}

fn receipt(status: &str, signals: u64) -> Value {
    json!({"status": status, "signals": signals})
}

async fn count(service: &Service, tenant: Uuid) -> usize {
    service.get("/signals?limit=100").tenant(tenant).send().await.ok(200)["signals"].as_array().unwrap().len()
}

fn tenant_url(service: &Service, tenant: Uuid) -> Call {
    service.post(&format!("/webhooks/github/{tenant}")).by_a_provider()
}

/// To the app's single URL, signed with its secret.
async fn to_the_app(service: &Service, delivery: &RecordedDelivery) -> Answer {
    service.post("/webhooks/github").by_a_provider().delivery(delivery, APP_SECRET, Uuid::new_v4()).send().await
}

#[tokio::test]
async fn a_signature_other_than_the_right_one_is_refused() {
    let service = Service::start().await;
    let no_secrets =
        Service::builder().set("POBLYSH_WEBHOOK_ROOT_KEYS", "").set("POBLYSH_GITHUB_WEBHOOK_SECRET", "").start().await;
    service.connect(ACME).await;
    let delivery = recorded("issues.opened");
    let own = service.own_secret(ACME);
    let mut altered = delivery.body.to_vec();
    altered[10] ^= 1;
    let good = signature(&own, delivery.body);
    let signed = |call: Call, signature: &str, body: &[u8]| {
        call.header("x-github-event", "issues").header("x-hub-signature-256", signature).body(body)
    };
    let unsigned = |call: Call| call.header("x-github-event", "issues").body(delivery.body);
    let cases = [
        ("missing", unsigned(tenant_url(&service, ACME))),
        ("empty", signed(tenant_url(&service, ACME), "", delivery.body)),
        ("without its prefix", signed(tenant_url(&service, ACME), &good[7..], delivery.body)),
        ("SHA-1's prefix", signed(tenant_url(&service, ACME), &good.replace("sha256", "sha1"), delivery.body)),
        ("cut", signed(tenant_url(&service, ACME), &good[..good.len() - 2], delivery.body)),
        ("not hex", signed(tenant_url(&service, ACME), "sha256=zz", delivery.body)),
        ("twice", signed(tenant_url(&service, ACME), &good, delivery.body).header("x-hub-signature-256", &good)),
        ("of another body", signed(tenant_url(&service, ACME), &good, &altered)),
        ("of another secret", signed(tenant_url(&service, ACME), &signature("x", delivery.body), delivery.body)),
        (
            "of another provider",
            signed(
                tenant_url(&service, ACME),
                &signature(&service.secret_for("jira", ACME), delivery.body),
                delivery.body,
            ),
        ),
        ("of another tenant", signed(tenant_url(&service, GLOBEX), &good, delivery.body)),
        ("missing, at the app", unsigned(service.post("/webhooks/github").by_a_provider())),
        ("a tenant's, at the app", signed(service.post("/webhooks/github").by_a_provider(), &good, delivery.body)),
        ("no secret configured", signed(tenant_url(&no_secrets, ACME), &signature("", delivery.body), delivery.body)),
        (
            "no secret configured, at the app",
            signed(no_secrets.post("/webhooks/github").by_a_provider(), &signature("", delivery.body), delivery.body),
        ),
    ];
    for (case, call) in cases {
        let answer = call.send().await;
        assert_eq!(answer.json()["code"], "INVALID_SIGNATURE", "{case}: {answer:?}");
        assert!(!answer.headers.contains_key("www-authenticate"), "{case}");
    }
    assert_eq!(count(&service, ACME).await, 0);
    assert_eq!(signed(tenant_url(&service, ACME), &good, delivery.body).send().await.ok(202), receipt("accepted", 1));
}

#[tokio::test]
async fn checks_run_in_the_contracts_order() {
    let service = Service::start().await;
    service.post("/webhooks/nowhere/not-a-uuid").by_a_provider().send().await.refused("PROVIDER_NOT_SUPPORTED");
    service.post("/webhooks/github/not-a-uuid").by_a_provider().send().await.invalid("tenant_id");
    service.post("/webhooks/github/%FF").by_a_provider().send().await.invalid("tenant_id");
    let nil = service.post(&format!("/webhooks/github/{}", Uuid::nil())).by_a_provider().send().await;
    assert_eq!(nil.invalid("tenant_id"), "must not be the nil UUID");
    service.post("/webhooks/nowhere").by_a_provider().send().await.refused("PROVIDER_NOT_SUPPORTED");
    tenant_url(&service, ACME).body("no json").send().await.refused("INVALID_SIGNATURE");
    for body in ["no json", "", "[]", "7", "{\"a\":1}{}", "{\"a\":\"\u{0}\"}"] {
        let signature = signature(&service.own_secret(ACME), body.as_bytes());
        let answer = tenant_url(&service, ACME).header("x-hub-signature-256", &signature).body(body).send().await;
        assert_eq!(answer.invalid("body"), "must be a JSON object", "{body:?}");
    }
}

#[tokio::test]
async fn what_providers_send_beside_is_ignored() {
    let service = Service::start().await;
    let delivery = recorded("issues.opened");
    let answer = service
        .post(&format!("/webhooks/github/{ACME}?x=1&x=2"))
        .by_a_provider()
        .header("authorization", "Bearer of something else")
        .delivery(&delivery, &service.own_secret(ACME), Uuid::new_v4())
        .send()
        .await;
    assert_eq!(answer.ok(202), receipt("accepted", 1));
}

#[tokio::test]
async fn a_form_carries_the_json_in_its_payload() {
    let service = Service::start().await;
    let delivery = recorded("issues.opened");
    let body = format!("payload={}", form_urlencoded::byte_serialize(delivery.body).collect::<String>());
    let form = |body: &str| {
        let signature = signature(&service.own_secret(ACME), body.as_bytes());
        tenant_url(&service, ACME)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-github-event", "issues")
            .header("x-hub-signature-256", &signature)
            .body(body)
    };
    assert_eq!(form(&body).send().await.ok(202), receipt("accepted", 1));
    form("other=1").send().await.invalid("body");
    form("payload=no+json").send().await.invalid("body");
    form("payload={}&payload={}").send().await.invalid("body");
    form("x=1&payload={}").send().await.invalid("body");
    let stored = service.get("/signals?include_payload=true").send().await.ok(200);
    assert_eq!(stored["signals"][0]["payload"]["action"], "opened");
}

#[tokio::test]
async fn a_repeat_is_known_by_its_id_and_by_its_body() {
    let service = Service::start().await;
    let (opened, closed) = (recorded("issues.opened"), recorded("pull_request.closed"));
    let id = Uuid::new_v4();
    let send = async |delivery: &RecordedDelivery, tenant: Uuid, id: Uuid| {
        tenant_url(&service, tenant).delivery(delivery, &service.own_secret(tenant), id).send().await.ok(202)
    };
    assert_eq!(send(&opened, ACME, id).await, receipt("accepted", 1));
    assert_eq!(send(&opened, ACME, id).await, receipt("duplicate", 0));
    assert_eq!(send(&opened, ACME, Uuid::new_v4()).await, receipt("duplicate", 0));
    assert_eq!(send(&closed, ACME, id).await, receipt("duplicate", 0));
    assert_eq!(send(&closed, ACME, Uuid::new_v4()).await, receipt("accepted", 1));
    // Each tenant remembers for itself.
    assert_eq!(send(&opened, GLOBEX, id).await, receipt("accepted", 1));
    service.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert_eq!(send(&opened, ACME, id).await, receipt("duplicate", 0));
    assert_eq!((count(&service, ACME).await, count(&service, GLOBEX).await), (2, 1));
}

#[tokio::test]
async fn many_repeats_at_once_are_stored_once() {
    let service = Service::start().await;
    let delivery = recorded("push");
    let calls: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn(
                tenant_url(&service, ACME).delivery(&delivery, &service.own_secret(ACME), Uuid::new_v4()).send(),
            )
        })
        .collect();
    let mut accepted = 0;
    for call in calls {
        accepted += call.await.unwrap().ok(202)["signals"].as_u64().unwrap();
    }
    assert_eq!((accepted, count(&service, ACME).await), (1, 1));
}

#[tokio::test]
async fn an_ignored_delivery_is_not_remembered() {
    let service = Service::start().await;
    let ping = recorded("ping");
    let id = Uuid::new_v4();
    for _ in 0..2 {
        let answer = tenant_url(&service, ACME).delivery(&ping, &service.own_secret(ACME), id).send().await;
        assert_eq!(answer.ok(202), receipt("ignored", 0));
    }
    // Its id may come again with something that counts.
    let opened =
        tenant_url(&service, ACME).delivery(&recorded("issues.opened"), &service.own_secret(ACME), id).send().await;
    assert_eq!(opened.ok(202), receipt("accepted", 1));
}

#[tokio::test]
async fn a_body_that_does_not_fit_the_unsigned_event_header_is_ignored() {
    let service = Service::start().await;
    let events =
        ["issues", "issue_comment", "pull_request", "pull_request_review", "push", "release", "ping", "", "nonsense"];
    let mut accepted = Vec::new();
    for delivery in recorded::github() {
        for event in events {
            let signature = signature(&service.own_secret(ACME), delivery.body);
            let call =
                tenant_url(&service, ACME).header("x-github-event", event).header("x-hub-signature-256", &signature);
            let answer = call.body(delivery.body).send().await.ok(202);
            if answer["status"] == "accepted" {
                accepted.push((delivery.name, event));
                assert_eq!(delivery.event, event, "{}", delivery.name);
            }
        }
    }
    assert!(accepted.len() >= 13, "{accepted:?}");
}

#[tokio::test]
async fn a_delivery_finds_the_connection_of_its_account() {
    let service = Service::start().await;
    let delivery = recorded("issues.opened");
    assert_eq!(service.deliver(ACME, &delivery).await.ok(202), receipt("accepted", 1));
    assert_eq!(service.get("/signals").send().await.ok(200)["signals"][0]["connection_id"], Value::Null);
    let connection = service.connect(GLOBEX).await;
    service.deliver(GLOBEX, &delivery).await.ok(202);
    let stored = service.get("/signals").tenant(GLOBEX).send().await.ok(200);
    assert_eq!(stored["signals"][0]["connection_id"], connection["id"]);
    let id = connection["id"].as_str().unwrap();
    assert_eq!(service.delete(&format!("/connections/{id}")).tenant(GLOBEX).send().await.status, 204);
    let after = service.deliver(GLOBEX, &recorded("push")).await.ok(202);
    assert_eq!(after, receipt("ignored", 0), "its connection was deleted");
    service.connect(GLOBEX).await;
    assert_eq!(service.deliver(GLOBEX, &recorded("push")).await.ok(202), receipt("accepted", 1));
}

#[tokio::test]
async fn an_apps_delivery_is_stored_for_every_tenant_that_connected_the_account() {
    let service = Service::start().await;
    let delivery = recorded("issues.opened");
    assert_eq!(to_the_app(&service, &delivery).await.ok(202), receipt("ignored", 0));
    service.connect(ACME).await;
    assert_eq!(to_the_app(&service, &delivery).await.ok(202), receipt("accepted", 1));
    service.connect(GLOBEX).await;
    assert_eq!(to_the_app(&service, &delivery).await.ok(202), receipt("accepted", 1), "for the second alone");
    assert_eq!(to_the_app(&service, &recorded("push")).await.ok(202), receipt("accepted", 2));
    assert_eq!(to_the_app(&service, &recorded("push")).await.ok(202), receipt("duplicate", 0));
    assert_eq!((count(&service, ACME).await, count(&service, GLOBEX).await), (2, 2));
}

#[tokio::test]
async fn the_apps_secret_opens_a_tenants_url_only_for_accounts_that_it_connected() {
    let service = Service::start().await;
    let send = || tenant_url(&service, ACME).delivery(&recorded("issues.opened"), APP_SECRET, Uuid::new_v4()).send();
    assert_eq!(send().await.ok(202), receipt("ignored", 0));
    service.connect(GLOBEX).await;
    assert_eq!(send().await.ok(202), receipt("ignored", 0), "another tenant's connection counts for nothing");
    service.connect(ACME).await;
    assert_eq!(send().await.ok(202), receipt("accepted", 1));
    assert_eq!(count(&service, GLOBEX).await, 0);
}

#[tokio::test]
async fn core_hands_a_delivery_on_with_its_token_and_no_signature() {
    let service = Service::start().await;
    let delivery = recorded("issues.opened");
    let hand_on = || service.post("/webhooks/github").header("x-github-event", "issues").body(delivery.body);
    assert_eq!(hand_on().send().await.ok(202), receipt("accepted", 1));
    assert_eq!(hand_on().send().await.ok(202), receipt("duplicate", 0));
    assert_eq!(hand_on().tenant(GLOBEX).send().await.ok(202), receipt("accepted", 1));
    hand_on().without_token().send().await.refused("UNAUTHORIZED");
    hand_on().without_tenant().send().await.refused("TENANT_HEADER_REQUIRED");
    hand_on().authorization("Bearer wrong").send().await.refused("UNAUTHORIZED");
    hand_on().tenant_header("x").send().await.invalid("X-Tenant-Id");
    service.post("/webhooks/nowhere").send().await.refused("PROVIDER_NOT_SUPPORTED");
}

#[tokio::test]
async fn a_named_connection_must_be_the_tenants_and_fit_the_delivery() {
    let service = Service::start().await;
    let connection = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
    let delivery = recorded("issues.opened");
    let own = service.own_secret(ACME);
    let named = |tenant, id: &str| {
        tenant_url(&service, tenant)
            .delivery(&delivery, &service.own_secret(tenant), Uuid::new_v4())
            .header("x-connection-id", id)
    };
    assert_eq!(named(ACME, "x").send().await.invalid("X-Connection-Id"), "must be a hyphenated UUID");
    let twice = named(ACME, &connection).header("x-connection-id", &connection).send().await;
    assert_eq!(twice.invalid("X-Connection-Id"), "is given more than once");
    named(ACME, "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b").send().await.refused("CONNECTION_NOT_FOUND");
    named(GLOBEX, &connection).send().await.refused("CONNECTION_NOT_FOUND");
    assert_eq!(named(ACME, &connection).send().await.ok(202), receipt("accepted", 1));
    let ping = recorded("ping");
    let other = tenant_url(&service, ACME).delivery(&ping, &own, Uuid::new_v4()).header("x-connection-id", &connection);
    assert_eq!(other.send().await.invalid("X-Connection-Id"), "is connected to another account than the delivery's");
    let at_the_app =
        service.post("/webhooks/github").by_a_provider().delivery(&recorded("push"), APP_SECRET, Uuid::new_v4());
    let unknown = at_the_app.header("x-connection-id", "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b").send().await;
    unknown.refused("CONNECTION_NOT_FOUND");
    let at_the_app = service.post("/webhooks/github").by_a_provider().delivery(&ping, APP_SECRET, Uuid::new_v4());
    at_the_app.header("x-connection-id", &connection).send().await.invalid("X-Connection-Id");
    let at_the_app = service.post("/webhooks/github").by_a_provider().delivery(&recorded("push"), APP_SECRET, ACME);
    assert_eq!(at_the_app.header("x-connection-id", &connection).send().await.ok(202), receipt("accepted", 1));
}

/// GitHub's message that the account's user withdrew the grant.
async fn announce_revocation(service: &Service) {
    let body = json!({"action": "revoked", "sender": {"id": 21_031_067, "login": "Codertocat"}}).to_string();
    let signature = signature(APP_SECRET, body.as_bytes());
    let call = service.post("/webhooks/github").by_a_provider().header("x-github-event", "github_app_authorization");
    let answer = call.header("x-hub-signature-256", &signature).body(body).send().await;
    assert_eq!(answer.ok(202), receipt("ignored", 0));
}

async fn revoked(service: &Service, tenant: Uuid) -> usize {
    let list = service.get("/connections?status=revoked").tenant(tenant).send().await.ok(200);
    list["connections"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_withdrawn_grant_revokes_the_accounts_connections_and_a_replay_does_not() {
    let service = Service::start().await;
    service.connect(ACME).await;
    service.connect(GLOBEX).await;
    // The tokens still work, so whoever says this replays an old message.
    announce_revocation(&service).await;
    for status in [403, 429, 503] {
        // Whether they work can't be told; that is no word of the provider's that they don't.
        service.github.fail_next(Endpoint::User, 1, Failure::Status(status));
        announce_revocation(&service).await;
    }
    assert_eq!((revoked(&service, ACME).await, revoked(&service, GLOBEX).await), (0, 0));
    service.withdraw_grant().await;
    announce_revocation(&service).await;
    assert_eq!((revoked(&service, ACME).await, revoked(&service, GLOBEX).await), (1, 1));
    assert_eq!(service.connect(ACME).await["status"], "active");
    announce_revocation(&service).await;
    assert_eq!((revoked(&service, ACME).await, revoked(&service, GLOBEX).await), (0, 1));
}

/// The media type is not signed. A JSON body that is read as a form could carry an event of somebody else's making, for
/// example in an issue's title.
#[tokio::test]
async fn a_json_body_replayed_as_a_form_is_still_json() {
    let service = Service::start().await;
    service.connect(ACME).await;
    let forged = String::from_utf8(recorded("push").body.to_vec()).unwrap();
    let forged: String = form_urlencoded::byte_serialize(forged.as_bytes()).collect();
    let body = json!({
        "action": "opened",
        "issue": {"number": 1, "title": format!("x&payload={forged}&y")},
        "repository": {"id": 1, "full_name": "mallory/repository", "owner": {"id": 666}},
    })
    .to_string();
    let signature = signature(APP_SECRET, body.as_bytes());
    let call = service
        .post("/webhooks/github")
        .by_a_provider()
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-github-event", "push")
        .header("x-hub-signature-256", &signature);
    assert_eq!(call.body(body).send().await.ok(202), receipt("ignored", 0));
    assert_eq!(count(&service, ACME).await, 0);
}

#[tokio::test]
async fn a_time_out_of_range_gives_way_to_the_time_of_receipt() {
    let service = Service::start().await;
    for (number, pushed_at) in [1_557_933_657_000_i64, i64::MAX, i64::MIN].into_iter().enumerate() {
        let body = json!({
            "ref": "refs/heads/main", "after": number.to_string(), "commits": [],
            "repository": {"pushed_at": pushed_at},
        });
        let call = service.post("/webhooks/github").header("x-github-event", "push").body(body.to_string());
        assert_eq!(call.send().await.ok(202), receipt("accepted", 1));
    }
    for signal in service.get("/signals").send().await.ok(200)["signals"].as_array().unwrap() {
        assert_eq!(signal["occurred_at"], signal["received_at"]);
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_delivery_is_told_at_once() {
    let service = Service::start().await;
    let answer = service.post("/webhooks/github").header("x-connection-id", "x").body("no json").send().await;
    let details = answer.refused("VALIDATION_FAILED");
    assert_eq!(details, json!({"X-Connection-Id": "must be a hyphenated UUID", "body": "must be a JSON object"}));
}

#[tokio::test]
async fn what_changes_an_issue_updates_it_and_what_removes_it_makes_nothing() {
    let service = Service::start().await;
    let deliver = async |event: &str, action: &str| {
        let mut body: Value = serde_json::from_slice(recorded("issues.edited").body).unwrap();
        body["action"] = action.into();
        let call = service.post("/webhooks/github").header("x-github-event", event).body(body.to_string());
        call.send().await.ok(202)["status"].as_str().unwrap().to_owned()
    };
    let changes = ["edited", "labeled", "unlabeled", "assigned", "unassigned", "milestoned", "demilestoned"];
    for action in changes.into_iter().chain(["locked", "unlocked", "pinned", "unpinned", "typed", "untyped"]) {
        assert_eq!(deliver("issues", action).await, "accepted", "{action}");
    }
    for action in ["deleted", "transferred", "unheard_of", ""] {
        assert_eq!(deliver("issues", action).await, "ignored", "{action}");
    }
    assert_eq!(deliver("label", "edited").await, "ignored");
    let page = service.get("/signals?kind=issue_updated").send().await.ok(200);
    assert_eq!(page["signals"].as_array().unwrap().len(), 13);
}

#[tokio::test]
async fn an_installations_account_is_the_deliverys_unless_repository_or_organization_name_one() {
    let service = Service::start().await;
    let connection = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
    let installed = recorded("installation.created");
    let send = |body: Vec<u8>| {
        let call = service.post("/webhooks/github").header("x-github-event", "installation");
        call.header("x-connection-id", &connection).body(body).send()
    };
    assert_eq!(send(installed.body.to_vec()).await.ok(202), receipt("ignored", 0));
    let altered = |pointer: &str, account: Value| {
        let mut body: Value = serde_json::from_slice(installed.body).unwrap();
        body[pointer] = account;
        body.to_string().into_bytes()
    };
    let other = "is connected to another account than the delivery's";
    let by_another = altered("installation", json!({"id": 1, "account": {"id": 99}}));
    assert_eq!(send(by_another).await.invalid("X-Connection-Id"), other);
    assert_eq!(send(altered("organization", json!({"id": 99}))).await.invalid("X-Connection-Id"), other);
    assert_eq!(send(altered("repository", json!({"owner": {"id": 99}}))).await.invalid("X-Connection-Id"), other);
    let nameless = altered("repository", json!({"owner": {"name": "Codertocat"}}));
    assert_eq!(send(nameless).await.ok(202), receipt("ignored", 0), "an owner without an id names nobody");
}

#[tokio::test]
async fn an_actors_account_never_routes_a_delivery() {
    let service = Service::start().await;
    service.connect(ACME).await;
    let body = json!({
        "action": "opened",
        "issue": {"number": 1, "title": "in somebody else's repository"},
        "repository": {"id": 1, "full_name": "other/repository", "owner": {"id": 99}},
        "sender": {"id": 21_031_067, "login": "Codertocat"},
    })
    .to_string();
    let signature = signature(APP_SECRET, body.as_bytes());
    let call = service.post("/webhooks/github").by_a_provider().header("x-github-event", "issues");
    let answer = call.header("x-hub-signature-256", &signature).body(body).send().await;
    assert_eq!(answer.ok(202), receipt("ignored", 0));
    assert_eq!(count(&service, ACME).await, 0);
}
