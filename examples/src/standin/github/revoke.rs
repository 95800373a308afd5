//! `DELETE /applications/{client_id}/token` and `…/grant`: the app gives back what it was granted.
//!
//! <https://docs.github.com/en/rest/apps/oauth-applications>
//!
//! GitHub documents 204 and 422 for both, and 404 for a token that is not valid for the app on the neighbouring
//! "Check a token". Wrong credentials get 401, as
//! <https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit> says of all
//! operations.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::api;
use super::server::Server;
use super::store::{Grant, Store};

#[derive(Deserialize)]
struct Revocation {
    access_token: String,
}

/// Revokes one token.
pub(super) async fn token(
    State(server): State<Arc<Server>>,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    revoke(&server, &client_id, &headers, &body, Store::revoke_token)
}

/// Revokes every token that the app has of this token's user.
pub(super) async fn grant(
    State(server): State<Arc<Server>>,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    revoke(&server, &client_id, &headers, &body, Store::revoke_grant)
}

fn revoke(
    server: &Server,
    client_id: &str,
    headers: &HeaderMap,
    body: &[u8],
    from: fn(&mut Store, &str) -> Option<Grant>,
) -> Response {
    let Some((user, password)) = basic_credentials(headers) else {
        return api::error(StatusCode::UNAUTHORIZED, "Requires authentication");
    };
    if !server.app.has_credentials(Some(&user), Some(&password)) {
        return api::error(StatusCode::UNAUTHORIZED, "Bad credentials");
    }
    if client_id != server.app.client_id {
        return api::error(StatusCode::NOT_FOUND, "Not Found");
    }
    let Ok(Revocation { access_token }) = serde_json::from_slice(body) else {
        return api::error(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed");
    };
    match from(&mut server.store(), &access_token) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => api::error(StatusCode::NOT_FOUND, "Not Found"),
    }
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
