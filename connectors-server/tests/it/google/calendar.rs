//! Google Calendar: its events, and the channel that announces their changes.

use std::time::Duration;

use connectors_examples::standin::google::{Failure, Method, Watched};
use serde_json::json;

use super::{connect, disconnect, pass, signals, start, told};
use crate::harness::{ACME, Service};

const MINUTES: Duration = Duration::from_secs(11 * 60);

async fn connected() -> Service {
    let service = start().await;
    connect(&service, "google-calendar", ACME).await;
    service.attend().await;
    service
}

#[tokio::test]
async fn what_happens_to_events_is_told_once_and_what_was_before_is_no_news() {
    let service = start().await;
    let calendar = service.google.calendar();
    let old = calendar.creates("Old");
    service.google.set_page_size(2);
    for number in 0..5 {
        calendar.creates(&format!("Other {number}"));
    }
    pass(&service, MINUTES).await;
    let connection = connect(&service, "google-calendar", ACME).await;
    assert_eq!(connection["external_account"]["id"], "110248495921238986420");
    service.attend().await;
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await, [""; 0]);
    let (one, two) = (calendar.creates("One"), calendar.creates("Two"));
    calendar.renames(&old, "Renamed");
    pass(&service, MINUTES).await;
    let first = ["calendar_event_created One", "calendar_event_created Two", "calendar_event_updated Renamed"];
    assert_eq!(told(&service, ACME).await, first);
    calendar.renames(&one, "One again");
    calendar.deletes(&two);
    pass(&service, MINUTES).await;
    let second = ["calendar_event_updated One again", "calendar_event_deleted Two"];
    assert_eq!(told(&service, ACME).await, [&first[..], &second].concat());
    let signal = signals(&service, ACME).await.remove(0);
    assert_eq!(signal["source"]["name"], "ada@example.com");
    assert_eq!(signal["actor"]["name"], "Ada Lovelace");
    assert!(signal["payload"]["start"].is_object() && signal["payload"].get("description").is_none(), "{signal}");
}

#[tokio::test]
async fn a_sync_token_that_is_not_taken_any_more_loses_nothing_and_tells_nothing_twice() {
    let service = start().await;
    let calendar = service.google.calendar();
    let before = calendar.creates("Before");
    for number in 0..4 {
        calendar.creates(&format!("Untouched {number}"));
    }
    pass(&service, MINUTES).await;
    connect(&service, "google-calendar", ACME).await;
    service.attend().await;
    let seen = calendar.creates("Seen");
    pass(&service, MINUTES).await;
    calendar.creates("New");
    calendar.renames(&before, "Renamed");
    calendar.deletes(&seen);
    service.google.set_page_size(2);
    calendar.forgets_sync_tokens();
    // The second page of the full list fails once: it is read again from there.
    pass(&service, MINUTES).await;
    let expected = [
        "calendar_event_created Seen",
        "calendar_event_created New",
        "calendar_event_updated Renamed",
        "calendar_event_deleted Seen",
    ];
    assert_eq!(told(&service, ACME).await, expected);
    calendar.forgets_sync_tokens();
    service.google.fail_next(Method::Events, 1, Failure::Reason(410, "fullSyncRequired"));
    service.google.fail_next(Method::Events, 1, Failure::Reason(403, "userRateLimitExceeded"));
    pass(&service, MINUTES).await;
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await, expected);
    calendar.creates("Later");
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await.last().unwrap(), "calendar_event_created Later");
}

#[tokio::test]
async fn events_of_long_ago_are_left_out_of_the_list() {
    let service = start().await;
    let calendar = service.google.calendar();
    calendar.created_before("Long ago", chrono::TimeDelta::days(60));
    connect(&service, "google-calendar", ACME).await;
    service.attend().await;
    pass(&service, MINUTES).await;
    calendar.creates("New");
    calendar.forgets_sync_tokens();
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await, ["calendar_event_created New"]);
}

#[tokio::test]
async fn answers_that_make_no_sense_store_nothing_and_lose_nothing() {
    let service = connected().await;
    service.google.calendar().creates("Kept");
    for answer in [json!(null), json!([]), json!({}), json!({"items": {}}), json!({"nextSyncToken": 7, "items": []})] {
        service.google.fail_next(Method::Events, 1, Failure::Answer(answer));
        pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    }
    let strange = json!({"nextSyncToken": "sync-0", "updated": "x", "items": [
        null, "x", {}, {"id": ""}, {"id": 7}, {"id": "a"}, {"id": "a", "updated": "x", "etag": null},
        {"id": "a", "updated": "2026-01-02T03:04:05Z", "creator": 7},
    ]});
    service.google.fail_next(Method::Events, 1, Failure::Answer(strange));
    pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await, ["calendar_event_created Kept"]);
    let odd = json!({"nextSyncToken": "sync-0", "items": [{
        "id": "odd\u{0}", "status": "tentative", "updated": "9999-12-31T23:59:59.999999Z", "created": "9999-12-31T23:59:59Z",
        "summary": format!("a\u{0}{}", "é".repeat(5_000)), "htmlLink": "javascript:alert(1)",
        "creator": {"email": "\u{0}", "displayName": "x"},
    }]});
    service.google.fail_next(Method::Events, 1, Failure::Answer(odd));
    pass(&service, MINUTES).await;
    let stored = signals(&service, ACME).await.remove(1);
    assert_eq!((stored.get("url"), stored.get("actor")), (None, None));
    assert_eq!(stored["title"].as_str().unwrap().chars().count(), 300);
    pass(&service, MINUTES).await;
    service.google.calendar().creates("New");
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await.last().unwrap(), "calendar_event_created New");
}

#[tokio::test]
async fn a_channel_rings_for_its_connection_and_is_stopped_with_it() {
    let service = start().await;
    let connection = connect(&service, "google-calendar", ACME).await;
    connect(&service, "google-drive", ACME).await;
    service.attend().await;
    let channels = service.google.channels();
    assert_eq!(channels.len(), 2);
    let channel = channels.iter().find(|channel| channel.watched == Watched::Calendar).unwrap();
    assert_eq!(service.google.ring(Watched::Calendar).await.unwrap()[0].1, r#"{"status":"ignored","signals":0}"#);
    service.google.calendar().creates("New");
    let rung = service.google.ring(Watched::Calendar).await.unwrap();
    assert_eq!(rung, [(202, r#"{"status":"accepted","signals":0}"#.to_owned())]);
    service.attend().await;
    assert_eq!(told(&service, ACME).await, ["calendar_event_created New"]);
    // Drive's door is not Calendar's.
    let call = service.post("/webhooks/google-drive").by_a_provider().header("x-goog-resource-state", "exists");
    let call = call.header("x-goog-channel-id", &channel.id).header("x-goog-message-number", "9");
    call.header("x-goog-channel-token", channel.token.as_deref().unwrap()).send().await.refused("INVALID_SIGNATURE");
    disconnect(&service, ACME, &connection).await;
    assert!(service.google.channels().iter().all(|channel| channel.watched == Watched::Drive));
    assert_eq!(service.google.channels().len(), 1);
}

#[test]
fn each_recorded_change_becomes_the_signal_expected() {
    insta::assert_snapshot!(super::recorded("google-calendar"));
}
