//! What deliveries become, and whose they are.

use std::{collections::BTreeSet, fmt::Write};

use connectors_examples::{
    recorded::jira::deliveries,
    standin::jira::{Account, Site},
};
use serde_json::{Value, json};

use super::{
    EMMA, MIA, body, changed, connect, deliver, deliver_to_app, globex, signals, signed,
    subscriptions::{held, subscribe},
};
use crate::harness::{ACME, GLOBEX, Service};

#[tokio::test]
async fn each_delivery_becomes_the_signal_expected_and_every_kind_is_met() {
    let service = Service::start().await;
    let connection = connect(&service, ACME).await;
    let (mut table, mut kinds, mut known) = (String::new(), BTreeSet::new(), 0);
    for delivery in deliveries() {
        let receipt = deliver(&service, ACME, delivery.body).await;
        writeln!(table, "{}: {}", delivery.name, receipt["status"].as_str().unwrap()).unwrap();
        let page = signals(&service, ACME).await;
        assert_eq!(page.len() as u64, known + receipt["signals"].as_u64().unwrap());
        if page.len() as u64 == known {
            continue;
        }
        known = page.len() as u64;
        // Ids are made in order.
        let signal = page.iter().max_by_key(|signal| signal["id"].as_str().unwrap()).unwrap();
        assert_eq!(signal["connection_id"], connection["id"]);
        kinds.insert(signal["kind"].as_str().unwrap().to_owned());
        let part = |name: &str| signal.pointer(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        writeln!(table, "    {} at {}: {}", part("/kind"), part("/occurred_at"), part("/title")).unwrap();
        let actor = format!("{} ({})", part("/actor/name"), part("/actor/id"));
        writeln!(table, "    {} by {actor} in {} {}", part("/url"), part("/source/name"), part("/source/url")).unwrap();
    }
    insta::assert_snapshot!(table);
    let providers = service.get("/providers").send().await.ok(200);
    let listed = providers["providers"].as_array().unwrap().iter().find(|provider| provider["name"] == "jira").unwrap();
    let listed = listed["signal_kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned());
    assert_eq!(kinds, listed.collect());
}

#[tokio::test]
async fn what_a_delivery_lacks_is_left_out() {
    let service = Service::start().await;
    connect(&service, ACME).await;
    let path = "/webhooks/jira";
    let bare = json!({"webhookEvent": "jira:issue_created", "issue": {"key": "EX-1"}});
    assert_eq!(service.post(path).json(&bare).send().await.ok(202)["signals"], 1);
    let signal = &signals(&service, ACME).await[0];
    assert_eq!((&signal["title"], &signal["connection_id"]), (&json!("EX-1"), &json!(null)));
    for absent in ["url", "actor", "source"] {
        assert!(signal.get(absent).is_none(), "{signal}");
    }
    for strange in [
        json!({"webhookEvent": "jira:issue_created"}),
        json!({"webhookEvent": "jira:issue_created", "issue": {"key": "../../EX-1"}}),
        json!({"webhookEvent": "jira:issue_created", "issue": {"key": null}}),
        json!({"webhookEvent": "comment_created", "issue": {"key": "EX-1"}}),
        json!({"webhookEvent": "comment_created", "issue": {"key": "EX-1"}, "comment": {"id": "1&x=<"}}),
        json!({"webhookEvent": "jira:issue_created", "issue": {"key": "EX-1"}, "timestamp": "yesterday"}),
    ] {
        let receipt = service.post(path).json(&strange).send().await.ok(202);
        assert_eq!(receipt["status"], "ignored", "{strange}");
    }
    let out_of_range = json!({"webhookEvent": "jira:issue_created", "issue": {"key": "EX-2"}, "timestamp": i64::MAX});
    assert_eq!(service.post(path).json(&out_of_range).send().await.ok(202)["signals"], 1);
    assert_eq!(signals(&service, ACME).await[0]["occurred_at"], "2026-01-02T03:04:05.000000Z");
}

#[tokio::test]
async fn a_tenants_own_delivery_is_of_the_site_and_an_actor_counts_for_nothing() {
    let service = Service::start().await;
    connect(&service, ACME).await;
    service.jira.sign_in_as(Account { id: EMMA.into(), name: "Emma Richards".into() });
    service.jira.set_sites([globex()]);
    let other = connect(&service, GLOBEX).await;
    // Mia, who is connected in one tenant, does something at the other's site.
    let elsewhere = changed("issue_created", |event| {
        event["issue"]["self"] = json!("https://globex.atlassian.net/rest/api/2/10148");
        event["accountId"] = json!(MIA);
    });
    assert_eq!(deliver(&service, GLOBEX, &elsewhere).await["signals"], 1);
    let stored = signals(&service, GLOBEX).await;
    assert_eq!((&stored[0]["actor"]["id"], &stored[0]["connection_id"]), (&json!(MIA), &other["id"]));
    assert_eq!(signals(&service, ACME).await.len(), 0);
    // What a tenant's own secret vouches for is the tenant's, though nobody has connected the site.
    assert_eq!(deliver(&service, ACME, &elsewhere).await["signals"], 1);
    assert_eq!(signals(&service, ACME).await[0]["connection_id"], json!(null));
    // Nor can a webhook's id that stands in the body stand for the site.
    let claimed = changed("issue_created.dynamic", |event| {
        event["issue"]["self"] = json!("https://globex.atlassian.net/rest/api/2/10148");
    });
    deliver(&service, ACME, &claimed).await;
    assert!(signals(&service, ACME).await.iter().all(|signal| signal["connection_id"] == json!(null)));
}

#[tokio::test]
async fn an_apps_delivery_is_of_who_has_registered_the_webhook_at_that_site() {
    let service = Service::start().await;
    let mine = connect(&service, ACME).await;
    subscribe(&service, ACME, &mine).await;
    service.jira.sign_in_as(Account { id: EMMA.into(), name: "Emma Richards".into() });
    service.jira.set_sites([globex()]);
    let theirs = connect(&service, GLOBEX).await;
    subscribe(&service, GLOBEX, &theirs).await;
    // Both webhooks have the same id, each at its site.
    let ids: Vec<_> = service.jira.webhooks().iter().map(|webhook| webhook.id).collect();
    assert_eq!(ids, [1000, 1000]);
    let counts = async || (signals(&service, ACME).await.len(), signals(&service, GLOBEX).await.len());
    assert_eq!(deliver_to_app(&service, "1", body("issue_created.dynamic")).await["signals"], 1);
    assert_eq!(counts().await, (1, 0));
    assert_eq!(signals(&service, ACME).await[0]["connection_id"], mine["id"]);
    let at_globex = changed("issue_created.dynamic", |event| {
        event["issue"]["self"] = json!("https://globex.atlassian.net/rest/api/2/10148");
    });
    // The delivery's id is unique at its site alone.
    assert_eq!(deliver_to_app(&service, "1", &at_globex).await["signals"], 1);
    assert_eq!(counts().await, (1, 1));
    for (case, body) in [
        ("another id", changed("issue_created.dynamic", |event| event["matchedWebhookIds"] = json!([1001]))),
        ("no id", changed("issue_created.dynamic", |event| event["matchedWebhookIds"] = json!([]))),
        ("none matched: the site alone does not count", body("issue_created").to_vec()),
        (
            "another site",
            changed("issue_created.dynamic", |event| event["issue"]["self"] = json!("https://x.atlassian.net/1")),
        ),
        ("no site", changed("issue_created.dynamic", |event| event["issue"]["self"] = json!(null))),
        (
            "an actor",
            changed("issue_created.dynamic", |event| {
                event["matchedWebhookIds"] = json!([7]);
                event["user"]["accountId"] = json!(MIA);
            }),
        ),
    ] {
        assert_eq!(deliver_to_app(&service, case, &body).await["status"], "ignored", "{case}");
    }
    // The app's token opens a tenant's URL for what the tenant has registered, and nothing else.
    let bearer = super::bearer(&service);
    for (tenant, status) in [(ACME, "accepted"), (GLOBEX, "ignored")] {
        let call = service.post(&format!("/webhooks/jira/{tenant}")).without_tenant().authorization(&bearer);
        let call = call.header("x-atlassian-webhook-identifier", "2").body(body("comment_created.dynamic"));
        assert_eq!(call.send().await.ok(202)["status"], status);
    }
    assert_eq!(counts().await, (2, 1));
    assert_eq!(held(&service, ACME, &mine).len(), 1);
}

#[tokio::test]
async fn a_repeat_is_known_by_its_id_and_where_it_is_signed_by_its_body() {
    let service = Service::start().await;
    let connection = connect(&service, ACME).await;
    subscribe(&service, ACME, &connection).await;
    let own = async |id: &str, body: &[u8]| {
        let call = signed(&service, service.post(&format!("/webhooks/jira/{ACME}")), ACME, body);
        call.header("x-atlassian-webhook-identifier", id).send().await.ok(202)["status"].clone()
    };
    assert_eq!(own("1", body("issue_created")).await, "accepted");
    assert_eq!(own("2", body("issue_created")).await, "duplicate", "a replay with an id of its own");
    assert_eq!(own("1", body("issue_updated")).await, "duplicate");
    assert_eq!(own("2", body("issue_updated")).await, "accepted", "what was a duplicate is not remembered");
    // A token says nothing of the body, so that the id alone tells.
    let app = async |id: &str| deliver_to_app(&service, id, body("issue_created.dynamic")).await["status"].clone();
    assert_eq!(app("3").await, "accepted");
    assert_eq!(app("3").await, "duplicate");
    assert_eq!(app("4").await, "accepted");
}

#[tokio::test]
async fn a_delivery_that_core_hands_on_is_of_the_webhook_or_else_the_site() {
    let service = Service::start().await;
    service.jira.set_sites([Site::default(), globex()]);
    let connection = connect(&service, ACME).await;
    for name in ["issue_created", "issue_created.dynamic"] {
        let call = service.post("/webhooks/jira").body(body(name));
        assert_eq!(call.send().await.ok(202)["signals"], 1);
    }
    assert!(signals(&service, ACME).await.iter().all(|signal| signal["connection_id"] == connection["id"]));
    let elsewhere = changed("issue_created", |event| event["issue"]["self"] = json!("https://x.atlassian.net/1"));
    let named = service.post("/webhooks/jira").header("x-connection-id", connection["id"].as_str().unwrap());
    named.body(elsewhere).send().await.invalid("X-Connection-Id");
}
