//! Zoho Mail's folders: what was sent, and what came in without a delivery's telling.

use std::time::Duration;

use connectors_examples::{
    recorded::zoho::{handover_headers, mail_headers},
    standin::zoho::{Email, Endpoint, Failure},
};
use connectors_server::failpoint::die_at;
use serde_json::{Value, json};

use super::{connect, in_europe, signals, with_headers};
use crate::harness::{ACME, Service};

const PROVIDER: &str = "zoho-mail";

/// Longer than a fetch waits for the next.
const MINUTES: Duration = Duration::from_secs(6 * 60);

/// Longer than any lease.
const LEASES: Duration = Duration::from_secs(3 * 60);

const SCOTT: &str = "scott.lang@zohocorp.com";
const HOPE: &str = "hope@zylker.com";

/// An email of now, as far as `after` milliseconds go.
fn email(service: &Service, id: u64, from: &str, subject: &str, after: u64) -> Email {
    let now = u64::try_from(service.state.service().clock().now().as_micros()).unwrap() / 1_000;
    let to = if from == SCOTT { HOPE } else { SCOTT };
    Email { id, from: from.into(), to: to.into(), subject: subject.into(), sent: now + after }
}

/// A service at rest that knows where to begin.
async fn connected() -> Service {
    let service = Service::builder().idle().start().await;
    service.zoho.send(email(&service, 1, SCOTT, "Sent before", 0));
    service.zoho.receive(email(&service, 2, HOPE, "Received before", 0));
    connect(&service, PROVIDER, ACME).await;
    assert_eq!(service.attend().await, 1, "it finds out where to begin");
    service
}

async fn pass(service: &Service, time: Duration) {
    service.advance(time);
    service.zoho.advance_clock(time);
    service.attend().await;
}

/// What the signals say, in the order of their titles.
async fn told(service: &Service) -> Vec<String> {
    let text = |signal: &Value, name: &str| signal[name].as_str().unwrap().to_owned();
    let signals = signals(service, ACME).await;
    let mut told: Vec<String> =
        signals.iter().map(|signal| format!("{} {}", text(signal, "kind"), text(signal, "title"))).collect();
    told.sort();
    told
}

#[tokio::test]
async fn what_is_sent_and_comes_in_is_told_once_with_metadata_and_no_more() {
    let service = connected().await;
    // In the very millisecond up to which the folder was read.
    service.zoho.send(email(&service, 3, SCOTT, "Re: Tom &amp; Jerry", 0));
    service.zoho.receive(email(&service, 4, HOPE, "", 0));
    pass(&service, MINUTES).await;
    let first = ["email_received Email without subject", "email_sent Re: Tom & Jerry"];
    assert_eq!(told(&service).await, first);
    pass(&service, MINUTES).await;
    let late = email(&service, 5, SCOTT, "Late", 0);
    service.zoho.send(Email { sent: late.sent - 8 * 60_000, ..late });
    for _ in 0..4 {
        pass(&service, MINUTES).await;
    }
    assert_eq!(told(&service).await, [first[0], "email_sent Late", first[1]]);
    let signals = signals(&service, ACME).await;
    let sent = signals.iter().find(|signal| signal["title"] == "Re: Tom & Jerry").unwrap();
    assert_eq!(sent["actor"], json!({"id": SCOTT, "name": SCOTT}));
    assert_eq!(sent["source"], json!({"id": SCOTT, "name": "Scott Lang"}));
    assert_eq!(sent["occurred_at"], "2026-01-02T03:04:05.000000Z");
    assert_eq!((&sent["payload"]["messageId"], &sent["payload"]["summary"]), (&json!("3"), &Value::Null));
    assert!(!service.database.holds(&format!("What {SCOTT} wrote")).await);
    assert!(!service.database.holds(&format!("What {HOPE} wrote")).await);
}

