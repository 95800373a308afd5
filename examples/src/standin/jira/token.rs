//! `/oauth/token`: a code, or a refresh token, is exchanged for tokens.
//!
//! Refresh tokens rotate: each is good once. It, and the access token that came with it, stay good for ten minutes more, for
//! clients that lost the answer; a refresh token that comes later than that ends all of its family.
//!
//! - <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/#how-do-i-get-a-new-access-token--if-my-access-token-expires-or-is-revoked->
//! - <https://community.developer.atlassian.com/t/54172>, on the ten minutes

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::CACHE_CONTROL};
use serde_json::json;

use super::{
    failure::Endpoint,
    server::Server,
    store::{TOKEN_LIFETIME, Tokens},
};
use crate::standin::params::Params;

/// Takes JSON, as documented, and the forms of RFC 6749.
pub(super) async fn exchange(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let params = Params::of_body(&headers, &body);
    let grant_type = params.get("grant_type");
    let endpoint = if grant_type == Some("refresh_token") { Endpoint::Refresh } else { Endpoint::Code };
    if let Some(failure) = server.called(endpoint) {
        return failure.into_response();
    }
    if !server.is_client(params.get("client_id")) || !server.is_secret(params.get("client_secret")) {
        return refusal(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized");
    }
    let mut store = server.store();
    match grant_type {
        Some("authorization_code") => {
            let Some((request, account)) = params.get("code").and_then(|code| store.spend_code(code)) else {
                return refusal(StatusCode::FORBIDDEN, "invalid_grant", "Invalid authorization code");
            };
            // Auth0, which Atlassian's sign-in is built on, says it in these words.
            if params.get("redirect_uri") != Some(request.redirect_url.as_str()) {
                return refusal(StatusCode::FORBIDDEN, "unauthorized_client", "The redirect URI is wrong.");
            }
            granted(store.grant(account, request.scopes))
        }
        Some("refresh_token") => match params.get("refresh_token").and_then(|token| store.rotate(token)) {
            Some(tokens) => granted(tokens),
            None => refusal(StatusCode::FORBIDDEN, "unauthorized_client", "refresh_token is invalid"),
        },
        _ => refusal(StatusCode::BAD_REQUEST, "invalid_request", "grant_type is missing or unknown"),
    }
}

fn granted(Tokens { access, refresh, scopes }: Tokens) -> Response {
    let mut answer = json!({
        "access_token": access,
        "expires_in": TOKEN_LIFETIME.as_secs(),
        "token_type": "Bearer",
        "scope": scopes.into_iter().collect::<Vec<_>>().join(" "),
    });
    // "To get a refresh token …, add `offline_access` to the `scope`".
    if let Some(refresh) = refresh {
        answer["refresh_token"] = refresh.into();
    }
    ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn refusal(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}
