//! Connecting an account.

use std::collections::HashSet;

use axum::{Json, body::Bytes, extract::State, http::HeaderMap};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    http::{
        AppState, Problem,
        document::params::{CallbackParams, ProviderPath},
        extract::{Access, Fields, Operator, PathFields, QueryFields, Tenant, json_object, tenant_of},
    },
    model::{Connection, Secret},
    service::{AuthorizeUrl, Callback, CallbackOutcome, Caller, StartOAuth},
};

/// What the caller may choose. All of it is optional, the body too.
#[derive(Debug, ToSchema)]
#[schema(as = StartOAuthRequest)]
#[expect(dead_code, reason = "describes the body, which is read field by field so that all problems are told at once")]
pub(in crate::http) struct StartOAuthRequest {
    /// Where the provider sends the user back to, in place of the deployment's default: one of the URLs that it allows.
    #[schema(nullable = false, format = "uri", example = "https://core.example/api/connectors/github/callback")]
    redirect_uri: Option<String>,
    /// The scopes to ask for, among the provider's; all of them if absent.
    #[schema(nullable = false, min_items = 1, example = json!(["read:user"]))]
    scopes: Option<Vec<String>>,
}

/// What the authorization became.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct CompletedOAuth {
    /// The connection; the one that there was, refreshed, if the tenant had connected the account before.
    connection: Connection,
}

/// Start connecting an account
///
/// Makes an authorize URL with a fresh `state` and, where the provider has it, PKCE. Keep `state` in the user's session,
/// then redirect the user's browser to `authorize_url`.
#[utoipa::path(
    post,
    path = "/connect/{provider}",
    operation_id = "start_oauth",
    tag = "oauth",
    params(ProviderPath),
    request_body(content = StartOAuthRequest, description = "What the caller may choose."),
    responses((status = 200, description = "Where to send the user.", body = AuthorizeUrl, example = json!({
        "authorize_url": "https://github.com/login/oauth/authorize?response_type=code&client_id=Iv1.8a61f9b3a7aba766&state=Zk3_v0Jc4nE5oJ0pVYxQm8T6aUuS1rDqWb7hLg2KyXs",
        "state": "Zk3_v0Jc4nE5oJ0pVYxQm8T6aUuS1rDqWb7hLg2KyXs",
        "expires_at": "2026-01-02T03:14:05.000000Z",
    })))
)]
pub(in crate::http) async fn start_oauth(
    State(app): State<AppState>,
    _: Operator,
    Tenant(tenant): Tenant,
    path: PathFields,
    query: QueryFields,
    body: Bytes,
) -> Result<Json<AuthorizeUrl>, Problem> {
    let mut fields = Fields::default();
    query.finish(&mut fields);
    let request = start_request(&body, &mut fields);
    for (field, problem) in app.service.check_start_oauth(path.get("provider"), &request) {
        fields.problem(&field, problem);
    }
    fields.finish()?;
    Ok(Json(app.service.start_oauth(path.get("provider"), tenant, request).await?))
}

fn start_request(body: &[u8], fields: &mut Fields) -> StartOAuth {
    let mut request = StartOAuth::default();
    if body.is_empty() {
        return request;
    }
    let Some(object) = fields.check("body", json_object(body)) else { return request };
    let mut seen = HashSet::new();
    for (name, value) in object {
        if !seen.insert(name.clone()) {
            fields.problem(&name, "is given more than once");
            continue;
        }
        match name.as_str() {
            "redirect_uri" => match value {
                Value::String(uri) => request.redirect_uri = Some(uri),
                _ => fields.problem(&name, "must be a string"),
            },
            "scopes" => request.scopes = fields.check(&name, scopes(value)),
            _ => fields.unknown(&name, &["redirect_uri", "scopes"], "field"),
        }
    }
    request
}

fn scopes(value: Value) -> Result<Vec<String>, String> {
    let scopes = serde_json::from_value::<Vec<String>>(value).map_err(|_| "must be an array of strings")?;
    if scopes.is_empty() { Err("must hold at least one scope".into()) } else { Ok(scopes) }
}

/// Complete connecting an account
///
/// Core's callback handler calls this with the query that the provider's redirect carried, whole: `code` and `state`, or
/// `error` and `state`, and whatever else there is. `state` is the credential; operator token and tenant are optional and
/// enforced when they are sent. Send them: then the service checks that the state is the tenant's.
///
/// The same code and state, sent again with the operator token, return the connection as it is then.
#[utoipa::path(
    get,
    path = "/connect/{provider}/callback",
    operation_id = "complete_oauth",
    tag = "oauth",
    params(ProviderPath, CallbackParams),
    responses((status = 200, description = "The account is connected.", body = CompletedOAuth, example = json!({"connection": {
        "id": "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b",
        "provider": "github",
        "status": "active",
        "external_account": {"id": "21031067", "name": "Codertocat", "url": "https://github.com/Codertocat"},
        "scopes": ["read:org", "read:user"],
        "created_at": "2026-01-02T03:04:05.000000Z",
        "updated_at": "2026-01-02T03:04:05.000000Z",
        "metadata": {"account_type": "User"},
    }})))
)]
pub(in crate::http) async fn complete_oauth(
    State(app): State<AppState>,
    Access { is_operator }: Access,
    headers: HeaderMap,
    path: PathFields,
    mut query: QueryFields,
) -> Result<Json<CompletedOAuth>, Problem> {
    let tenant = tenant_of(&headers)?;
    let mut fields = Fields::default();
    let text = |text: &str| Ok(text.to_owned());
    let state = query.get(&mut fields, "state", non_empty);
    let code = query.get(&mut fields, "code", non_empty);
    let error = query.get(&mut fields, "error", non_empty);
    let iss = query.get(&mut fields, "iss", text);
    let location = query.get(&mut fields, "location", text);
    let accounts_server = query.get(&mut fields, "accounts-server", text);
    if state.is_none() {
        fields.problem("state", "is required");
    }
    let outcome = match (code, error) {
        (Some(code), None) => Some(CallbackOutcome::Code(Secret::new(code))),
        (None, Some(error)) => Some(CallbackOutcome::Error(error)),
        (None, None) => {
            fields.problem("code", "is required, or `error` in its place");
            None
        }
        (Some(_), Some(_)) => {
            fields.problem("code", "must not come together with `error`");
            None
        }
    };
    fields.finish()?;
    let (Some(state), Some(outcome)) = (state, outcome) else {
        unreachable!("a missing state or outcome is a problem");
    };
    let callback = Callback { state: Secret::new(state), outcome, iss, location, accounts_server };
    let caller = Caller { is_operator, tenant };
    let connection = app.service.complete_oauth(path.get("provider"), callback, caller).await?;
    Ok(Json(CompletedOAuth { connection }))
}

fn non_empty(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("must not be empty".into()) } else { Ok(text.to_owned()) }
}