#[tokio::test]
async fn folders_are_read_page_by_page_in_the_users_data_center() {
    let service = Service::builder().idle().start().await;
    service.zoho.sign_in_as(in_europe());
    connect(&service, PROVIDER, ACME).await;
    service.attend().await;
    for number in 0..130 {
        service.zoho.send(email(&service, 10 + number, SCOTT, &format!("New {number:03}"), number / 3));
    }
    pass(&service, MINUTES).await;
    let stored = service.get("/signals?limit=100").send().await.ok(200);
    let next = format!("/signals?limit=100&cursor={}", stored["next_cursor"].as_str().unwrap());
    let rest = service.get(&next).send().await.ok(200);
    let all = [&stored, &rest].into_iter().flat_map(|page| page["signals"].as_array().unwrap());
    let mut titles: Vec<_> = all.map(|signal| signal["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    assert_eq!(titles, (0..130).map(|number| format!("New {number:03}")).collect::<Vec<_>>());
    let calls = service.zoho.calls();
    let pages: Vec<_> = calls.iter().filter(|(_, endpoint)| *endpoint == Endpoint::Messages).collect();
    assert_eq!(pages.len(), 2 + 3 + 1, "to begin, what was sent, and what came in");
    assert!(pages.iter().all(|(host, _)| host == "mail.zoho.eu"));
}

#[tokio::test]
async fn nothing_is_told_twice_by_a_delivery_and_a_fetch() {
    let service = connected().await;
    let path = format!("/webhooks/{PROVIDER}/{ACME}?setup={}", service.secret_for(PROVIDER, ACME));
    with_headers(service.post(&path).by_a_provider(), &handover_headers("handed over")).send().await.ok(200);
    let deliver = async |email: &Email| {
        let body = json!({
            "messageId": email.id, "zuid": 680_463_218, "subject": email.subject, "fromAddress": email.from,
            "toAddress": email.to, "receivedTime": email.sent,
        });
        let body = body.to_string();
        let call = with_headers(service.post(&path).by_a_provider(), &mail_headers("handed over", body.as_bytes()));
        call.body(body).send().await.ok(202)
    };
    let (first, second) = (email(&service, 20, HOPE, "First", 1), email(&service, 21, HOPE, "Second", 2));
    assert_eq!(deliver(&first).await["status"], "accepted");
    service.zoho.receive(first);
    service.zoho.receive(second.clone());
    // To oneself: it is sent, whatever its id is in the other folder.
    service.zoho.send(email(&service, 20, SCOTT, "To myself", 1));
    pass(&service, MINUTES).await;
    let expected = ["email_received First", "email_received Second", "email_sent To myself"];
    assert_eq!(told(&service).await, expected);
    deliver(&second).await;
    pass(&service, MINUTES).await;
    assert_eq!(told(&service).await, expected);
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_a_mailbox_that_stays_shut_stops_the_connection() {
    let service = connected().await;
    let refused = json!({"status": {"code": 404}, "data": {"errorCode": "INVALID_OAUTHTOKEN"}});
    service.zoho.send(email(&service, 30, SCOTT, "Sent", 1));
    service.zoho.fail_next(Endpoint::Messages, 1, Failure::Answer(refused.clone()));
    pass(&service, MINUTES).await;
    assert_eq!(told(&service).await, ["email_sent Sent"]);
    let status = async || {
        service.get("/connections").send().await.ok(200)["connections"][0]["status"].as_str().unwrap().to_owned()
    };
    // Trouble of Zoho's own passes.
    for failure in [Failure::Status(429), Failure::Status(503), Failure::Answer(json!({"data": {}}))] {
        service.zoho.fail_next(Endpoint::Messages, 1, failure);
        pass(&service, MINUTES).await;
        assert_eq!(status().await, "active");
    }
    service.zoho.fail_next(Endpoint::Messages, 2, Failure::Status(401));
    pass(&service, MINUTES).await;
    assert_ne!(status().await, "active");
    assert_eq!(told(&service).await, ["email_sent Sent"]);
}

/// A connection with news, of which a page is not enough.
async fn with_news() -> Service {
    let service = connected().await;
    for number in 0..60 {
        service.zoho.send(email(&service, 40 + number, SCOTT, &format!("Sent {number}"), number));
    }
    service.zoho.receive(email(&service, 200, HOPE, "Received", 1));
    service.advance(MINUTES);
    service
}

#[tokio::test]
async fn a_fetch_that_dies_anywhere_loses_nothing_though_emails_come_and_go_meanwhile() {
    let is_newest = |told: &String| told.ends_with(" 58") || told.ends_with(" 59");
    let alone = with_news().await;
    alone.attend().await;
    let mut expected = told(&alone).await;
    assert_eq!(expected.len(), 61);
    expected.retain(|told| !is_newest(told));
    let mut place = 0;
    loop {
        let service = with_news().await;
        let replica = service.replica().await;
        let done = die_at(place, replica.service().attend_all()).await;
        service.bury(&replica).await;
        // All others move to other places.
        service.zoho.delete(40 + 58);
        service.zoho.delete(40 + 59);
        pass(&service, LEASES).await;
        let mut told = told(&service).await;
        told.retain(|told| !is_newest(told));
        assert_eq!(told, expected, "it died at {place}");
        if done.is_some() {
            break;
        }
        // Places are alike, page by page.
        place += 11;
    }
    assert!(place > 20, "there are {place} places to die at");
}
