//! Listing, showing and deleting connections.

use std::time::Duration;

use connectors_examples::standin::github::{Account, Endpoint, Failure};
use serde_json::{Value, json};

use crate::harness::{ACME, GLOBEX, Service};

const REVOCATION: &str = "/api/v3/applications/client-id/token";

fn ids(list: &Value) -> Vec<String> {
    let connections = list["connections"].as_array().unwrap();
    connections.iter().map(|connection| connection["id"].as_str().unwrap().to_owned()).collect()
}

async fn connect_accounts(service: &Service, count: u64) -> Vec<String> {
    let mut ids = Vec::new();
    for id in 1..=count {
        service.github.sign_in_as(Account { id, login: format!("user-{id}"), name: None });
        ids.push(service.connect(ACME).await["id"].as_str().unwrap().to_owned());
        // Two share each time, so that the order within it matters too.
        service.advance(Duration::from_secs(id % 2));
    }
    ids
}

#[tokio::test]
async fn are_listed_oldest_first_in_pages() {
    let service = Service::start().await;
    let all = connect_accounts(&service, 7).await;
    for limit in [1, 2, 3, 6, 7, 8] {
        let (mut listed, mut pages, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let page = service.get(&format!("/connections?limit={limit}{cursor}")).send().await.ok(200);
            listed.extend(ids(&page));
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(listed, all, "limit {limit}");
        assert_eq!(pages, 7usize.div_ceil(limit), "no empty page at the end");
    }
}

#[tokio::test]
async fn are_filtered_by_provider_and_status() {
    let service = Service::start().await;
    let all = connect_accounts(&service, 3).await;
    let list = |query: &str| service.get(&format!("/connections?{query}")).send();
    assert_eq!(ids(&list("provider=github").await.ok(200)), all);
    assert_eq!(ids(&list("status=active&provider=github").await.ok(200)), all);
    assert_eq!(list("status=revoked").await.ok(200), json!({"connections": [], "next_cursor": null}));
    assert_eq!(
        list("status=activ").await.invalid("status"),
        "must be one of active, error, revoked; did you mean `active`?"
    );
    assert_eq!(list("provider=slack").await.ok(200), json!({"connections": [], "next_cursor": null}));
    assert_eq!(
        list("provider=slak").await.invalid("provider"),
        "must be one of github, gmail, google-calendar, google-drive, jira, slack; did you mean `slack`?"
    );
}

#[tokio::test]
async fn belong_to_their_tenant() {
    let service = Service::start().await;
    let id = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
    let path = format!("/connections/{id}");
    let nobody = "/connections/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b";
    for (method, path) in [("GET", path.as_str()), ("DELETE", &path), ("GET", nobody), ("DELETE", nobody)] {
        let answer =
            service.call(method.parse().unwrap(), path).tenant(GLOBEX).header("x-request-id", "r").send().await;
        answer.refused("CONNECTION_NOT_FOUND");
    }
    let foreign = service.get(&path).tenant(GLOBEX).header("x-request-id", "r").send().await;
    let missing = service.get(nobody).tenant(GLOBEX).header("x-request-id", "r").send().await;
    assert_eq!(foreign.body, missing.body);
    assert!(ids(&service.get("/connections").tenant(GLOBEX).send().await.ok(200)).is_empty());
    service.get(&path).send().await.ok(200);
    for wrong in ["x", "0198f0a27c1e7d3a9b526f0e4f1d2c3b", "%FF"] {
        service.get(&format!("/connections/{wrong}")).send().await.invalid("connection_id");
    }
}

#[tokio::test]
async fn deleting_one_erases_the_tokens_revokes_them_and_keeps_the_signals() {
    let service = Service::start().await;
    let id = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
    let signals = service.deliver_all(ACME).await;
    let path = format!("/connections/{id}");
    let deleted = service.delete(&path).send().await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    service.get(&path).send().await.refused("CONNECTION_NOT_FOUND");
    service.delete(&path).send().await.refused("CONNECTION_NOT_FOUND");
    assert!(ids(&service.get("/connections").send().await.ok(200)).is_empty());
    assert_eq!(service.github.calls().iter().filter(|call| call.is("DELETE", REVOCATION)).count(), 1);
    let kept = service.get(&format!("/signals?connection_id={id}")).send().await.ok(200);
    assert_eq!(kept["signals"].as_array().unwrap().len() as u64, signals);
    assert_ne!(service.connect(ACME).await["id"], id);
}

#[tokio::test]
async fn deleting_one_leaves_another_tenants_token_alone() {
    let service = Service::start().await;
    let id = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
    service.connect(GLOBEX).await;
    assert_eq!(service.delete(&format!("/connections/{id}")).send().await.status, 204);
    // GitHub gave each its own token; the deleted one's alone is dead, and the grant stands.
    let calls = service.github.calls();
    assert_eq!(calls.iter().filter(|call| call.is("DELETE", REVOCATION)).count(), 1);
    assert!(!calls.iter().any(|call| call.path.ends_with("/grant")));
    assert_eq!(ids(&service.get("/connections").tenant(GLOBEX).send().await.ok(200)).len(), 1);
}

#[tokio::test]
async fn deleting_one_succeeds_when_the_provider_does_not() {
    let service = Service::builder().set("POBLYSH_PROVIDER_TIMEOUT_SECONDS", "1").start().await;
    for failure in [Failure::Status(500), Failure::Hang, Failure::Garbage] {
        let id = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
        service.github.fail_next(Endpoint::Revocation, 1, failure);
        assert_eq!(service.delete(&format!("/connections/{id}")).send().await.status, 204);
    }
}
