//! `/o/oauth2/v2/auth`: the user is asked, and sent back with the answer.
//!
//! <https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient>

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::LOCATION};
use url::Url;

use super::{page, server::Server, store::Request};
use crate::standin::params::Params;

/// The issuer of RFC 9207: Google itself, wherever the stand-in listens.
const ISSUER: &str = "https://accounts.google.com";

/// Shows the consent page, or what is wrong with the URL: Google redirects nobody then.
pub(super) async fn ask(State(server): State<Arc<Server>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::of_query(query.as_deref());
    if !server.is_client(params.get("client_id")) {
        return page::refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let redirect_uri = params.get("redirect_uri").and_then(|uri| server.redirect_uri(uri));
    let Some(redirect_uri) = redirect_uri else {
        return page::refusal(StatusCode::BAD_REQUEST, "redirect_uri_mismatch");
    };
    if params.get("response_type") != Some("code") {
        return page::refusal(StatusCode::BAD_REQUEST, "invalid_request");
    }
    // "A space-delimited list of scopes".
    let scopes = params.get("scope").unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    let scopes: BTreeSet<String> = scopes.map(canonical).collect();
    let is_scope = |scope: &String| scope == "openid" || scope.starts_with("https://www.googleapis.com/auth/");
    if scopes.is_empty() || !scopes.iter().all(is_scope) {
        return page::refusal(StatusCode::BAD_REQUEST, "invalid_scope");
    }
    let challenge = params.get("code_challenge").map(str::to_owned);
    if challenge.is_some() && params.get("code_challenge_method") != Some("S256") {
        return page::refusal(StatusCode::BAD_REQUEST, "invalid_request");
    }
    let request = Request {
        redirect_uri,
        state: params.get("state").map(str::to_owned),
        scopes,
        includes_granted: params.get("include_granted_scopes") == Some("true"),
        // Without `prompt=consent` a user who has granted before is not asked, and no refresh token is given.
        is_offline: params.get("access_type") == Some("offline") && params.get("prompt") == Some("consent"),
        challenge,
    };
    let mut store = server.store();
    let account = store.account.clone();
    let id = store.await_decision(request.clone());
    page::consent(&account, &request, &id)
}

/// A scope as Google's answers write it.
fn canonical(scope: &str) -> String {
    match scope {
        "email" | "profile" => format!("https://www.googleapis.com/auth/userinfo.{scope}"),
        scope => scope.to_owned(),
    }
}

/// Takes the consent page's form.
pub(super) async fn decide(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Params::of_body(&headers, &body);
    let mut store = server.store();
    let Some(request) = form.get("request").and_then(|id| store.decided(id)) else {
        return page::refusal(StatusCode::BAD_REQUEST, "invalid_request");
    };
    let (redirect_uri, state) = (request.redirect_uri.clone(), request.state.clone());
    if form.get("decision") != Some("authorize") {
        return send_back(redirect_uri, ("error", "access_denied"), state);
    }
    let code = store.issue_code(request);
    send_back(redirect_uri, ("code", &code), state)
}

fn send_back(mut url: Url, (name, value): (&str, &str), state: Option<String>) -> Response {
    url.query_pairs_mut()
        .extend_pairs(state.map(|state| ("state", state)))
        .append_pair("iss", ISSUER)
        .append_pair(name, value)
        // Google's callbacks carry more, which nobody has to understand.
        .append_pair("authuser", "0")
        .append_pair("prompt", "consent");
    (StatusCode::FOUND, [(LOCATION, String::from(url))]).into_response()
}
