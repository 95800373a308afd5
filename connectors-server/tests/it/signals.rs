//! Listing and showing signals.

use std::{collections::BTreeSet, fmt::Write};

use connectors_examples::recorded;
use serde_json::{Value, json};

use crate::harness::{ACME, GLOBEX, Service};

fn signals(page: &Value) -> &Vec<Value> {
    page["signals"].as_array().unwrap()
}

fn titles(page: &Value) -> Vec<&str> {
    signals(page).iter().map(|signal| signal["title"].as_str().unwrap()).collect()
}

/// Issues 0 to `count - 1`, several at each second.
async fn deliver_issues(service: &Service, count: u64) {
    for number in 0..count {
        service.deliver_issue(number, &format!("2026-01-01T00:00:{:02}Z", number / 3)).await;
    }
}

/// What the timeline shows of each recorded delivery, by the delivery's name.
#[tokio::test]
async fn each_recorded_delivery_of_githubs_becomes_the_signal_expected() {
    let mut table = String::new();
    for delivery in recorded::github() {
        let service = Service::start().await;
        let receipt = service.deliver(ACME, &delivery).await.ok(202);
        let page = service.get("/signals").send().await.ok(200);
        assert_eq!(receipt["signals"], signals(&page).len(), "{}", delivery.name);
        writeln!(table, "{}: {}", delivery.name, receipt["status"].as_str().unwrap()).unwrap();
        for signal in signals(&page) {
            let part = |name: &str| signal.pointer(name).and_then(Value::as_str).unwrap_or("-").to_owned();
            writeln!(table, "    {} at {}: {}", part("/kind"), part("/occurred_at"), part("/title")).unwrap();
            writeln!(table, "    {} by {} in {}", part("/url"), part("/actor/id"), part("/source/name")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn recorded_deliveries_become_signals_of_every_kind_that_the_provider_lists() {
    let service = Service::start().await;
    let connection = service.connect(ACME).await;
    assert!(service.deliver_all(ACME).await >= 8);
    let page = service.get("/signals?include_payload=true&limit=100").send().await.ok(200);
    let kinds: BTreeSet<_> = signals(&page).iter().map(|signal| signal["kind"].as_str().unwrap()).collect();
    let providers = service.get("/providers").send().await.ok(200);
    let listed: BTreeSet<_> = providers["providers"][0]["signal_kinds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind.as_str().unwrap())
        .collect();
    assert_eq!(kinds, listed);
    for signal in signals(&page) {
        assert_eq!(signal["connection_id"], connection["id"]);
        assert_eq!(signal["provider_slug"], "github");
        assert_eq!(signal["actor"]["name"], "Codertocat");
        assert_eq!(signal["source"]["name"], "Codertocat/Hello-World");
        assert!(signal["url"].as_str().unwrap().starts_with("https://github.com/"), "{signal}");
    }
}

#[tokio::test]
async fn come_newest_first_by_the_time_of_the_event() {
    let service = Service::start().await;
    service.deliver_all(ACME).await;
    let page = service.get("/signals").send().await.ok(200);
    let times: Vec<_> =
        signals(&page).iter().map(|signal| (signal["occurred_at"].to_string(), signal["id"].to_string())).collect();
    assert!(times.is_sorted_by(|a, b| a > b), "{times:?}");
    assert_eq!(page["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_walk_sees_each_once_while_others_arrive() {
    let service = Service::start().await;
    deliver_issues(&service, 30).await;
    let (mut seen, mut cursor, mut late) = (Vec::new(), String::new(), 1000);
    loop {
        let page = service.get(&format!("/signals?limit=4{cursor}")).send().await.ok(200);
        seen.extend(titles(&page).into_iter().map(str::to_owned));
        // One newer than all, one at the time of the page's end, one older than all.
        let edge = signals(&page).last().unwrap()["occurred_at"].as_str().unwrap();
        for time in ["2026-01-01T01:00:00Z", edge, "2025-01-01T00:00:00Z"] {
            service.deliver_issue(late, time).await;
            late += 1;
        }
        match page["next_cursor"].as_str() {
            Some(next) if seen.len() < 200 => cursor = format!("&cursor={next}"),
            _ => break,
        }
        if late > 1040 {
            break;
        }
    }
    let original: Vec<_> = seen.iter().filter(|title| title.len() < "Issue 1000".len()).collect();
    let expected: Vec<_> = (0..30).rev().map(|number| format!("Issue {number}")).collect();
    assert_eq!(original, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn are_filtered() {
    let service = Service::start().await;
    let connection = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
    let all = service.deliver_all(ACME).await;
    service.deliver_issue(1, "2026-01-01T00:00:00.5Z").await;
    let count =
        async |query: &str| signals(&service.get(&format!("/signals?{query}")).send().await.ok(200)).len() as u64;
    assert_eq!(count("provider=github").await, all + 1);
    assert_eq!(count(&format!("connection_id={connection}")).await, all);
    assert_eq!(count("connection_id=0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b").await, 0);
    assert_eq!(count("kind=issue_created").await, 2);
    assert_eq!(count("kind=message_posted").await, 0);
    assert_eq!(count(&format!("kind=issue_created&connection_id={connection}&provider=github")).await, 1);
    // Both bounds are inclusive, to the microsecond.
    assert_eq!(count("occurred_after=2026-01-01T00:00:00.500000Z").await, 1);
    assert_eq!(count("occurred_after=2026-01-01T00:00:00.500001Z").await, 0);
    assert_eq!(count("occurred_after=2026-01-01T01:00:00.5%2B01:00&occurred_before=2026-01-01T00:00:00.5Z").await, 1);
    assert_eq!(count("occurred_before=2026-01-01T00:00:00.499999Z").await, all);
    let backwards = service.get("/signals?occurred_after=2026-01-02T00:00:00Z&occurred_before=2026-01-01T00:00:00Z");
    assert_eq!(backwards.send().await.invalid("occurred_after"), "must not be later than `occurred_before`");
    let finer = service.get("/signals?occurred_after=2026-01-01T00:00:00.1234567Z").send().await;
    finer.invalid("occurred_after");
}

#[tokio::test]
async fn carry_the_event_as_it_was_received_only_on_request() {
    let service = Service::start().await;
    let delivery = recorded::github().into_iter().find(|delivery| delivery.name == "issues.opened").unwrap();
    service.deliver(ACME, &delivery).await;
    let without = service.get("/signals").send().await;
    assert!(without.ok(200)["signals"][0].get("payload").is_none());
    let raw = std::str::from_utf8(delivery.body).unwrap().trim();
    let with = service.get("/signals?include_payload=true").send().await;
    assert!(String::from_utf8_lossy(&with.body).contains(raw), "byte for byte");
    let id = without.json()["signals"][0]["id"].as_str().unwrap().to_owned();
    let one = service.get(&format!("/signals/{id}")).send().await;
    assert!(String::from_utf8_lossy(&one.body).contains(raw));
    assert_eq!(one.json(), with.json()["signals"][0]);
}

#[tokio::test]
async fn belong_to_their_tenant() {
    let service = Service::start().await;
    deliver_issues(&service, 3).await;
    let page = service.get("/signals?limit=1").send().await.ok(200);
    let id = page["signals"][0]["id"].as_str().unwrap();
    service.get(&format!("/signals/{id}")).tenant(GLOBEX).send().await.refused("SIGNAL_NOT_FOUND");
    service.get("/signals/x").send().await.invalid("signal_id");
    let theirs = service.get("/signals").tenant(GLOBEX).send().await.ok(200);
    assert_eq!(theirs, json!({"signals": [], "next_cursor": null}));
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list_tenant_and_filters_but_not_to_limit_and_payload() {
    let service = Service::start().await;
    service.connect(ACME).await;
    deliver_issues(&service, 5).await;
    let page = service.get("/signals?limit=2&kind=issue_created").send().await.ok(200);
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{cursor}");
    let next =
        service.get(&format!("/signals?limit=3&kind=issue_created&include_payload=true&cursor={cursor}")).send().await;
    assert_eq!(titles(&next.ok(200)), ["Issue 2", "Issue 1", "Issue 0"]);
    let damaged = format!("{}{}", if cursor.starts_with('A') { 'B' } else { 'A' }, &cursor[1..]);
    for (tenant, path) in [
        (ACME, format!("/signals?cursor={cursor}")),
        (ACME, format!("/signals?kind=issue_closed&cursor={cursor}")),
        (ACME, format!("/signals?kind=issue_created&provider=github&cursor={cursor}")),
        (GLOBEX, format!("/signals?kind=issue_created&cursor={cursor}")),
        (ACME, format!("/connections?cursor={cursor}")),
        (ACME, format!("/signals?kind=issue_created&cursor={damaged}")),
        (ACME, format!("/signals?kind=issue_created&cursor={}", &cursor[..20])),
        (ACME, "/signals?cursor=".into()),
    ] {
        service.get(&path).tenant(tenant).send().await.invalid("cursor");
    }
}

#[tokio::test]
async fn a_page_of_large_payloads_is_cut_and_goes_on() {
    let service = Service::start().await;
    for number in 0..4 {
        let body = json!({
            "action": "opened",
            "issue": {"number": number, "title": format!("Issue {number}"), "body": "x".repeat(9 << 20)},
            "repository": {"owner": {"id": 7}},
        });
        let call = service.post("/webhooks/github").header("x-github-event", "issues").body(body.to_string());
        call.send().await.ok(202);
    }
    let first = service.get("/signals?include_payload=true").send().await.ok(200);
    assert_eq!(titles(&first), ["Issue 3", "Issue 2"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = service.get(&format!("/signals?include_payload=true&cursor={cursor}")).send().await.ok(200);
    assert_eq!((titles(&second), &second["next_cursor"]), (vec!["Issue 1", "Issue 0"], &Value::Null));
    assert_eq!(titles(&service.get("/signals").send().await.ok(200)).len(), 4);
}
