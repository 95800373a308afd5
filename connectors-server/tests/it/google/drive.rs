//! Google Drive: its changes, and the channel that announces them.

use std::time::Duration;

use connectors_examples::standin::google::{Failure, Method, Watched};
use serde_json::{Value, json};

use super::{connect, disconnect, pass, signals, start, told};
use crate::harness::{ACME, Service};

const MINUTES: Duration = Duration::from_secs(11 * 60);

/// A service with a connection, whose first fetch is done.
async fn connected() -> Service {
    let service = start().await;
    connect(&service, "google-drive", ACME).await;
    service.attend().await;
    service
}

#[tokio::test]
async fn what_happens_to_files_is_told_once_and_what_was_before_is_no_news() {
    let service = start().await;
    let (old, other) = (service.google.drive().creates("Old"), service.google.drive().creates("Other"));
    pass(&service, MINUTES).await;
    connect(&service, "google-drive", ACME).await;
    service.attend().await;
    assert_eq!(told(&service, ACME).await, [""; 0]);
    let drive = service.google.drive();
    let new = drive.creates("New");
    drive.modifies(&new);
    drive.modifies(&old);
    drive.looks_at(&other);
    pass(&service, MINUTES).await;
    let first = ["file_created New", "file_updated Old"];
    assert_eq!(told(&service, ACME).await, first);
    drive.modifies(&new);
    // Nothing tells of a file that was not changed since the connection was made, but where it was then is known.
    drive.moves(&other, "1folder");
    drive.moves(&old, "1folder");
    drive.modifies(&old);
    pass(&service, MINUTES).await;
    let second = ["file_updated New", "file_moved Other", "file_moved Old", "file_updated Old"];
    assert_eq!(told(&service, ACME).await, [&first[..], &second].concat());
    drive.trashes(&new);
    drive.deletes(&old);
    pass(&service, MINUTES).await;
    drive.looks_at(&new);
    drive.restores(&new);
    pass(&service, MINUTES).await;
    drive.trashes(&new);
    pass(&service, MINUTES).await;
    drive.deletes(&new);
    pass(&service, MINUTES).await;
    let third = ["file_deleted New", "file_deleted File deleted", "file_updated New", "file_deleted New"];
    assert_eq!(told(&service, ACME).await, [&first[..], &second, &third].concat());
    let signal = signals(&service, ACME).await.remove(0);
    assert_eq!(signal["source"]["name"], "My Drive");
    assert_eq!(signal["actor"]["name"], "Ada Lovelace");
    assert_eq!(signal["payload"]["file"]["name"], "New");
}

#[tokio::test]
async fn changes_are_read_over_several_pages_and_a_page_that_fails_is_read_again() {
    let service = connected().await;
    service.google.set_page_size(3);
    let names: Vec<String> = (0..10).map(|number| format!("File {number}")).collect();
    for name in &names {
        service.google.drive().creates(name);
    }
    // The second page fails after the first is stored.
    service.google.fail_next(Method::Changes, 1, Failure::Reason(403, "rateLimitExceeded"));
    service.google.fail_next(Method::Changes, 1, Failure::Status(500));
    for _ in 0..3 {
        pass(&service, MINUTES).await;
    }
    let expected: Vec<String> = names.iter().map(|name| format!("file_created {name}")).collect();
    assert_eq!(told(&service, ACME).await, expected);
    // Of a file that changes on a page and again, the last state is told, and no less than that it is new.
    let file = service.google.drive().creates("Late");
    for name in ["x", "y", "z"] {
        service.google.drive().creates(name);
    }
    service.google.drive().modifies(&file);
    pass(&service, MINUTES).await;
    assert!(told(&service, ACME).await.contains(&"file_created Late".to_owned()));
}

#[tokio::test]
async fn a_page_token_that_drive_has_forgotten_is_replaced() {
    let service = connected().await;
    service.google.drive().creates("Lost");
    service.google.drive().forgets_page_tokens();
    pass(&service, MINUTES).await;
    service.google.drive().creates("Found");
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await, ["file_created Found"]);
}

