//! What is due is done: by one replica, for everybody, and at once where somebody rings.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use connectors_examples::standin::{
    github::Account,
    google::{Method, Watched},
};
use connectors_server::{model::SignalKind, provider::descriptors};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    google::connect,
    harness::{ACME, Service, proof_size, soon, until},
};

/// Longer than GitHub's fetches wait for the next.
const QUARTER: Duration = Duration::from_secs(16 * 60);

#[tokio::test]
async fn connections_that_are_due_at_once_are_fetched_once_each_by_two_replicas() {
    let service = Service::builder().idle().start().await;
    let connections = proof_size(60);
    for number in 0..connections {
        let account = Account { id: 1_000 + u64::from(number), login: format!("user-{number}"), name: None };
        service.github.sign_in_as(account);
        service.connect(Uuid::from_u128(u128::from(number) + 1)).await;
    }
    service.attend().await;
    let fetches = || service.github.calls().iter().filter(|call| call.path == "/api/v3/issues").count();
    assert_eq!(fetches(), 0, "they know where to begin");
    service.advance(QUARTER);
    let stop = CancellationToken::new();
    let replicas = [service.replica().await, service.replica().await];
    let running = replicas.each_ref().map(|replica| tokio::spawn(replica.service().clone().upkeep(stop.clone())));
    let begun = Instant::now();
    let left = "SELECT 'x' FROM upkeep WHERE lease_id IS NOT NULL OR due_at <= ";
    let now = service.state.service().clock().now().as_micros();
    let all = async {
        while !service.database.texts(&format!("{left}{now}")).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(30 + u64::from(connections));
    tokio::time::timeout(patience, all).await.expect("all are fetched");
    println!("{connections} connections were fetched in {:?}", begun.elapsed());
    stop.cancel();
    for (replica, running) in replicas.iter().zip(running) {
        running.await.unwrap();
        replica.service().finish().await;
        replica.service().store().close().await;
    }
    assert_eq!(fetches(), connections as usize, "each once");
    assert_eq!(service.database.texts("SELECT 'x' FROM upkeep WHERE failures > 0").await, [""; 0]);
}

#[tokio::test]
async fn a_ring_is_a_signal_in_under_a_second() {
    let service = watched_drive().await;
    let mut took = Vec::new();
    for number in 1..=5 {
        service.google.drive().creates(&format!("File {number}"));
        took.push(ring_until(&service, number).await);
    }
    println!("from a ring to its signal: {took:?}");
    // Other tests share the machine, so one of them may be held up.
    took.sort();
    assert!(took[3] < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn a_ring_during_a_fetch_is_followed_at_once() {
    let service = watched_drive().await;
    let mut took = Vec::new();
    for number in 1..=5 {
        let lists = || service.google.calls().iter().filter(|call| **call == Method::Changes).count();
        let before = lists();
        service.google.delay_next(Duration::from_millis(200));
        service.google.ring(Watched::Drive).await.unwrap();
        until("the fetch has begun", || lists() > before).await;
        service.google.drive().creates(&format!("File {number}"));
        took.push(ring_until(&service, number).await);
    }
    println!("from a ring during a fetch to its signal: {took:?}");
    // The worker looks by itself after a second.
    took.sort();
    assert!(took[1] < Duration::from_millis(700), "{took:?}");
}

/// A tenant with a Drive whose channel is made and has delivered its `sync`.
async fn watched_drive() -> Service {
    let service = Service::builder().reachable().start().await;
    connect(&service, "google-drive", ACME).await;
    for (what, rows) in [
        ("the channel is made", "SELECT id FROM subscriptions"),
        (
            "it knows where to begin",
            "SELECT position FROM upkeep WHERE task = 'fetch' AND position IS NOT NULL AND lease_id IS NULL",
        ),
    ] {
        soon(what, async {
            while service.database.texts(rows).await.is_empty() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    let sync = service.google.ring(Watched::Drive).await.unwrap();
    assert_eq!(sync[0].0, 202, "{sync:?}");
    service
}

/// Rings, and waits until the tenant has that many signals; how long it took.
async fn ring_until(service: &Service, signals: usize) -> Duration {
    let rung = Instant::now();
    let answers = service.google.ring(Watched::Drive).await.unwrap();
    assert_eq!(answers[0].0, 202, "{answers:?}");
    soon("the signal is there", async {
        let count = async || {
            let page = service.get("/signals").tenant(ACME).send().await.ok(200);
            page["signals"].as_array().map_or(0, Vec::len)
        };
        while count().await < signals {
            tokio::task::yield_now().await;
        }
    })
    .await;
    rung.elapsed()
}

#[test]
fn every_kind_of_signal_comes_from_some_provider() {
    let told: BTreeSet<_> =
        descriptors().flat_map(|descriptor| descriptor.signal_kinds).map(|kind| kind.as_str()).collect();
    let all: BTreeSet<_> = SignalKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(told, all);
    assert_eq!(descriptors().count(), 8);
    // That each kind of a provider's has a recorded event or change is checked where the mock's catalogue is made of them.
    let catalogue: Value =
        serde_json::from_str(include_str!("../../../connectors-mock/src/generated/catalogue.json")).unwrap();
    let recorded: BTreeSet<_> = catalogue["providers"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|provider| provider["events"].as_array().unwrap())
        .flat_map(|event| event["signals"].as_array().unwrap())
        .map(|signal| signal["kind"].as_str().unwrap())
        .collect();
    assert_eq!(recorded, all);
}
