//! What Jira never delivered is searched for, and nothing is told twice.

use std::time::Duration;

use connectors_examples::standin::jira::{Endpoint, Failure, Site};
use connectors_server::failpoint::die_at;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{changed, connect, deliver, globex, signals};
use crate::harness::{ACME, GLOBEX, Service};

/// Longer than a fetch waits for the next.
const QUARTER: Duration = Duration::from_secs(16 * 60);
/// Longer than any lease, and four times as long is shorter than a fetch waits for the next.
const LEASES: Duration = Duration::from_secs(3 * 60);

/// An issue that is as it was created; times are of 2026-01-02.
fn issue(number: u32, created: &str, updated: &str) -> Value {
    let (created, updated) = (format!("2026-01-02T{created}.100+0000"), format!("2026-01-02T{updated}.100+0000"));
    json!({
        "id": (10_000 + number).to_string(), "key": format!("EX-{number}"),
        "fields": {
            "summary": format!("Issue {number}"), "created": created, "updated": updated,
            "statuscategorychangedate": created, "resolutiondate": null,
            "status": {"name": "To Do", "statusCategory": {"id": 2, "key": "new"}},
            "project": {"id": "10000", "key": "EX", "name": "Example"},
            "creator": {"accountId": "5b10ac8d82e05b22cc7d4ef5", "displayName": "Emma Richards"},
            "description": "not asked for",
        },
    })
}

fn done(mut issue: Value, at: &str) -> Value {
    issue["fields"]["status"]["statusCategory"]["key"] = "done".into();
    issue["fields"]["statuscategorychangedate"] = format!("2026-01-02T{at}.090+0000").into();
    issue
}

fn put(service: &Service, issue: &Value) {
    service.jira.has_issue(&Site::default().cloud_id, issue.clone());
}

/// A service at rest whose connection knows where to begin.
async fn connected(sites: impl IntoIterator<Item = Site>) -> Service {
    let service = Service::builder().idle().start().await;
    service.jira.set_sites(sites);
    put(&service, &issue(1, "03:00:00", "03:04:00"));
    connect(&service, ACME).await;
    service.attend().await;
    service
}

async fn fetch(service: &Service) {
    service.advance(QUARTER);
    service.attend().await;
}

/// Kind, time, title and actor of the tenant's signals.
async fn told(service: &Service, tenant: Uuid) -> Vec<String> {
    let text = |signal: &Value, at: &str| signal.pointer(at).and_then(Value::as_str).unwrap_or("-").to_owned();
    let line = |signal: &Value| {
        let [kind, time, title, actor] = ["/kind", "/occurred_at", "/title", "/actor/name"].map(|at| text(signal, at));
        format!("{kind} {} {title} {actor}", &time[11..23])
    };
    let mut told: Vec<String> = signals(service, tenant).await.iter().map(line).collect();
    told.sort();
    told
}

/// The event of an issue as Jira delivers it to a tenant's own webhook, with times in the zone of somebody else.
fn event(name: &str, issue: &Value, changelog: Value) -> Vec<u8> {
    changed(name, |event| {
        event["timestamp"] = json!(1_767_323_400_000_i64);
        event["issue"]["id"] = issue["id"].clone();
        event["issue"]["key"] = issue["key"].clone();
        let mut fields = issue["fields"].clone();
        for name in ["created", "updated", "statuscategorychangedate"] {
            let time =
                chrono::DateTime::parse_from_str(fields[name].as_str().unwrap(), "%Y-%m-%dT%H:%M:%S%.f%z").unwrap();
            let sydney = chrono::FixedOffset::east_opt(11 * 60 * 60).unwrap();
            fields[name] = time.with_timezone(&sydney).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string().into();
        }
        event["issue"]["fields"] = fields;
        if !changelog.is_null() {
            event["changelog"] = changelog;
        }
    })
}

