//! The methods of the Web API. What goes wrong is told with HTTP 200 and `ok: false`:
//! <https://docs.slack.dev/apis/web-api#responses>

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use serde_json::{Value, json};

use super::{
    failure::Method,
    server::Server,
    store::{Gone, Installation},
};
use crate::standin::params::Params;

/// `oauth.v2.access`: a code, or a refresh token, is exchanged for a bot token.
///
/// The credentials come with HTTP Basic, which Slack recommends, or as parameters.
/// <https://docs.slack.dev/reference/methods/oauth.v2.access>
pub(super) async fn access(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(failure) = server.called(Method::Access) {
        return failure.into_response();
    }
    // The method takes forms alone.
    let params = Params::of_form(&body);
    let basic = basic_credentials(&headers);
    let credential = |place: fn(&(String, String)) -> &String, name: &str| {
        basic.as_ref().map(|basic| place(basic).clone()).or_else(|| params.get(name).map(str::to_owned))
    };
    if !server.is_client(credential(|basic| &basic.0, "client_id").as_deref()) {
        return error("invalid_client_id");
    }
    if !server.is_secret(credential(|basic| &basic.1, "client_secret").as_deref()) {
        return error("bad_client_secret");
    }
    let mut store = server.store();
    if params.get("grant_type") == Some("refresh_token") {
        let refreshed = params.get("refresh_token").and_then(|token| store.refresh(token));
        return refreshed.map_or_else(|| error("invalid_refresh_token"), installed);
    }
    let Some((request, workspace)) = params.get("code").and_then(|code| store.spend_code(code)) else {
        return error("invalid_code");
    };
    // "This must match the originally submitted URI (if one was sent)."
    if request.named && params.get("redirect_uri") != Some(request.redirect_url.as_str()) {
        return error("bad_redirect_uri");
    }
    installed(store.install(workspace, request.scopes))
}

fn installed(installation: Installation) -> Response {
    let Installation { workspace, token, scopes, rotation } = installation;
    let mut answer = json!({
        "access_token": token,
        "token_type": "bot",
        // Here too they are separated by commas.
        "scope": scopes.into_iter().collect::<Vec<_>>().join(","),
        "bot_user_id": BOT_USER,
        "app_id": "A123ABC456",
        "team": {"id": workspace.id, "name": workspace.name},
        "enterprise": null,
        "authed_user": {"id": "U123ABC456"},
        "is_enterprise_install": false,
    });
    if let Some(rotation) = rotation {
        answer["refresh_token"] = rotation.refresh_token.into();
        answer["expires_in"] = rotation.lifetime.as_secs().into();
    }
    ok(answer)
}

const BOT_USER: &str = "U0BOTUSER1";

/// `auth.test`: whose token it is.
///
/// <https://docs.slack.dev/reference/methods/auth.test>
pub(super) async fn test(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if let Some(failure) = server.called(Method::Test) {
        return failure.into_response();
    }
    let store = server.store();
    match bearer(&headers).ok_or("not_authed").and_then(|token| store.of_token(token).map_err(word)) {
        Ok(Installation { workspace, .. }) => ok(json!({
            "url": format!("https://{}.slack.com/", workspace.domain),
            "team": workspace.name,
            "user": "poblysh",
            "team_id": workspace.id,
            "user_id": BOT_USER,
            "bot_id": "B0BOTUSER1",
            "is_enterprise_install": false,
        })),
        Err(word) => error(word),
    }
}

/// `auth.revoke`: the token is given back.
///
/// <https://docs.slack.dev/reference/methods/auth.revoke>
pub(super) async fn revoke(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if let Some(failure) = server.called(Method::Revoke) {
        return failure.into_response();
    }
    let mut store = server.store();
    match bearer(&headers).ok_or("not_authed").and_then(|token| store.of_token(token).map(|_| token).map_err(word)) {
        Ok(token) => {
            store.revoke(token);
            ok(json!({"revoked": true}))
        }
        Err(word) => error(word),
    }
}

/// The errors of `auth.test`: `account_inactive` is "for a deleted user or workspace when using a `bot` token".
fn word(gone: Option<Gone>) -> &'static str {
    match gone {
        Some(Gone::Uninstalled) => "account_inactive",
        Some(Gone::Expired) => "token_expired",
        Some(Gone::Revoked) => "token_revoked",
        None => "invalid_auth",
    }
}

fn ok(mut answer: Value) -> Response {
    answer["ok"] = true.into();
    Json(answer).into_response()
}

pub(super) fn error(error: &str) -> Response {
    Json(json!({"ok": false, "error": error})).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
