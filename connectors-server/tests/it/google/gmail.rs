//! Gmail: the history of a mailbox.

use std::time::Duration;

use connectors_examples::standin::google::{Failure, Method};
use serde_json::json;

use super::{charles, connect, disconnect, pass, signals, start, told};
use crate::harness::{ACME, GLOBEX, Service};

const MINUTES: Duration = Duration::from_secs(11 * 60);
const CHARLES: &str = "\"Babbage, Charles\" <charles@example.com>";

async fn connected() -> Service {
    let service = start().await;
    connect(&service, "gmail", ACME).await;
    service.attend().await;
    service
}

#[tokio::test]
async fn what_happens_in_a_mailbox_is_told_once_with_metadata_and_no_more() {
    let service = start().await;
    let gmail = service.google.gmail();
    gmail.receives(CHARLES, "Before");
    let connection = connect(&service, "gmail", ACME).await;
    assert_eq!(connection["external_account"], json!({"id": "ada@example.com", "name": "ada@example.com"}));
    assert_eq!(connection["scopes"], json!(["https://www.googleapis.com/auth/gmail.metadata"]));
    service.attend().await;
    service.google.set_page_size(2);
    let received = gmail.receives(CHARLES, "The Engine");
    gmail.sends("Re: The Engine");
    gmail.gets(&["DRAFT"], CHARLES, "A draft");
    gmail.gets(&["SPAM"], CHARLES, "Spam");
    let nameless = gmail.receives("", "");
    gmail.labels(&received, "STARRED", "UNREAD");
    pass(&service, MINUTES).await;
    let first = [
        "email_received The Engine",
        "email_sent Re: The Engine",
        "email_received Email without a subject",
        "email_updated The Engine",
    ];
    assert_eq!(told(&service, ACME).await, first);
    gmail.labels(&received, "TRASH", "INBOX");
    pass(&service, MINUTES).await;
    gmail.deletes(&received);
    gmail.deletes(&nameless);
    // It comes and goes between two fetches.
    let gone = gmail.receives(CHARLES, "Gone");
    gmail.deletes(&gone);
    pass(&service, MINUTES).await;
    let second = ["email_deleted The Engine", "email_deleted Email deleted", "email_deleted Email deleted"];
    assert_eq!(told(&service, ACME).await, [&first[..], &second].concat());
    let signal = signals(&service, ACME).await.remove(0);
    assert_eq!(signal["actor"], json!({"id": "charles@example.com", "name": "Babbage, Charles"}));
    assert_eq!(signal["source"]["id"], "ada@example.com");
    let url = format!("https://mail.google.com/mail/?authuser=ada%40example.com#all/{received}");
    assert_eq!(signal["url"], url);
    let headers = signal["payload"]["message"]["payload"]["headers"].as_array().unwrap();
    let mut names: Vec<_> = headers.iter().map(|header| header["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Date", "From", "Subject"]);
}

#[tokio::test]
async fn nothing_of_a_body_is_stored_whatever_gmail_answers() {
    let service = connected().await;
    let id = service.google.gmail().receives(CHARLES, "The Engine");
    service.google.fail_next(
        Method::Message,
        1,
        Failure::Answer(json!({
            "id": id, "threadId": id, "labelIds": ["INBOX"], "snippet": "a secret", "internalDate": "1767323046000", "raw": "a secret",
            "payload": {
                "headers": [{"name": "Subject", "value": "The Engine"}, {"name": "X-Secret", "value": "a secret"}],
                "body": {"data": "a secret"}, "parts": [{"body": {"data": "a secret"}}],
            },
        })),
    );
    pass(&service, MINUTES).await;
    let stored = signals(&service, ACME).await;
    assert_eq!(stored.len(), 1);
    assert!(!stored[0].to_string().contains("a secret"), "{}", stored[0]);
}

