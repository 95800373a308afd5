//! Who may ring: a channel that the service has made, with the token that it was made with.

use serde_json::json;

use super::{connect, start};
use crate::harness::{ACME, GLOBEX};

#[tokio::test]
async fn only_a_channel_of_drives_opens_drives_door_and_only_with_its_own_token() {
    only_a_channel_opens_the_door("google-drive").await;
}

#[tokio::test]
async fn only_a_channel_of_calendars_opens_calendars_door_and_only_with_its_own_token() {
    only_a_channel_opens_the_door("google-calendar").await;
}

#[tokio::test]
async fn a_channel_of_another_products_opens_no_door() {
    let service = start().await;
    connect(&service, "google-drive", ACME).await;
    connect(&service, "google-calendar", ACME).await;
    service.attend().await;
    let channels = service.google.channels();
    assert_eq!(channels.len(), 2);
    let mut opened = 0;
    for channel in &channels {
        for product in ["google-drive", "google-calendar"] {
            let call = service.post(&format!("/webhooks/{product}")).by_a_provider();
            let call = call.header("x-goog-resource-state", "change").header("x-goog-message-number", "2");
            let call = call.header("x-goog-channel-id", &channel.id);
            let answer = call.header("x-goog-channel-token", channel.token.as_deref().unwrap()).send().await;
            match answer.status.as_u16() {
                202 => opened += 1,
                _ => drop(answer.refused("INVALID_SIGNATURE")),
            }
        }
    }
    assert_eq!(opened, 2, "each its own");
}

async fn only_a_channel_opens_the_door(product: &str) {
    let service = start().await;
    // One after the other, so that it is known whose channel is which.
    for tenant in [ACME, GLOBEX] {
        connect(&service, product, tenant).await;
        service.attend().await;
    }
    let [one, other] = &service.google.channels()[..] else { panic!("two channels") };
    let (id, token) = (one.id.as_str(), one.token.as_deref().unwrap());
    let call = |path: &str, id: Option<&str>, token: Option<&str>, number: &str| {
        let mut call = service.post(path).by_a_provider().header("x-goog-resource-state", "change");
        for (name, value) in
            [("x-goog-channel-id", id), ("x-goog-channel-token", token), ("x-goog-message-number", Some(number))]
        {
            if let Some(value) = value {
                call = call.header(name, value);
            }
        }
        call
    };
    for path in [format!("/webhooks/{product}"), format!("/webhooks/{product}/{ACME}")] {
        for (case, id, token) in [
            ("without a token", Some(id), None),
            ("with an empty token", Some(id), Some("")),
            ("with a token cut", Some(id), Some(&token[..63])),
            ("with a longer token", Some(id), Some(&format!("{token}0"))),
            ("with another channel's token", Some(id), other.token.as_deref()),
            ("of another channel", Some(other.id.as_str()), Some(token)),
            ("of no channel", None, Some(token)),
            ("of an unknown channel", Some("x"), Some(token)),
            ("of an unknown channel without a token", Some("x"), None),
            ("of an account", Some("110248495921238986420"), Some(token)),
        ] {
            let answer = call(&path, id, token, "2").send().await;
            assert_eq!(answer.json()["code"], "INVALID_SIGNATURE", "{case} at {path}: {answer:?}");
        }
        let twice = call(&path, Some(id), Some(token), "2").header("x-goog-channel-token", token).send().await;
        twice.refused("INVALID_SIGNATURE");
    }
    // The tenant in the path is not the channel's.
    let elsewhere = call(&format!("/webhooks/{product}/{GLOBEX}"), Some(id), Some(token), "2").send().await.ok(202);
    assert_eq!(elsewhere["status"], "ignored");
    let door = format!("/webhooks/{product}");
    let ring = |number: &'static str| call(&door, Some(id), Some(token), number).send();
    assert_eq!(ring("2").await.ok(202), json!({"status": "accepted", "signals": 0}));
    assert_eq!(ring("2").await.ok(202), json!({"status": "duplicate", "signals": 0}));
    assert_eq!(ring("3").await.ok(202), json!({"status": "accepted", "signals": 0}));
    // Core's word is enough, for the tenant that it names.
    let handed_on = |tenant, number: &'static str| {
        let call = service.post(&door).tenant(tenant).header("x-goog-resource-state", "change");
        call.header("x-goog-channel-id", id).header("x-goog-message-number", number).send()
    };
    assert_eq!(handed_on(ACME, "4").await.ok(202), json!({"status": "accepted", "signals": 0}));
    assert_eq!(handed_on(GLOBEX, "5").await.ok(202), json!({"status": "ignored", "signals": 0}));
}
