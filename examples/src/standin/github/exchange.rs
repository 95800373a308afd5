//! `POST /login/oauth/access_token`: a code, or a refresh token, is exchanged for a token.
//!
//! <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#2-users-are-redirected-back-to-your-site-by-github>
//!
//! GitHub documents the credentials as parameters, so HTTP Basic is not read. An exchange that comes with the app's
//! credentials spends the code, whatever the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use serde_json::Value;
use url::Url;

use super::refusal::{
    BAD_REFRESH_TOKEN, BAD_VERIFICATION_CODE, INCORRECT_CLIENT_CREDENTIALS, REDIRECT_URI_MISMATCH, Refusal,
};
use super::server::Server;
use super::store::{Grant, Issued};
use crate::standin::params::Params;

pub(super) async fn code(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let params = Params::of_body(&headers, &body);
    answer(&headers, exchange(&server, &params).unwrap_or_else(Refusal::params))
}

fn exchange(server: &Server, params: &Params) -> Result<Vec<(&'static str, String)>, Refusal> {
    if !server.app.has_credentials(params.get("client_id"), params.get("client_secret")) {
        return Err(INCORRECT_CLIENT_CREDENTIALS);
    }
    let mut store = server.store();
    if params.get("grant_type") == Some("refresh_token") {
        let refreshed = params.get("refresh_token").and_then(|token| store.refresh(token));
        let (issued, scopes) = refreshed.ok_or(BAD_REFRESH_TOKEN)?;
        return Ok(tokens(issued, scopes.join(",")));
    }
    let (request, account) = params.get("code").and_then(|code| store.spend_code(code)).ok_or(BAD_VERIFICATION_CODE)?;

    // "We can use this to match against the URI originally provided when the `code` was issued." It may be left out.
    let redirect_uri = params.get("redirect_uri").map(Url::parse);
    if redirect_uri.is_some_and(|given| given.as_ref() != Ok(&request.redirect_uri)) {
        return Err(REDIRECT_URI_MISMATCH);
    }
    // "`code_verifier`: Required if `code_challenge` was sent during the user authorization." The error is that of a
    // code which "doesn't match what you received in the first request for authorization".
    let verifier = params.get("code_verifier");
    if request.challenge.is_some_and(|challenge| !challenge.is_met_by(verifier)) {
        return Err(BAD_VERIFICATION_CODE);
    }

    let scope = request.scopes.join(",");
    let issued = store.issue_token(Grant { account, scopes: request.scopes });
    Ok(tokens(issued, scope))
}

fn tokens(issued: Issued, scope: String) -> Vec<(&'static str, String)> {
    let mut params = vec![("access_token", issued.access_token), ("scope", scope), ("token_type", "bearer".to_owned())];
    if let Some((token, lifetime, access_lifetime)) = issued.refresh_token {
        params.push(("refresh_token", token));
        params.push(("refresh_token_expires_in", lifetime.to_string()));
        params.push(("expires_in", access_lifetime.to_string()));
    }
    params
}

/// HTTP 200 for errors too; a form unless the caller accepts JSON.
fn answer(headers: &HeaderMap, params: Vec<(&'static str, String)>) -> Response {
    let accepts_json = headers
        .get_all(ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("application/json")));
    // RFC 6749, section 5.1.
    let no_store = [(CACHE_CONTROL, "no-store")];

    if accepts_json {
        // Lifetimes are numbers in JSON.
        let value = |(name, text): (&'static str, String)| {
            let value = if name.ends_with("expires_in") {
                text.parse::<u64>().map(Value::from)
            } else {
                Ok(text.clone().into())
            };
            (name, value.unwrap_or_else(|_| text.into()))
        };
        (no_store, Json(params.into_iter().map(value).collect::<BTreeMap<_, _>>())).into_response()
    } else {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let form_type = [(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")];
        (no_store, form_type, form).into_response()
    }
}