#[tokio::test]
async fn answers_that_make_no_sense_store_nothing_and_lose_nothing() {
    let service = connected().await;
    service.google.drive().creates("Kept");
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    for answer in [
        json!(null),
        json!([]),
        json!({}),
        json!({"changes": []}),
        json!({"newStartPageToken": 7, "changes": []}),
        json!({"newStartPageToken": "1", "changes": {}}),
        serde_json::from_str(&deep).unwrap(),
    ] {
        service.google.fail_next(Method::Changes, 1, Failure::Answer(answer));
        pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    }
    // A change that is strange is passed over, alone.
    let strange = |change: Value| json!({"newStartPageToken": "1", "changes": [change]});
    for change in [
        json!(null),
        json!("x"),
        json!({"fileId": "a\u{0}b", "time": "2026-01-02T03:04:05Z", "removed": true}),
        json!({"fileId": "x".repeat(500), "time": "2026-01-02T03:04:05Z", "removed": true}),
        json!({"fileId": "1a", "time": "yesterday", "removed": true}),
        json!({"fileId": "1a", "time": "2026-01-02T03:04:05Z", "removed": "yes"}),
        json!({"changeType": "drive", "fileId": "1a", "time": "2026-01-02T03:04:05Z", "removed": true}),
        json!({"fileId": "1a", "time": "2026-01-02T03:04:05Z", "file": {"name": 7}}),
    ] {
        service.google.fail_next(Method::Changes, 1, Failure::Answer(strange(change)));
        pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    }
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await, ["file_created Kept"]);
    let odd = json!({
        "fileId": "1a", "time": "2026-06-01T00:00:00Z", "file": {
            "name": format!("a\u{0}{}", "é".repeat(5_000)), "webViewLink": "javascript:alert(1)", "createdTime": "2026-06-01T00:00:00Z",
            "lastModifyingUser": {"permissionId": "\u{0}", "displayName": "x"}, "driveId": "../..",
        },
    });
    service.google.fail_next(Method::Changes, 1, Failure::Answer(strange(odd)));
    pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    let stored = signals(&service, ACME).await;
    let last = stored.iter().find(|signal| signal["title"] != "Kept").unwrap();
    assert_eq!(last["url"], "https://drive.google.com/open?id=1a");
    assert_eq!((last["actor"].as_str(), last["source"]["id"].as_str()), (None, Some("root")));
    assert_eq!(last["title"].as_str().unwrap().chars().count(), 300);
    // Its time lies months ahead; what is new now is new all the same.
    pass(&service, MINUTES).await;
    service.google.drive().creates("New");
    pass(&service, MINUTES).await;
    assert_eq!(told(&service, ACME).await.last().unwrap(), "file_created New");
}

#[tokio::test]
async fn a_channel_rings_and_is_replaced_before_it_ends_and_stopped_with_the_connection() {
    let service = start().await;
    let connection = connect(&service, "google-drive", ACME).await;
    service.attend().await;
    let [channel] = &service.google.channels()[..] else { panic!("one channel") };
    assert!(channel.address.as_str().ends_with("/webhooks/google-drive"), "{channel:?}");
    assert!(!service.database.holds(channel.token.as_ref().unwrap()).await, "a secret in the clear");
    assert_eq!(
        service.google.ring(Watched::Drive).await.unwrap(),
        [(202, r#"{"status":"ignored","signals":0}"#.into())],
        "sync"
    );
    service.google.drive().creates("New");
    let accepted = (202, r#"{"status":"accepted","signals":0}"#.to_owned());
    assert_eq!(service.google.ring(Watched::Drive).await.unwrap()[..], std::slice::from_ref(&accepted)[..]);
    assert_eq!(told(&service, ACME).await, [""; 0]);
    service.attend().await;
    assert_eq!(told(&service, ACME).await, ["file_created New"], "long before the next fetch is due");
    // A day before the channel ends there is another one, and the old one is stopped.
    for _ in 0..6 {
        pass(&service, Duration::from_secs(24 * 60 * 60)).await;
    }
    let [next] = &service.google.channels()[..] else { panic!("one channel") };
    assert_ne!(next.id, channel.id);
    assert_ne!(next.token, channel.token);
    service.google.ring(Watched::Drive).await.unwrap();
    assert_eq!(service.google.ring(Watched::Drive).await.unwrap(), [accepted]);
    disconnect(&service, ACME, &connection).await;
    assert_eq!(service.google.channels(), []);
}

/// The signals of the recorded changes.
#[test]
fn each_recorded_change_becomes_the_signal_expected() {
    insta::assert_snapshot!(super::recorded("google-drive"));
}
