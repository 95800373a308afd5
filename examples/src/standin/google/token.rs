//! Tokens: handed out for codes and refresh tokens, asked whose they are, and revoked.
//!
//! <https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code>

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    failure::{Method, refused},
    server::Server,
    store::TOKEN_LIFETIME,
};
use crate::standin::params::Params;

/// `POST /token`
pub(super) async fn token(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    if let Some(failure) = server.called(Method::Token) {
        return failure.into_response();
    }
    let params = Params::of_form(&body);
    if !server.is_client(params.get("client_id")) || !server.is_secret(params.get("client_secret")) {
        return error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    match params.get("grant_type") {
        Some("authorization_code") => exchange(&server, &params),
        Some("refresh_token") => refresh(&server, &params),
        _ => error(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    }
}

fn exchange(server: &Server, params: &Params) -> Response {
    let mut store = server.store();
    let Some((request, account)) = params.get("code").and_then(|code| store.spend_code(code)) else {
        return error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    if params.get("redirect_uri") != Some(request.redirect_uri.as_str()) {
        return error(StatusCode::BAD_REQUEST, "redirect_uri_mismatch");
    }
    let verifier = params.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    if verifier != request.challenge {
        return error(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let (token, scopes) = store.grant(&request, account.clone());
    let mut answer = answer(&token, &scopes);
    if request.is_offline {
        answer["refresh_token"] = store.issue_refresh_token(account, scopes).into();
    }
    Json(answer).into_response()
}

/// No new refresh token is given.
fn refresh(server: &Server, params: &Params) -> Response {
    let mut store = server.store();
    let found = params.get("refresh_token").and_then(|token| store.of_refresh_token(token)).cloned();
    let Some(found) = found else { return error(StatusCode::BAD_REQUEST, "invalid_grant") };
    let token = store.issue(found.account, found.scopes.clone());
    Json(answer(&token, &found.scopes)).into_response()
}

fn answer(token: &str, scopes: &BTreeSet<String>) -> Value {
    json!({
        "access_token": token,
        "expires_in": TOKEN_LIFETIME.as_secs(),
        "scope": scopes.iter().cloned().collect::<Vec<_>>().join(" "),
        "token_type": "Bearer",
    })
}

/// `POST /revoke`: "The token can be an access token or a refresh token. If the token is an access token and it has a
/// corresponding refresh token, the refresh token will also be revoked." What was granted together goes together.
pub(super) async fn revoke(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    if let Some(failure) = server.called(Method::Revoke) {
        return failure.into_response();
    }
    let params = Params::of_form(&body);
    if params.get("token").is_some_and(|token| server.store().revoke(token)) {
        Json(json!({})).into_response()
    } else {
        error(StatusCode::BAD_REQUEST, "invalid_token")
    }
}

/// `GET /v1/userinfo`
///
/// <https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation>
pub(super) async fn userinfo(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if let Some(failure) = server.called(Method::UserInfo) {
        return failure.into_response();
    }
    let account = match server.caller(&headers, "openid") {
        Ok(account) => account,
        Err(is_known) => return unauthorized(is_known),
    };
    Json(json!({"sub": account.sub, "email": account.email, "email_verified": true})).into_response()
}

fn error(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": "Bad Request"}))).into_response()
}

/// What an API says of a token that is none, or that is not good for what was asked.
pub(super) fn unauthorized(is_known: bool) -> Response {
    if is_known { refused(403, "insufficientPermissions") } else { refused(401, "authError") }
}
