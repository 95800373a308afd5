//! `/authorize`: the user is asked, and sent back with the answer.
//!
//! <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/#implementing-oauth-2-0--3lo->

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

/// Shows the consent page, or what is wrong with the URL: nobody is redirected then.
pub(super) async fn ask(State(server): State<Arc<Server>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::of_query(query.as_deref());
    // "`audience`: (required) Set this to `api.atlassian.com`", and so on down the page's list.
    for (name, value) in [("audience", "api.atlassian.com"), ("response_type", "code"), ("prompt", "consent")] {
        if params.get(name) != Some(value) {
            return page::refusal(&format!("{name} must be {value}"));
        }
    }
    if !server.is_client(params.get("client_id")) {
        return page::refusal("the client_id is not known");
    }
    let Some(redirect_url) = server.redirect_url(params.get("redirect_uri")) else {
        return page::refusal("redirect_uri is not registered for client");
    };
    // "`scope`: (required) … separated with spaces".
    let scopes = params.get("scope").unwrap_or_default().split(' ').map(str::to_owned);
    let scopes: BTreeSet<String> = scopes.filter(|scope| !scope.is_empty()).collect();
    let is_scope =
        |scope: &String| scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-'));
    if scopes.is_empty() || !scopes.iter().all(is_scope) {
        return page::refusal("scope is not valid");
    }
    // "`state`: (required for security)".
    let Some(state) = params.get("state").map(str::to_owned) else { return page::refusal("state is missing") };
    let request = Request { redirect_url, state, scopes };
    let mut store = server.store();
    let id = store.await_decision(request.clone());
    page::consent(&store.account, &store.sites, &request, &id)
}

/// Takes the consent page's form.
pub(super) async fn decide(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Params::of_body(&headers, &body);
    let mut store = server.store();
    let Some(request) = form.get("request").and_then(|id| store.decided(id)) else {
        return page::refusal("this request was answered already");
    };
    let (redirect_url, state) = (request.redirect_url.clone(), request.state.clone());
    if form.get("decision") != Some("authorize") {
        let description = ("error_description", "User did not authorize the request");
        return send_back(redirect_url, &[("error", "access_denied"), description, ("state", &state)]);
    }
    let code = store.issue_code(request);
    send_back(redirect_url, &[("state", &state), ("code", &code)])
}

fn send_back(mut url: Url, query: &[(&str, &str)]) -> Response {
    url.query_pairs_mut().extend_pairs(query);
    (StatusCode::FOUND, [(LOCATION, String::from(url))]).into_response()
}
