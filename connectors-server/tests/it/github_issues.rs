//! What GitHub never delivered is fetched, and nothing is told twice.

use std::time::Duration;

use connectors_examples::standin::github::{Endpoint, Expiry, Failure};
use connectors_server::failpoint::die_at;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{ACME, GLOBEX, Service};

/// Longer than a fetch waits for the next.
const QUARTER: Duration = Duration::from_secs(16 * 60);

/// The account of the stand-in's user.
const OWNER: u64 = 21_031_067;

fn issue(number: u64, created_at: &str, updated_at: &str) -> Value {
    json!({
        "id": 1_000 + number, "number": number, "title": format!("Issue {number}"), "state": "open",
        "html_url": format!("https://github.com/Codertocat/Hello-World/issues/{number}"),
        "created_at": created_at, "updated_at": updated_at, "closed_at": null,
        "user": {"id": 7, "login": "octocat", "html_url": "https://github.com/octocat"},
        "repository": {"id": 5, "full_name": "Codertocat/Hello-World", "owner": {"id": OWNER}},
    })
}

fn with(mut issue: Value, changes: Value) -> Value {
    issue.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    issue
}

/// A service at rest whose connection knows where to begin.
async fn connected() -> Service {
    let service = Service::builder().idle().start().await;
    service.github.has_issue(issue(1, "2025-12-01T00:00:00Z", "2025-12-31T00:00:00Z"));
    service.connect(ACME).await;
    assert_eq!(service.attend().await, 1, "it finds out where to begin");
    service
}

async fn fetch(service: &Service) {
    service.advance(QUARTER);
    assert_eq!(service.attend().await, 1);
}

/// Kind, title, time and actor of the tenant's signals, oldest first.
async fn told(service: &Service, tenant: Uuid) -> Vec<String> {
    let mut told = Vec::new();
    let mut path = "/signals?limit=100".to_owned();
    loop {
        let page = service.get(&path).tenant(tenant).send().await.ok(200);
        told.extend(page["signals"].as_array().unwrap().iter().map(|signal| {
            let text = |pointer: &str| signal.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
            format!("{} {} {} {}", text("/kind"), text("/occurred_at"), text("/title"), text("/actor/name"))
        }));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/signals?limit=100&cursor={cursor}");
    }
    told.sort();
    told
}

async fn deliver(service: &Service, event: &str, body: &Value) -> Value {
    let path = format!("/webhooks/github/{ACME}");
    let body = body.to_string();
    let mut headers = HeaderMap::new();
    headers.insert("x-github-event", event.parse().unwrap());
    let signature = hmac(&service.own_secret(ACME), body.as_bytes());
    let call = service.post(&path).by_a_provider().header("x-github-event", event);
    let call = call.header("x-github-delivery", &Uuid::new_v4().to_string());
    call.header("x-hub-signature-256", &format!("sha256={signature}")).body(body).send().await.ok(202)
}

