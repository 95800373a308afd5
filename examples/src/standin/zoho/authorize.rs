//! `/oauth/v2/auth`: the user is asked, and sent back with the answer and the name of their data center.
//!
//! <https://www.zoho.com/accounts/protocol/oauth/multi-dc/client-authorization.html>

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::LOCATION};

use super::{
    page,
    server::Server,
    store::{DataCenter, Request},
};
use crate::standin::params::Params;

/// Shows the consent page, or what is wrong with the URL. Users begin at `accounts.zoho.com`, wherever their data are.
pub(super) async fn ask(
    State(server): State<Arc<Server>>,
    Path(host): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::of_query(query.as_deref());
    if host != DataCenter::UnitedStates.host("accounts") {
        return page::refusal("no such host");
    }
    if params.get("response_type") != Some("code") {
        return page::refusal("unsupported_response_type");
    }
    if !server.is_client(params.get("client_id")) {
        return page::refusal("invalid_client");
    }
    let Some(redirect_url) = server.redirect_url(params.get("redirect_uri")) else {
        return page::refusal("invalid_redirect_uri");
    };
    // "scope": separated by commas; with another separator it is one that there is not.
    let scopes = params.get("scope").unwrap_or_default().split(',').map(str::to_owned);
    let scopes: BTreeSet<String> = scopes.collect();
    let is_scope =
        |scope: &String| scope.split('.').count() == 3 && scope.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    if !scopes.iter().all(is_scope) {
        return page::refusal("invalid_scope");
    }
    // Without `prompt=consent` a user who has said yes before is not asked, and the app gets no second refresh token.
    let offline = params.get("access_type") == Some("offline") && params.get("prompt") == Some("consent");
    let state = params.get("state").map(str::to_owned);
    let request = Request { redirect_url, state, scopes, offline };
    let mut store = server.store();
    let user = store.user.clone();
    let id = store.await_decision(request.clone());
    page::consent(&user, &request, &id)
}

/// Takes the consent page's form.
pub(super) async fn decide(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Params::of_body(&headers, &body);
    let mut store = server.store();
    let Some(request) = form.get("request").and_then(|id| store.decided(id)) else {
        return page::refusal("this request was answered already");
    };
    let (mut url, state) = (request.redirect_url.clone(), request.state.clone());
    if let Some(state) = state {
        url.query_pairs_mut().append_pair("state", &state);
    }
    if form.get("decision") == Some("authorize") {
        let center = store.user.center;
        let code = store.issue_code(request);
        let place = server.base_url.join(&center.host("accounts")).map(String::from).unwrap_or_default();
        url.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("location", center.location())
            .append_pair("accounts-server", &place);
    } else {
        url.query_pairs_mut().append_pair("error", "access_denied");
    }
    (StatusCode::FOUND, [(LOCATION, String::from(url))]).into_response()
}
