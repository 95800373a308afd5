//! `/oauth/v2/authorize`: the user is asked, and sent back with the answer.
//!
//! <https://docs.slack.dev/authentication/installing-with-oauth#asking>

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

/// Shows the consent page, or what is wrong with the URL: Slack redirects nobody then.
pub(super) async fn ask(State(server): State<Arc<Server>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::of_query(query.as_deref());
    if !server.is_client(params.get("client_id")) {
        return page::refusal("invalid_client_id");
    }
    let asked = params.get("redirect_uri");
    let Some(redirect_url) = server.redirect_url(asked) else { return page::refusal("bad_redirect_uri") };
    // "`scope`: … separated by commas".
    let scopes = params.get("scope").unwrap_or_default().split(',').map(str::to_owned);
    let scopes: BTreeSet<String> = scopes.filter(|scope| !scope.is_empty()).collect();
    if scopes.is_empty() {
        return page::refusal("no_scopes");
    }
    // A scope is a word and perhaps a verb; a separator other than the comma makes another scope of two.
    let is_scope =
        |scope: &String| scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-'));
    if !scopes.iter().all(is_scope) {
        return page::refusal("invalid_scope");
    }
    let state = params.get("state").map(str::to_owned);
    let request = Request { redirect_url, named: asked.is_some(), state, scopes };
    let mut store = server.store();
    let workspace = store.workspace.clone();
    let id = store.await_decision(request.clone());
    page::consent(&workspace, &request, &id)
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
        return send_back(redirect_url, ("error", "access_denied"), state);
    }
    let code = store.issue_code(request);
    send_back(redirect_url, ("code", &code), state)
}

fn send_back(mut url: Url, (name, value): (&str, &str), state: Option<String>) -> Response {
    // Slack sends `state` back empty where there was none.
    url.query_pairs_mut().append_pair(name, value).append_pair("state", &state.unwrap_or_default());
    (StatusCode::FOUND, [(LOCATION, String::from(url))]).into_response()
}
