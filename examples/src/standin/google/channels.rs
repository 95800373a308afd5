//! Notification channels: <https://developers.google.com/workspace/drive/api/guides/push>

use std::time::Duration;

use axum::{Json, response::Response};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{failure::refused, store::random};

/// "The maximum expiration for `changes` is 604800 seconds (1 week)".
const LONGEST: Duration = Duration::from_secs(604_800);

/// "If you do not set the `expiration` property …, the expiration time defaults to 3600 seconds".
const DEFAULT: Duration = Duration::from_secs(3_600);

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Drive's list of changes.
    Drive,
    /// Calendar's events.
    Calendar,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The id that the app has given it.
    pub id: String,
    /// Where it delivers to.
    pub address: Url,
    /// The token that the app has given it.
    pub token: Option<String>,
    /// The id of what is watched.
    pub resource_id: String,
    /// What is watched.
    pub watched: Watched,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Whose it is, by `sub`.
    pub sub: String,
    messages: u64,
}

impl Channel {
    /// The headers of its next delivery, whose body is empty.
    pub(super) fn next(&mut self) -> HeaderMap {
        self.messages += 1;
        // "`sync`" announces that there is one; its number is always 1.
        let state = match (self.messages, self.watched) {
            (1, _) => "sync",
            (_, Watched::Drive) => "change",
            (_, Watched::Calendar) => "exists",
        };
        let resource_uri = match self.watched {
            Watched::Drive => "https://www.googleapis.com/drive/v3/changes?alt=json",
            Watched::Calendar => "https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json",
        };
        let expiration = self.expires_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let headers = [
            ("x-goog-channel-id", self.id.clone()),
            ("x-goog-message-number", self.messages.to_string()),
            ("x-goog-resource-state", state.to_owned()),
            ("x-goog-resource-id", self.resource_id.clone()),
            ("x-goog-resource-uri", resource_uri.to_owned()),
            ("x-goog-channel-expiration", expiration),
        ];
        let token = self.token.clone().map(|token| ("x-goog-channel-token", token));
        let value = |text: String| HeaderValue::try_from(text).expect("the value is visible ASCII");
        headers.into_iter().chain(token).map(|(name, text)| (HeaderName::from_static(name), value(text))).collect()
    }
}

/// All channels that were made and not stopped.
#[derive(Debug, Default)]
pub(super) struct Channels(pub(super) Vec<Channel>);

#[derive(Deserialize)]
struct Asked {
    id: String,
    r#type: String,
    address: Url,
    token: Option<String>,
    expiration: Option<Value>,
}

impl Channels {
    /// The methods `watch`. Google asks for https; the stand-in delivers to loopback too.
    pub(super) fn watch(&mut self, sub: &str, watched: Watched, body: &[u8], now: DateTime<Utc>) -> Response {
        let Ok(asked) = serde_json::from_slice::<Asked>(body) else { return refused(400, "badRequest") };
        let is_local = asked.address.host_str().is_some_and(|host| host == "127.0.0.1");
        if asked.r#type != "web_hook" || (asked.address.scheme() != "https" && !is_local) {
            return refused(400, "webhookUrlNotHttps");
        }
        // "id: … Maximum length: 64 characters"; "token: … Maximum length: 256 characters".
        if !(1..=64).contains(&asked.id.len()) || asked.token.as_ref().is_some_and(|token| token.len() > 256) {
            return refused(400, "badRequest");
        }
        if self.0.iter().any(|channel| channel.id == asked.id) {
            return refused(400, "channelIdNotUnique");
        }
        let millis = asked.expiration.as_ref().and_then(|millis| match millis {
            Value::String(text) => text.parse().ok(),
            millis => millis.as_i64(),
        });
        let until = millis.and_then(DateTime::from_timestamp_millis).unwrap_or(now + DEFAULT);
        let channel = Channel {
            id: asked.id,
            address: asked.address,
            token: asked.token,
            // "stable across different API versions": the same for each channel of a resource.
            resource_id: format!("resource-{watched:?}-{sub}"),
            watched,
            expires_at: until.min(now + LONGEST),
            sub: sub.to_owned(),
            messages: 0,
        };
        let answer = json!({
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": channel.resource_id,
            "resourceUri": format!("https://www.googleapis.com/{}", random()),
            "token": channel.token,
            "expiration": channel.expires_at.timestamp_millis().to_string(),
        });
        self.0.push(channel);
        axum::response::IntoResponse::into_response(Json(answer))
    }

    /// The methods `channels.stop`.
    pub(super) fn stop(&mut self, sub: &str, body: &[u8]) -> Response {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let before = self.0.len();
        self.0.retain(|channel| {
            channel.sub != sub || asked["id"] != channel.id || asked["resourceId"] != channel.resource_id
        });
        if self.0.len() == before {
            return refused(404, "notFound");
        }
        axum::response::IntoResponse::into_response(http::StatusCode::NO_CONTENT)
    }
}
