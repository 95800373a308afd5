//! `GET /issues`: what the user may see of issues and pull requests.
//!
//! <https://docs.github.com/en/rest/issues/issues#list-issues-assigned-to-the-authenticated-user>

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::server::Server;
use super::{api, user};

#[derive(Deserialize)]
pub(super) struct Params {
    filter: Option<String>,
    state: Option<String>,
    sort: Option<String>,
    direction: Option<String>,
    since: Option<DateTime<Utc>>,
    per_page: Option<usize>,
    page: Option<usize>,
}

/// "The REST API considers every pull request an issue". The order that is not asked for is not played.
pub(super) async fn list(
    State(server): State<Arc<Server>>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let store = server.store();
    if user::grant(&store, &headers).is_none() {
        return api::error(StatusCode::UNAUTHORIZED, "Bad credentials");
    }
    let asked = [&params.filter, &params.state, &params.sort, &params.direction].map(Option::as_deref);
    if asked != [Some("all"), Some("all"), Some("updated"), Some("asc")] {
        return api::error(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed");
    }
    let mut issues: Vec<(DateTime<Utc>, &Value)> =
        store.issues.iter().filter_map(|issue| Some((issue["updated_at"].as_str()?.parse().ok()?, issue))).collect();
    issues.retain(|(updated_at, _)| params.since.is_none_or(|since| *updated_at >= since));
    issues.sort_by_key(|(updated_at, _)| *updated_at);
    // "`per_page`: The number of results per page (max 100). Default: 30."
    let (per_page, page) = (params.per_page.unwrap_or(30).min(100), params.page.unwrap_or(1).max(1));
    let page: Vec<&Value> = issues.iter().skip((page - 1) * per_page).take(per_page).map(|(_, issue)| *issue).collect();
    Json(page).into_response()
}
