//! Whose token it is, and at which sites it is good.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde_json::{Value, json};

use super::{
    failure::Endpoint,
    server::Server,
    store::{Bearer, Store},
};

/// `GET /me`, which takes the scope `read:me`.
///
/// <https://developer.atlassian.com/cloud/jira/platform/user-identity-api/>
pub(super) async fn me(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if let Some(failure) = server.called(Endpoint::Me) {
        return failure.into_response();
    }
    let store = server.store();
    match bearer(&store, &headers, &["read:me"]) {
        Ok(Bearer { account, .. }) => Json(json!({
            "account_type": "atlassian",
            "account_id": account.id,
            "email": "somebody@example.com",
            "name": account.name,
            "picture": "https://avatar-management--avatars.server-location.prod.public.atl-paas.net/initials/MK-5.png",
            "account_status": "active",
            "nickname": account.name,
            "zoneinfo": "Australia/Sydney",
            "locale": "en-US",
        }))
        .into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// `GET /oauth/token/accessible-resources`: a site with two products stands there twice.
///
/// <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/#2--make-calls-to-the-api-using-the-access-token>
pub(super) async fn accessible_resources(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if let Some(failure) = server.called(Endpoint::AccessibleResources) {
        return failure.into_response();
    }
    let store = server.store();
    let Bearer { scopes, .. } = match bearer(&store, &headers, &[]) {
        Ok(bearer) => bearer,
        Err(refusal) => return refusal.into_response(),
    };
    let of_jira: Vec<_> = scopes.iter().filter(|scope| scope.contains("jira")).collect();
    let resource = |id: &str, name: &str, host: &str, scopes: Value| {
        json!({
            "id": id,
            "name": name,
            "url": format!("https://{host}"),
            "scopes": scopes,
            "avatarUrl": "https://site-admin-avatar-cdn.prod.public.atl-paas.net/avatars/240/flag.png",
        })
    };
    let resources: Vec<Value> = store
        .sites
        .iter()
        .flat_map(|site| {
            let jira = resource(&site.cloud_id, &site.name, &site.host, json!(of_jira));
            [jira, resource(&site.cloud_id, &site.name, &site.host, json!(["read:confluence-user"]))]
        })
        .collect();
    Json(resources).into_response()
}

/// Why a caller is not let in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// The token is none, or not good any more.
    Token,
    /// The token has other scopes: "Why am I getting an `Unauthorized; scope does not match` error?"
    Scope,
    /// The user has no such site.
    Site,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (code, message) = match self {
            Self::Token => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Scope => (StatusCode::UNAUTHORIZED, "Unauthorized; scope does not match"),
            Self::Site => (StatusCode::NOT_FOUND, "Not Found"),
        };
        (code, Json(json!({"code": code.as_u16(), "message": message}))).into_response()
    }
}

/// What the access token that a request shows is good for, if it has these scopes.
pub(super) fn bearer(store: &Store, headers: &HeaderMap, scopes: &[&str]) -> Result<Bearer, Refusal> {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let known = token.and_then(|token| store.of_token(token)).ok_or(Refusal::Token)?;
    scopes.iter().all(|scope| known.scopes.contains(*scope)).then_some(known).ok_or(Refusal::Scope)
}
