//! Dynamic webhooks, which the service makes through Jira's API.

use std::time::Duration;

use connectors_examples::standin::jira::{Account, Endpoint, Failure, Site};
use connectors_server::{
    model::{ConnectionId, ExternalAccount},
    provider::{
        Api, Grant, ProviderFailure, ProviderHttp, Registry, Session, SubscribeRequest, Subscriber, Subscription,
    },
};
use reqwest::Url;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{EMMA, connect, globex};
use crate::harness::{ACME, GLOBEX, Service};

/// A connection's session with its provider, as the service would open it.
struct Opened {
    http: ProviderHttp,
    config: connectors_server::config::ProviderConfig,
    grant: Grant,
    connection: ConnectionId,
    account: ExternalAccount,
    metadata: Map<String, Value>,
    url: Url,
}

impl Opened {
    async fn of(service: &Service, tenant: Uuid, connection: &Value) -> Self {
        let id = connection["id"].as_str().unwrap().parse().unwrap();
        let account = &connection["external_account"];
        let text = |name: &str| account[name].as_str().unwrap().to_owned();
        Self {
            http: ProviderHttp::new(Duration::from_secs(10)).unwrap(),
            config: service.state.service().config().providers.get("jira"),
            grant: service.grant(tenant, id).await,
            connection: ConnectionId(id),
            account: ExternalAccount { id: text("id"), name: text("name"), url: None },
            metadata: connection["metadata"].as_object().unwrap().clone(),
            url: "https://connectors.example/webhooks/jira".parse().unwrap(),
        }
    }

    fn session(&self, service: &Service) -> Session<'_> {
        Session {
            api: Api { http: &self.http, config: &self.config, app: self.config.app.as_ref().unwrap() },
            grant: &self.grant,
            connection: self.connection,
            account: &self.account,
            metadata: &self.metadata,
            now: service.state.service().clock().now(),
        }
    }

    async fn subscribe(&self, service: &Service, held: &[Subscription]) -> Result<Vec<Subscription>, ProviderFailure> {
        let request = SubscribeRequest { webhook_url: &self.url, held };
        subscriber().subscribe(&self.session(service), &request).await
    }
}

fn subscriber() -> &'static dyn Subscriber {
    Registry.get("jira").unwrap().subscriber().unwrap()
}

/// Subscribes for a connection, and routes deliveries to it.
pub async fn subscribe(service: &Service, tenant: Uuid, connection: &Value) -> Vec<Subscription> {
    let made = Opened::of(service, tenant, connection).await.subscribe(service, &[]).await.unwrap();
    let account = connection["external_account"]["id"].as_str().unwrap();
    for subscription in &made {
        let route = format!(
            "INSERT INTO account_index (provider_slug, account_id, tenant_id, connection_id) \
             SELECT provider_slug, '{}', tenant_id, connection_id FROM account_index \
             WHERE provider_slug = 'jira' AND account_id = '{account}'",
            Subscription::name(&subscription.id)
        );
        service.database.execute(&route).await;
    }
    made
}

/// The webhooks that the connection's account has.
pub fn held(service: &Service, _: Uuid, connection: &Value) -> Vec<u64> {
    let account = connection["external_account"]["id"].as_str().unwrap();
    service.jira.webhooks().iter().filter(|it| it.account_id == account).map(|it| it.id).collect()
}

fn ids(subscriptions: &[Subscription]) -> Vec<&str> {
    subscriptions.iter().map(|subscription| subscription.id.as_str()).collect()
}

#[tokio::test]
async fn each_site_gets_a_webhook_of_all_issues_for_thirty_days() {
    let service = Service::builder().idle().start().await;
    service.jira.set_sites([Site::default(), globex()]);
    let opened = Opened::of(&service, ACME, &connect(&service, ACME).await).await;
    let made = opened.subscribe(&service, &[]).await.unwrap();
    assert_eq!(ids(&made), ["acme.atlassian.net/1000", "globex.atlassian.net/1000"]);
    assert!(made.iter().all(|it| it.expires_at.unwrap().to_string() == "2026-02-01T03:04:05.000000Z"), "{made:?}");
    assert_eq!(made[1].resource, globex().cloud_id);
    for webhook in service.jira.webhooks() {
        assert_eq!(webhook.url, "https://connectors.example/webhooks/jira");
        assert_eq!(webhook.events, ["jira:issue_created", "jira:issue_updated", "comment_created"]);
    }
}

