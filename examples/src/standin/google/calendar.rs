//! Calendar: the events of the primary calendar. <https://developers.google.com/workspace/calendar/api/guides/sync>

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    channels::Watched,
    failure::{Method, refused},
    fields,
    server::Server,
    store::{Account, random, text},
};
use crate::standin::params::Params;

const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events.readonly";

/// An account's primary calendar.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// The events, those last that changed last.
    events: Vec<Value>,
    /// Counts changes; a sync token is a place in them. Those before this one are unknown.
    version: usize,
    forgotten: usize,
}

/// The calendar of the account that is signed in; made by [`GoogleStandIn::calendar`](super::GoogleStandIn::calendar). Each method is
/// something that the user does, a second after what was done before.
#[derive(Debug)]
pub struct CalendarUser<'a>(pub(super) &'a Server);

impl CalendarUser<'_> {
    /// Makes an event with this title, a week from now; its id.
    pub fn creates(&self, title: &str) -> String {
        let id = random();
        self.change(&id, |event, now, account| {
            let start = now + TimeDelta::days(7);
            *event = json!({
                "kind": "calendar#event", "status": "confirmed", "summary": title, "created": seconds(now),
                "htmlLink": format!("https://www.google.com/calendar/event?eid={}", random()),
                "creator": {"email": account.email, "displayName": account.name, "self": true},
                "organizer": {"email": account.email, "self": true},
                "start": {"dateTime": text(start)}, "end": {"dateTime": text(start + TimeDelta::hours(1))},
                "description": "What is said of it is nobody's business.", "sequence": 0, "eventType": "default",
            });
        });
        id
    }

    /// Makes an event that ended this long ago; its id.
    pub fn created_before(&self, title: &str, ago: TimeDelta) -> String {
        let id = self.creates(title);
        self.change(&id, |event, now, _| event["end"] = json!({"dateTime": text(now - ago)}));
        id
    }

    /// Gives an event another title.
    pub fn renames(&self, id: &str, title: &str) {
        self.change(id, |event, _, _| event["summary"] = json!(title));
    }

    /// Deletes an event.
    pub fn deletes(&self, id: &str) {
        self.change(id, |event, _, _| event["status"] = json!("cancelled"));
    }

    /// Google takes the sync tokens that it has handed out so far no more.
    pub fn forgets_sync_tokens(&self) {
        let mut store = self.0.store();
        let sub = store.account.sub.clone();
        let calendar = store.calendars.entry(sub).or_default();
        calendar.version += 1;
        calendar.forgotten = calendar.version;
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Value, DateTime<Utc>, &Account)) {
        let mut store = self.0.store();
        let (now, account) = (store.tick(), store.account.clone());
        let calendar = store.calendars.entry(account.sub.clone()).or_default();
        let place = calendar.events.iter().position(|event| event["id"] == id);
        let mut event = place.map_or(Value::Null, |place| calendar.events.remove(place));
        change(&mut event, now, &account);
        calendar.version += 1;
        event["id"] = json!(id);
        event["updated"] = json!(text(now));
        event["etag"] = json!(format!("\"{}\"", now.timestamp_micros()));
        event["version"] = json!(calendar.version);
        calendar.events.push(event);
    }
}

/// `created` has whole seconds.
fn seconds(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

impl Calendar {
    /// A page of the events for which `is_asked` holds.
    fn page(&self, email: &str, from: usize, size: usize, is_asked: impl Fn(&Value) -> bool) -> Value {
        let all: Vec<_> = self.events.iter().filter(|event| is_asked(event)).cloned().collect();
        let end = all.len().min(from + size);
        let mut page = json!({"kind": "calendar#events", "summary": email, "items": all[from.min(end)..end]});
        if let Some(last) = self.events.last() {
            page["updated"] = last["updated"].clone();
        }
        if end < all.len() {
            page["nextPageToken"] = json!(end.to_string());
        } else {
            page["nextSyncToken"] = json!(format!("sync-{}", self.version));
        }
        page
    }
}

/// `events.list` of the primary calendar.
pub(super) async fn events(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::of_query(query.as_deref());
    server.api(Method::Events, &headers, SCOPE, |store, account| {
        let calendar = store.calendars.entry(account.sub).or_default();
        let sync = params.get("syncToken");
        // "There are several query parameters that cannot be specified together with nextSyncToken".
        if sync.is_some()
            && ["timeMin", "timeMax", "updatedMin", "orderBy", "q"].iter().any(|it| params.get(it).is_some())
        {
            return refused(400, "syncTokenWithNonDefaultOrdering");
        }
        let since = sync.map(|token| token.strip_prefix("sync-").and_then(|version| version.parse::<usize>().ok()));
        let forgotten = calendar.forgotten;
        if since.is_some_and(|since| since.is_none_or(|since| since < forgotten)) {
            return refused(410, "fullSyncRequired");
        }
        let from = params.get("timeMin").and_then(|at| DateTime::parse_from_rfc3339(at).ok());
        let shows_deleted = sync.is_some() || params.get("showDeleted") == Some("true");
        let is_asked = |event: &Value| {
            let version = usize::try_from(event["version"].as_u64().unwrap_or_default()).unwrap_or_default();
            let end = event["end"]["dateTime"].as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
            since.flatten().is_none_or(|since| version > since)
                && (shows_deleted || event["status"] != "cancelled")
                && from.is_none_or(|from| end.is_some_and(|end| end > from))
        };
        let size = params.get("maxResults").and_then(|size| size.parse().ok()).unwrap_or(250);
        let start = params.get("pageToken").and_then(|token| token.parse().ok()).unwrap_or(0);
        let page = calendar.page(&account.email, start, size.clamp(1, server.page_size()), is_asked);
        Json(fields::cut(page, params.get("fields"))).into_response()
    })
}

/// `events.watch`
pub(super) async fn watch(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    server.api(Method::Watch, &headers, SCOPE, |store, account| {
        let now = store.now();
        store.channels.watch(&account.sub, Watched::Calendar, &body, now)
    })
}

/// `channels.stop`
pub(super) async fn stop(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    server.api(Method::Stop, &headers, SCOPE, |store, account| store.channels.stop(&account.sub, &body))
}
