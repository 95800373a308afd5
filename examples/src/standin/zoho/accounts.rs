//! Zoho Accounts. What goes wrong at the token endpoint is told with HTTP 200 and `error`:
//! <https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token.html>

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde_json::json;

use super::{
    failure::Endpoint,
    server::Server,
    store::{DataCenter, Store, TOKEN_LIFETIME},
};
use crate::standin::params::Params;

/// A code or a refresh token is exchanged for an access token. The credentials come as parameters.
pub(super) async fn token(State(server): State<Arc<Server>>, Path(host): Path<String>, body: Bytes) -> Response {
    let Some(center) = DataCenter::of("accounts", &host) else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(failure) = server.called(&host, Endpoint::Token) {
        return failure.into_response();
    }
    let params = Params::of_form(&body);
    if !server.is_client(params.get("client_id")) {
        return error("invalid_client");
    }
    if !server.is_secret(params.get("client_secret")) {
        return error("invalid_client_secret");
    }
    let mut store = server.store();
    match params.get("grant_type") {
        Some("authorization_code") => {
            let code = params.get("code");
            let Some((request, user)) = code.and_then(|code| store.spend_code(center, code)) else {
                return error("invalid_code");
            };
            if params.get("redirect_uri") != Some(request.redirect_url.as_str()) {
                return error("invalid_redirect_uri");
            }
            let (grant, token) = store.grant(user, request.scopes);
            let mut answer = tokens(center, &token);
            answer["scope"] = json!(grant.scopes.into_iter().collect::<Vec<_>>().join(" "));
            if request.offline {
                answer["refresh_token"] = json!(grant.refresh_token);
            }
            Json(answer).into_response()
        }
        Some("refresh_token") => {
            match params.get("refresh_token").and_then(|refresh_token| store.refresh(center, refresh_token)) {
                // "The response will not have a refresh token": the old one stays good.
                Some(token) => Json(tokens(center, &token)).into_response(),
                None => error("invalid_code"),
            }
        }
        _ => error("unsupported_grant_type"),
    }
}

fn tokens(center: DataCenter, token: &str) -> serde_json::Value {
    json!({
        "access_token": token,
        "api_domain": format!("https://{}", center.host("www").replace("zoho", "zohoapis")),
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME.as_secs(),
    })
}

/// `POST /oauth/v2/token/revoke?token=`: <https://www.zoho.com/accounts/protocol/oauth/web-apps/revoke-token.html>
pub(super) async fn revoke(
    State(server): State<Arc<Server>>,
    Path(host): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(center) = DataCenter::of("accounts", &host) else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(failure) = server.called(&host, Endpoint::Revoke) {
        return failure.into_response();
    }
    let params = Params::of_query(query.as_deref());
    if params.get("token").is_some_and(|token| server.store().revoke(center, token)) {
        Json(json!({"status": "success"})).into_response()
    } else {
        error("invalid_code")
    }
}

/// Whose token it is.
pub(super) async fn user_info(
    State(server): State<Arc<Server>>,
    Path(host): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(center) = DataCenter::of("accounts", &host) else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(failure) = server.called(&host, Endpoint::UserInfo) {
        return failure.into_response();
    }
    let refused = |cause: &str| (StatusCode::UNAUTHORIZED, Json(json!({"response": "error", "cause": cause})));
    let store = server.store();
    let Some(grant) = granted(&store, center, &headers) else { return refused("INVALID_OAUTHTOKEN").into_response() };
    if !grant.scopes.contains("AaaServer.profile.READ") {
        return refused("INVALID_OAUTHSCOPE").into_response();
    }
    let user = &grant.user;
    let (first, last) = user.name.split_once(' ').unwrap_or((&user.name, ""));
    Json(json!({
        "First_Name": first,
        "Email": user.mailbox,
        "Last_Name": last,
        "Display_Name": user.name,
        "ZUID": user.zuid,
    }))
    .into_response()
}

/// The grant of the access token in `Authorization: Zoho-oauthtoken`.
pub(super) fn granted<'a>(
    store: &'a Store,
    center: DataCenter,
    headers: &HeaderMap,
) -> Option<&'a super::store::Grant> {
    let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Zoho-oauthtoken ")?;
    store.of_token(center, token)
}

pub(super) fn error(error: &str) -> Response {
    Json(json!({ "error": error })).into_response()
}
