//! Google: what its products share, and what each has of its own.

mod calendar;
mod channels;
mod death;
mod drive;
mod gmail;
mod oauth;
mod push;

use std::{fmt::Write, time::Duration};

use connectors_examples::standin::google::Account;
use connectors_server::{
    model::{ExternalAccount, Reference},
    provider::Registry,
};
use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use crate::harness::Service;

/// A service that does what is due when it is told to.
async fn start() -> Service {
    Service::builder().idle().reachable().start().await
}

/// The callback's path and query.
async fn approved(service: &Service, product: &str, tenant: Uuid) -> String {
    let started = service.post(&format!("/connect/{product}")).tenant(tenant).send().await.ok(200);
    let url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    let callback = service.google.approve(&url).await.unwrap();
    format!("/connect/{product}/callback?{}", callback.query().unwrap())
}

/// Connects the account that is signed in; the connection.
pub async fn connect(service: &Service, product: &str, tenant: Uuid) -> Value {
    let path = approved(service, product, tenant).await;
    service.get(&path).tenant(tenant).send().await.ok(200)["connection"].clone()
}

async fn disconnect(service: &Service, tenant: Uuid, connection: &Value) {
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(service.delete(&path).tenant(tenant).send().await.status, 204);
}

/// Time passes for the service and for Google, and what has become due is done.
pub async fn pass(service: &Service, time: Duration) {
    service.advance(time);
    service.google.advance_clock(time);
    service.attend().await;
}

/// The tenant's signals, oldest first.
async fn signals(service: &Service, tenant: Uuid) -> Vec<Value> {
    let page = service.get("/signals?limit=100&include_payload=true").tenant(tenant).send().await.ok(200);
    let mut signals = page["signals"].as_array().unwrap().clone();
    signals.sort_by_key(|signal| signal["id"].as_str().unwrap().to_owned());
    signals
}

/// What the tenant's signals say, oldest first.
async fn told(service: &Service, tenant: Uuid) -> Vec<String> {
    let part = |signal: &Value, name: &str| signal[name].as_str().unwrap().to_owned();
    let signals = signals(service, tenant).await;
    signals.iter().map(|signal| format!("{} {}", part(signal, "kind"), part(signal, "title"))).collect()
}

fn charles() -> Account {
    Account { sub: "108204268033311374519".into(), email: "charles@example.com".into(), name: "Charles Babbage".into() }
}

/// The recorded changes of a product, by the names of their files.
pub fn changes(product: &str) -> Vec<(String, Box<RawValue>)> {
    let folder = format!("{}/tests/fixtures/{product}/changes", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |file: std::path::PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap().trim().to_owned();
        (file.file_stem().unwrap().to_str().unwrap().to_owned(), RawValue::from_string(text).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// What becomes of the recorded changes.
fn recorded(product: &str) -> String {
    let fetcher = Registry.get(product).unwrap().fetcher().unwrap();
    let account = ExternalAccount { id: "ada@example.com".into(), name: "ada@example.com".into(), url: None };
    let mut table = String::new();
    for (name, payload) in changes(product) {
        let kind = name.split('.').next().unwrap().parse().unwrap();
        let draft = fetcher.draft(kind, &account, &payload).unwrap();
        let at = draft.occurred_at.map(|at| at.to_string());
        writeln!(table, "{name}: {} at {}: {}", draft.kind, at.as_deref().unwrap_or("-"), draft.title).unwrap();
        let reference =
            |it: &Option<Reference>| it.as_ref().map_or("-".to_owned(), |it| format!("{} ({})", it.name, it.id));
        let (actor, source) = (reference(&draft.actor), reference(&draft.source));
        writeln!(table, "    {} by {actor} in {source}", draft.url.as_deref().unwrap_or("-")).unwrap();
    }
    table
}