#[tokio::test]
async fn what_was_created_changed_or_resolved_unheard_is_told_once() {
    let service = connected([Site::default()]).await;
    // It is 03:04:05.
    put(&service, &issue(2, "03:05:00", "03:05:00"));
    put(&service, &issue(3, "02:00:00", "03:06:00"));
    put(&service, &done(issue(4, "02:00:00", "03:07:00"), "03:07:00"));
    put(&service, &done(issue(5, "03:08:00", "03:10:00"), "03:09:00"));
    put(&service, &done(issue(6, "03:11:00", "03:11:00"), "03:11:00"));
    put(&service, &json!({"id": "7", "key": "../x", "fields": issue(7, "03:12:00", "03:12:00")["fields"]}));
    put(&service, &json!({"id": "8", "key": 8, "fields": {"updated": "2026-01-02T03:12:00.000+0000", "status": []}}));
    fetch(&service).await;
    let expected = [
        "issue_created 03:05:00.100 EX-2: Issue 2 Emma Richards",
        "issue_created 03:08:00.100 EX-5: Issue 5 Emma Richards",
        "issue_created 03:11:00.100 EX-6: Issue 6 Emma Richards",
        "issue_resolved 03:07:00.090 EX-4: Issue 4 -",
        "issue_resolved 03:09:00.090 EX-5: Issue 5 -",
        "issue_updated 03:06:00.100 EX-3: Issue 3 -",
        "issue_updated 03:10:00.100 EX-5: Issue 5 -",
    ];
    assert_eq!(told(&service, ACME).await, expected);
    fetch(&service).await;
    assert_eq!(told(&service, ACME).await, expected, "once each");
    assert_eq!(told(&service, GLOBEX).await, [""; 0]);
    let page = service.get("/signals?limit=100&include_payload=true").tenant(ACME).send().await.ok(200);
    let signal = page["signals"].as_array().unwrap().iter().find(|it| it["title"] == "EX-3: Issue 3").unwrap();
    assert_eq!(signal["url"], "https://acme.atlassian.net/browse/EX-3");
    assert_eq!(signal["source"]["url"], "https://acme.atlassian.net/browse/EX");
    assert_eq!(signal["payload"]["key"], "EX-3");
    assert!(signal["payload"]["fields"].get("description").is_none(), "{signal}");
}

#[tokio::test]
async fn what_is_younger_than_a_minute_is_left_to_its_delivery_and_what_is_found_late_is_told() {
    let service = connected([Site::default()]).await;
    service.advance(QUARTER);
    // It is 03:20:05.
    put(&service, &issue(2, "03:19:06", "03:19:06"));
    put(&service, &issue(3, "03:19:04", "03:19:04"));
    // What is old enough is told, though the issue was changed since.
    put(&service, &issue(4, "03:10:00", "03:20:00"));
    service.attend().await;
    let first = [
        "issue_created 03:10:00.100 EX-4: Issue 4 Emma Richards",
        "issue_created 03:19:04.100 EX-3: Issue 3 Emma Richards",
    ];
    assert_eq!(told(&service, ACME).await, first);
    // The search did not find this one yet.
    put(&service, &issue(5, "03:18:00", "03:18:00"));
    fetch(&service).await;
    let later = [
        "issue_created 03:18:00.100 EX-5: Issue 5 Emma Richards",
        "issue_created 03:19:06.100 EX-2: Issue 2 Emma Richards",
    ];
    let mut all = [&first[..], &later[..], &["issue_updated 03:20:00.100 EX-4: Issue 4 -"]].concat();
    all.sort_unstable();
    assert_eq!(told(&service, ACME).await, all);
}

