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

pub(super) async fn read(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let Some(credentials) = headers.get(AUTHORIZATION) else {
        return api::error(StatusCode::UNAUTHORIZED, "Requires authentication");
    };
    // "In most cases, you can use `Authorization: Bearer` or `Authorization: token` to pass a token."
    // https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
    let token = credentials
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token"))
        .map(|(_, token)| token.trim());
    let store = server.store();
    let Some(grant) = token.and_then(|token| store.grant_of(token)) else {
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
