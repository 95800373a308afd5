//! Jira: what GitHub and Slack have not.

mod catch_up;
mod deliveries;
mod oauth;
mod signatures;
mod subscriptions;
mod upkeep;

use connectors_examples::{
    recorded::jira::{authorization, deliveries},
    standin::jira::Site,
};
use serde_json::Value;
use uuid::Uuid;

use crate::harness::{CLIENT_SECRET, Call, Service};

/// The account id of the stand-in's user.
const MIA: &str = "5b10a2844c20165700ede21g";
const EMMA: &str = "5b10ac8d82e05b22cc7d4ef5";

fn body(name: &str) -> &'static [u8] {
    deliveries().into_iter().find(|delivery| delivery.name == name).unwrap().body
}

/// A delivery's body with this changed.
fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(body(name)).unwrap();
    change(&mut body);
    body.to_string().into_bytes()
}

/// A site besides the one that the recorded deliveries are from.
fn globex() -> Site {
    Site {
        cloud_id: "99887766-a1b2-3b33-c444-def123456789".into(),
        name: "globex".into(),
        host: "globex.atlassian.net".into(),
    }
}

/// The call with this body, signed with a tenant's own secret.
fn signed(service: &Service, call: Call, tenant: Uuid, body: &[u8]) -> Call {
    let signature = connectors_examples::recorded::signature(&service.secret_for("jira", tenant), body);
    call.by_a_provider().header("x-hub-signature", &signature).body(body)
}

/// The value of `Authorization` with which Jira delivers, now.
fn bearer(service: &Service) -> String {
    let now = service.state.service().clock().now().to_string();
    authorization(CLIENT_SECRET, now.parse().unwrap())
}

/// To a tenant's own URL.
async fn deliver(service: &Service, tenant: Uuid, body: &[u8]) -> Value {
    signed(service, service.post(&format!("/webhooks/jira/{tenant}")), tenant, body).send().await.ok(202)
}

/// To the app's URL, as of a dynamic webhook.
async fn deliver_to_app(service: &Service, id: &str, body: &[u8]) -> Value {
    let call = service.post("/webhooks/jira").without_tenant().authorization(&bearer(service));
    call.header("x-atlassian-webhook-identifier", id).body(body).send().await.ok(202)
}

async fn authorize_url(service: &Service, tenant: Uuid) -> reqwest::Url {
    let started = service.post("/connect/jira").tenant(tenant).send().await.ok(200);
    started["authorize_url"].as_str().unwrap().parse().unwrap()
}

/// Approves; the callback's path and query.
async fn approved(service: &Service, tenant: Uuid) -> String {
    let callback = service.jira.approve(&authorize_url(service, tenant).await).await.unwrap();
    format!("/connect/jira/callback?{}", callback.query().unwrap())
}

async fn connect(service: &Service, tenant: Uuid) -> Value {
    let path = approved(service, tenant).await;
    service.get(&path).tenant(tenant).send().await.ok(200)["connection"].clone()
}

async fn signals(service: &Service, tenant: Uuid) -> Vec<Value> {
    let page = service.get("/signals?limit=100").tenant(tenant).send().await.ok(200);
    page["signals"].as_array().unwrap().clone()
}