fn hmac(secret: &str, body: &[u8]) -> String {
    connectors_server::crypto::hmac_sha256(secret.as_bytes(), &[body])
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[tokio::test]
async fn what_was_opened_changed_closed_or_merged_unheard_is_told() {
    let service = connected().await;
    let github = &service.github;
    // It is 2026-01-02T03:04:05Z.
    github.has_issue(issue(2, "2026-01-02T03:05:00Z", "2026-01-02T03:05:00Z"));
    github.has_issue(issue(3, "2025-12-24T00:00:00Z", "2026-01-02T03:06:00Z"));
    let closed = issue(4, "2025-12-24T00:00:00Z", "2026-01-02T03:07:00Z");
    github.has_issue(with(closed, json!({"state": "closed", "closed_at": "2026-01-02T03:07:00Z"})));
    let merged = issue(5, "2026-01-02T03:08:00Z", "2026-01-02T03:09:30Z");
    let merged_at = json!({"closed_at": "2026-01-02T03:09:00Z", "pull_request": {"merged_at": "2026-01-02T03:09:00Z"}});
    github.has_issue(with(merged, merged_at));
    let elsewhere = json!({"repository": {"id": 6, "full_name": "someone/else", "owner": {"id": 99}}});
    github.has_issue(with(issue(6, "2026-01-02T03:08:00Z", "2026-01-02T03:08:00Z"), elsewhere));
    github.has_issue(json!({"id": 9_999, "number": "seven", "updated_at": "2026-01-02T03:08:30Z"}));
    fetch(&service).await;
    let expected = [
        "issue_closed 2026-01-02T03:07:00.000000Z Issue 4 -",
        "issue_created 2026-01-02T03:05:00.000000Z Issue 2 octocat",
        "issue_updated 2026-01-02T03:06:00.000000Z Issue 3 -",
        "pr_merged 2026-01-02T03:09:00.000000Z Issue 5 -",
        "pr_opened 2026-01-02T03:08:00.000000Z Issue 5 octocat",
        "pr_updated 2026-01-02T03:09:30.000000Z Issue 5 -",
    ];
    assert_eq!(told(&service, ACME).await, expected);
    fetch(&service).await;
    assert_eq!(told(&service, ACME).await, expected, "once each");
    let signals = service.get("/signals?limit=1&include_payload=true").tenant(ACME).send().await.ok(200);
    assert_eq!(signals["signals"][0]["payload"]["number"], 5);
    assert_eq!(told(&service, GLOBEX).await, [""; 0]);
}

#[tokio::test]
async fn what_a_delivery_has_told_is_not_fetched_and_what_was_fetched_is_not_delivered_again() {
    let service = connected().await;
    let opened = issue(2, "2026-01-02T03:05:00Z", "2026-01-02T03:05:00Z");
    let event = |action: &str, issue: &Value| {
        let repository = issue["repository"].clone();
        json!({"action": action, "issue": issue, "repository": repository, "sender": {"id": 7, "login": "octocat"}})
    };
    service.github.has_issue(opened.clone());
    assert_eq!(deliver(&service, "issues", &event("opened", &opened)).await["status"], "accepted");
    // A comment changes the issue; it was told of too.
    let commented = with(opened.clone(), json!({"updated_at": "2026-01-02T03:06:00Z"}));
    service.github.has_issue(commented.clone());
    let comment = json!({"comment": {"html_url": "https://github.com/x", "created_at": "2026-01-02T03:06:00Z"}});
    let comment = with(event("created", &commented), comment);
    assert_eq!(deliver(&service, "issue_comment", &comment).await["status"], "accepted");
    fetch(&service).await;
    let kinds = async || {
        told(&service, ACME).await.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, ["issue_comment", "issue_created"]);
    // The delivery of this one is late.
    let at = "2026-01-02T03:21:00Z";
    let closed = with(commented, json!({"updated_at": at, "closed_at": at, "state": "closed"}));
    service.github.has_issue(closed.clone());
    fetch(&service).await;
    assert_eq!(kinds().await, ["issue_closed", "issue_comment", "issue_created"]);
    let receipt = deliver(&service, "issues", &event("closed", &closed)).await;
    assert_eq!(receipt, json!({"status": "duplicate", "signals": 0}));
    // Two labels at once are two deliveries of one version.
    let labeled = with(closed, json!({"updated_at": "2026-01-02T03:40:00Z"}));
    for label in ["a", "b"] {
        let labeled = with(event("labeled", &labeled), json!({"label": {"name": label}}));
        assert_eq!(deliver(&service, "issues", &labeled).await["status"], "accepted", "{label}");
    }
}

#[tokio::test]
async fn what_is_younger_than_a_minute_is_left_to_its_delivery() {
    let service = connected().await;
    service.advance(QUARTER);
    // It is 03:20:05.
    service.github.has_issue(issue(2, "2026-01-02T03:19:06Z", "2026-01-02T03:19:06Z"));
    service.github.has_issue(issue(3, "2026-01-02T03:19:04Z", "2026-01-02T03:19:04Z"));
    service.attend().await;
    assert_eq!(told(&service, ACME).await, ["issue_created 2026-01-02T03:19:04.000000Z Issue 3 octocat"]);
    fetch(&service).await;
    assert_eq!(told(&service, ACME).await.len(), 2);
}

#[tokio::test]
async fn what_was_opened_unheard_is_told_though_it_was_changed_again_before_it_was_met() {
    let service = connected().await;
    // It was opened before others that were met first, and is younger than they are by its last change.
    service.github.has_issue(issue(2, "2026-01-02T03:06:00Z", "2026-01-02T03:06:00Z"));
    service.advance(QUARTER);
    service.github.has_issue(issue(3, "2026-01-02T03:05:00Z", "2026-01-02T03:20:00Z"));
    assert_eq!(service.attend().await, 1);
    assert_eq!(told(&service, ACME).await, ["issue_created 2026-01-02T03:06:00.000000Z Issue 2 octocat"]);
    fetch(&service).await;
    let expected = [
        "issue_created 2026-01-02T03:05:00.000000Z Issue 3 octocat",
        "issue_created 2026-01-02T03:06:00.000000Z Issue 2 octocat",
        "issue_updated 2026-01-02T03:20:00.000000Z Issue 3 -",
    ];
    assert_eq!(told(&service, ACME).await, expected);
    // A month later nothing remembers what was told, and what is old is no news.
    service.advance(Duration::from_secs(40 * 24 * 60 * 60));
    service.github.has_issue(issue(3, "2026-01-02T03:05:00Z", "2026-02-11T00:00:00Z"));
    service.attend().await;
    assert_eq!(told(&service, ACME).await.len(), 4, "the update alone");
}

/// More than two pages, of which one changed in the same second.
fn fill(service: &Service) {
    for number in 2..130 {
        let second = if number < 40 { number } else { 40 };
        let at = format!("2026-01-02T03:05:{second:02}Z");
        service.github.has_issue(issue(number, &at, &at));
    }
}

#[tokio::test]
async fn a_fetch_that_dies_anywhere_and_is_begun_again_ends_with_the_same_signals() {
    let alone = connected().await;
    fill(&alone);
    fetch(&alone).await;
    let expected = told(&alone, ACME).await;
    assert_eq!(expected.len(), 128);

    // The first places are all different; of those in the midst of many changes, which are alike, some are tried.
    let (mut place, mut died) = (0, 0);
    loop {
        let service = connected().await;
        fill(&service);
        service.advance(QUARTER);
        let replica = service.replica().await;
        let done = die_at(place, replica.service().attend_all()).await;
        service.bury(&replica).await;
        service.advance(Duration::from_secs(3 * 60));
        service.attend().await;
        assert_eq!(told(&service, ACME).await, expected, "died at {place}");
        assert_eq!(service.database.texts("SELECT position FROM upkeep WHERE lease_id IS NULL").await.len(), 1);
        if done.is_some() {
            break;
        }
        died += 1;
        place += if place < 24 { 1 } else { 131 };
    }
    assert!(died > 28, "it died {died} times");
}

#[tokio::test]
async fn a_token_that_is_refused_is_refreshed_once_and_a_grant_that_is_gone_stops_the_connection() {
    let service = Service::builder().idle().start().await;
    let expiry = Expiry { lifetime: Duration::from_secs(8 * 60 * 60), leeway: Duration::ZERO };
    service.github.let_tokens_expire(expiry);
    service.connect(ACME).await;
    service.attend().await;
    // The access token ends before its time.
    service.github.advance_clock(Duration::from_secs(9 * 60 * 60));
    service.github.has_issue(issue(2, "2026-01-02T03:05:00Z", "2026-01-02T03:05:00Z"));
    fetch(&service).await;
    assert_eq!(told(&service, ACME).await.len(), 1);
    service.withdraw_grant().await;
    fetch(&service).await;
    let connection = service.get("/connections").tenant(ACME).send().await.ok(200)["connections"][0].clone();
    assert_eq!(connection["status"], "error");
    assert_eq!(
        connection["last_error"],
        "the provider refuses to refresh the tokens (bad_refresh_token); connect again"
    );
    service.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(service.attend().await, 0);
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_later_and_nothing_is_lost() {
    let service = connected().await;
    service.github.has_issue(issue(2, "2026-01-02T03:05:00Z", "2026-01-02T03:05:00Z"));
    service.github.fail_next(Endpoint::Issues, 1, Failure::Status(502));
    service.github.fail_next(Endpoint::Issues, 1, Failure::Garbage);
    fetch(&service).await;
    service.advance(Duration::from_secs(7));
    assert_eq!(service.attend().await, 1);
    assert_eq!(told(&service, ACME).await, [""; 0]);
    service.advance(Duration::from_secs(13));
    assert_eq!(service.attend().await, 1);
    assert_eq!(told(&service, ACME).await.len(), 1);
}