#[tokio::test]
async fn webhooks_are_renewed_and_made_again_when_they_are_gone() {
    let service = Service::builder().idle().start().await;
    let connection = connect(&service, ACME).await;
    let opened = Opened::of(&service, ACME, &connection).await;
    let first = opened.subscribe(&service, &[]).await.unwrap();
    service.advance(Duration::from_secs(50 * 60));
    let renewed = opened.subscribe(&service, &first).await.unwrap();
    assert_eq!(ids(&renewed), ids(&first));
    assert!(renewed[0].expires_at > first[0].expires_at);
    service.jira.lose_webhook(1000);
    let again = opened.subscribe(&service, &renewed).await.unwrap();
    assert_eq!(ids(&again), ["acme.atlassian.net/1001"]);
    // So is one that has run out.
    service.advance(Duration::from_secs(30 * 24 * 60 * 60));
    let opened = Opened::of(&service, ACME, &connect(&service, ACME).await).await;
    let later = opened.subscribe(&service, &again).await.unwrap();
    assert_eq!(ids(&later), ["acme.atlassian.net/1002"]);
    assert_eq!(held(&service, ACME, &connection), [1002]);
    assert!(subscriber().margin() >= Duration::from_secs(24 * 60 * 60));
}

#[tokio::test]
async fn what_was_made_and_not_stored_is_found_again_and_never_piles_up() {
    let service = Service::builder().idle().start().await;
    let connection = connect(&service, ACME).await;
    let opened = Opened::of(&service, ACME, &connection).await;
    for _ in 0..7 {
        assert_eq!(ids(&opened.subscribe(&service, &[]).await.unwrap()), ["acme.atlassian.net/1000"]);
    }
    assert_eq!(held(&service, ACME, &connection), [1000]);
    // Made, but then Jira fails: the next try finds it.
    service.jira.lose_webhook(1000);
    service.jira.fail_next(Endpoint::RefreshWebhooks, 1, Failure::Status(503));
    assert!(matches!(opened.subscribe(&service, &[]).await, Err(ProviderFailure::Busy { status: 503, .. })));
    assert_eq!(ids(&opened.subscribe(&service, &[]).await.unwrap()), ["acme.atlassian.net/1001"]);
    // Another tenant's connection of the same account shares it, as Jira has five for a user at most.
    let other = Opened::of(&service, GLOBEX, &connect(&service, GLOBEX).await).await;
    assert_eq!(ids(&other.subscribe(&service, &[]).await.unwrap()), ["acme.atlassian.net/1001"]);
    // Another user's is another one.
    service.jira.sign_in_as(Account { id: EMMA.into(), name: "Emma Richards".into() });
    let emma = Opened::of(&service, GLOBEX, &connect(&service, GLOBEX).await).await;
    assert_eq!(ids(&emma.subscribe(&service, &[]).await.unwrap()), ["acme.atlassian.net/1002"]);
}

#[tokio::test]
async fn a_webhook_ends_once_and_one_that_is_not_needed_any_more_is_not_named() {
    let service = Service::builder().idle().start().await;
    service.jira.set_sites([Site::default(), globex()]);
    let connection = connect(&service, ACME).await;
    let mut opened = Opened::of(&service, ACME, &connection).await;
    let made = opened.subscribe(&service, &[]).await.unwrap();
    // The user has lost a site.
    opened.metadata["sites"].as_array_mut().unwrap().pop();
    let left = opened.subscribe(&service, &made).await.unwrap();
    assert_eq!(ids(&left), ["acme.atlassian.net/1000"]);
    for _ in 0..2 {
        subscriber().unsubscribe(&opened.session(&service), &made[1]).await.unwrap();
        assert_eq!(held(&service, ACME, &connection).len(), 1);
    }
    subscriber().unsubscribe(&opened.session(&service), &left[0]).await.unwrap();
    assert_eq!(held(&service, ACME, &connection).len(), 0);
    service.jira.set_sites([]);
    subscriber().unsubscribe(&opened.session(&service), &left[0]).await.unwrap();
}

#[tokio::test]
async fn a_site_that_refuses_keeps_none_of_the_others_from_being_heard() {
    let service = Service::builder().idle().start().await;
    service.jira.set_sites([Site::default(), globex()]);
    let opened = Opened::of(&service, ACME, &connect(&service, ACME).await).await;
    service.jira.set_sites([globex()]);
    assert_eq!(ids(&opened.subscribe(&service, &[]).await.unwrap()), ["globex.atlassian.net/1000"]);
    service.jira.set_sites([]);
    let told = opened.subscribe(&service, &[]).await;
    assert!(matches!(told, Err(ProviderFailure::Answered { status: 404, .. })), "{told:?}");
    service.jira.set_sites([Site::default(), globex()]);
    service.jira.fail_next(Endpoint::ListWebhooks, 1, Failure::TooMany(30));
    let busy = opened.subscribe(&service, &[]).await;
    let thirty = Some(Duration::from_secs(30));
    assert!(matches!(busy, Err(ProviderFailure::Busy { retry_after, .. }) if retry_after == thirty), "{busy:?}");
    service.jira.fail_next(Endpoint::RegisterWebhooks, 1, Failure::Status(200));
    assert_eq!(opened.subscribe(&service, &[]).await.unwrap().len(), 1, "nonsense is no webhook");
    // The grant was withdrawn.
    service.jira.withdraw(super::MIA);
    let gone = opened.subscribe(&service, &[]).await;
    assert!(matches!(gone, Err(ProviderFailure::TokenRefused { status: 401, .. })), "{gone:?}");
}
