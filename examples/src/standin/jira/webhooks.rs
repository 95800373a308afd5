//! `/ex/jira/{cloud_id}/rest/api/3/webhook`: dynamic webhooks.
//!
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/>

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    failure::Endpoint,
    server::Server,
    store::{Bearer, Registration, Store},
    user::{Refusal, bearer},
};
use crate::standin::params::Params;

/// The events that dynamic webhooks can have.
const EVENTS: &[&str] = &[
    "comment_created",
    "comment_deleted",
    "comment_updated",
    "issue_property_deleted",
    "issue_property_set",
    "jira:issue_created",
    "jira:issue_deleted",
    "jira:issue_updated",
];

/// How many stand on a page of the list at most.
const PAGE: usize = 100;

/// Who calls, at a site that the user has.
fn caller(store: &Store, headers: &HeaderMap, cloud_id: &str) -> Result<Bearer, Refusal> {
    let caller = bearer(store, headers, &["read:jira-work", "manage:jira-webhook"])?;
    store.sites.iter().any(|site| site.cloud_id == cloud_id).then_some(caller).ok_or(Refusal::Site)
}

/// "Returns a paginated list of the webhooks registered by the calling app."
pub(super) async fn list(
    State(server): State<Arc<Server>>,
    Path(cloud_id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Some(failure) = server.called(Endpoint::ListWebhooks) {
        return failure.into_response();
    }
    let mut store = server.store();
    let caller = match caller(&store, &headers, &cloud_id) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let params = Params::of_query(query.as_deref());
    let number = |name| params.get(name).and_then(|text| text.parse::<usize>().ok());
    let (start, length) = (number("startAt").unwrap_or(0), number("maxResults").unwrap_or(PAGE).min(PAGE));
    let all = store.webhooks_of(&caller.account.id, &cloud_id);
    let values: Vec<Value> = all
        .iter()
        .skip(start)
        .take(length)
        .map(|it| {
            json!({
                "id": it.id,
                "url": it.url,
                "events": it.events,
                "jqlFilter": it.jql_filter,
                "expirationDate": date(it.expires_at),
            })
        })
        .collect();
    let is_last = start + values.len() >= all.len();
    Json(json!({"isLast": is_last, "maxResults": length, "startAt": start, "total": all.len(), "values": values}))
        .into_response()
}

/// "Registers webhooks." What is wrong with one is told with HTTP 200.
pub(super) async fn register(
    State(server): State<Arc<Server>>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(failure) = server.called(Endpoint::RegisterWebhooks) {
        return failure.into_response();
    }
    let mut store = server.store();
    let caller = match caller(&store, &headers, &cloud_id) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (Some(url), Some(webhooks)) = (body["url"].as_str(), body["webhooks"].as_array()) else {
        return bad_request("url and webhooks are required");
    };
    let results: Vec<Value> = webhooks
        .iter()
        .map(|webhook| {
            match asked(webhook, url).and_then(|asked| store.register(&caller.account.id, &cloud_id, asked)) {
                Ok(id) => json!({"createdWebhookId": id}),
                Err(error) => json!({"errors": [error]}),
            }
        })
        .collect();
    Json(json!({"webhookRegistrationResult": results})).into_response()
}

fn asked(webhook: &Value, url: &str) -> Result<Registration, String> {
    let events: Option<Vec<String>> = serde_json::from_value(webhook["events"].clone()).ok();
    let events = events.filter(|events| !events.is_empty()).ok_or("At least one event is required")?;
    if let Some(unknown) = events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        return Err(format!("The event {unknown} is unsupported"));
    }
    let jql_filter =
        webhook["jqlFilter"].as_str().filter(|filter| !filter.is_empty()).ok_or("JQL filter is required")?;
    // "Operators: `=`, `!=`, `IN`, and `NOT IN`."
    let words = jql_filter.to_lowercase();
    if let Some(operator) =
        [" is not ", " is ", " was ", ">", "<", "~"].iter().find(|operator| words.contains(**operator))
    {
        return Err(format!("Operator {} is unsupported", operator.trim()));
    }
    Ok(Registration { url: url.to_owned(), events, jql_filter: jql_filter.to_owned() })
}

/// "Extends the life of webhook." Ids that are not known are passed over.
pub(super) async fn refresh(
    State(server): State<Arc<Server>>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(failure) = server.called(Endpoint::RefreshWebhooks) {
        return failure.into_response();
    }
    let mut store = server.store();
    let caller = match caller(&store, &headers, &cloud_id) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(ids) = ids(&body) else { return bad_request("webhookIds is required") };
    let expires_at = store.extend(&caller.account.id, &cloud_id, &ids);
    Json(json!({"expirationDate": date(expires_at)})).into_response()
}

/// "Removes webhooks by ID. … If webhooks created by other apps are specified, they are ignored."
pub(super) async fn delete(
    State(server): State<Arc<Server>>,
    Path(cloud_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(failure) = server.called(Endpoint::DeleteWebhooks) {
        return failure.into_response();
    }
    let mut store = server.store();
    let caller = match caller(&store, &headers, &cloud_id) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(ids) = ids(&body) else { return bad_request("webhookIds is required") };
    store.remove(&caller.account.id, &cloud_id, &ids);
    StatusCode::ACCEPTED.into_response()
}

fn ids(body: &[u8]) -> Option<Vec<u64>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    serde_json::from_value(body["webhookIds"].clone()).ok()
}

fn bad_request(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"errorMessages": [message], "errors": {}}))).into_response()
}

/// `2019-06-01T12:42:30.000+0000`
fn date(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}
