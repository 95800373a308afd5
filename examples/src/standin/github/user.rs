//! `GET /user`: whose token it is.
//!
//! <https://docs.github.com/en/rest/users/users#get-the-authenticated-user>

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::api;
use super::server::Server;
use super::store::{Grant, Store};

pub(super) async fn read(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if !headers.contains_key(AUTHORIZATION) {
        return api::error(StatusCode::UNAUTHORIZED, "Requires authentication");
    }
    let store = server.store();
    let Some(grant) = grant(&store, &headers) else {
        return api::error(StatusCode::UNAUTHORIZED, "Bad credentials");
    };

    let account = &grant.account;
    let user = json!({
        "login": account.login,
        "id": account.id,
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", account.id),
        "html_url": format!("https://github.com/{}", account.login),
        "type": "User",
        "name": account.name,
    });
    // https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    ([("x-oauth-scopes", grant.scopes.join(", "))], Json(user)).into_response()
}

/// What the token of a request is good for.
pub(super) fn grant<'a>(store: &'a Store, headers: &HeaderMap) -> Option<&'a Grant> {
    // "In most cases, you can use `Authorization: Bearer` or `Authorization: token` to pass a token."
    // https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let is_known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    store.grant_of(token.trim()).filter(|_| is_known)
}
