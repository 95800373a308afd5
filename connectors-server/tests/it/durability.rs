//! What was acknowledged survives.

use connectors_examples::recorded;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{ACME, Program, Service};

#[tokio::test]
async fn the_database_writes_ahead_and_syncs_fully() {
    let service = Service::start().await;
    let durability = service.state.service().store().durability().await.unwrap();
    assert_eq!(durability, ("wal".to_owned(), 2), "2 is FULL");
}

#[tokio::test]
async fn a_kill_right_after_an_acknowledgement_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for delivery in recorded::github().iter().filter(|delivery| delivery.event != "ping").take(5) {
        let program = Program::serve(folder.path(), &[]).await;
        let call = program.call(Method::POST, "/webhooks/github").delivery(delivery, "unused", Uuid::new_v4());
        assert_eq!(call.send().await.ok(202), json!({"status": "accepted", "signals": 1}), "{}", delivery.name);
        program.kill().await;
        acknowledged += 1;

        let program = Program::serve(folder.path(), &[]).await;
        let stored = program.call(Method::GET, "/signals").tenant(ACME).send().await.ok(200);
        assert_eq!(stored["signals"].as_array().unwrap().len(), acknowledged);
        let call = program.call(Method::POST, "/webhooks/github").delivery(delivery, "unused", Uuid::new_v4());
        assert_eq!(call.send().await.ok(202), json!({"status": "duplicate", "signals": 0}));
        program.kill().await;
    }
    assert_eq!(acknowledged, 5);
}
