//! Notification channels, by which Drive and Calendar ring: "Notifications for resource changes" of Drive, "Push notifications"
//! of Calendar.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{json, value::RawValue};
use url::Url;
use uuid::Uuid;

use super::api;
use crate::{
    model::{Secret, Timestamp},
    provider::{
        Account, Delivery, DeliveryId, Event, Interpretation, Malformed, ProviderFailure, SecretSource, Session,
        Signature, Signed, SubscribeRequest, Subscription, WebhookScheme,
    },
};

/// How long a channel is asked to live: the longest that Drive allows.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A channel can't be renewed: a new one is made this long before the old one ends.
pub(super) const MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

const CHANNEL: &str = "X-Goog-Channel-ID";
/// Says what has happened, or that the channel was just made.
const STATE: &str = "X-Goog-Resource-State";
/// The delivery's number within its channel.
const NUMBER: &str = "X-Goog-Message-Number";

/// How deliveries look.
pub(super) const SCHEME: WebhookScheme = WebhookScheme {
    event_header: Some(STATE),
    id: DeliveryId::Numbered(CHANNEL, NUMBER),
    own: None,
    app: Some(Signed {
        secret: SecretSource::Subscription(CHANNEL),
        signature: Signature::Token { header: "X-Goog-Channel-Token" },
    }),
    names_account: true,
    kept: None,
    forms: false,
    handshake: None,
};

/// Google's answer, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Channel {
    resource_id: String,
    expiration: Option<String>,
}

/// Makes a channel by the method `watch`.
pub(super) async fn watch(
    session: &Session<'_>,
    watch: Url,
    request: &SubscribeRequest<'_>,
) -> Result<Vec<Subscription>, ProviderFailure> {
    let id = Uuid::new_v4().to_string();
    // Google sends it back with each delivery; two UUIDs have 244 random bits.
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let until = session.now.after(LIFETIME).as_micros() / 1_000;
    let body = json!({
        "id": id,
        "type": "web_hook",
        "address": request.webhook_url,
        "token": token,
        "expiration": until.to_string(),
    });
    let Channel { resource_id, expiration } = api::read(&api::post(session, watch, &body).await?)?;
    let expires_at = expiration.and_then(|millis| millis.parse::<i64>().ok()).unwrap_or(until);
    Ok(vec![Subscription {
        id,
        resource: resource_id,
        secret: Some(Secret::new(token)),
        expires_at: Some(Timestamp::from_micros(expires_at.saturating_mul(1_000))),
    }])
}

/// Ends a channel by the method `stop`.
pub(super) async fn stop(session: &Session<'_>, stop: Url, subscription: &Subscription) -> Result<(), ProviderFailure> {
    let body = json!({ "id": subscription.id, "resourceId": subscription.resource });
    match api::post(session, stop, &body).await {
        Err(ProviderFailure::Answered { status: 404, .. }) => Ok(()),
        answered => answered.map(drop),
    }
}

/// Reads a delivery: all that it says stands in its headers.
pub(super) fn parse(delivery: &Delivery<'_>) -> Result<Event, Malformed> {
    let channel = delivery.header(CHANNEL).filter(|id| (1..=64).contains(&id.len()));
    let number = delivery.header(NUMBER).filter(|number| (1..=20).contains(&number.len()));
    let payload = RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| unreachable!("it is JSON"));
    Ok(Event {
        name: delivery.header(STATE).unwrap_or_default().to_owned(),
        delivery_id: channel.zip(number).map(|(channel, number)| format!("{channel}/{number}")),
        account: channel.map(|channel| Account::Names(vec![Subscription::name(channel)])),
        payload,
    })
}

/// What a delivery means. The first of a channel, `sync`, says that there is one.
pub(super) fn interpret(event: &Event) -> Interpretation {
    match event.name.as_str() {
        "" | "sync" => Interpretation::Ignored,
        _ => Interpretation::Ring,
    }
}
