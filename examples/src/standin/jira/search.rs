//! `GET /ex/jira/{cloud_id}/rest/api/3/search/jql`: the issues of a site that were updated lately.
//!
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-get>

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    failure::Endpoint,
    server::Server,
    user::{Refusal, bearer},
};
use crate::standin::params::Params;

/// "`maxResults`: The maximum number of items to return per page. … Default: 50".
const PAGE: usize = 50;

/// Of JQL only this is played: issues that were updated in the last so many minutes, those that were updated last at the end.
fn minutes(jql: &str) -> Option<i64> {
    let minutes = jql.strip_prefix("updated >= \"-")?.strip_suffix("m\" ORDER BY updated ASC")?;
    minutes.parse().ok().filter(|minutes| *minutes >= 0)
}

/// When an issue was updated: `2019-06-01T12:42:30.000+0000`.
fn updated(issue: &Value) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_str(issue["fields"]["updated"].as_str()?, "%Y-%m-%dT%H:%M:%S%.f%z");
    time.ok().map(|time| time.to_utc())
}

pub(super) async fn search(
    State(server): State<Arc<Server>>,
    Path(cloud_id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Some(failure) = server.called(Endpoint::Search) {
        return failure.into_response();
    }
    let store = server.store();
    if let Err(refusal) = bearer(&store, &headers, &["read:jira-work"]) {
        return refusal.into_response();
    }
    if store.sites.iter().all(|site| site.cloud_id != cloud_id) {
        return Refusal::Site.into_response();
    }
    let params = Params::of_query(query.as_deref());
    let jql = params.get("jql").unwrap_or_default();
    let Some(minutes) = minutes(jql) else { return bad_request("Error in the JQL Query") };
    let since = store.now() - TimeDelta::minutes(minutes);
    let of_site = store.issues.iter().filter(|(site, _)| *site == cloud_id).map(|(_, issue)| issue);
    let mut issues: Vec<(DateTime<Utc>, &Value)> =
        of_site.filter_map(|issue| Some((updated(issue)?, issue))).filter(|(updated, _)| *updated >= since).collect();
    issues.sort_by_key(|(updated, issue)| (*updated, issue["id"].to_string()));
    // The token says where the page before ended, and of which search it is.
    let token = |(updated, issue): &(DateTime<Utc>, &Value)| {
        format!("{}/{}/{minutes}", updated.timestamp_micros(), issue["id"].as_str().unwrap_or_default())
    };
    let start = match params.get("nextPageToken") {
        None => 0,
        Some(asked) => match issues.iter().position(|issue| token(issue) == asked) {
            Some(last) => last + 1,
            None => return bad_request("The token is not of this search"),
        },
    };
    // "To manage page size, API may return a smaller number of items per page where a large number of fields … are requested."
    let length = params.get("maxResults").and_then(|text| text.parse().ok()).unwrap_or(PAGE).min(store.page_size);
    let page: Vec<_> = issues.iter().skip(start).take(length).collect();
    let fields: Vec<&str> = params.get("fields").unwrap_or("id").split(',').collect();
    let shown: Vec<Value> = page.iter().map(|(_, issue)| with_fields(issue, &cloud_id, &fields)).collect();
    let is_last = start + page.len() >= issues.len();
    let mut body = json!({"issues": shown, "isLast": is_last});
    if let (false, Some(last)) = (is_last, page.last()) {
        body["nextPageToken"] = token(last).into();
    }
    Json(body).into_response()
}

/// With the fields that were asked for. The API's own address is that of the gateway, and not the site's.
fn with_fields(issue: &Value, cloud_id: &str, fields: &[&str]) -> Value {
    let known = issue["fields"].as_object();
    let asked = known.into_iter().flatten().filter(|(name, _)| fields.contains(&name.as_str()));
    let asked: Map<String, Value> = asked.map(|(name, value)| (name.clone(), value.clone())).collect();
    let id = issue["id"].as_str().unwrap_or_default();
    let address = format!("https://api.atlassian.com/ex/jira/{cloud_id}/rest/api/3/issue/{id}");
    json!({"id": issue["id"], "key": issue["key"], "self": address, "fields": asked})
}

fn bad_request(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"errorMessages": [message], "errors": {}}))).into_response()
}