#[tokio::test]
async fn what_a_delivery_has_told_is_not_fetched_and_what_was_fetched_is_not_delivered_again() {
    let service = connected([Site::default()]).await;
    let kinds = async || -> Vec<String> {
        told(&service, ACME).await.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    let status = async |body: &[u8]| deliver(&service, ACME, body).await["status"].clone();
    let created = issue(2, "03:05:00", "03:05:00");
    put(&service, &created);
    assert_eq!(status(&event("issue_created", &created, Value::Null)).await, "accepted");
    let resolved = done(issue(3, "02:00:00", "03:06:00"), "03:06:00");
    put(&service, &resolved);
    assert_eq!(status(&event("issue_updated.resolved", &resolved, Value::Null)).await, "accepted");
    // A comment changes the issue, and comes with few of its fields.
    put(&service, &issue(4, "02:00:00", "03:07:00"));
    let comment = changed("comment_created", |event| {
        event["issue"]["id"] = json!("10004");
        event["comment"]["created"] = json!("2026-01-02T14:07:00.100+1100");
        event["comment"]["updated"] = json!("2026-01-02T14:07:00.100+1100");
    });
    assert_eq!(status(&comment).await, "accepted");
    let reopened = issue(5, "02:00:00", "03:08:00");
    put(&service, &reopened);
    assert_eq!(status(&event("issue_updated.reopened", &reopened, Value::Null)).await, "accepted");
    fetch(&service).await;
    let delivered = ["issue_comment", "issue_created", "issue_reopened", "issue_resolved"];
    assert_eq!(kinds().await, delivered);
    // The deliveries of these are late.
    let created = issue(6, "03:21:00", "03:21:00");
    let updated = issue(2, "03:05:00", "03:22:00");
    let resolved = done(issue(4, "02:00:00", "03:23:00"), "03:23:00");
    for issue in [&created, &updated, &resolved] {
        put(&service, issue);
    }
    fetch(&service).await;
    let all = [
        "issue_comment",
        "issue_created",
        "issue_created",
        "issue_reopened",
        "issue_resolved",
        "issue_resolved",
        "issue_updated",
    ];
    assert_eq!(kinds().await, all);
    for (name, issue) in
        [("issue_created", &created), ("issue_updated", &updated), ("issue_updated.resolved", &resolved)]
    {
        assert_eq!(status(&event(name, issue, Value::Null)).await, "duplicate", "{name}");
    }
    assert_eq!(kinds().await, all);
    // From one done status to another: the issue is done since before.
    let closed = done(issue(4, "02:00:00", "03:40:00"), "03:23:00");
    assert_eq!(status(&event("issue_updated.resolved", &closed, Value::Null)).await, "accepted");
}

#[tokio::test]
async fn a_site_that_refuses_or_is_down_stops_no_other_and_loses_nothing() {
    let service = connected([Site::default(), globex()]).await;
    service.jira.has_issue(&globex().cloud_id, issue(2, "03:05:00", "03:05:00"));
    put(&service, &issue(3, "03:06:00", "03:06:00"));
    service.jira.set_sites([globex()]);
    fetch(&service).await;
    assert_eq!(told(&service, ACME).await, ["issue_created 03:05:00.100 EX-2: Issue 2 Emma Richards"]);
    assert_eq!(signals(&service, ACME).await[0]["url"], "https://globex.atlassian.net/browse/EX-2");
    // The first site that is asked is down.
    service.jira.set_sites([Site::default(), globex()]);
    service.jira.has_issue(&globex().cloud_id, issue(4, "03:21:00", "03:21:00"));
    service.jira.fail_next(Endpoint::Search, 1, Failure::Status(503));
    fetch(&service).await;
    assert_eq!(told(&service, ACME).await.len(), 2);
    fetch(&service).await;
    let last = "issue_created 03:06:00.100 EX-3: Issue 3 Emma Richards";
    assert_eq!((told(&service, ACME).await.len(), told(&service, ACME).await[1].as_str()), (3, last));
}

#[tokio::test]
async fn where_no_site_answers_jira_is_asked_when_it_says() {
    let service = connected([Site::default()]).await;
    put(&service, &issue(2, "03:05:00", "03:05:00"));
    service.jira.fail_next(Endpoint::Search, 1, Failure::TooMany(60));
    service.jira.fail_next(Endpoint::Search, 1, Failure::Status(200));
    fetch(&service).await;
    let searches = || service.jira.calls().iter().filter(|call| **call == Endpoint::Search).count();
    service.advance(Duration::from_secs(59));
    service.attend().await;
    assert_eq!(searches(), 1);
    service.advance(Duration::from_secs(20));
    service.attend().await;
    assert_eq!((searches(), told(&service, ACME).await.len()), (2, 0));
    service.advance(Duration::from_secs(20));
    service.attend().await;
    assert_eq!((searches(), told(&service, ACME).await.len()), (3, 1));
}

#[tokio::test]
async fn a_token_that_is_refused_is_refreshed_and_a_grant_that_is_gone_stops_the_connection() {
    let service = connected([Site::default()]).await;
    put(&service, &issue(2, "03:05:00", "03:05:00"));
    service.jira.end_access_tokens();
    fetch(&service).await;
    assert_eq!(told(&service, ACME).await.len(), 1);
    service.jira.withdraw(super::MIA);
    fetch(&service).await;
    let connection = service.get("/connections").tenant(ACME).send().await.ok(200)["connections"][0].clone();
    assert_eq!(connection["status"], "error");
}

/// Several pages, at two sites.
async fn with_pages() -> Service {
    let service = connected([Site::default(), globex()]).await;
    service.jira.set_page_size(3);
    for number in 2..10 {
        put(&service, &issue(number, "03:05:00", "03:05:00"));
        service.jira.has_issue(&globex().cloud_id, issue(number, "02:00:00", &format!("03:06:0{number}")));
    }
    service.advance(QUARTER);
    service
}

#[tokio::test]
async fn a_fetch_of_many_pages_that_dies_anywhere_and_is_begun_again_ends_with_the_same_signals() {
    let alone = with_pages().await;
    alone.attend().await;
    let expected = told(&alone, ACME).await;
    assert_eq!(expected.len(), 16);
    let (mut place, mut died) = (0, 0);
    loop {
        let service = with_pages().await;
        let replica = service.replica().await;
        let done = die_at(place, replica.service().attend_all()).await;
        service.bury(&replica).await;
        // A search whose pages have become too old is begun again.
        service.advance(if place % 2 == 0 { LEASES } else { 4 * LEASES });
        service.attend().await;
        assert_eq!(told(&service, ACME).await, expected, "died at {place}");
        if done.is_some() {
            break;
        }
        // The first places are all different; later ones are alike, page by page.
        died += 1;
        place += if place < 16 { 1 } else { 11 };
    }
    assert!(died > 20, "it died {died} times");
}
