//! What was acknowledged survives.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Program, Service, TestDatabase, on_postgres, proof_size};

#[tokio::test]
async fn the_database_syncs_what_is_acknowledged() {
    let service = Service::start().await;
    let durability = service.state.service().store().durability().await.unwrap();
    // 2 is FULL. The tests' PostgreSQL is told not to sync at all, which is its operator's choice.
    let expected = if on_postgres() { "fsync off, synchronous_commit on" } else { "journal_mode wal, synchronous 2" };
    assert_eq!(durability, expected);
}

#[tokio::test]
async fn a_kill_right_after_an_acknowledgement_loses_nothing() {
    let database = TestDatabase::create().await;
    let rounds = proof_size(4);
    let mut program = Program::serve(&database, &[]).await;
    for round in 1..=rounds {
        let body = json!({
            "action": "opened",
            "issue": {"number": round, "title": format!("Issue {round}")},
            "repository": {"owner": {"id": 7}},
        })
        .to_string();
        let deliver = |program: &Program| {
            let call = program.call(Method::POST, "/webhooks/github").header("x-github-event", "issues");
            call.body(body.clone()).send()
        };
        assert_eq!(deliver(&program).await.ok(202), json!({"status": "accepted", "signals": 1}), "round {round}");
        program.kill().await;
        program = Program::serve(&database, &[]).await;
        let newest = program.call(Method::GET, "/signals?limit=1").send().await.ok(200);
        assert_eq!(newest["signals"][0]["title"], format!("Issue {round}"));
        assert_eq!(deliver(&program).await.ok(202), json!({"status": "duplicate", "signals": 0}), "round {round}");
    }
    let pages = program.call(Method::GET, "/signals?limit=100").send().await.ok(200);
    assert_eq!(pages["signals"].as_array().unwrap().len(), rounds.min(100) as usize);
}