#[tokio::test]
async fn mail_that_came_in_while_gmail_forgot_its_history_is_told_once() {
    let service = start().await;
    let gmail = service.google.gmail();
    for number in 0..3 {
        gmail.receives(CHARLES, &format!("Before {number}"));
    }
    connect(&service, "gmail", ACME).await;
    service.attend().await;
    gmail.receives(CHARLES, "Seen");
    pass(&service, MINUTES).await;
    service.google.set_page_size(2);
    for number in 0..5 {
        gmail.receives(CHARLES, &format!("Missed {number}"));
    }
    gmail.sends("Sent");
    gmail.forgets_history();
    service.google.fail_next(Method::Messages, 1, Failure::Status(503));
    pass(&service, MINUTES).await;
    gmail.receives(CHARLES, "After");
    pass(&service, MINUTES).await;
    let mut told = told(&service, ACME).await;
    told.sort();
    let missed = (0..5).map(|number| format!("email_received Missed {number}"));
    let mut expected: Vec<String> = missed.collect();
    expected.extend(["email_received After", "email_received Seen", "email_sent Sent"].map(str::to_owned));
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn answers_that_make_no_sense_store_nothing_and_lose_nothing() {
    let service = connected().await;
    service.google.gmail().receives(CHARLES, "Kept");
    for answer in [json!(null), json!([]), json!({"history": {}}), json!({"history": [7]}), json!({"historyId": {}})] {
        service.google.fail_next(Method::History, 1, Failure::Answer(answer));
        pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    }
    for answer in [json!(null), json!([]), json!({"payload": 7}), json!({"labelIds": "x"})] {
        service.google.fail_next(Method::Message, 1, Failure::Answer(answer));
        pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    }
    pass(&service, Duration::from_secs(5 * 60 * 60)).await;
    assert_eq!(told(&service, ACME).await, ["email_received Kept"]);
    let strange = |id: serde_json::Value| {
        json!({"historyId": "1843", "history": [
            {"id": "5", "messagesAdded": [{"message": {"id": id, "labelIds": ["INBOX"]}}]},
        ]})
    };
    for id in [json!("../profile"), json!("a\u{0}"), json!("x".repeat(100)), json!("")] {
        service.google.fail_next(Method::History, 1, Failure::Answer(strange(id)));
        pass(&service, MINUTES).await;
    }
    assert_eq!(told(&service, ACME).await, ["email_received Kept"]);
}

#[tokio::test]
async fn a_mailbox_is_watched_anew_every_day_until_its_last_connection_is_gone() {
    let service = start().await;
    let acme = connect(&service, "gmail", ACME).await;
    let globex = connect(&service, "gmail", GLOBEX).await;
    let count = |method| service.google.calls().iter().filter(|call| **call == method).count();
    for day in 1..4 {
        service.attend().await;
        assert_eq!(count(Method::WatchMailbox), 2 * day);
        service.advance(Duration::from_secs(25 * 60 * 60));
        service.google.advance_clock(Duration::from_secs(25 * 60 * 60));
    }
    disconnect(&service, ACME, &acme).await;
    assert_eq!(count(Method::StopMailbox), 0, "the other tenant's connection needs the watch");
    assert!(service.google.push_message().is_some());
    disconnect(&service, GLOBEX, &globex).await;
    assert_eq!(count(Method::StopMailbox), 1);
    assert!(service.google.push_message().is_none());
    let without = Service::builder().idle().reachable().set("POBLYSH_GMAIL_TOPIC", "").start().await;
    connect(&without, "gmail", ACME).await;
    without.attend().await;
    assert!(without.google.push_message().is_none());
    without.google.gmail().receives(CHARLES, "New");
    pass(&without, MINUTES).await;
    assert_eq!(told(&without, ACME).await, ["email_received New"], "it is looked at all the same");
}

/// The products of an account share a grant, which goes with the last of their connections, of whatever tenant.
#[tokio::test]
async fn the_grant_is_revoked_with_the_last_connection_of_any_product() {
    let service = start().await;
    let drive = connect(&service, "google-drive", ACME).await;
    let calendar = connect(&service, "google-calendar", ACME).await;
    let gmail = connect(&service, "gmail", GLOBEX).await;
    // Each token is good for all that was granted before it, and the connection shows that.
    assert_eq!(drive["scopes"].as_array().unwrap().len(), 1);
    assert_eq!(gmail["scopes"].as_array().unwrap().len(), 3);
    service.google.sign_in_as(charles());
    connect(&service, "gmail", ACME).await;
    disconnect(&service, ACME, &drive).await;
    disconnect(&service, GLOBEX, &gmail).await;
    assert!(service.google.has_grant("110248495921238986420"), "a connection of another product needs it");
    disconnect(&service, ACME, &calendar).await;
    assert!(!service.google.has_grant("110248495921238986420"));
    assert!(service.google.has_grant(&charles().sub));
}

#[test]
fn each_recorded_change_becomes_the_signal_expected() {
    insta::assert_snapshot!(super::recorded("gmail"));
}
