//! Google's products, of which the mock knows data alone: it has no channels and no keys, so no delivery of theirs is verified.

use super::{after, script};
use crate::twin::{GMAIL_PUSH, Step, approve, delete, deny, get, post, same};

fn connected(product: &str) -> Vec<Step> {
    script![
        post(&format!("/connect/{product}")).keep("url", "/authorize_url"),
        approve("url", "back"),
        get(&format!("/connect/{product}/callback?{{back}}")).keep("connection", "/connection/id"),
    ]
    .into()
}

#[tokio::test]
async fn accounts_are_connected_and_disconnected() {
    for product in ["gmail", "google-calendar", "google-drive"] {
        let callback = format!("/connect/{product}/callback");
        let script = script![
            get("/connections"),
            get(&format!("{callback}?{{back}}")),
            get(&format!("{callback}?{{back}}&iss=https%3A%2F%2Fevil.example")),
            get("/connect/github/callback?{back}"),
            post(&format!("/connect/{product}")).keep("denied url", "/authorize_url"),
            deny("denied url", "denied"),
            get(&format!("{callback}?{{denied}}")),
            post(&format!("/connect/{product}")).keep("again url", "/authorize_url").keep("state", "/state"),
            approve("again url", "again"),
            get(&format!("{callback}?code=made-up&state={{state}}")),
            get(&format!("{callback}?{{again}}")),
            delete("/connections/{connection}"),
            get(&format!("/connections?provider={product}")),
        ];
        same(&after(connected(product), script)).await;
    }
}

#[tokio::test]
async fn a_delivery_that_nobody_has_signed_is_refused_and_one_of_no_channel_is_ignored() {
    for product in ["google-calendar", "google-drive"] {
        let ring = |path: &str| {
            let call = post(path).header("x-goog-resource-state", "change").header("x-goog-channel-id", "unknown");
            call.header("x-goog-message-number", "2")
        };
        let (app, own) = (format!("/webhooks/{product}"), format!("/webhooks/{product}/{{acme}}"));
        let script = script![
            ring(&app).anonymous(),
            ring(&app).anonymous().header("x-goog-channel-token", "x"),
            ring(&own).anonymous().header("x-goog-channel-token", "x"),
            ring(&app),
            ring(&app).header("x-connection-id", "x"),
            ring(&app).header("x-connection-id", "{connection}"),
            post(&app),
            get("/signals"),
        ];
        same(&after(connected(product), script)).await;
    }
}

#[tokio::test]
async fn a_push_message_that_nobody_has_signed_is_refused_and_one_of_no_mailbox_is_ignored() {
    let message = |path: &str| post(path).body(r#"{"message":{"messageId":"1","data":"e30="}}"#);
    let script = script![
        message("/webhooks/gmail").anonymous(),
        message("/webhooks/gmail").anonymous().header("authorization", "Bearer x"),
        message("/webhooks/gmail/{acme}").anonymous().header("authorization", "Bearer x"),
        message("/webhooks/gmail"),
        post("/webhooks/gmail").body("x"),
        post("/webhooks/gmail"),
        get("/signals"),
    ];
    same(&after(connected("gmail"), script)).await;
}

/// What has changed is then fetched, which the mock does not do.
#[tokio::test]
async fn a_push_message_of_a_connected_mailbox_that_core_hands_on_is_accepted_once() {
    let message = || post("/webhooks/gmail").body(GMAIL_PUSH);
    let script = script![
        message().tenant("{globex}"),
        message().header("x-connection-id", "{acme}"),
        message(),
        message(),
        message().header("x-connection-id", "{connection}"),
        message().anonymous(),
        get("/signals"),
        delete("/connections/{connection}"),
        message(),
    ];
    same(&after(connected("gmail"), script)).await;
}
