//! What the service does for a connection by itself: its webhooks come, are renewed, and go with it.

use std::time::Duration;

use connectors_examples::standin::jira::{Endpoint, Failure};
use connectors_server::{AppState, failpoint::die_at};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{changed, connect, deliver_to_app, signals};
use crate::harness::{ACME, GLOBEX, Service};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any lease.
const LEASES: Duration = Duration::from_secs(3 * 60);

async fn service() -> Service {
    Service::builder().set("POBLYSH_PUBLIC_URL", "https://connectors.example/").idle().start().await
}

async fn disconnect(service: &Service, tenant: Uuid, connection: &Value) {
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(service.delete(&path).tenant(tenant).send().await.status, 204);
}

async fn kept(service: &Service) -> Vec<String> {
    service.database.texts("SELECT id FROM subscriptions ORDER BY tenant_id, id").await
}

fn created_at_webhook(id: u64) -> Vec<u8> {
    changed("issue_created.dynamic", |body| body["matchedWebhookIds"] = json!([id]))
}

#[tokio::test]
async fn webhooks_come_with_a_connection_bring_signals_and_go_with_it() {
    let service = service().await;
    let connection = connect(&service, ACME).await;
    assert_eq!(service.jira.webhooks().len(), 0, "not before the user is back");
    // A fetch finds out where to begin, and looks once more if it did so before the webhooks were there.
    assert!((2..=3).contains(&service.attend().await));
    let made = service.jira.webhooks();
    assert_eq!((made.len(), made[0].url.as_str()), (1, "https://connectors.example/webhooks/jira"));
    assert_eq!(kept(&service).await, [format!("acme.atlassian.net/{}", made[0].id)]);
    let delivery = created_at_webhook(made[0].id);
    assert_eq!(deliver_to_app(&service, "one", &delivery).await["status"], "accepted");
    assert_eq!(signals(&service, ACME).await[0]["connection_id"], connection["id"]);
    disconnect(&service, ACME, &connection).await;
    assert_eq!(service.jira.webhooks().len(), 0);
    assert_eq!(kept(&service).await, [""; 0]);
    assert_eq!(deliver_to_app(&service, "two", &delivery).await, json!({"status": "ignored", "signals": 0}));
    service.advance(40 * DAY);
    assert_eq!(service.attend().await, 0);
}

#[tokio::test]
async fn webhooks_are_renewed_a_week_before_they_run_out_with_tokens_that_are_fresh() {
    let service = service().await;
    let connection = connect(&service, ACME).await;
    service.attend().await;
    let id = service.jira.webhooks()[0].id;
    for _ in 0..100 {
        service.advance(DAY);
        service.attend().await;
        assert_eq!(service.jira.webhooks().iter().map(|webhook| webhook.id).collect::<Vec<_>>(), [id]);
    }
    assert_eq!(deliver_to_app(&service, "one", &created_at_webhook(id)).await["status"], "accepted");
    // The access token has ended long ago when the user disconnects.
    service.advance(DAY);
    disconnect(&service, ACME, &connection).await;
    assert_eq!(service.jira.webhooks().len(), 0);
}

#[tokio::test]
async fn a_webhook_that_two_tenants_share_goes_with_the_last_of_them() {
    let service = service().await;
    let (acme, globex) = (connect(&service, ACME).await, connect(&service, GLOBEX).await);
    service.attend().await;
    let made = service.jira.webhooks();
    assert_eq!(made.len(), 1, "Jira knows the app and the user alone");
    disconnect(&service, ACME, &acme).await;
    assert_eq!(service.jira.webhooks().len(), 1);
    assert_eq!(deliver_to_app(&service, "one", &created_at_webhook(made[0].id)).await["signals"], 1);
    assert_eq!(signals(&service, ACME).await.len(), 0);
    assert_eq!(signals(&service, GLOBEX).await.len(), 1);
    disconnect(&service, GLOBEX, &globex).await;
    assert_eq!(service.jira.webhooks().len(), 0);
}

#[tokio::test]
async fn without_a_public_url_there_are_none_until_it_is_set() {
    let service = Service::builder().idle().start().await;
    connect(&service, ACME).await;
    service.attend().await;
    assert_eq!(service.jira.webhooks().len(), 0);
    let mut config = service.state.service().config().clone();
    config.public_url = Some("https://connectors.example/".parse().unwrap());
    let clock = std::sync::Arc::new(service.clock.clone());
    let replica = AppState::open_at(config, clock).await.unwrap();
    service.advance(Duration::from_secs(60 * 60));
    replica.service().attend_all().await.unwrap();
    assert_eq!(service.jira.webhooks().len(), 1);
    replica.service().store().close().await;
}

#[tokio::test]
async fn a_site_that_fails_is_asked_again() {
    let service = service().await;
    connect(&service, ACME).await;
    service.jira.fail_next(Endpoint::RegisterWebhooks, 1, Failure::Status(503));
    service.attend().await;
    assert_eq!(service.jira.webhooks().len(), 0);
    service.advance(Duration::from_secs(7));
    service.attend().await;
    assert_eq!(service.jira.webhooks().len(), 1);
}

#[tokio::test]
async fn a_replica_that_dies_anywhere_leaves_one_webhook_that_works() {
    let mut place = 0;
    loop {
        let service = service().await;
        connect(&service, ACME).await;
        let replica = service.replica().await;
        let done = die_at(place, replica.service().attend_all()).await;
        service.bury(&replica).await;
        service.advance(LEASES);
        service.attend().await;
        let made = service.jira.webhooks();
        assert_eq!(made.len(), 1, "died at {place}");
        assert_eq!(kept(&service).await, [format!("acme.atlassian.net/{}", made[0].id)], "died at {place}");
        let receipt = deliver_to_app(&service, "one", &created_at_webhook(made[0].id)).await;
        assert_eq!(receipt["status"], "accepted", "died at {place}");
        if done.is_some() {
            break;
        }
        place += 1;
    }
    assert!(place >= 20, "it has {place} places to die at");
}
