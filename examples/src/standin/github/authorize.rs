//! `/login/oauth/authorize`: the user is asked, and sent back with the answer.
//!
//! <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#1-request-a-users-github-identity>

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use url::Url;

use super::page;
use super::pkce::Challenge;
use super::refusal::{ACCESS_DENIED, REDIRECT_URI_MISMATCH, Refusal};
use super::server::Server;
use super::store::AuthorizationRequest;
use crate::standin::params::Params;

/// The issuer in the `iss` parameter of RFC 9207. It names GitHub itself, as the service must expect it, wherever the
/// stand-in listens: <https://docs.github.com/en/apps/github-authentication-discovery-endpoints#issuer>
const ISSUER: &str = "https://github.com/login/oauth";

/// Shows the consent page.
pub(super) async fn ask(State(server): State<Arc<Server>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::of_query(query.as_deref());
    let state = params.get("state").map(str::to_owned);
    let app = &server.app;

    // RFC 6749, section 4.1.2.1: without a known client there is nobody to redirect to.
    if params.get("client_id") != Some(&app.client_id) {
        return page::not_found();
    }
    let redirect_uri = match params.get("redirect_uri") {
        None => app.default_callback().clone(),
        Some(given) => match app.permits(given) {
            Some(permitted) => permitted,
            // "GitHub will redirect to the registered callback URL with the following parameters":
            // https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors#redirect-uri-mismatch
            None => return refuse(app.default_callback(), state, REDIRECT_URI_MISMATCH),
        },
    };
    let challenge = match Challenge::of(&params) {
        Ok(challenge) => challenge,
        Err(why) => return refuse(&redirect_uri, state, Refusal::invalid_request(why)),
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in params.get("scope").unwrap_or_default().split_ascii_whitespace() {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }

    let mut store = server.store();
    let account = store.account.clone();
    let request = AuthorizationRequest { redirect_uri, state, scopes, challenge };
    let id = store.await_decision(request.clone());
    page::consent(app, &account, &request, &id)
}

/// Takes the consent page's form.
pub(super) async fn decide(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Params::of_body(&headers, &body);
    let mut store = server.store();
    // The request's id is in the page alone, so that another site cannot press the button for the user.
    let Some(request) = form.get("request").and_then(|id| store.decided(id)) else {
        return page::unprocessable();
    };
    if form.get("decision") != Some("authorize") {
        return refuse(&request.redirect_uri, request.state, ACCESS_DENIED);
    }
    let (redirect_uri, state) = (request.redirect_uri.clone(), request.state.clone());
    let code = store.issue_code(request);
    send_back(&redirect_uri, state, vec![("code", code)])
}

fn refuse(callback: &Url, state: Option<String>, refusal: Refusal) -> Response {
    send_back(callback, state, refusal.params())
}

fn send_back(callback: &Url, state: Option<String>, params: Vec<(&str, String)>) -> Response {
    let mut callback = callback.clone();
    callback
        .query_pairs_mut()
        .extend_pairs(params)
        .append_pair("iss", ISSUER)
        .extend_pairs(state.map(|state| ("state", state)));
    (StatusCode::FOUND, [(LOCATION, String::from(callback))]).into_response()
}
